"""How a replacement can end, each way told to the ledger and to the person who started it."""

from edges_nb.engine.journal import Acting
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.models.api import LIVE
from edges_nb.models.results import DRIFTED, MIGRATED, NEEDS_ATTENTION, ROLLED_BACK, Result

AGAIN = "run the same command again"


class Endings:
    """Commits the last state of a replacement in this run, and words its result."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def migrated(self, record: Record) -> Result:
        """The new schedule runs in place of the old one."""
        self._acting.settle(record, "done", State.MIGRATED, f"{record.new_uid} runs in its place.")
        return Result(record.old_uid, MIGRATED, record.new_uid, "")

    def paused(self, record: Record) -> Result:
        """The new schedule is there in place of the old one, and somebody else paused it."""
        reason = f"{record.new_uid} is there in its place, and somebody paused it: resume it if it is to run."
        self._acting.settle(record, "done", State.MIGRATED, reason)
        return Result(record.old_uid, DRIFTED, record.new_uid, reason)

    def rolled_back(self, record: Record, reason: str) -> Result:
        """The old configuration runs as before."""
        self._acting.settle(record, "done", State.ROLLED_BACK, reason)
        return Result(record.old_uid, ROLLED_BACK, record.new_uid, reason)

    def drifted(self, record: Record, difference: str) -> Result:
        """The old schedule is not what the plan saw, and was left alone."""
        reason = (
            f"It was left alone, because it is not what the plan saw: {difference}. "
            "Preview again, then apply."
        )
        self._acting.settle(record, "done", State.DRIFTED, reason)
        return Result(record.old_uid, DRIFTED, None, reason)

    def overtaken(self, record: Record, holder: str, status: str) -> Result:
        """Somebody else put another schedule in its place, and nothing was created beside that."""
        what = "Cancel one of the two, then preview again" if status in LIVE else "Preview again, then apply"
        reason = (
            f"It is {status}, and somebody else put {holder} in its place: nothing was created beside that. "
            f"{what}."
        )
        self._acting.settle(record, "done", State.DRIFTED, reason)
        return Result(record.old_uid, DRIFTED, None, reason)

    def attention(self, record: Record, reason: str) -> Result:
        """It can't go on now; the state stays, so that running again goes on from it."""
        self._acting.settle(record, "stopped", record.state, reason)
        return Result(record.old_uid, NEEDS_ATTENTION, record.new_uid, reason)
