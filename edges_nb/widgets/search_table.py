"""A table that can be searched, sorted and selected in the page, and read without one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from edges_nb.reports.html import Html, visible
from edges_nb.reports.tables import frame_table
from edges_nb.widgets.error_box import TURN, inner
from edges_nb.widgets.layout import panel
from edges_nb.widgets.shortcut_guard import table_keys
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import DOMWidget

SENT_ROWS = 250
"""Rows that go to the page at first: more would make each change take longer than people like to wait."""

_LONGEST_CELL, _LONGEST_WORDS = 240, 60
_PAGE = 10


class SearchTable(Twin):
    """Rows of a frame, told apart by a key; what is selected stays selected while the rows change.

    Args:
        frame: the rows.
        key: the column that tells rows apart.
        titles: the columns to show, in order, with their titles; all columns when absent.
        caption: what the table is called.
        wrapped: columns whose text may be broken anywhere; others are cut short, not broken.
        sent_rows: rows that go to the page before all of them are asked for; the table counts the others.
        static_rows: rows of the static twin.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        key: str,
        caption: str,
        titles: dict[str, str] | None = None,
        wrapped: Sequence[str] = (),
        selectable: bool = True,
        sent_rows: int = SENT_ROWS,
        static_rows: int = 100,
    ) -> None:
        self._key = key
        self._titles = titles or {str(name): str(name) for name in frame.columns}
        self._caption, self._wrapped = caption, tuple(wrapped)
        self._selectable = selectable
        self._sent_rows, self._static_rows = sent_rows, static_rows
        self._listeners: list[Callable[[], object]] = []
        self._chosen: set[str] = set()
        self._box: DOMWidget | None = None
        self._table: Any = None
        self.frame = frame
        self.show(frame)

    @property
    def selected(self) -> list[str]:
        """Keys of the selected rows, in the order of the rows."""
        return [key for key in self.frame[self._key].astype(str) if key in self._chosen]

    @selected.setter
    def selected(self, keys: Collection[str]) -> None:
        self._chosen = set(keys)
        if self._table is not None:
            self._table.selected_rows = self._selected_rows()
        self._tell()

    def on_select(self, listener: Callable[[], object]) -> None:
        """Call `listener` whenever other rows are selected."""
        self._listeners.append(listener)

    def show(self, frame: pd.DataFrame, *, everything: bool = False) -> None:
        """Show other rows; what was selected and is still there stays selected.

        Args:
            everything: send all rows to the page, however many.
        """
        self.frame = frame
        self._keys = frame[self._key].astype(str).tolist()
        self._sent = len(frame) if everything else min(len(frame), self._sent_rows)
        there = set(self._keys)
        left = self._chosen & there
        gone, self._chosen = left != self._chosen, left
        if self._table is not None:
            rows = self._sent_frame()
            self._table.update(rows, selected_rows=self._selected_rows(), **self._look(len(rows)))
            self._say()
        if gone:
            self._tell()

    def static(self) -> Html:
        """Return the rows as a plain table; it says how many it leaves out."""
        shown = self.frame[list(self._titles)].rename(columns=self._titles)
        return frame_table(shown, caption=self._caption, limit=self._static_rows)

    def widget(self) -> DOMWidget:
        """Return the table as an itables widget, with what it leaves out below."""
        if self._box is None:
            self._box = panel(self._build())
        return self._box

    def _build(self) -> DOMWidget:
        from ipywidgets import HTML, Button, HBox, VBox
        from itables.widget import ITable

        rows = self._sent_frame()
        # With keys, rows can be selected without a mouse: arrows move, space selects.
        select: Any = {"style": "os", "keys": True} if self._selectable else False
        self._table = ITable(
            rows,
            select=select,
            classes="display compact",
            style="width:100%",
            autoWidth=False,
            selected_rows=self._selected_rows(),
            **self._look(len(rows)),
        )
        self._table.observe(lambda change: self._picked(change["new"]), "selected_rows")
        self._note = HTML()
        self._more = Button(tooltip="Send every row to the page; with many thousands this takes a while")
        self._more.on_click(lambda _: self.show(self.frame, everything=True))
        self._say()
        return VBox([table_keys(), self._table, HBox([self._note, self._more])])

    def _say(self) -> None:
        left = len(self.frame) - self._sent
        told = (
            f"{left:,} of {len(self.frame):,} rows are left out here: search and sorting go over the others."
        )
        self._note.value = inner(Html(f'<p class="note">{told}</p>')) if left else ""
        self._more.description = f"List all {len(self.frame):,}"
        self._more.layout.display = "" if left else "none"

    def _look(self, rows: int) -> dict[str, Any]:
        """Options that itables forgets when rows are updated, such as that none may be left out unsaid."""
        return {
            "maxBytes": 0,
            "maxColumns": 0,
            "showIndex": False,
            "allow_html": False,
            "columnDefs": [{"targets": self._wrapped_places(), "className": "wrapped"}],
            "pageLength": _PAGE,
            "lengthMenu": [10, 25, 50, 100],
            "paging": rows > _PAGE,
            "language": {"emptyTable": "No schedule fits.", "search": "Search these rows:"},
        }

    def _sent_frame(self) -> pd.DataFrame:
        return cells(self.frame.head(self._sent), self._titles, self._wrapped)

    def _wrapped_places(self) -> list[int]:
        return [place for place, name in enumerate(self._titles) if name in self._wrapped]

    def _selected_rows(self) -> list[int]:
        return [place for place, key in enumerate(self._keys[: self._sent]) if key in self._chosen]

    def _picked(self, rows: Sequence[int]) -> None:
        with TURN:
            beyond = set(self._keys[self._sent :]) & self._chosen
            chosen = {self._keys[row] for row in rows if row < len(self._keys)} | beyond
            if chosen != self._chosen:
                self._chosen = chosen
                self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def cells(frame: pd.DataFrame, titles: dict[str, str], wrapped: Sequence[str] = ()) -> pd.DataFrame:
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
            # As text, because itables shows a missing number as None; the page still sorts it as a number.
            texts = column.astype("Float64").map(_number, na_action="ignore")
        else:
            longest = _LONGEST_CELL if name in wrapped else _LONGEST_WORDS
            texts = column.map(lambda value, longest=longest: _text(value, longest), na_action="ignore")
        columns[title] = texts.astype(object).where(there, "")
    return pd.DataFrame(columns).reset_index(drop=True)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def _text(value: object, longest: int) -> str:
    text = visible(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
