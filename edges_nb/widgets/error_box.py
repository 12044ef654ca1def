"""A place on the page for what a handler raises: ipywidgets would swallow it."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput, EdgesNbError
from edges_nb.redaction import without_secrets
from edges_nb.reports.cards import card, error_card
from edges_nb.reports.html import Html, folded, tag

if TYPE_CHECKING:
    from ipywidgets import HTML

_PACKAGE = Path(__file__).parents[1]

TURN = threading.RLock()
"""Held by whatever changes a panel: kernels with subshells run the handlers of two controls at the same time,
and jobs tell of their progress from threads of their own."""


def trouble_card(error: BaseException) -> Html:
    """Return a card for an error, with the technical details folded away; they hold no values."""
    if isinstance(error, BadInput):
        return error_card(error)
    if isinstance(error, EdgesNbError):
        shown = error_card(error)
    else:
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        step = "run the cell again; if it comes back, report it to the makers of edges-nb with these details."
        shown = card("This should not have happened", told, next_step=step)
    return tag(
        "div",
        shown,
        folded(
            "Technical details",
            tag("pre", _details(error), tabindex="0", role="region", aria_label="Details"),
        ),
    )


def _details(error: BaseException) -> str:
    """What kind of error and where, without values: frames hold requests and configurations."""
    facts = [(name, getattr(error, name, None)) for name in ("label", "status", "method", "path", "attempt")]
    lines = [f"{name}: {without_secrets(str(value), 120)}" for name, value in facts if value]
    frames = traceback.extract_tb(error.__traceback__)
    lines += [f"{_place(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([type(error).__name__, *lines])


def _place(filename: str) -> str:
    """A file as it is told: where the package is on this machine is nobody's business."""
    path = Path(filename)
    inside = path.is_relative_to(_PACKAGE)
    return f"edges_nb/{path.relative_to(_PACKAGE).as_posix()}" if inside else path.name


class Notice:
    """An HTML widget that shows a card, or nothing."""

    def __init__(self) -> None:
        from ipywidgets import HTML

        self.widget: HTML = HTML()

    def show(self, content: Html) -> None:
        """Show a card."""
        self.widget.value = inner(content)

    def clear(self) -> None:
        """Take the card away."""
        self.widget.value = ""

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Show as a card what is raised inside."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - nobody else would ever see it
            self.show(trouble_card(error))

    def guarded(self, handler: Callable[[], object]) -> Callable[..., None]:
        """Return a callback for widgets that runs a handler and shows what it raises."""

        def callback(*_: object) -> None:
            with TURN, self.catching():
                self.clear()
                handler()

        return callback


def inner(content: Html) -> str:
    """Return a fragment for a place inside a panel, which brings the style itself."""
    return f'<div class="edges-nb">{content.markup}</div>' if content else ""
