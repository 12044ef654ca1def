"""What a cell says, said anew whenever a panel on the same page has done something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edges_nb.reports.html import Html
from edges_nb.widgets.error_box import inner
from edges_nb.widgets.layout import panel
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    from ipywidgets import HTML, DOMWidget


class LiveText(Twin):
    """A text that can be brought to where things stand.

    Args:
        say: gives the text as of now.
    """

    def __init__(self, say: Callable[[], Html]) -> None:
        self._say = say
        self._panel: DOMWidget | None = None
        self._place: HTML | None = None

    def static(self) -> Html:
        """Return the text as of now."""
        return self._say()

    def widget(self) -> DOMWidget:
        """Return the text in its place on the page."""
        if self._panel is None:
            from ipywidgets import HTML

            self._place = HTML(inner(self._say()))
            self._panel = panel(self._place)
        return self._panel

    def refresh(self) -> None:
        """Say it anew where somebody looks at it."""
        if self._place is not None:
            self._place.value = inner(self._say())
