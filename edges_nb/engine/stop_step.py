"""Read the old schedule again, and stop it: paused in order `pause`, cancelled in order `guide`.

Stopping it is also the lock against somebody else: who stopped it may replace it, and nobody else.
"""

from edges_nb.engine.capabilities import Capabilities
from edges_nb.engine.drift import drift
from edges_nb.engine.fresh_looks import FreshLooks
from edges_nb.engine.journal import AGAIN, Journal
from edges_nb.engine.reconcile import Looking
from edges_nb.errors import EdgesNbError, NotFound
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.models.results import DRIFTED, ROLLED_BACK, WAITING, Result
from edges_nb.transport import Refused, Unknown

_MOST_TRIES = 3
"""Requests to stop it without a clear answer, after which a person has to look."""


class Stopping:
    """Takes a replacement from `planned` to `paused` or, in order `guide`, to `cancelled`."""

    def __init__(self, journal: Journal, looking: Looking, server: Capabilities, looks: FreshLooks) -> None:
        self._journal = journal
        self._edges = journal.edges
        self._looking = looking
        self._server = server
        self._looks = looks

    def read_again(self, record: Record) -> Result | None:
        """Compare the old schedule with what the plan saw, and keep it as it is now."""
        if record.memo.stops == 0 and record.memo.creates == 0:
            # Where no answer comes, somebody else may have stopped it, and may be creating its replacement.
            record.memo.stock = self._looking.stock(record)
        now = self._looks.schedule(record.old)
        if record.memo.stops and now.status == _aim(record):
            return self._stopped(record, shared=True)
        if differing := drift(record.old, now):
            return self._drifted(record, "; ".join(differing))
        if self._is_busy(record, ran=now.last_executed_at != record.old.last_executed_at):
            told = f"Not begun: a run of it is in progress. {AGAIN.capitalize()} when it has ended."
            return Result(record.old_uid, WAITING, None, told)
        record.old = now
        if record.memo.stops:
            return self.stop(record)
        self._journal.settle(record, "read", State.CAPTURED, "It was read again and is what the plan saw.")
        return None

    def _is_busy(self, record: Record, *, ran: bool) -> bool:
        if record.kind == "undo":
            return False
        planned = record.memo.busy_run
        return bool(planned and self._edges.run(planned).unfinished) or (
            ran and self._looking.running(record)
        )

    def stop(self, record: Record) -> Result | None:
        """Send the request that stops the old schedule."""
        if record.order == "pause" and not self._server.pauses:
            return self._no_pause(record)
        record.memo.stops += 1
        record.stopped_at = self._edges.clock.monotonic()
        pausing = record.order == "pause"
        send, state = (
            (self._edges.pause, State.PAUSING) if pausing else (self._edges.cancel, State.CANCELLING)
        )
        answer = self._journal.act(
            record, state, "pause" if pausing else "cancel", lambda: send(record.old_uid)
        )
        if isinstance(answer, Unknown):
            told = "It is not clear yet whether the old schedule was stopped."
            self._journal.note(record, "stop", answer, told)
            return None
        record.memo.stops -= 1
        if isinstance(answer, Refused):
            self._journal.note(record, "stop", answer, "Stopping the old schedule was refused.")
            return self._refused(record, answer.error)
        return self._stopped(record, shared=False)

    def settle(self, record: Record) -> Result | None:
        """After a request to stop the old schedule that nobody answered."""
        status = self._looking.status_after(record, _aim(record))
        if status == _aim(record):
            return self._stopped(record, shared=True)
        if status != "ACTIVE":
            return self._drifted(record, f"status is {status}, was ACTIVE")
        if record.memo.stops >= _MOST_TRIES:
            told = f"It is {status}, and requests to stop it got no clear answer: {AGAIN} a little later."
            return self._journal.attention(record, told)
        # The state stays: the request can still arrive, and whoever goes on has to know that it was sent.
        self._journal.settle(record, "stop", record.state, "The old schedule still runs; it is tried again.")
        return self.read_again(record)

    def _stopped(self, record: Record, *, shared: bool) -> Result | None:
        record.memo.shared = record.memo.shared or shared
        state = State.PAUSED if record.order == "pause" else State.CANCELLED
        self._journal.settle(record, "stop", state, f"The old schedule is {state.value}.")
        return None

    def _refused(self, record: Record, error: EdgesNbError) -> Result | None:
        status = self._looking.status(record)
        if record.memo.stops and status == _aim(record):
            return self._stopped(record, shared=True)
        if status != "ACTIVE":
            return self._drifted(record, f"status is {status}, was ACTIVE")
        if record.order == "pause" and isinstance(error, NotFound):
            self._server.pauses = False
            return self._no_pause(record)
        return self._journal.end(
            record, ROLLED_BACK, f"Nothing was changed: stopping it was refused. {error}"
        )

    def _drifted(self, record: Record, difference: str) -> Result:
        told = f"Skipped: the schedule changed after it was planned: {difference}. Preview again, then apply."
        return self._journal.end(record, DRIFTED, told)

    def _no_pause(self, record: Record) -> Result:
        told = (
            "Nothing was changed: this server does not offer to pause a schedule. Run again with "
            "order=guide, which cancels the old schedule before it creates the new one."
        )
        return self._journal.end(record, ROLLED_BACK, told)


def _aim(record: Record) -> str:
    return "PAUSED" if record.order == "pause" else "CANCELLED"
