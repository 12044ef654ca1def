"""Create the new schedule exactly once, on a server that has no idempotency key."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from edges_nb.cron import next_times
from edges_nb.engine.capabilities import Capabilities
from edges_nb.engine.journal import AGAIN, Journal
from edges_nb.engine.matching import differences
from edges_nb.engine.reconcile import PATIENCE, Heirs, Looking, by_age
from edges_nb.errors import BadRequest, EdgesNbError
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.models.api import LIVE, CreatedSchedule, Schedule, ScheduleRequest, iso
from edges_nb.models.name_marks import mark_of
from edges_nb.models.results import DRIFTED, Result
from edges_nb.transport import Done, Refused, Unknown

MOST_CREATES = 2
"""Requests to create that may have had an effect, after which a person has to look."""

_ON_ITS_WAY = timedelta(seconds=5)
"""How long a request may take to arrive."""

_SLOW = PATIENCE / 2
"""Seconds between cancelling and creating after which somebody else may have looked and found nothing."""

_MOST_TRIES = 3


class Creating:
    """Creates, finds and checks the schedule that takes the place of another."""

    def __init__(self, journal: Journal, looking: Looking, server: Capabilities) -> None:
        self._journal = journal
        self._edges = journal.edges
        self._looking = looking
        self._server = server

    def create(self, record: Record) -> str:
        """Send one request to create; return why it was refused, or "" where it was not.

        Afterwards the record has its `new_uid`, or stays in doubt and has to be settled.
        """
        memo = record.memo
        state = State.RESTORING if record.state is State.RESTORING else State.CREATING
        memo.unnoted = memo.unnoted and memo.creates > 0
        if memo.stock is None:
            memo.stock = self._looking.stock(record)
        memo.creates += 1
        record.request = _in_time(record.request, self._edges.now())
        memo.named = memo.named and self._server.takes_names is not False
        answer = self._journal.act(
            record, state, "create", lambda: self._edges.create_scheduled_run(_named(record))
        )
        match answer:
            case Done(created):
                self._created(record, created)
                self._journal.note(record, "create", answer, f"The new schedule {created.uid} was created.")
                self._learn_names(record)
            case Refused(error):
                memo.creates -= 1
                if memo.named and is_about_name(error):
                    memo.named = False
                    self._journal.note(record, "create", answer, "The name was refused and is left out.")
                    return self.create(record)
                self._journal.note(record, "create", answer, "The new schedule was refused.")
                return str(error)
            case Unknown():
                told = "It is not clear yet whether the new schedule was created."
                self._journal.note(record, "create", answer, told)
        return ""

    def _created(self, record: Record, created: CreatedSchedule) -> None:
        record.new_uid, record.child = created.uid, created
        self._server.claim(created.uid, record.old_uid)
        if record.memo.named:
            self._server.takes_names = True
            self._server.named.add(created.uid)
        elif self._server.takes_names is None:
            self._server.takes_names = False

    def _learn_names(self, record: Record) -> None:
        """Find out, once in a run, whether a name that was taken is kept."""
        if self._server.shows_names is None and record.memo.named:
            with suppress(EdgesNbError):
                record.child = self._edges.schedule(record.new_uid or "")
                self._server.shows_names = mark_of(record.child.name) is not None

    def contested(self, record: Record) -> bool:
        """Whether somebody else may have created, or be creating, something in the same place.

        Who sees the old schedule cancelled and can't tell by whom looks for a while before creating, so that
        only who cancelled it and was slow to create meets another one there.
        """
        stopped = record.stopped_at
        slow = stopped is None or self._edges.clock.monotonic() - stopped > _SLOW
        return record.memo.shared or (record.order == "guide" and slow)

    def look(self, record: Record, *, once: bool = False) -> Result | None:
        """Look for the new schedule: adopt it, keep one where there are several, or ask a person.

        Args:
            once: look once only, where nothing of ours can be on its way.
        """
        patient = record.memo.shared and record.order == "guide" and not record.memo.creates
        found = self._looking.children(record, once=once and not patient, patient=patient)
        if found.holders and (ended := self._outdone(record, found)):
            return ended
        if not found.live:
            return self._nothing_live(record, found)
        if not found.noted and record.in_doubt and record.mark.replaces and not found.rivals:
            return self._unnoted(record, found)
        ours = found.by_name or len(found.live) <= record.memo.creates
        if not found.by_name and (ended := self._ask(record, found, ours=ours)):
            return ended
        keep = found.uids[0]
        if keep != record.new_uid:
            record.new_uid, record.child = keep, None
            self._server.claim(keep, record.old_uid)
            self._journal.settle(record, "create", record.state, f"The new schedule {keep} was found.")
        for surplus in found.uids[1:] if ours else ():
            if trouble := self.remove(record, surplus):
                return trouble
        if record.memo.creates > 1 and not found.complete:
            return self._journal.attention(
                record,
                f"{keep} runs in its place, but {record.memo.creates} requests to create it were sent, and "
                f"the list of schedules lags behind: another one may exist. {AGAIN.capitalize()} later.",
            )
        return None

    def _outdone(self, record: Record, found: Heirs) -> Result | None:
        """End it where somebody else put something else in its place before us: the older one stays.

        Who put that there looks as well, and comes to the same choice.
        """
        holder, own = found.holders[0], record.new_uid
        if found.live and by_age([holder, *found.live])[0] is not holder:
            return None
        if found.rivals or (found.live and not found.by_name and found.uids != [own]):
            return self._unclear(record, found)
        for uid in found.uids:
            if trouble := self.remove(record, uid):
                return trouble
        begun = record.memo.creates > 0
        if found.live or (found.by_name and found.dead):
            record.new_uid, record.child, record.memo.creates = None, None, 0
        if found.by_name and begun and record.order == "pause" and self._runs(record, holder.uid):
            # What is paused only for a replacement of ours goes.
            self._cancel_old(record, holder.uid)
        return self._give_way(record, holder.uid)

    def _runs(self, record: Record, holder: str) -> bool:
        old, new = self._looking.status(record), self._looking.status(record, holder)
        return (old, new) == ("PAUSED", "ACTIVE")

    def _cancel_old(self, record: Record, holder: str) -> None:
        answer = self._journal.act(record, record.state, "cancel", lambda: self._edges.cancel(record.old_uid))
        self._journal.note(record, "cancel", answer, f"{holder} runs in its place.")

    def _nothing_live(self, record: Record, found: Heirs) -> Result | None:
        if found.dead and record.new_uid is None:
            uids = ", ".join(found.dead)
            status = self._looking.status(record) if record.mark.replaces else ""
            told = f"It is {status}, and somebody else cancelled its replacement {uids}."
            if found.by_name:
                record.memo.removed += found.dead
                record.memo.creates = 0
                return self._journal.end(record, DRIFTED, f"{told} Preview again, then decide.")
            return self._journal.attention(record, f"{told} Resume it, or cancel it if it is to end.")
        if found.rivals and record.memo.creates:
            return self._unclear(record, found)
        return None

    def _ask(self, record: Record, found: Heirs, *, ours: bool) -> Result | None:
        """End what looks alone can't tell; None where the oldest one found is to stay."""
        own, starts = record.new_uid, not record.mark.replaces
        if found.rivals and found.uids != [own]:
            return self._unclear(record, found)
        if ours or found.uids[0] == own:
            return None
        if own is None:
            if record.memo.creates or (len(found.live) > 1 and not starts):
                return self._unclear(record, found)
            return None if starts else self._give_way(record, found.uids[0])
        # Whoever made the older one can't tell whose ours is, and does not cancel it.
        if trouble := self.remove(record, own):
            return trouble
        record.new_uid, record.child = None, None
        record.memo.creates = max(0, record.memo.creates - 1)
        return None if starts else self._give_way(record, found.uids[0])

    def _give_way(self, record: Record, holder: str) -> Result:
        """Leave the place to a schedule that somebody else put there."""
        status = self._looking.status(record)
        told = f"It is {status}, and somebody else put {holder} in its place."
        if status not in LIVE:
            return self._journal.end(record, DRIFTED, f"{told} Preview again, then apply.")
        keep = f"If {holder} is to run instead of it, cancel it; if not, resume it and cancel {holder}."
        return self._journal.attention(record, f"{told} {keep}")

    def _unnoted(self, record: Record, found: Heirs) -> Result | None:
        """Take what a person did since as the answer, or ask: what may be ours may be somebody else's."""
        status, seen = self._looking.status(record), ", ".join(found.uids)
        if record.order == "guide" or status == "PAUSED" or len(found.live) > 1:
            ways = "cancel the old one if it is" if record.order == "pause" else "wait until it has run"
            no = "resume the old one" if record.order == "pause" else f"cancel {seen}"
            return self._journal.attention(
                record,
                f"It is {status}. This server shows no names, and nothing tells which new schedule was "
                f"created for it: {seen} may be its replacement. Compare them: {ways}, {no} if it is not, "
                f"then {AGAIN}.",
            )
        if status == "ACTIVE":
            record.memo.creates, record.memo.stops = 0, 0
            self._journal.settle(record, "resume", State.PLANNED, "Somebody else resumed the old schedule.")
            return None
        record.new_uid = found.uids[0]
        self._server.claim(record.new_uid, record.old_uid)
        return None

    def _unclear(self, record: Record, found: Heirs) -> Result:
        seen = ", ".join(found.uids) or "none"
        rivals = f" Somebody else stopped {', '.join(found.rivals)} meanwhile." if found.rivals else ""
        return self._journal.attention(
            record,
            f"This server shows no names, and nothing tells which new schedule was created for it: {seen} "
            f"looks as requested.{rivals} Compare them, resume or cancel by hand, then {AGAIN}.",
        )

    def remove(self, record: Record, uid: str) -> Result | None:
        """Cancel a new schedule that is one too many; tell where that does not work."""
        self.disown(record, uid)
        for _ in range(_MOST_TRIES):
            answer = self._journal.act(
                record, record.state, "cancel surplus", lambda: self._edges.cancel(uid)
            )
            told = f"A second new schedule, {uid}, was to be cancelled."
            self._journal.note(record, "cancel surplus", answer, told)
            if isinstance(answer, Done) or self._looking.status(record, uid) not in LIVE:
                return None
        return self._journal.attention(
            record, f"{uid} is one new schedule too many and could not be cancelled: {AGAIN}, or cancel it."
        )

    def disown(self, record: Record, uid: str) -> None:
        """Remember, with the next commit, that a new schedule is cancelled by nobody else."""
        record.memo.removed.append(uid)
        self._server.removed.add(uid)

    def faults(self, record: Record) -> list[str] | None:
        """Compare the new schedule with what was requested; None where somebody cancelled it."""
        child = record.child
        if child is None or None in (child.status, child.cron, child.timezone, child.next_execution_at):
            child = record.child = self._looking.schedule(record, record.new_uid or "")
        if child.status == "CANCELLED":
            return None
        return list(_faults(child, record.wanted))


def _faults(child: CreatedSchedule | Schedule, wanted: ScheduleRequest) -> Sequence[str]:
    wrong = [] if child.status == "ACTIVE" else [f"it came as {child.status}, not ACTIVE"]
    if isinstance(child, Schedule):
        wrong += [f"its {name} is different" for name in differences(child, wanted)]
    else:
        pairs = {"cron": (child.cron, wanted.cron), "timezone": (child.timezone, wanted.timezone)}
        wrong += [
            f"its {name} is {have}, not {want}"
            for name, (have, want) in pairs.items()
            if want and have != want
        ]
    if child.next_execution_at is None and "next_execution_at" in child.model_fields_set:
        wrong.append("it has no next run")
    return wrong


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
