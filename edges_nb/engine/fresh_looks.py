"""Read schedules again right before they are touched, many by one request where the server offers that."""

import threading
from collections.abc import Iterable
from contextlib import suppress

from edges_nb.client import Edges
from edges_nb.engine.drift import COMPARED, drift
from edges_nb.errors import EdgesNbError
from edges_nb.models.api import Schedule

_FRESH = 5.0
"""Seconds after which a look is too old to act on."""

_AT_ONCE = 24
"""Schedules that are read by one request: as many as are replaced within these seconds, or little more."""


class FreshLooks:
    """Tells how schedules are now. Safe to use from several threads.

    Args:
        coming: uids of what will be touched, in that order.
    """

    def __init__(self, edges: Edges, coming: Iterable[str]) -> None:
        self._edges = edges
        self._coming = dict.fromkeys(coming)
        self._looks: dict[str, tuple[float, Schedule]] = {}
        self._filters = True
        self._lock = threading.Lock()

    def schedule(self, seen: Schedule) -> Schedule:
        """Return a schedule as it is now, with at least what is compared with what the plan saw of it."""
        with self._lock:
            look = self._fresh(seen.uid)
            if look is None and self._filters:
                self._read(seen.uid)
                look = self._fresh(seen.uid)
        if look is not None and _tells(look, seen) and not drift(seen, look):
            return look
        # What differs is told only when the server says so of this one schedule.
        return self._edges.schedule(seen.uid)

    def _fresh(self, uid: str) -> Schedule | None:
        self._coming.pop(uid, None)
        at, look = self._looks.pop(uid, (0.0, None))
        return look if look is not None and self._edges.clock.monotonic() - at < _FRESH else None

    def _read(self, uid: str) -> None:
        uids = [uid, *list(self._coming)[: _AT_ONCE - 1]]
        at = self._edges.clock.monotonic()
        # Where this fails, each one is asked for by itself, and that tells why.
        with suppress(EdgesNbError):
            found = self._edges.schedules_by_uid(uids)
            self._filters = found is not None
            self._looks |= {one: (at, look) for one, look in (found or {}).items()}


def _tells(look: Schedule, seen: Schedule) -> bool:
    """Whether a look shows all that the plan saw, or that nothing was updated since."""
    if look.updated_at is not None and look.updated_at == seen.updated_at:
        return bool(look.status)
    return all(getattr(look, name) is not None for name in COMPARED if getattr(seen, name) is not None)
