"""Settle what nobody answered: look at the server until it is known what happened."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from edges_nb.client import Edges
from edges_nb.engine.capabilities import Habits
from edges_nb.engine.matching import agreement, candidates, places
from edges_nb.engine.single_flight import SharedReading
from edges_nb.errors import NotFound, Unreadable
from edges_nb.ledger.records import Record
from edges_nb.models.api import LIVE, Schedule, ScheduleRequest
from edges_nb.models.name_marks import mark_of

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look: a list can lag behind, and a request that timed out can still arrive."""

_MORE_PAUSES = (8.0, 16.0, 32.0)
"""And before each further look for one that does exist: what is older shows no later than it does."""

PATIENCE = sum((*PAUSES, *_MORE_PAUSES))
"""Seconds after which who can't tell who cancelled an old schedule takes its place for free."""

GONE = "GONE"
"""Stands for the status of a schedule that the server no longer knows."""


class Found:
    """New schedules as they were requested, the oldest first.

    Attributes:
        places: how many of them may be there; more than one where the replacements of others look the same.
        most: how many of them can be ours, None where all are; some may then be somebody else's.
    """

    def __init__(self, children: Iterable[Schedule], places: int = 1, *, most: int | None = None) -> None:
        self.children = sorted(children, key=_age)
        self.places = places
        self.most = most

    @property
    def uids(self) -> list[str]:
        """Their uids, that of the oldest first."""
        return [child.uid for child in self.children]


class Looking:
    """Reads of the server that tell what became of a request.

    Every method raises what `Edges` raises for a GET.
    """

    def __init__(self, edges: Edges, habits: Habits) -> None:
        self._edges = edges
        self._habits = habits
        self._lists: dict[str, SharedReading[list[Schedule]]] = {}

    def schedule(self, uid: str) -> Schedule | None:
        """Return a schedule as it is now, None where the server keeps saying that there is none."""
        # What was there does not vanish: one 404 may come from a proxy, or from a replica that lags behind.
        for seconds in (0.0, *PAUSES):
            if seconds:
                self._edges.clock.sleep(seconds)
            with suppress(NotFound):
                return self._edges.schedule(uid)
        return None

    def status(self, uid: str) -> str:
        """Return the status of a schedule now, `GONE` where the server does not know it."""
        schedule = self.schedule(uid)
        return GONE if schedule is None else schedule.status or "UNKNOWN"

    def lives(self, uid: str) -> bool:
        """Whether a schedule can still run one day."""
        return self.status(uid) in LIVE

    def status_after(self, uid: str, hoped: Collection[str]) -> str:
        """Look until a schedule has one of the hoped statuses, or for the last time."""
        status = self.status(uid)
        for seconds in PAUSES:
            if status in hoped:
                break
            self._edges.clock.sleep(seconds)
            status = self.status(uid)
        return status

    def children(
        self, record: Record, *, own: str | None = None, once: bool = False, patient: bool = False
    ) -> Found:
        """Return the live schedules that replace the old one.

        Args:
            own: uid of one that is known to exist: the list has caught up once it shows it.
            once: look once only, where nothing can be on its way.
            patient: look for `PATIENCE`, where somebody else may be about to create it.
        """
        found = Found([])
        short = own is None and not patient
        pauses = (0.0,) if once else PAUSES if short else (*PAUSES, *_MORE_PAUSES)
        for seconds in pauses:
            if seconds:
                self._edges.clock.sleep(seconds)
            found = self._alike(record)
            if found.children and (own is None or own in found.uids):
                break
        if own is not None and own not in found.uids:
            child = self.schedule(own)
            if child is not None and child.status in LIVE:
                return Found([*found.children, child], found.places, most=found.most)
        return found

    def running(self, old_uid: str, action: str) -> str | None:
        """Return the uid of a run of the schedule that has not ended, among the newest runs."""
        runs = self._edges.runs_page(0, action)
        return next((run.uid for run in runs if run.scheduled_run_uid == old_uid and run.unfinished), None)

    def _alike(self, record: Record) -> Found:
        listed = self.others(record)
        self._learn(listed)
        ours = [child for child in listed if child.status in LIVE and _is_marked(child, record)]
        if ours or self._habits.shows_names:
            return Found(ours)
        found = self._agreeing(listed, record)
        return self._steady(found, record) if found.uids and record.mark.replaces else found

    def _steady(self, found: Found, record: Record) -> Found:
        """Read again until two readings agree, and look at each schedule where several may be there.

        Pages come one after the other: while somebody else is at work, a list can show a new schedule and
        what it replaces as that was before, or the other way round.
        """
        for seconds in PAUSES:
            again = self._agreeing(self.others(record), record)
            if (again.uids, again.places) == (found.uids, found.places):
                return self._looked_at(again) if again.places > 1 else again
            found = again
            self._edges.clock.sleep(seconds)
        raise Unreadable("The list of schedules kept changing while it was read: somebody else is at work.")

    def _looked_at(self, found: Found) -> Found:
        """Leave out what does not live: nobody knows whose it is, and whoever made it may not have looked."""
        looked = (self.schedule(uid) for uid in found.uids)
        living = (child for child in looked if child is not None and child.status in LIVE)
        return Found(living, found.places)

    def _agreeing(self, listed: Sequence[Schedule], record: Record) -> Found:
        """Find what looks as requested, and leave out what its run says is something else."""
        ours = [c for c in candidates(listed, record) if self._habits.free(c.uid, record.old_uid)]
        starts = not record.mark.replaces
        told = self.agreements(ours, record.wanted)
        kept = [child for child in ours if told[child.uid] is not False]
        if not kept:
            return Found([])
        if not starts:
            others = len(ours) - len(kept)
            return Found(kept, max(1, places(listed, record, self._habits.claims) - others))
        sure = [child for child in kept if told[child.uid]]
        if sure:
            return Found(sure, most=record.memo.creates)
        # What only may be it is worth something where something must be there.
        return Found(kept if record.in_doubt else [], most=1)

    def agreements(
        self, children: Sequence[Schedule], wanted: ScheduleRequest, *, any_mode: bool = False
    ) -> dict[str, bool | None]:
        """Tell of each, by uid, whether it and its newest run are what was requested; see `agreement`."""
        lacking = any(child.inputs is None or child.parameters is None for child in children)
        runs = self._edges.runs_page(0, wanted.action) if lacking else ()
        return {
            child.uid: agreement(self._edges, child, wanted, runs, any_mode=any_mode) for child in children
        }

    def others(self, record: Record) -> list[Schedule]:
        """Return the schedules of the action but for the old one, as the list shows them now."""
        action = record.request.action
        with self._habits.lock:
            listing = self._lists.setdefault(action, SharedReading(lambda: self._edges.schedules(action)))
        return [schedule for schedule in listing.get() if schedule.uid != record.old_uid]

    def _learn(self, listed: Iterable[Schedule]) -> None:
        """Notice whether this server shows names, by the schedules that were certainly sent with one."""
        if self._habits.shows_names is not False and self._habits.takes_names:
            own = [schedule for schedule in listed if schedule.uid in self._habits.taken]
            if own:
                self._habits.shows_names = any(mark_of(schedule.name) for schedule in own)


def _age(child: Schedule) -> tuple[bool, str, str]:
    return child.created_at is None, child.created_at.isoformat() if child.created_at else "", child.uid


def _is_marked(child: Schedule, record: Record) -> bool:
    return mark_of(child.name) == record.mark
