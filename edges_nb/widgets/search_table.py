"""A table whose rows stay in the kernel: it sorts and searches all of them, and the page shows a window."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from edges_nb.reports.html import Html, visible
from edges_nb.reports.safe_csv import to_safe_csv
from edges_nb.reports.tables import frame_table
from edges_nb.widgets.error_box import TURN
from edges_nb.widgets.layout import drawn_by, panel
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import DOMWidget

_LONGEST_CELL = 240
"""Characters that go to the page; it cuts a cell to one line and shows the rest on hover."""
_PAGE = 10


class Editor(Protocol):
    """Fields for selected rows."""

    def state(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what the page draws for the rows with these keys."""

    def take(self, message: Mapping[str, Any]) -> None:
        """Do what was asked for in one of the fields."""


class SearchTable(Twin):
    """Rows of a frame, told apart by a key; selection, order and page length stay while the rows change.

    Args:
        frame: the rows.
        key: the column that tells rows apart.
        caption: what the table is called.
        titles: the columns to show, in order, with their titles; all columns when absent.
        hidden: columns that are shown only when asked for.
        searchable: whether it has a search field of its own; a table below a filter has none, so that there
            is one way of narrowing.
        links: columns that lead to a page, each with its address and the column that fills the `{uid}` in it.
        static_rows: rows of the static twin.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        key: str,
        caption: str,
        titles: dict[str, str] | None = None,
        hidden: Sequence[str] = (),
        selectable: bool = True,
        searchable: bool = True,
        links: Mapping[str, tuple[str, str]] | None = None,
        static_rows: int = 100,
    ) -> None:
        self._key = key
        self._titles = titles or {str(name): str(name) for name in frame.columns}
        self._caption, self._static_rows = caption, static_rows
        self._selectable, self._searchable = selectable, searchable
        self._links = dict(links or {})
        self._listeners: list[Callable[[], object]] = []
        self._chosen: set[str] = set()
        self._marked: frozenset[str] = frozenset()
        self._hidden, self._search = set(hidden), ""
        self._sort: tuple[str, bool] | None = None
        self._start, self._length = 0, _PAGE
        self._editor: Editor | None = None
        self._box: DOMWidget | None = None
        self._page: Any = None
        self.show(frame)

    @property
    def editor(self) -> Editor | None:
        """The fields below the selected rows, if they can be edited."""
        return self._editor

    @editor.setter
    def editor(self, editor: Editor) -> None:
        self._editor = editor
        self._send()

    @property
    def selected(self) -> list[str]:
        """Keys of the selected rows, in the order of the frame."""
        return [key for key in self.frame[self._key].astype(str) if key in self._chosen]

    @selected.setter
    def selected(self, keys: Collection[str]) -> None:
        self._choose(set(keys))

    def on_select(self, listener: Callable[[], object]) -> None:
        """Call `listener` whenever other rows are selected."""
        self._listeners.append(listener)

    def show(self, frame: pd.DataFrame, *, marked: Collection[str] = ()) -> None:
        """Show other rows; what was selected and is still there stays selected.

        Args:
            marked: keys of rows that stand out, such as those that were edited.
        """
        self.frame, self._marked = frame, frozenset(marked)
        self._order()
        left = self._chosen & set(frame[self._key].astype(str))
        if left != self._chosen:
            self._choose(left)
        else:
            self._send()

    def static(self) -> Html:
        """Return the rows as a plain table; it says how many it leaves out."""
        shown = self.frame[[name for name in self._titles if name not in self._hidden]]
        return frame_table(shown.rename(columns=self._titles), caption=self._caption, limit=self._static_rows)

    def refresh(self) -> None:
        """Show again what the rows' fields and marks are."""
        self._send()

    def widget(self) -> DOMWidget:
        """Return the table."""
        if self._box is None:
            self._page = drawn_by("row_editor.js", "search_table.js")()
            self._page.on_msg(lambda _, message, __: self.take(message))
            self._send()
            self._box = panel(self._page)
        return self._box

    def take(self, message: Mapping[str, Any]) -> None:
        """Do what was asked for in the page: sort, search, turn to another page, select, choose columns."""
        with TURN:
            what = message.get("what")
            if what in ("select", "select_all", "clear"):
                self._select(message)
                return
            if what in ("edit", "find") and self._editor is not None and self._chosen:
                self._editor.take(message)
                self._send()
                return
            if what == "csv":
                self._give_csv(str(message.get("how")))
                return
            if what == "sort" and message.get("column") in self._titles:
                column = str(message["column"])
                self._sort = (column, self._sort == (column, False))
            elif what == "search":
                self._search, self._start = str(message.get("text", "")), 0
            elif what == "page":
                self._start = int(message.get("start", 0))
            elif what == "length":
                self._length, self._start = min(max(int(message.get("length", _PAGE)), 1), 100), 0
            elif what == "column" and message.get("column") in self._titles:
                change = self._hidden.discard if message.get("on") else self._hidden.add
                change(str(message["column"]))
            self._order()
            self._send()

    def _select(self, message: Mapping[str, Any]) -> None:
        keys = set(map(str, message.get("keys", ())))
        if message["what"] == "clear":
            chosen = set()
        elif message["what"] == "select_all":
            chosen = set(self._rows[self._key].astype(str))
        elif message.get("alone"):
            chosen = keys
        else:
            chosen = self._chosen | keys if message.get("on") else self._chosen - keys
        self._choose(chosen & set(self.frame[self._key].astype(str)))

    def _choose(self, keys: set[str]) -> None:
        changed, self._chosen = keys != self._chosen, keys
        self._send()
        if changed:
            for listener in self._listeners:
                listener()

    def _give_csv(self, how: str) -> None:
        rows = self._rows
        chosen = rows[rows[self._key].astype(str).isin(self._chosen)] if self._chosen else rows
        text = to_safe_csv(chosen[list(dict.fromkeys([self._key, *self._titles]))])
        self._page.send({"csv": text, "how": how, "name": f"{self._caption.lower().replace(' ', '-')}.csv"})

    def _order(self) -> None:
        """Search and sort all rows."""
        rows = self.frame
        if self._search:
            wanted = self._search.casefold()
            texts = (
                rows[name].astype("string").fillna("").str.casefold().str.contains(wanted, regex=False)
                for name in self._titles
            )
            found = next(texts)
            for text in texts:
                found |= text
            rows = rows[found.astype(bool)]
        if self._sort is not None:
            column, descending = self._sort
            rows = rows.sort_values(
                column, ascending=not descending, kind="stable", key=_comparable, na_position="last"
            )
        self._rows = rows
        # A page beyond the end, as after a filter, would be an empty one.
        last = max(0, (len(rows) - 1) // self._length * self._length)
        self._start = min(max(0, self._start), last)

    def _send(self) -> None:
        if self._page is None:
            return
        shown = {name: title for name, title in self._titles.items() if name not in self._hidden}
        window = self._rows.iloc[self._start : self._start + self._length]
        keys = window[self._key].astype(str).tolist()
        lines = cells(window, shown).to_numpy().tolist()
        links = self._addresses(window)
        self._page.state = {
            "caption": visible(self._caption),
            "columns": [self._column(name, title) for name, title in shown.items()],
            "all_columns": [{"name": name, "title": visible(title)} for name, title in self._titles.items()],
            "hidden": sorted(self._hidden),
            "rows": [
                {
                    "key": key,
                    "cells": line,
                    "label": f"{line[0] or key}",
                    "marked": key in self._marked,
                    "links": link,
                }
                for key, line, link in zip(keys, lines, links, strict=True)
            ],
            "selected": [key for key in keys if key in self._chosen],
            "chosen": len(self._chosen),
            "fitting": len(self._rows),
            "total": len(self.frame),
            "start": self._start,
            "length": self._length,
            "sort": list(self._sort) if self._sort else None,
            "search": self._search,
            "searchable": self._searchable,
            "selectable": self._selectable,
            "empty": "No row fits.",
            "editor": self._editor.state(self.selected) if self._editor and self._chosen else None,
        }

    def _addresses(self, window: pd.DataFrame) -> list[dict[str, str]]:
        """What the cells of each row lead to, by column."""
        known = window[list({column for _, column in self._links.values()})].astype(object)
        rows = known.where(known.notna(), "").to_dict("records")
        return [
            {
                name: address.format(uid=quote(str(row[column]), safe=""))
                for name, (address, column) in self._links.items()
                if row[column]
            }
            for row in rows
        ] or [{}] * len(window)

    def _column(self, name: str, title: str) -> dict[str, Any]:
        import pandas as pd

        dtype = self.frame[name].dtype
        number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
        kind = "uid" if name.endswith("uid") else "number" if number else "text"
        return {"name": name, "title": visible(title), "kind": kind}


def _comparable(column: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    text = isinstance(column.dtype, pd.StringDtype) or column.dtype == object
    return column.astype("string").str.casefold() if text else column


def cells(frame: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    """Return what a page's table gets: short texts without odd characters, "" for what is missing."""
    import pandas as pd

    columns = {}
    for name, title in titles.items():
        column = frame[name]
        there = column.notna()
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            texts = column.dt.strftime("%Y-%m-%d %H:%M")
        elif pd.api.types.is_bool_dtype(column.dtype):
            texts = column.map({True: "yes", False: "no"})
        elif pd.api.types.is_numeric_dtype(column.dtype):
            texts = column.astype("Float64").map(_number, na_action="ignore")
        else:
            texts = column.map(_text, na_action="ignore")
        columns[title] = texts.astype(object).where(there, "")
    return pd.DataFrame(columns).reset_index(drop=True)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def _text(value: object) -> str:
    text = visible(value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
