"""The one renderer of tables: what a cell, column, index, caption or link holds is text and stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edges_nb.reports.html import Html, joined, tag, visible, words

if TYPE_CHECKING:
    import pandas as pd

LONGEST_CELL = 600
"""Characters of a cell that are shown; the rest is left to the files, which hold all of it."""

PLAIN_ROWS = 20
"""Rows of a table's plain text; the page and the cell show all of them."""


@dataclass(frozen=True)
class Column:
    """A column's title, and how its cells are set."""

    title: str
    kind: Literal["text", "number", "code"] = "text"


@dataclass(frozen=True)
class Row:
    """Cells, and the anchor by which the row can be linked to."""

    cells: Sequence[object]
    anchor: str | None = None


def table(
    columns: Sequence[Column | str],
    rows: Iterable[Row | Sequence[object]],
    *,
    caption: str,
    note: str = "",
    stacked: bool = False,
) -> Html:
    """Return a table whose first column heads its rows, in a region that scrolls where it is too wide.

    Args:
        note: what stands below the table, such as how many rows were left out.
        stacked: whether a narrow screen shows the cells of a row one below the other.
    """
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    lines = [row if isinstance(row, Row) else Row(row) for row in rows]
    caption = visible(caption)
    # Cells get their look from their column, not one by one: that keeps a thousand rows small.
    looks = [f"{head.kind[0]}{number}" for number, head in enumerate(heads, 1) if head.kind != "text"]
    looks = ["stacked", *looks] if stacked else looks
    body = Html("".join(_row(row) for row in lines))
    head = tag("thead", tag("tr", joined(tag("th", column.title, scope="col") for column in heads)))
    parts = (tag("caption", caption), head, tag("tbody", body))
    inner = tag("table", *parts, class_=" ".join(looks) or None, style=_titles(heads) if stacked else None)
    region = tag("div", inner, class_="scroll", role="group", aria_label=caption, tabindex="0")
    below = tag("p", note, class_="note") if note else Html()
    return Html(region.markup, _plain(caption, heads, lines)) + below


def _titles(heads: Sequence[Column]) -> str:
    """The columns' titles for the stacked cells, so that each of them need not repeat its own."""
    return ";".join(f'--c{number}:"{_css(head.title)}"' for number, head in enumerate(heads[1:], 2))


def _css(text: str) -> str:
    """Text inside a string of a style sheet: all but plain letters and digits as escapes."""
    plain = (letter.isalnum() and letter.isascii() for letter in visible(text))
    pairs = zip(visible(text), plain, strict=True)
    return "".join(letter if kept else f"\\{ord(letter):x} " for letter, kept in pairs)


def frame_table(frame: pd.DataFrame, *, caption: str, index: bool = False, limit: int | None = None) -> Html:
    """Return a DataFrame as a table; rows beyond the limit are counted below it.

    Args:
        index: whether to show the index; it is escaped as everything else.
    """
    import pandas as pd

    shown = frame if limit is None else frame.head(limit)
    names = [str(name) for name in frame.columns]
    kinds: list[Literal["text", "number"]] = [
        "number" if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype) else "text"
        for dtype in frame.dtypes
    ]
    heads = [Column(name, kind) for name, kind in zip(names, kinds, strict=True)]
    cells = [shown.iloc[:, place].tolist() for place in range(len(names))]
    if index:
        heads.insert(0, Column(" / ".join(str(name) for name in frame.index.names if name is not None)))
        cells.insert(0, [" / ".join(map(str, key)) if isinstance(key, tuple) else key for key in shown.index])
    rows = [[_cell(value) for value in row] for row in zip(*cells, strict=True)]
    left = len(frame) - len(shown)
    return table(heads, rows, caption=caption, note=f"{left:,} more rows are not shown here." if left else "")


def _row(row: Row) -> str:
    first, *others = [_shown(cell).markup for cell in row.cells] or [""]
    anchor = tag("th", scope="row", id=row.anchor).markup.removesuffix("</th>")
    return f"<tr>{anchor}{first}</th>{''.join(f'<td>{cell}</td>' for cell in others)}</tr>\n"


def _shown(cell: object) -> Html:
    if isinstance(cell, Html):
        return cell
    text = visible(cell)
    return words(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…")


def _cell(value: object) -> object:
    """A value of a frame as it is shown: nothing for a missing one, times to the minute, yes and no."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def _plain(caption: str, heads: Sequence[Column], rows: Sequence[Row]) -> str:
    """The table for a terminal: aligned, one line a row, not more than some rows."""
    grid = [[head.title for head in heads]]
    grid += [[" ".join(_shown(cell).plain.split())[:60] for cell in row.cells] for row in rows[:PLAIN_ROWS]]
    widths = [
        max(len(line[place]) if place < len(line) else 0 for line in grid) for place in range(len(heads))
    ]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip()
        for line in grid
    ]
    left = len(rows) - PLAIN_ROWS
    return "\n".join(["", caption, *lines, *([f"… and {left:,} more rows"] if left > 0 else []), ""])
