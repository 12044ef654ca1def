"""A picture, or anything drawn from the chosen schedules, that follows what is chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

from edges_nb.reports.html import Html
from edges_nb.widgets.error_box import TURN, Notice, inner
from edges_nb.widgets.layout import drawn_by, panel
from edges_nb.widgets.schedule_filter import ScheduleFilter
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    from ipywidgets import DOMWidget


_LATER = 0.3
"""Seconds that a picture waits, so that the table which it follows is there first."""


class Picture(Twin):
    """What `draw` returns, drawn again whenever the filter leaves other schedules.

    Args:
        draw: takes the choice made below, "" where there is none to make.
        follows: the filter whose changes it follows.
        picked: takes what of the picture was clicked.
        title: of the choice; options: what there is to choose, such as timezones; choice: at first.
    """

    def __init__(
        self,
        draw: Callable[[str], Html],
        *,
        follows: ScheduleFilter | None = None,
        picked: Callable[[str], object] | None = None,
        title: str = "",
        options: tuple[str, ...] = (),
        choice: str = "",
    ) -> None:
        self._draw, self._picked = draw, picked
        self._title, self._options = title, options
        self.choice = choice
        self._panel: DOMWidget | None = None
        self._turn = 0
        if follows is not None:
            follows.on_change(self.redraw)

    def static(self) -> Html:
        """Return the picture as it is now."""
        return self._draw(self.choice)

    def widget(self) -> DOMWidget:
        """Return the picture with its choice above."""
        if self._panel is None:
            self._panel = self._build()
        return self._panel

    def redraw(self) -> None:
        """Draw again, in the background: the page answers meanwhile, and only the last of many is drawn."""
        if self._panel is None:
            return
        self._turn += 1
        _painter().submit(self._paint, self._turn, time.monotonic() + _LATER)

    def take(self, message: Mapping[str, Any]) -> None:
        """Pass on what was clicked."""
        if self._picked is not None and message.get("pick"):
            with TURN, self._notice.catching():
                self._picked(str(message["pick"]))

    def _paint(self, turn: int, due: float) -> None:
        if turn == self._turn:
            time.sleep(max(0.0, due - time.monotonic()))
        if turn != self._turn:
            return
        with self._notice.catching():
            self._notice.clear()
            self._place.state = {"html": inner(self.static())}

    def _build(self) -> DOMWidget:
        from ipywidgets import Dropdown, Layout

        self._notice, self._place = Notice(), drawn_by("picture.js")()
        self._place.state = {"html": inner(self.static())}
        self._place.on_msg(lambda _, message, __: self.take(message))
        if not self._options:
            return panel(self._notice.widget, self._place)
        options = list(dict.fromkeys([self.choice, *self._options]))
        look: dict[str, Any] = {"style": {"description_width": "88px"}, "layout": Layout(width="340px")}
        control = Dropdown(options=options, value=self.choice, description=self._title, **look)
        control.observe(self._choose, "value")
        return panel(control, self._notice.widget, self._place)

    def _choose(self, change: Mapping[str, Any]) -> None:
        self.choice = change["new"]
        self.redraw()


@cache
def _painter() -> ThreadPoolExecutor:
    # One for all: matplotlib's settings are those of the process.
    return ThreadPoolExecutor(1, "edges-nb-painter")
