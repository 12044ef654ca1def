"""Says what is going on while a workspace is read, and whether the server made it wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from edges_nb.reports.formatting import lasted
from edges_nb.reports.html import tag
from edges_nb.widgets.error_box import inner
from edges_nb.widgets.static_fallback import interactive

if TYPE_CHECKING:
    from edges_nb.client import Edges

_EVERY = 0.5
_AT_ONCE = 1.0
"""Seconds below which nothing is said: most readings are over by then."""


@contextmanager
def loading(edges: Edges, what: str) -> Iterator[None]:
    """Show below the cell that `what` is going on, for as long as it does; say nothing where nobody looks."""
    if not interactive():
        yield
        return
    from ipywidgets import HTML

    place, over = HTML(), threading.Event()
    handle = _display(place)
    watcher = threading.Thread(target=_watch, args=(edges, what, place, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        place.close()
        # What is kept of the cell holds no widget that is gone; what else was printed there stays.
        handle.update({"text/plain": ""}, raw=True)


def loading_words(what: str, seconds: float, per_second: float, pause: float) -> str:
    """Return the sentence for somebody who waits."""
    pace = (
        f"waiting {lasted(pause)}, because the server asked to slow down"
        if pause
        else f"up to {per_second:.0f} requests a second"
    )
    return f"{what}: {lasted(seconds)}, {pace} …"


def _watch(edges: Edges, what: str, place: object, over: threading.Event) -> None:
    start = time.monotonic()
    if over.wait(_AT_ONCE):
        return
    while True:
        pace = edges.pace
        told = loading_words(what, time.monotonic() - start, pace.per_second, pace.waiting)
        place.value = inner(tag("p", told))  # type: ignore[attr-defined]
        if over.wait(_EVERY):
            return


def _display(widget: object) -> Any:
    from IPython.display import display

    return display(widget, display_id=True)  # type: ignore[no-untyped-call]
