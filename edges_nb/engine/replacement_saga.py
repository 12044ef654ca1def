"""The steps of a replacement and of a start, each of which can be the last before the process dies.

A step is chosen by the state that the ledger knows, so going on after a lost answer and going on after the
death of the process are the same code: look at the server, then act or move on. A start is a replacement
whose old side is empty: its steps are those from `creating` on.
"""

from collections.abc import Callable
from typing import Literal

from edges_nb.client import Edges
from edges_nb.engine.capabilities import Capabilities
from edges_nb.engine.create_step import MOST_CREATES, Creating
from edges_nb.engine.fresh_looks import FreshLooks
from edges_nb.engine.journal import AGAIN, IN_DOUBT, Journal
from edges_nb.engine.reconcile import Looking
from edges_nb.engine.stop_step import Stopping
from edges_nb.errors import EdgesNbError, KeyRefused, LedgerError
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.models.api import LIVE
from edges_nb.models.results import (
    DRIFTED,
    MIGRATED,
    NEEDS_ATTENTION,
    REFUSED,
    ROLLED_BACK,
    SKIPPED,
    STARTED,
    Result,
)
from edges_nb.transport import Done, Refused

_MOST_TRIES = 3
"""Requests of one kind without a clear answer, after which a person has to look."""


Verb = Literal["cancel", "cancel new", "resume"]


class Saga:
    """Takes replacements and starts as far as they go."""

    def __init__(self, journal: Journal, looking: Looking, server: Capabilities, looks: FreshLooks) -> None:
        self._journal = journal
        self._edges: Edges = journal.edges
        self._looking = looking
        self._server = server
        self._creating = Creating(journal, looking, server)
        self._stopping = Stopping(journal, looking, server, looks)
        self._steps: dict[State, Callable[[Record], Result | None]] = {
            State.PLANNED: self._begin,
            State.CAPTURED: self._stopping.stop,
            State.PAUSING: self._stopping.settle,
            State.PAUSED: self._create,
            State.CANCELLED: self._create,
            State.CREATING: self._settle_create,
            State.RESTORING: self._settle_create,
            State.CREATED: self._check,
            State.REMOVING: self._remove,
            State.RESUMING: self._resume,
            State.CANCELLING: self._finish,
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
                self._server.locked_out = str(error)
            if not record.is_untouched:
                told = f"Could not read what became of it. {error} {AGAIN.capitalize()}."
                return self._journal.attention(record, told)
            if record.mark.replaces:
                told = f"Nothing was sent: could not read its current state. {error} {AGAIN.capitalize()}."
                return Result(record.old_uid, NEEDS_ATTENTION, None, told)
            return Result(record.old_uid, REFUSED, None, f"Nothing was started. {error}")

    def _take_up(self, record: Record) -> Result | None:
        """See whether what an earlier run left is still as it left it."""
        memo = record.memo
        # Each run may try again, though what was sent before can still have had its effect.
        memo.stops, memo.creates = min(memo.stops, 1), min(memo.creates, 1)
        if record.state is State.CAPTURED:
            record.state = State.PLANNED
        waits = record.state is State.PAUSED or (record.state is State.CREATING and not memo.creates)
        if not waits or record.order == "guide" or not record.mark.replaces:
            return None
        status = self._looking.status(record)
        if status == "ACTIVE":
            # From the beginning, with a fresh look.
            memo.stops = 0
            self._journal.settle(record, "resume", State.PLANNED, "Somebody else resumed it.")
        elif status != "PAUSED":
            return self._not_paused(record, status)
        return None

    def _begin(self, record: Record) -> Result | None:
        if record.mark.replaces:
            return self._stopping.read_again(record)
        if ended := self._creating.look(record, once=True):
            return ended
        if record.new_uid is None:
            return self._create(record)
        return self._journal.end(
            record, SKIPPED, f"Skipped: {record.new_uid} was started meanwhile and is equal."
        )

    def _create(self, record: Record) -> Result | None:
        if record.mark.replaces and self._creating.contested(record):
            # Somebody else may have stopped it, and created its replacement, or may be about to.
            ended = self._creating.look(record, once=True)
            if ended or record.new_uid:
                return ended or self._created(record)
        refusal = self._creating.create(record)
        doubtful = not record.mark.replaces or record.memo.creates > 1 or self._creating.contested(record)
        unseen = refusal and (record.memo.creates or record.memo.shared)
        if ((record.new_uid and doubtful) or unseen) and (ended := self._creating.look(record)):
            return ended
        if record.new_uid:
            return self._created(record)
        return self._give_up(record, refusal) if refusal else None

    def _settle_create(self, record: Record) -> Result | None:
        """After a request to create that nobody answered."""
        if not record.memo.creates:
            return self._create(record)
        if (ended := self._creating.look(record)) or record.new_uid:
            return ended or self._created(record)
        if not record.memo.creates:
            return None
        stopped = self._looking.status(record) if record.mark.replaces else ""
        if record.memo.creates >= MOST_CREATES:
            told = f"It is {stopped}. " if stopped else ""
            return self._journal.attention(record, f"{told}{IN_DOUBT}")
        if stopped == "ACTIVE":
            self._journal.settle(record, "stop", State.PLANNED, "Somebody else resumed the old schedule.")
            return None
        if record.order == "pause" and record.mark.replaces and stopped != "PAUSED":
            return self._not_paused(record, stopped)
        return self._create(record)

    def _created(self, record: Record) -> Result | None:
        if record.state is not State.RESTORING:
            self._journal.settle(record, "create", State.CREATED, f"The new schedule is {record.new_uid}.")
            return None
        if faults := self._creating.faults(record):
            told = f"The old configuration was created again as {record.new_uid}, but {'; '.join(faults)}."
            return self._journal.attention(record, told)
        told = "The new schedule was refused, and the old configuration was created again."
        return self._journal.end(record, ROLLED_BACK, f"{told} {record.memo.refusal}")

    def _give_up(self, record: Record, refusal: str) -> Result | None:
        if record.state is State.RESTORING:
            return self._journal.attention(
                record,
                f"It is cancelled, and neither the new nor the old configuration could be created: {refusal} "
                f"Its configuration is kept in the ledger. Remove the cause, then {AGAIN}.",
            )
        if record.memo.creates and not record.resumed:
            return self._journal.attention(record, f"{refusal} {IN_DOUBT}")
        record.memo.refusal = refusal
        return self._back(record)

    def _back(self, record: Record) -> Result | None:
        """Begin to bring the old configuration back; what replaces nothing ends here."""
        record.new_uid, record.child, record.memo.creates = None, None, 0
        if not record.mark.replaces:
            return self._journal.end(record, REFUSED, f"Nothing was started. {record.memo.refusal}")
        state = State.RESUMING if record.order == "pause" else State.RESTORING
        self._journal.settle(record, "bring back", state, "The old configuration is brought back.")
        return None

    def _check(self, record: Record) -> Result | None:
        faults = self._creating.faults(record)
        if faults is None:
            return self._vanished(record)
        if faults:
            return self._faulty(record, faults)
        if not record.mark.replaces:
            return self._journal.end(record, STARTED, "")
        if record.order == "guide":
            return self._journal.end(record, MIGRATED, "")
        return self._cancel_old(record)

    def _vanished(self, record: Record) -> Result | None:
        """Somebody cancelled the new schedule: as one too many, or to have none."""
        vanished = record.new_uid or ""
        record.new_uid, record.child = None, None
        self._creating.disown(record, vanished)
        if record.mark.replaces and (ended := self._creating.look(record, once=True)):
            return ended
        if record.new_uid:
            return None
        told = f"Somebody cancelled the new schedule {vanished} as soon as it was there."
        if not record.mark.replaces:
            return self._journal.end(record, REFUSED, f"{told} Find out who, before you start it again.")
        record.memo.creates = 0
        told = f"It is {self._looking.status(record)}. {told}"
        return self._journal.end(record, DRIFTED, f"{told} Resume it, or cancel it if it is to end.")

    def _faulty(self, record: Record, faults: list[str]) -> Result | None:
        told = f"The new schedule {record.new_uid} is not what was requested: {'; '.join(faults)}."
        if record.mark.replaces and record.order == "pause" and self._looking.status(record) not in LIVE:
            return self._journal.end(record, DRIFTED, f"It was cancelled by somebody else. {told}")
        record.memo.refusal = told
        self._journal.settle(record, "check", State.REMOVING, told)
        return None

    def _cancel_old(self, record: Record) -> Result | None:
        status, error = self._try(record, State.CANCELLING, "cancel", record.old_uid)
        if not error:
            return self._journal.end(record, MIGRATED, "")
        if status in LIVE:
            told = f"Its replacement {record.new_uid} runs, but it is still {status}: cancelling it failed."
            return self._journal.attention(record, f"{told} {error} {AGAIN.capitalize()}.")
        return self._cancelled(record)

    def _cancelled(self, record: Record) -> Result | None:
        """The old schedule is cancelled, perhaps by somebody else who put another one in its place."""
        own = record.new_uid
        if ended := self._creating.look(record, once=True):
            return ended
        if record.new_uid != own:
            self._journal.settle(record, "check", State.CREATED, "The new schedule is checked.")
            return None
        return self._journal.end(record, MIGRATED, "")

    def _finish(self, record: Record) -> Result | None:
        """After a request to cancel the old schedule that nobody answered."""
        if record.order == "guide":
            return self._stopping.settle(record)
        old, new = (
            self._looking.status_after(record, "CANCELLED"),
            self._looking.status(record, record.new_uid or ""),
        )
        if old in LIVE:
            record.child = None
            self._journal.settle(record, "check", State.CREATED, "The new schedule is checked again.")
            return None
        if new == "PAUSED":
            told = f"{record.new_uid} is in its place, and somebody paused it: resume it if it is to run."
            self._journal.settle(record, "done", State.MIGRATED, told)
            return Result(record.old_uid, DRIFTED, record.new_uid, told)
        return self._cancelled(record) if new in LIVE else self._vanished(record)

    def _remove(self, record: Record) -> Result | None:
        uid = record.new_uid or ""
        if self._looking.status(record, uid) in LIVE:
            self._creating.disown(record, uid)
            status, _ = self._try(record, State.REMOVING, "cancel new", uid)
            if status in LIVE:
                told = f"{record.memo.refusal} It is {status} and could not be cancelled: {AGAIN}."
                return self._journal.attention(record, told)
        return self._back(record)

    def _resume(self, record: Record) -> Result | None:
        status = self._looking.status(record)
        if status == "PAUSED":
            status, _ = self._try(record, State.RESUMING, "resume", record.old_uid)
        if status == "ACTIVE":
            return self._journal.end(record, ROLLED_BACK, f"It runs as before. {record.memo.refusal}")
        if status != "PAUSED":
            return self._not_paused(record, status)
        told = f"It is PAUSED and could not be resumed: {AGAIN}. {record.memo.refusal}"
        return self._journal.attention(record, told)

    def _not_paused(self, record: Record, status: str) -> Result:
        told = f"It was paused for its replacement, and somebody else changed it: it is {status}."
        return self._journal.end(record, DRIFTED, f"{told} Nothing was created. Preview again, then apply.")

    def _try(self, record: Record, state: State, verb: Verb, uid: str) -> tuple[str, str]:
        """Change a schedule's status, again while looks show that nothing came of it.

        Returns:
            Its status, and why the last request failed, "" where it was answered as done.
        """
        send, aim = {
            "cancel": (self._edges.cancel, "CANCELLED"),
            "cancel new": (self._edges.cancel, "CANCELLED"),
            "resume": (self._edges.resume, "ACTIVE"),
        }[verb]
        status, error = "", ""
        for _ in range(_MOST_TRIES):
            answer = self._journal.act(record, state, verb, lambda: send(uid))
            self._journal.note(record, verb, answer, f"A request to {verb.split()[0]} {uid} was sent.")
            if isinstance(answer, Done):
                return aim, ""
            error = str(answer.error)
            refused = isinstance(answer, Refused)
            status = (
                self._looking.status(record, uid) if refused else self._looking.status_after(record, aim, uid)
            )
            if status == aim or status not in LIVE or refused:
                break
        return status, error
