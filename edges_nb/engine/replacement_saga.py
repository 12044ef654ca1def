"""The steps that replace one schedule, each of which can be the last before the process dies.

A step is chosen by the state that the ledger knows, so going on after a lost answer and going on after the
death of the process are the same code: look at the server, then act or move on.
"""

from collections.abc import Callable

from edges_nb.engine.capabilities import Habits
from edges_nb.engine.conflicts import Succession
from edges_nb.engine.create_step import Creating
from edges_nb.engine.endings import AGAIN, Endings
from edges_nb.engine.journal import Acting
from edges_nb.engine.reconcile import GONE, Looking
from edges_nb.engine.stop_step import Stopping
from edges_nb.errors import EdgesNbError, KeyRefused, LedgerError
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import UNTOUCHED, State
from edges_nb.models.api import LIVE
from edges_nb.models.results import ROLLED_BACK, Result
from edges_nb.transport import Done, Refused, Unknown

_MOST_TRIES = 3
"""Requests of one kind without a clear answer, after which a person has to look."""

Step = Callable[[Record], Result | None]


class Saga:
    """Takes replacements as far as they go."""

    def __init__(self, acting: Acting, looking: Looking, creating: Creating, habits: Habits) -> None:
        self._acting = acting
        self._edges = acting.edges
        self._looking = looking
        self._creating = creating
        self._endings = Endings(acting)
        self._stopping = Stopping(acting, looking, self._endings, habits, creating.take_stock)
        self._succession = Succession(acting, looking, creating, self._endings, habits)
        self._habits = habits
        self._steps: dict[State, Step] = {
            State.PLANNED: self._stopping.read_again,
            State.CAPTURED: self._stopping.stop,
            State.PAUSING: self._stopping.settle,
            State.PAUSED: self._create,
            State.CREATING: self._settle_create,
            State.CREATED: self._check,
            State.REMOVING: self._remove_child,
            State.RESUMING: self._bring_back,
            State.CANCELLING: self._finish,
            State.CANCELLED: self._create,
            State.RESTORING: self._restore,
        }

    def run(self, record: Record) -> Result:
        """Go on until the replacement is over or can't go on; LedgerError stops it where it is."""
        try:
            result = self._take_up(record)
            while result is None:
                result = self._steps[record.state](record)
            return result
        except LedgerError:
            raise
        except EdgesNbError as error:
            if isinstance(error, KeyRefused):
                self._habits.locked_out = str(error)
            if record.state in UNTOUCHED:
                return Result(record.old_uid, ROLLED_BACK, None, f"Nothing was changed. {error}")
            return self._endings.attention(record, f"It could not be looked at. {error} Then {AGAIN}.")

    def _take_up(self, record: Record) -> Result | None:
        """See whether what an earlier run left is still as it left it."""
        memo = record.memo
        # Each run may try again, though what was sent before can still have had its effect.
        memo.lock_sent, memo.creates = min(memo.lock_sent, 1), min(memo.creates, 1)
        memo.cancels, memo.removals, memo.resumes = min(memo.cancels, 1), 0, 0
        if record.state not in (State.PAUSED, State.CANCELLING) or record.order == "guide":
            return None
        status = self._looking.status(record.old_uid)
        if record.state is State.PAUSED and status == "ACTIVE":
            # From the beginning, with a fresh look.
            memo.lock_sent = 0
            self._acting.settle(record, "resume", State.PLANNED, "It was resumed by somebody else.")
        elif record.state is State.PAUSED and status != "PAUSED":
            return self._endings.drifted(record, f"it was paused for its replacement, and is {status} now")
        elif record.state is State.CANCELLING and status in LIVE:
            self._acting.settle(record, "check", State.CREATED, "The new schedule is checked again.")
        elif record.state is State.CANCELLING:
            there = self._looking.status(record.new_uid or "")
            if there == "PAUSED":
                return self._endings.paused(record)
            if there not in LIVE:
                return self._endings.drifted(
                    record, f"its replacement {record.new_uid} is not there any more"
                )
        return None

    def _create(self, record: Record) -> Result | None:
        if self._creating.rivalled(record):
            # Somebody else may have stopped it, and created its replacement, or may be about to.
            patient = record.memo.unsure and record.order == "guide"
            trouble = self._creating.find(record, once=not patient, patient=patient)
            if trouble or record.new_uid:
                return trouble or self._created(record)
            ended = self._succession.end(record)
            if ended:
                return ended
        return self._send_create(record)

    def _send_create(self, record: Record) -> Result | None:
        refusal = self._creating.create(record)
        doubtful = record.memo.creates > 1 or self._creating.rivalled(record)
        if record.new_uid and doubtful:
            trouble = self._creating.find(record)
            if trouble:
                return trouble
        if record.new_uid:
            return self._created(record)
        if not refusal:
            return None
        if doubtful or record.memo.creates:
            trouble = self._creating.find(record)
            if trouble or record.new_uid:
                return trouble or self._created(record)
            ended = self._succession.end(record)
            if ended:
                return ended
        return self._give_up(record, refusal)

    def _created(self, record: Record) -> Result | None:
        if self._creating.rivalled(record):
            ended = self._succession.end_younger(record)
            if ended:
                return ended
        if record.state is State.RESTORING:
            reason = "The new schedule was refused, and the old configuration was created again."
            return self._endings.rolled_back(record, f"{reason} {record.memo.refusal}")
        self._acting.settle(record, "create", State.CREATED, f"The new schedule is {record.new_uid}.")
        return None

    def _give_up(self, record: Record, refusal: str) -> Result | None:
        if record.state is State.RESTORING:
            return self._endings.attention(
                record,
                f"It is cancelled, and neither the new nor the old configuration could be created: {refusal} "
                f"Its configuration is kept in the ledger; mend the cause and {AGAIN}.",
            )
        record.memo.refusal = refusal
        return self._back(record)

    def _back(self, record: Record) -> Result | None:
        """Begin to bring the old configuration back."""
        record.new_uid, record.child = None, None
        record.memo.creates = 0
        state = State.RESUMING if record.order == "pause" else State.RESTORING
        self._acting.settle(record, "bring back", state, "The old configuration is brought back.")
        return None

    def _settle_create(self, record: Record) -> Result | None:
        """After a request to create that nobody answered."""
        trouble = self._creating.find(record)
        if trouble or record.new_uid:
            return trouble or self._created(record)
        ended = self._succession.end(record)
        if ended:
            return ended
        if self._creating.exhausted(record):
            return self._endings.attention(
                record,
                "Requests to create its replacement got no clear answer, and none can be found. The old one "
                f"stays {'paused' if record.order == 'pause' else 'cancelled'}: {AGAIN} a little later.",
            )
        if record.order == "pause" and self._looking.status(record.old_uid) != "PAUSED":
            self._acting.settle(record, "stop", State.PLANNED, "The old schedule was not paused any more.")
            return None
        return self._send_create(record)

    def _check(self, record: Record) -> Result | None:
        faults = self._creating.faults(record)
        if faults is None:
            record.memo.vanished = record.new_uid or ""
            record.new_uid, record.child = None, None
            self._acting.settle(record, "check", State.CREATING, "The new schedule is not there any more.")
            return None
        uid = record.old_uid
        if faults and record.order == "pause" and not self._looking.lives(uid):
            told = f"it is cancelled, and of its replacement {record.new_uid} the {'; '.join(faults)}"
            return self._endings.drifted(record, told)
        if faults:
            record.memo.refusal = f"The new schedule was not what was asked for: {'; '.join(faults)}."
            self._acting.settle(record, "check", State.REMOVING, record.memo.refusal)
            return None
        if record.order == "guide":
            return self._endings.migrated(record)
        record.memo.cancels += 1
        answer = self._acting.act(record, State.CANCELLING, "cancel", lambda: self._edges.cancel(uid))
        self._acting.note(record, "cancel", answer, "The old schedule was to be cancelled.")
        if isinstance(answer, Done):
            return self._endings.migrated(record)
        if isinstance(answer, Refused) and self._looking.status(uid) in LIVE:
            return self._endings.attention(
                record, f"Its replacement runs, but it could not be cancelled. {answer.error}"
            )
        if isinstance(answer, Refused) and record.memo.cancels == 1:
            # Somebody else cancelled it, and may have created a replacement as well.
            return self._creating.find(record) or self._endings.migrated(record)
        return None

    def _finish(self, record: Record) -> Result | None:
        """After a request to cancel the old schedule that nobody answered."""
        if record.order == "guide":
            return self._stopping.settle(record)
        if self._looking.status_after(record.old_uid, ("CANCELLED", GONE)) not in LIVE:
            return self._endings.migrated(record)
        if record.memo.cancels >= _MOST_TRIES:
            return self._endings.attention(
                record, f"Its replacement runs; cancelling it got no clear answer: {AGAIN}."
            )
        record.child = None
        self._acting.settle(
            record, "check", State.CREATED, "The old schedule is still there; it is tried again."
        )
        return None

    def _remove_child(self, record: Record) -> Result | None:
        uid = record.new_uid or ""
        if self._looking.status(uid) not in LIVE:
            return self._back(record)
        if record.memo.removals >= _MOST_TRIES:
            return self._endings.attention(
                record, f"{record.memo.refusal} {uid} could not be cancelled: {AGAIN}."
            )
        record.memo.removals += 1
        self._creating.disown(record, uid)
        answer = self._acting.act(record, State.REMOVING, "cancel new", lambda: self._edges.cancel(uid))
        self._acting.note(record, "cancel new", answer, "The new schedule was to be cancelled.")
        return self._back(record) if isinstance(answer, Done) else None

    def _bring_back(self, record: Record) -> Result | None:
        uid = record.old_uid
        status = self._looking.status(uid)
        if status == "ACTIVE":
            return self._endings.rolled_back(record, f"It runs as before. {record.memo.refusal}")
        if status != "PAUSED":
            return self._endings.drifted(record, f"it was paused for its replacement, and is {status} now")
        if record.memo.resumes >= _MOST_TRIES:
            return self._endings.attention(
                record, f"It is paused and could not be resumed: {AGAIN}. {record.memo.refusal}"
            )
        record.memo.resumes += 1
        answer = self._acting.act(record, State.RESUMING, "resume", lambda: self._edges.resume(uid))
        self._acting.note(record, "resume", answer, "The old schedule was to be resumed.")
        if isinstance(answer, Done):
            return self._endings.rolled_back(record, f"It runs as before. {record.memo.refusal}")
        if isinstance(answer, Unknown):
            self._looking.status_after(uid, ("ACTIVE",))
        return None

    def _restore(self, record: Record) -> Result | None:
        if record.memo.creates:
            return self._settle_create(record)
        ended = self._succession.end(record) if self._creating.rivalled(record) else None
        return ended or self._send_create(record)
