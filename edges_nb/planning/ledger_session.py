"""The ledger that everything a client does shares: opened once, and asked for the client's workspace only."""

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.models.history import Past

if TYPE_CHECKING:
    from edges_nb.ledger.store import Ledger

_sessions: "WeakKeyDictionary[Edges, dict[str, Ledger]]" = WeakKeyDictionary()
_claimed: "WeakSet[Ledger]" = WeakSet()
"""Ledgers in which a client's workspace has taken what is its own."""
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
    ledger = ledger_of(edges, place)
    if ledger not in _claimed:
        _check_name(edges, ledger)
        _claim(edges, ledger)
        _claimed.add(ledger)
    return ledger.past(edges.workspace_key)


def strangers(edges: Edges, place: str = "") -> list[str]:
    """Return what 0.1.0 began at the same address and did not end, and what fits no workspace so far."""
    from edges_nb.ledger.ownership import begun

    return begun(ledger_of(edges, place), edges.settings.base_url)


def _check_name(edges: Edges, ledger: "Ledger") -> None:
    """Refuse a key that belongs to another workspace than its name in the workspaces file stands for."""
    name, found = edges.settings.workspace, edges.workspace_key
    if not name:
        return
    from edges_nb.settings.workspaces import names_in

    listed = names_in(edges.settings.workspaces_file) - {name}
    called = (edges.workspace.name or "").strip().lower()
    others = {
        *ledger.names_of(found),
        *(other for other in listed if other.lower() == called != name.lower()),
    }
    if taken := sorted(others & listed):
        raise BadInput(
            f"The key of {name} belongs to workspace {edges.workspace_words}, which is {taken[0]} in the "
            "workspaces file: put the right key in its place. Nothing was changed."
        )
    if (kept := ledger.pinned(name, found)) not in (found, edges.key_name):
        raise BadInput(
            f"The key of {name} belongs to workspace {edges.workspace_words}, but {name} stood for {kept} "
            "before: put the right key there, or give this workspace another name. Nothing was changed."
        )


def _claim(edges: Edges, ledger: "Ledger") -> None:
    """Let the rows that were kept by key or by address belong to the workspace that they are of."""
    from edges_nb.ledger.ownership import holds, move, spellings

    workspace = edges.workspace_key
    if workspace != edges.key_name and holds(ledger, edges.key_name):
        with ledger.lock(edges.key_name), ledger.lock(workspace):
            move(ledger, edges.key_name, workspace)
    if addresses := spellings(ledger, edges.settings.base_url):
        # Every key has this address: only what names something of this workspace is this workspace's.
        uids = {one.uid for one in edges.schedules()} | {one.uid for one in edges.identities()}
        for address in addresses:
            with ledger.lock(address), ledger.lock(workspace):
                move(ledger, address, workspace, uids)
