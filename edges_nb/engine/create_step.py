"""Create the new schedule exactly once, on a server that has no idempotency key."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from edges_nb.cron import next_times
from edges_nb.engine.capabilities import Habits
from edges_nb.engine.journal import Acting
from edges_nb.engine.matching import differences
from edges_nb.engine.reconcile import PATIENCE, Found, Looking
from edges_nb.errors import BadRequest, EdgesNbError
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.models.api import LIVE, CreatedSchedule, Schedule, ScheduleRequest, iso
from edges_nb.models.name_marks import mark_of
from edges_nb.models.results import NEEDS_ATTENTION, Result
from edges_nb.transport import Done, Refused, Unknown

_MOST_CREATES = 3
"""Requests to create that may have had an effect, after which a person has to look."""

_ON_ITS_WAY = timedelta(seconds=5)
"""How long a request may take to arrive."""

_SLOW = PATIENCE / 2
"""Seconds between cancelling and creating after which somebody else may have looked and found nothing."""

KnownSince = Callable[[datetime], Sequence[str]]
"""Tells which schedules the plan saw that are not older than a moment."""


class Creating:
    """Creates, finds and checks the schedule that takes the place of another."""

    def __init__(self, acting: Acting, looking: Looking, habits: Habits, known_since: KnownSince) -> None:
        self._acting = acting
        self._edges = acting.edges
        self._looking = looking
        self._habits = habits
        self._known_since = known_since

    def create(self, record: Record) -> str:
        """Send one request to create; return why it was refused, or "" where it was not.

        Afterwards the record has its `new_uid`, or stays in doubt and has to be settled.
        """
        memo = record.memo
        state = State.RESTORING if record.state is State.RESTORING else State.CREATING
        if not memo.since or (memo.creates == 0 and record.mark.replaces and not self.rivalled(record)):
            self.take_stock(record)
        memo.creates += 1
        record.request = _in_time(record.request, self._edges.now())
        memo.named = memo.named and self._habits.takes_names is not False
        answer = self._acting.act(
            record, state, "create", lambda: self._edges.create_scheduled_run(_named(record))
        )
        match answer:
            case Done(created):
                self._created(record, created)
                self._acting.note(record, "create", answer, f"The new schedule {created.uid} was created.")
                self._learn_names(record)
            case Refused(error):
                memo.creates -= 1
                if memo.named and is_about_name(error):
                    memo.named = False
                    self._acting.note(record, "create", answer, "The name was refused; it is left out.")
                    return self.create(record)
                self._acting.note(record, "create", answer, "The new schedule was refused.")
                return str(error)
            case Unknown():
                self._acting.note(
                    record, "create", answer, "Whether the new schedule was created is not clear yet."
                )
        return ""

    def rivalled(self, record: Record) -> bool:
        """Whether somebody else may be creating something in the same place.

        Who sees the old schedule cancelled and can't tell by whom looks for a while before creating, so that
        only who cancelled it and was slow to create meets another one there.
        """
        stopped = record.stopped_at
        slow = stopped is None or self._edges.clock.monotonic() - stopped > _SLOW
        return record.memo.unsure or (record.order == "guide" and slow)

    def take_stock(self, record: Record) -> None:
        """Remember what is there already, before something is done that may lead to another schedule."""
        now = self._edges.now()
        record.memo.since, record.memo.known = now.isoformat(), list(self._known_since(now))

    def _learn_names(self, record: Record) -> None:
        """Find out, once in a run, whether a name that was taken is kept."""
        if self._habits.shows_names is None and record.memo.named:
            with suppress(EdgesNbError):
                record.child = self._edges.schedule(record.new_uid or "")
                self._habits.shows_names = mark_of(record.child.name) is not None

    def _created(self, record: Record, created: CreatedSchedule) -> None:
        record.new_uid, record.child = created.uid, created
        self._habits.claim(created.uid, record.old_uid)
        if record.memo.named:
            self._habits.takes_names = True
        elif self._habits.takes_names is None:
            self._habits.takes_names = False

    def find(self, record: Record, *, once: bool = False, patient: bool = False) -> Result | None:
        """Look for the new schedule and adopt it; where there are several, the oldest stays and the others
        go.

        Args:
            once, patient: see `Looking.children`.
        """
        own = record.new_uid
        found = self._looking.children(record, own=own, once=once, patient=patient)
        if not found.uids:
            return None
        if own is None and len(found.uids) < found.places:
            return self._unclear(record, found)
        if own is None and found.most is not None and record.memo.creates and len(found.uids) > found.most:
            return self._too_many(record, found)
        if own not in found.uids[: found.places]:
            uid = record.new_uid = found.uids[0]
            record.child = None
            self._habits.claim(uid, record.old_uid)
            self._acting.settle(record, "create", record.state, f"The new schedule {uid} was found.")
        for surplus in _surplus(record, found, own):
            trouble = self.remove(record, surplus)
            if trouble:
                return trouble
        return None

    def _unclear(self, record: Record, found: Found) -> Result:
        return Result(
            record.old_uid,
            NEEDS_ATTENTION,
            None,
            f"{found.places} schedules that look the same were stopped, and only {', '.join(found.uids)} can "
            "be found in their place; nothing tells which one is missing. Run the same command again when "
            "whoever else is at work has finished, or resume or create by hand what is missing.",
        )

    def _too_many(self, record: Record, found: Found) -> Result:
        return Result(
            record.old_uid,
            NEEDS_ATTENTION,
            None,
            f"{len(found.uids)} schedules look as it was asked for, {', '.join(found.uids)}, and nothing "
            "tells which one was created here: cancel what is too many, then run the same command again.",
        )

    def remove(self, record: Record, uid: str) -> Result | None:
        """Cancel a new schedule that is one too many; tell where that does not work."""
        self.disown(record, uid)
        for _ in range(_MOST_CREATES):
            answer = self._acting.act(record, record.state, "cancel surplus", lambda: self._edges.cancel(uid))
            self._acting.note(
                record, "cancel surplus", answer, f"A second new schedule, {uid}, was to be cancelled."
            )
            if isinstance(answer, Done) or self._looking.status(uid) not in LIVE:
                return None
        return Result(
            record.old_uid,
            NEEDS_ATTENTION,
            record.new_uid,
            f"Two new schedules are there and {uid} could not be cancelled: run the same command again, or "
            f"cancel {uid} by hand.",
        )

    def disown(self, record: Record, uid: str) -> None:
        """Remember, with the next commit, that a new schedule is cancelled by nobody else."""
        record.memo.removed.append(uid)
        self._habits.removed.add(uid)

    def exhausted(self, record: Record) -> bool:
        """Whether so many requests got lost that sending another one would be guessing."""
        return record.memo.creates >= _MOST_CREATES

    def faults(self, record: Record) -> list[str] | None:
        """Compare the new schedule with what was requested; None where it is not there any more."""
        child = record.child
        if child is None or None in (child.status, child.cron, child.timezone, child.next_execution_at):
            child = record.child = self._looking.schedule(record.new_uid or "")
            if child is None or child.status == "CANCELLED":
                return None
        wanted = record.wanted
        wrong = [] if child.status == "ACTIVE" else [f"status is {child.status}"]
        if isinstance(child, Schedule):
            wrong += [f"{name} is another one" for name in differences(child, wanted)]
        else:
            pairs = {"cron": (child.cron, wanted.cron), "timezone": (child.timezone, wanted.timezone)}
            wrong += [
                f"{k} is {have}, not {want}" for k, (have, want) in pairs.items() if want and have != want
            ]
        if child.next_execution_at is None and "next_execution_at" in child.model_fields_set:
            wrong.append("it is never due")
        return wrong


def _surplus(record: Record, found: Found, own: str | None) -> list[str]:
    """Choose the new schedules to cancel: of those that somebody else may have created, only our own.

    Whoever created the others comes to the same choice, and cancels the younger ones.
    """
    beyond = found.uids[found.places :]
    if found.most is None or (own is None and record.memo.creates):
        return beyond
    return [uid for uid in beyond if uid == own]


def _named(record: Record) -> ScheduleRequest:
    name = record.mark.on(record.wanted.name) if record.memo.named else None
    return record.wanted.model_copy(update={"name": name})


def _in_time(request: ScheduleRequest, now: datetime) -> ScheduleRequest:
    """Put a first run off to the next one that its cron tells, where it would be refused as past."""
    due = request.schedule_at
    if not due or not request.cron or datetime.fromisoformat(due) > now + _ON_ITS_WAY:
        return request
    due = iso(next_times(request.cron, request.timezone or "UTC", now + _ON_ITS_WAY, 1)[0])
    return request.model_copy(update={"schedule_at": due})


def is_about_name(error: EdgesNbError) -> bool:
    """Whether a request was refused because it has a name."""
    return isinstance(error, BadRequest) and re.search(r"\bname\b", str(error)) is not None
