"""The steps that start a schedule in place of nothing, each of which can be the last before the process dies.

Nothing is stopped first that would keep somebody else out, so that the look after a create is what leaves one
schedule where two runs started the same at once: the oldest one stays.
"""

from collections.abc import Callable

from edges_nb.engine.capabilities import Habits
from edges_nb.engine.create_step import Creating
from edges_nb.engine.endings import AGAIN
from edges_nb.engine.journal import Acting
from edges_nb.engine.reconcile import Looking
from edges_nb.errors import EdgesNbError, KeyRefused, LedgerError
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import UNTOUCHED, State
from edges_nb.models.api import LIVE
from edges_nb.models.results import NEEDS_ATTENTION, REFUSED, SKIPPED, STARTED, Result
from edges_nb.transport import Done

_MOST_TRIES = 3
"""Requests to cancel a faulty schedule, after which a person has to look."""


class Starting:
    """Takes starts as far as they go."""

    def __init__(self, acting: Acting, looking: Looking, creating: Creating, habits: Habits) -> None:
        self._acting = acting
        self._edges = acting.edges
        self._looking = looking
        self._creating = creating
        self._habits = habits
        self._steps: dict[State, Callable[[Record], Result | None]] = {
            State.PLANNED: self._begin,
            State.CREATING: self._settle,
            State.CREATED: self._check,
            State.REMOVING: self._remove,
        }

    def run(self, record: Record) -> Result:
        """Go on until the schedule is there or it can't go on; LedgerError stops it where it is."""
        # Each run may try again, though what was sent before can still have had its effect.
        record.memo.creates, record.memo.removals = min(record.memo.creates, 1), 0
        try:
            result = None
            while result is None:
                result = self._steps[record.state](record)
            return result
        except LedgerError:
            raise
        except EdgesNbError as error:
            if isinstance(error, KeyRefused):
                self._habits.locked_out = str(error)
            if record.state in UNTOUCHED:
                return Result(record.old_uid, REFUSED, None, f"Nothing was started. {error}")
            return self._attention(record, f"It could not be looked at. {error} Then {AGAIN}.")

    def _begin(self, record: Record) -> Result | None:
        """See whether somebody started the same since it was planned."""
        trouble = self._creating.find(record, once=True)
        if trouble:
            return trouble
        if record.new_uid is None:
            return self._create(record)
        self._acting.settle(record, "look", State.STARTED, f"{record.new_uid} is there already.")
        return Result(record.old_uid, SKIPPED, record.new_uid, "An equal one was started meanwhile.")

    def _create(self, record: Record) -> Result | None:
        refusal = self._creating.create(record)
        if record.new_uid or (refusal and record.memo.creates):
            trouble = self._creating.find(record)
            if trouble:
                return trouble
        if record.new_uid:
            self._acting.settle(record, "create", State.CREATED, f"The new schedule is {record.new_uid}.")
            return None
        return self._refused(record, refusal) if refusal else None

    def _settle(self, record: Record) -> Result | None:
        """After a request to create that nobody answered."""
        trouble = self._creating.find(record)
        if trouble:
            return trouble
        if record.new_uid:
            self._acting.settle(record, "create", State.CREATED, f"The new schedule is {record.new_uid}.")
            return None
        if self._creating.exhausted(record):
            told = "Requests to create it got no clear answer, and none can be found"
            return self._attention(record, f"{told}: {AGAIN} a little later.")
        return self._create(record)

    def _check(self, record: Record) -> Result | None:
        faults = self._creating.faults(record)
        if faults is None:
            told = f"Somebody cancelled {record.new_uid} as soon as it was there"
            return self._refused(record, f"{told}: find out who, before you start it again.")
        if faults:
            record.memo.refusal = f"The new schedule was not what was asked for: {'; '.join(faults)}."
            self._acting.settle(record, "check", State.REMOVING, record.memo.refusal)
            return None
        self._acting.settle(record, "done", State.STARTED, f"{record.new_uid} is there as it was asked for.")
        return Result(record.old_uid, STARTED, record.new_uid, "")

    def _remove(self, record: Record) -> Result | None:
        uid = record.new_uid or ""
        if self._looking.status(uid) not in LIVE:
            return self._refused(record, f"{record.memo.refusal} It was cancelled again.")
        if record.memo.removals >= _MOST_TRIES:
            return self._attention(record, f"{record.memo.refusal} {uid} could not be cancelled: {AGAIN}.")
        record.memo.removals += 1
        answer = self._acting.act(record, State.REMOVING, "cancel new", lambda: self._edges.cancel(uid))
        self._acting.note(record, "cancel new", answer, "The new schedule was to be cancelled.")
        if isinstance(answer, Done):
            return self._refused(record, f"{record.memo.refusal} It was cancelled again.")
        return None

    def _refused(self, record: Record, reason: str) -> Result:
        record.new_uid, record.child = None, None
        self._acting.settle(record, "done", State.REFUSED, reason)
        return Result(record.old_uid, REFUSED, None, reason)

    def _attention(self, record: Record, reason: str) -> Result:
        self._acting.settle(record, "stopped", record.state, reason)
        return Result(record.old_uid, NEEDS_ATTENTION, record.new_uid, reason)
