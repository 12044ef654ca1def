"""Settle what nobody answered: look at the server until it is known what happened."""

import threading
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edges_nb.client import Edges
from edges_nb.errors import NotFound
from edges_nb.models import LIVE, Schedule, ScheduleRequest
from edges_nb.planning.naming import mark_of
from edges_nb.replacing.records import Record

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look: a list can lag behind, and a request that timed out can still arrive."""

_CLOCK_GRAIN = timedelta(seconds=2)
"""`since` is read from a header that knows whole seconds only."""

GONE = "GONE"
"""Stands for the status of a schedule that the server no longer knows."""


@dataclass
class Habits:
    """What this server turned out to do; shared by all replacements of a run.

    Attributes:
        pauses: False once pausing proved not to be offered.
        takes_names: False once a request was taken only without its name, None until something is known.
        shows_names: whether lists show the names that were sent, None until one of ours was seen.
        locked_out: what the server said when it refused the key, "" while it takes it.
        taken: uids of the new schedules that have a place, in this run or an earlier one.
    """

    pauses: bool = True
    takes_names: bool | None = None
    shows_names: bool | None = None
    locked_out: str = ""
    taken: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, new_uid: str, old_uid: str) -> None:
        """Note that a new schedule takes the place of an old one."""
        with self.lock:
            self.taken[new_uid] = old_uid

    def free(self, uid: str, old_uid: str) -> bool:
        """Whether a schedule may be the replacement of `old_uid`."""
        with self.lock:
            return self.taken.get(uid, old_uid) == old_uid


class Looking:
    """Reads of the server that tell what became of a request.

    Every method raises what `Edges` raises for a GET.
    """

    def __init__(self, edges: Edges, habits: Habits) -> None:
        self._edges = edges
        self._habits = habits

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

    def status_after(self, uid: str, hoped: Collection[str]) -> str:
        """Look until a schedule has one of the hoped statuses, or for the last time."""
        status = self.status(uid)
        for seconds in PAUSES:
            if status in hoped:
                break
            self._edges.clock.sleep(seconds)
            status = self.status(uid)
        return status

    def children(self, record: Record, *, own: str | None = None, once: bool = False) -> list[Schedule]:
        """Return the live schedules that replace the old one, the oldest first.

        Args:
            own: uid of one that is known to exist: the list has caught up once it shows it.
            once: look once only, where nothing can be on its way.
        """
        found: list[Schedule] = []
        for seconds in (0.0,) if once else PAUSES:
            if seconds:
                self._edges.clock.sleep(seconds)
            found = self._alike(record)
            if found and (own is None or any(child.uid == own for child in found)):
                break
        if own is not None and not any(child.uid == own for child in found):
            child = self.schedule(own)
            found += [child] if child is not None and child.status in LIVE else []
        return sorted(found, key=_age)

    def running(self, old_uid: str, action: str) -> str | None:
        """Return the uid of a run of the schedule that has not ended, among the newest runs."""
        runs = self._edges.runs_page(0, action)
        return next((run.uid for run in runs if run.scheduled_run_uid == old_uid and run.unfinished), None)

    def _alike(self, record: Record) -> list[Schedule]:
        listed = [
            schedule
            for schedule in self._edges.schedules(record.request.action)
            if schedule.status in LIVE and schedule.uid != record.old_uid
        ]
        self._learn(listed)
        ours = [child for child in listed if _is_marked(child, record)]
        if not ours and not self._habits.shows_names:
            ours = [child for child in listed if self._may_be(child, record)]
        return ours

    def _learn(self, listed: Iterable[Schedule]) -> None:
        """Notice whether this server shows names, by the schedules that were certainly sent with one."""
        if self._habits.shows_names is None and self._habits.takes_names:
            own = [schedule for schedule in listed if schedule.uid in self._habits.taken]
            if own:
                self._habits.shows_names = any(mark_of(schedule.name) for schedule in own)

    def _may_be(self, child: Schedule, record: Record) -> bool:
        """Whether a schedule without our mark can only have come from our request."""
        if (
            mark_of(child.name)
            or child.uid in record.memo.known
            or not self._habits.free(child.uid, record.old_uid)
        ):
            return False
        if child.created_at is None or not record.memo.since:
            return False
        since = datetime.fromisoformat(record.memo.since) - _CLOCK_GRAIN
        return child.created_at >= since and not differences(child, record.request)


def _age(child: Schedule) -> tuple[bool, str, str]:
    return child.created_at is None, child.created_at.isoformat() if child.created_at else "", child.uid


def _is_marked(child: Schedule, record: Record) -> bool:
    mark = mark_of(child.name)
    incremental = record.wanted.sync_mode == "incremental"
    return mark is not None and (mark.origin, mark.incremental) == (record.old_uid, incremental)


def differences(child: Schedule, request: ScheduleRequest) -> list[str]:
    """Name the fields of a schedule that are not what was requested, as far as the server shows them."""
    shown = {
        "cron": (child.cron, request.cron),
        "timezone": (child.timezone, request.timezone),
        "inputs": (child.inputs, request.inputs),
        "callback": ((child.callback or {}).get("url"), request.callback.get("url")),
        "identity_ids": (child.identity_ids, request.identity_ids),
    }
    return [
        name for name, (have, want) in shown.items() if have is not None and want is not None and have != want
    ]
