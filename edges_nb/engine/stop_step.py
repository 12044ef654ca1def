"""Read the old schedule again, and stop it: paused in order `pause`, cancelled in order `guide`.

Stopping it is also the lock against somebody else: who stopped it may replace it, and nobody else.
"""

from collections.abc import Callable

from edges_nb.engine.capabilities import Habits
from edges_nb.engine.drift import drift
from edges_nb.engine.endings import AGAIN, Endings
from edges_nb.engine.journal import Acting
from edges_nb.engine.reconcile import GONE, Looking
from edges_nb.errors import EdgesNbError, NotFound
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.models.results import WAITING, Result
from edges_nb.transport import Refused, Unknown

_MOST_TRIES = 3
"""Requests to stop it without a clear answer, after which a person has to look."""


class Stopping:
    """Takes a replacement from `planned` to `paused` or, in order `guide`, to `cancelled`."""

    def __init__(
        self,
        acting: Acting,
        looking: Looking,
        endings: Endings,
        habits: Habits,
        take_stock: Callable[[Record], None],
    ) -> None:
        self._acting = acting
        self._edges = acting.edges
        self._looking = looking
        self._endings = endings
        self._habits = habits
        self._take_stock = take_stock

    def read_again(self, record: Record) -> Result | None:
        """Compare the old schedule with what the plan saw, and keep it as it is now."""
        now = self._edges.schedule(record.old_uid)
        if record.memo.lock_sent and now.status in _stopped_statuses(record):
            return self._stopped(record, unsure=True)
        differing = drift(record.old, now)
        if differing:
            return self._endings.drifted(record, "; ".join(differing))
        if record.kind != "undo" and self._busy(
            record, started_since=now.last_executed_at != record.old.last_executed_at
        ):
            reason = "Not begun: a run of it is in progress. Run the same command again when it has ended."
            return Result(record.old_uid, WAITING, None, reason)
        record.old = now
        if record.memo.lock_sent:
            return self.stop(record)
        self._acting.settle(record, "read", State.CAPTURED, "It was read again and is what the plan saw.")
        return None

    def _busy(self, record: Record, *, started_since: bool) -> bool:
        if record.memo.busy_run and self._edges.run(record.memo.busy_run).unfinished:
            return True
        return started_since and self._looking.running(record.old_uid, record.request.action) is not None

    def stop(self, record: Record) -> Result | None:
        """Send the request that stops the old schedule."""
        if record.order == "pause" and not self._habits.pauses:
            return self._no_pause(record)
        if record.memo.lock_sent == 0 and record.memo.creates == 0:
            # Where no answer comes, somebody else may have stopped it, and may be creating its replacement.
            self._take_stock(record)
        record.memo.lock_sent += 1
        record.stopped_at = self._edges.clock.monotonic()
        uid = record.old_uid
        if record.order == "pause":
            answer = self._acting.act(record, State.PAUSING, "pause", lambda: self._edges.pause(uid))
        else:
            answer = self._acting.act(record, State.CANCELLING, "cancel", lambda: self._edges.cancel(uid))
        if isinstance(answer, Unknown):
            self._acting.note(
                record, "stop", answer, "Whether the old schedule was stopped is not clear yet."
            )
            return None
        record.memo.lock_sent -= 1
        if isinstance(answer, Refused):
            self._acting.note(record, "stop", answer, "Stopping the old schedule was refused.")
            return self._refused(record, answer.error)
        return self._stopped(record, unsure=False)

    def settle(self, record: Record) -> Result | None:
        """After a request to stop the old schedule that nobody answered."""
        status = self._looking.status_after(record.old_uid, _stopped_statuses(record))
        if status in _stopped_statuses(record):
            return self._stopped(record, unsure=True)
        if status != "ACTIVE":
            return self._endings.drifted(record, f"status is {status}, not ACTIVE")
        if record.memo.lock_sent >= _MOST_TRIES:
            return self._endings.attention(record, f"It could not be stopped: {AGAIN} a little later.")
        # The state stays: the request can still arrive, and whoever goes on has to know that it was sent.
        self._acting.settle(record, "stop", record.state, "The old schedule still runs; it is tried again.")
        return self.read_again(record)

    def _stopped(self, record: Record, *, unsure: bool) -> Result | None:
        record.memo.unsure = record.memo.unsure or unsure
        state = State.PAUSED if record.order == "pause" else State.CANCELLED
        self._acting.settle(record, "stop", state, f"The old schedule is {state.value}.")
        return None

    def _refused(self, record: Record, error: EdgesNbError) -> Result | None:
        status = self._looking.status(record.old_uid)
        if record.memo.lock_sent and status in _stopped_statuses(record):
            return self._stopped(record, unsure=True)
        if status != "ACTIVE":
            return self._endings.drifted(record, f"status is {status}, not ACTIVE")
        if record.order == "pause" and isinstance(error, NotFound):
            self._habits.pauses = False
            return self._no_pause(record)
        return self._endings.rolled_back(record, f"Nothing was changed. {error}")

    def _no_pause(self, record: Record) -> Result:
        return self._endings.rolled_back(
            record,
            "Nothing was changed: this server does not offer to pause a schedule. Run again with "
            "order=guide, which cancels the old schedule before it creates the new one.",
        )


def _stopped_statuses(record: Record) -> tuple[str, ...]:
    return ("PAUSED",) if record.order == "pause" else ("CANCELLED", GONE)
