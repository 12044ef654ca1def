"""Settle what nobody answered: look at the server until it is positively known what happened."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from edges_nb.engine.capabilities import Capabilities
from edges_nb.engine.journal import Journal
from edges_nb.engine.matching import agreement, differences, stock_of, stopped_since
from edges_nb.engine.single_flight import SharedReading
from edges_nb.errors import NotFound, Unreadable
from edges_nb.ledger.records import Record
from edges_nb.models.api import LIVE, Schedule
from edges_nb.models.name_marks import mark_of

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look: a list can lag behind, and a request that timed out can still arrive."""

_MORE_PAUSES = (8.0, 16.0, 32.0)
"""And before each further look for one that does exist: what is older shows no later than it does."""

PATIENCE = sum((*PAUSES, *_MORE_PAUSES))
"""Seconds after which who can't tell who cancelled an old schedule takes its place for free."""

_FRESH = 30.0
"""Seconds for which a list is good enough to tell what was there before a schedule was created."""


@dataclass(frozen=True)
class Heirs:
    """What stands in the place of an old schedule.

    Attributes:
        live: new schedules that run, or can run again, the oldest first.
        dead: uids of those that somebody else cancelled.
        holders: live schedules that are something else and take the same place, the oldest first: what
            another operator made of it, or of a new schedule that is dead.
        by_name: whether their names say whose place they take; else they only look as requested.
        rivals: uids of equal schedules that somebody else stopped meanwhile, whose replacements these can be.
        noted: whether what was there before was noted, so that none of the live ones is older.
        complete: whether the list has caught up with what is known to exist.
    """

    live: Sequence[Schedule] = ()
    dead: Sequence[str] = ()
    holders: Sequence[Schedule] = ()
    by_name: bool = True
    rivals: Sequence[str] = ()
    noted: bool = True
    complete: bool = True

    @property
    def told(self) -> tuple[Sequence[str], ...]:
        """What it comes to, to compare two readings."""
        return self.uids, self.dead, [one.uid for one in self.holders], self.rivals

    @property
    def uids(self) -> list[str]:
        """The live ones, the oldest first."""
        return [child.uid for child in self.live]


class Looking:
    """Reads of the server that tell what became of a request.

    Every method raises what `Edges` raises for a GET, and Unreadable where the server shows too little: that
    something is not shown is no evidence of anything.
    """

    def __init__(self, journal: Journal, server: Capabilities) -> None:
        self._edges = journal.edges
        self._rest = journal.rest
        self._server = server
        self._lists: dict[str, SharedReading[list[Schedule]]] = {}
        self._latest: dict[str, tuple[float, list[Schedule]]] = {}

    def schedule(self, record: Record, uid: str = "") -> Schedule:
        """Return a schedule, the old one when absent, as the server shows it now, with its status."""
        uid = uid or record.old_uid
        # What was there does not vanish: a 404 may come from a proxy, or from a replica that lags behind.
        for seconds in (0.0, *PAUSES):
            self._rest(seconds)
            with suppress(NotFound):
                shown = self._edges.schedule(uid)
                if shown.status:
                    return shown
        for listed in self.listed(record.request.action):
            if listed.uid == uid and listed.status:
                return listed
        raise Unreadable(f"The server shows neither {uid} nor its status, so what became of it is not known.")

    def status(self, record: Record, uid: str = "") -> str:
        """Return the status of a schedule, the old one when absent, now."""
        return self.schedule(record, uid).status or ""

    def status_after(self, record: Record, hoped: str, uid: str = "") -> str:
        """Look until a schedule has the hoped status, or for the last time."""
        status = self.status(record, uid)
        for seconds in PAUSES:
            if status == hoped:
                break
            self._rest(seconds)
            status = self.status(record, uid)
        return status

    def running(self, record: Record) -> bool:
        """Whether a run of the old schedule that has not ended is among the newest runs."""
        runs = self._edges.runs_page(0, record.request.action)
        return any(run.scheduled_run_uid == record.old_uid and run.unfinished for run in runs)

    def listed(self, action: str) -> list[Schedule]:
        """Return the schedules of an action as a list that is read from now on shows them."""

        def read() -> list[Schedule]:
            found = self._edges.schedules(action)
            self._latest[action] = self._edges.clock.monotonic(), found
            return found

        with self._server.lock:
            shared = self._lists.setdefault(action, SharedReading(read))
        return shared.get()

    def stock(self, record: Record) -> dict[str, str] | None:
        """Return what is there that could be taken for a replacement; None where names tell them apart."""
        if self._server.shows_names:
            return None
        action = record.request.action
        read_at, listed = self._latest.get(action, (0.0, None))
        if listed is None or self._edges.clock.monotonic() - read_at > _FRESH:
            listed = self.listed(action)
        self._learn_names(listed)
        return None if self._server.shows_names else stock_of(listed, record)

    def children(self, record: Record, *, once: bool = False, patient: bool = False) -> Heirs:
        """Return the new schedules that take, or may take, the place of the old one.

        Args:
            once: look once only, where nothing can be on its way.
            patient: look for `PATIENCE`, where somebody else may be about to create it.
        """
        own = record.new_uid
        pauses = (0.0,) if once else PAUSES if own is None and not patient else (*PAUSES, *_MORE_PAUSES)
        found = Heirs()
        for seconds in pauses:
            self._rest(seconds)
            found = self._found(record)
            enough = found.dead or found.holders or len(found.live) >= max(1, record.memo.creates)
            if own in found.uids or (own is None and enough):
                return found
        if own is None:
            return found
        child = self.schedule(record, own)
        live = by_age([*found.live, child]) if child.status in LIVE else found.live
        return replace(found, live=live, complete=False)

    def _found(self, record: Record) -> Heirs:
        listed = self.listed(record.request.action)
        self._learn_names(listed)
        marked = [one for one in listed if mark_of(one.name) == record.mark and self._is_free(one, record)]
        if marked or self._tells_by_name(record):
            known = record.memo.stock or ()
            dead = [one.uid for one in marked if one.status not in LIVE and one.uid not in known]
            live = by_age(one for one in marked if one.status in LIVE)
            return Heirs(live, dead, self._heirs(listed, {record.old_uid, *dead}, live))
        found = self._by_looks(listed, record)
        for seconds in PAUSES:
            if not (found.live or found.dead or found.holders or found.rivals):
                return found
            # Pages come one after the other: while somebody else is at work, a list can show a new schedule
            # and what it replaces as that was before.
            again = self._by_looks(self.listed(record.request.action), record)
            if again.told == found.told:
                return again
            found = again
            self._rest(seconds)
        raise Unreadable("The list of schedules kept changing while it was read: somebody else is at work.")

    def _by_looks(self, listed: Sequence[Schedule], record: Record) -> Heirs:
        """Find what was not there when stock was taken, and looks as requested."""
        # 0.1.0 did not note what was there: all that looks as requested may be it, or may be older.
        noted = not record.memo.unnoted
        stock, wanted = (record.memo.stock or {}) if noted else {}, record.wanted
        new = [
            one
            for one in listed
            if one.uid not in stock
            and one.uid != record.old_uid
            and self._is_free(one, record)
            and not mark_of(one.name)
            and any(not differences(one, version) for version in record.versions)
        ]
        told = self._agreements([one for one in new if one.status in LIVE], record)
        live = [one for one in new if told.get(one.uid, False) is not False and not differences(one, wanted)]
        if not record.mark.replaces:
            # Where nothing has to be there, what only may be equal is somebody else's.
            live = [one for one in live if told[one.uid]] or (live if record.in_doubt else [])
            return Heirs(by_age(live), by_name=False)
        dead = [one.uid for one in new if one.status not in LIVE and noted]
        others = [one for one in new if one.status in LIVE and one not in live]
        holders = [
            one for one in others if self._agreements([one], record, any_mode=True)[one.uid] is not False
        ]
        holders += self._heirs(listed, {*dead, *(one.uid for one in others)}, live)
        rivals = [uid for uid in stopped_since(listed, stock) if uid not in self._server.touched]
        return Heirs(by_age(live), dead, by_age(holders), by_name=False, rivals=rivals, noted=noted)

    def _heirs(
        self, listed: Sequence[Schedule], origins: set[str], live: Sequence[Schedule]
    ) -> list[Schedule]:
        """Find the live schedules that names or this ledger lead back to some, and that are none of ours."""
        own, found = {one.uid for one in live}, dict[str, Schedule]()
        while True:
            more = [
                one
                for one in listed
                if one.uid not in own and one.uid not in found and self._origin(one) in {*origins, *found}
            ]
            if not more:
                return by_age(one for one in found.values() if one.status in LIVE)
            found |= {one.uid: one for one in more}

    def _origin(self, one: Schedule) -> str | None:
        mark = mark_of(one.name)
        return mark.origin if mark and mark.replaces else self._server.owners.get(one.uid)

    def _agreements(
        self, children: Sequence[Schedule], record: Record, *, any_mode: bool = False
    ) -> dict[str, bool | None]:
        lacking = [one.created_at for one in children if one.inputs is None or one.parameters is None]
        since = min((moment for moment in lacking if moment), default=None)
        newest = 1 if since is None else None
        runs = self._edges.runs(record.request.action, newest=newest, since=since) if lacking else ()
        return {
            child.uid: agreement(self._edges, child, record.wanted, runs, any_mode=any_mode)
            for child in children
        }

    def _is_free(self, one: Schedule, record: Record) -> bool:
        return self._server.is_free(one.uid, record.old_uid)

    def _learn_names(self, listed: Iterable[Schedule]) -> None:
        """Notice whether lists show names: a mark of ours, or none where there must be one."""
        if any(mark_of(one.name) for one in listed):
            self._server.shows_names = True
        elif any(one.uid in self._server.named for one in listed):
            self._server.shows_names = False

    def _tells_by_name(self, record: Record) -> bool:
        """Whether a replacement would be known by its name: no stock is taken where names are shown."""
        shown = self._server.shows_names
        return record.memo.told_by_name if shown is None else shown


def by_age(children: Iterable[Schedule]) -> list[Schedule]:
    """Return schedules, the oldest first by the server's own times."""
    return sorted(children, key=lambda one: (one.created_at is None, str(one.created_at), one.uid))
