"""The ledger that everything a client does shares: opened once, and asked for the client's workspace only."""

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from edges_nb.client import Edges
from edges_nb.models.history import Past

if TYPE_CHECKING:
    from edges_nb.ledger.store import Ledger

_sessions: "WeakKeyDictionary[Edges, dict[str, Ledger]]" = WeakKeyDictionary()
_opening = threading.Lock()


def ledger_of(edges: Edges, place: str = "") -> "Ledger":
    """Return the open ledger of a client.

    It is opened again where another file was put in its place since.

    Args:
        place: a path or SQLAlchemy URL; the one of the settings when absent.

    Raises:
        BadInput: the place is neither a path nor an address.
        LedgerError: it can't be opened.
    """
    # SQLAlchemy loads when a plan is made, not when the package is imported.
    from edges_nb.ledger.store import Ledger

    place = place or edges.settings.ledger
    with _opening:
        opened = _sessions.setdefault(edges, {})
        if place in opened and (opened[place].is_closed or not opened[place].is_same_file()):
            opened.pop(place).close()
        if place not in opened:
            opened[place] = Ledger.open(place, edges.clock)
        return opened[place]


def past_of(edges: Edges, place: str = "") -> Past:
    """Return what earlier runs left in a ledger about a client's workspace."""
    return ledger_of(edges, place).past(edges.settings.base_url)
