"""What a ledger says of earlier runs: that it knows less than was done, or that something was not ended."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from edges_nb.client import Edges
from edges_nb.models.api import LIVE, Schedule
from edges_nb.models.name_marks import mark_of
from edges_nb.models.plan_items import Kind
from edges_nb.models.reasons import GOES_ON_BY
from edges_nb.planning.ledger_session import ledger_of, strangers

_LATELY = timedelta(days=7)
"""What was stopped longer ago is somebody's business who knows of it."""
_GRAIN = timedelta(seconds=5)
"""By how much the server's times may differ among each other."""
_AROUND = timedelta(days=1)
"""A replacement is created so soon before or after what it replaces is cancelled."""
_TOLD = 10


@dataclass(frozen=True)
class LedgerState:
    """What a person has to know of the ledger before anything is done with it.

    Attributes:
        lost: what says that it knows less than was done; "" where nothing does.
        unended: what plans of other kinds began and did not end, and what goes on with it; else "".
        note: what belongs to no workspace so far; "" where everything does.
    """

    lost: str = ""
    unended: str = ""
    note: str = ""

    @property
    def trouble(self) -> str:
        """What somebody has to look at; "" where nothing is."""
        return f"{self.lost} {self.unended}".strip()


def ledger_state(
    edges: Edges, place: str, schedules: Iterable[Schedule], kind: Kind | None = None
) -> LedgerState:
    """Compare a ledger with the schedules of a workspace.

    Args:
        place: a path or SQLAlchemy URL; the one of the settings when absent.
        kind: of the plan, which goes on with what was begun of its own kind and tells of the others; None
            where it is told elsewhere.
    """
    ledger = ledger_of(edges, place)
    workspace, now = edges.workspace_key, edges.now()
    known, since = ledger.uids(workspace), ledger.first_use(workspace, now)
    found = left_behind(schedules, known, since, now)
    lost = _told(ledger.place, found)
    if ledger.stray_log is not None:
        lost = (
            f"The ledger {ledger.place} was missing, but SQLite's log of it was there: the log is kept "
            f"as {ledger.stray_log.name}. Bring the ledger back if you can. {lost}"
        ).strip()
    begun = ledger.unended(workspace) if kind else []
    unended = _unended([(uid, other) for uid, other in begun if other != kind])
    return LedgerState(lost, unended, _about(strangers(edges, place), ledger.place))


def left_behind(
    schedules: Iterable[Schedule], known: Collection[str], since: datetime | None, now: datetime
) -> list[Schedule]:
    """Return schedules that were paused or cancelled lately, have nothing in their place and no row.

    What was stopped after the ledger was made is somebody else's, unless names tell of replacements that the
    ledger does not know: then it is not the ledger that they were made with.

    Args:
        known: uids of which the ledger has a row.
        since: when the ledger was first used for the workspace, by the server's clock; None where that is not
            known.
        now: the server's time.
    """
    schedules = list(schedules)
    made = [(mark.origin, one) for one in schedules if (mark := mark_of(one.name)) and mark.replaces]
    strange = any(origin not in known and one.uid not in known for origin, one in made)
    heirs = {origin for origin, one in made if one.status in LIVE}
    # What replaced a replacement has taken the place of both.
    while more := {origin for origin, one in made if one.uid in heirs} - heirs:
        heirs |= more
    settled = heirs.union(known)

    def is_stopped(one: Schedule) -> bool:
        if one.status not in ("PAUSED", "CANCELLED") or not one.cron or one.uid in settled:
            return False
        moment = one.updated_at
        if moment is None or moment == one.created_at or now - moment > _LATELY:
            return strange and one.status == "PAUSED" and moment is None
        return strange or (since is not None and moment <= since + _GRAIN)

    nameless = [one for one in schedules if one.status == "ACTIVE" and mark_of(one.name) is None]
    return [one for one in schedules if is_stopped(one) and not _has_heir(one, nameless)]


def _told(ledger: str, found: Sequence[Schedule]) -> str:
    """Return what to say of schedules that were left behind, "" where there are none."""
    if not found:
        return ""
    paused = [one.uid for one in found if one.status == "PAUSED"]
    cancelled = [one.uid for one in found if one.status != "PAUSED"]
    counts = [f"{len(paused)} paused"] * bool(paused) + [f"{len(cancelled)} cancelled"] * bool(cancelled)
    ways = [f"If the ledger is gone for good, resume those that are paused: {_named(paused)}."] * bool(paused)
    ways += [
        "A cancelled one can be created again: its own fields show cron, timezone and name, its latest run "
        "shows inputs, callback and parameters; only its identity has to be known. Cancelled: "
        f"{_named(cancelled)}."
    ] * bool(cancelled)
    return " ".join(
        [
            f"The ledger {ledger} has no record of schedules that were stopped lately and have nothing in "
            f"their place: {' and '.join(counts)}. If an earlier run stopped them, its ledger was lost or is "
            "another one: bring it back, or correct EDGES_LEDGER, and run the same command again.",
            *ways,
            "If somebody stopped them on purpose, leave them: they are told for a week.",
        ]
    )


def _unended(begun: Sequence[tuple[str, str]]) -> str:
    """Return what to say of what was begun and not ended, "" where nothing was."""
    uids = {kind: [uid for uid, other in begun if other == kind] for kind in GOES_ON_BY}
    return " ".join(
        f"An earlier {kind} was broken off, and may have left paused what it had begun: "
        f"{_named(found)}. To go on with it, {GOES_ON_BY[kind]} again."
        for kind, found in uids.items()
        if found
    )


def _about(uids: Sequence[str], ledger: str) -> str:
    if not uids:
        return ""
    return (
        f"The ledger {ledger} also has {len(uids)} replacements that edges-nb 0.1.0 began and did not end, "
        f"and that fit nothing in this workspace ({_named(uids)}): which workspace are they of? Run a "
        "preview with its key, and they go there."
    )


def _has_heir(stopped: Schedule, nameless: list[Schedule]) -> bool:
    """Whether something nameless took the place of a cancelled schedule; take it off then."""
    if stopped.status == "PAUSED" or stopped.updated_at is None:
        return False
    for one in nameless:
        near = one.created_at is not None and abs(one.created_at - stopped.updated_at) <= _AROUND
        if near and _look(one) == _look(stopped):
            nameless.remove(one)
            return True
    return False


def _look(one: Schedule) -> tuple[object, ...]:
    return one.cron, one.timezone or "UTC", tuple(one.identity_ids or ())


def _named(uids: Sequence[str]) -> str:
    more = len(uids) - _TOLD
    return ", ".join(uids[:_TOLD]) + (f" and {more} more" if more > 0 else "")
