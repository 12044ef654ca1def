"""Send a mutating request: the intent is committed first, the result afterwards, and nothing is sent twice
blindly."""

from collections.abc import Callable
from typing import TypeVar

from edges_nb.client import Edges
from edges_nb.errors import RateLimited
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger
from edges_nb.models.results import (
    DRIFTED,
    MIGRATED,
    NEEDS_ATTENTION,
    REFUSED,
    ROLLED_BACK,
    SKIPPED,
    STARTED,
    Event,
    Result,
)
from edges_nb.transport import Answer, Done, Refused

T = TypeVar("T")

AGAIN = "run the same command again"

_PATIENCE = 900.0
"""Seconds for which a request is sent again that the server turned away for its rate: nothing happened
then."""

_END_STATES = {
    MIGRATED: State.MIGRATED,
    ROLLED_BACK: State.ROLLED_BACK,
    DRIFTED: State.DRIFTED,
    STARTED: State.STARTED,
    SKIPPED: State.STARTED,
    REFUSED: State.REFUSED,
}


class Journal:
    """Binds requests and ledger together.

    Args:
        on_event: told each step in words; it must not raise.
        check: called before each commit of an intent and each wait; what it raises leaves the record as the
            ledger has it.
    """

    def __init__(
        self,
        edges: Edges,
        ledger: Ledger,
        on_event: Callable[[Event], None],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.edges = edges
        self._ledger = ledger
        self._on_event = on_event
        self._check = check

    def rest(self, seconds: float) -> None:
        """Wait."""
        if seconds:
            self._check()
            self.edges.clock.sleep(seconds)

    def act(self, record: Record, state: State, step: str, send: Callable[[], Answer[T]]) -> Answer[T]:
        """Commit that `step` is going to be tried, then send it.

        The caller has to `note` what came of it. LedgerError where the intent can't be kept: nothing is sent
        then.
        """
        self._check()
        record.state = state
        self._ledger.save(record, step, "intent")
        deadline = self.edges.clock.monotonic() + _PATIENCE
        while True:
            answer = send()
            turned_away = isinstance(answer, Refused) and isinstance(answer.error, RateLimited)
            # The transport's pacer waits before the next request as long as the server asked for.
            if not turned_away or self.edges.clock.monotonic() >= deadline:
                return answer

    def note(self, record: Record, step: str, answer: Answer[T], sentence: str) -> None:
        """Commit the record as the answer left it, and tell."""
        phase = (
            "done" if isinstance(answer, Done) else "refused" if isinstance(answer, Refused) else "unknown"
        )
        detail = "" if isinstance(answer, Done) else str(answer.error)
        self._keep(record, step, phase, detail, sentence)

    def settle(self, record: Record, step: str, state: State, sentence: str) -> None:
        """Commit a state that was found out by looking, and tell."""
        self._check()
        record.state = state
        self._keep(record, step, "seen", "", sentence)

    def end(self, record: Record, outcome: str, reason: str) -> Result:
        """Commit how a replacement ended, and return its result.

        What needs attention keeps its state, so that running again goes on from it. So does what may have
        created a schedule that was not found: an end would make everybody forget it.
        """
        if outcome in (DRIFTED, ROLLED_BACK) and record.in_doubt and not record.resumed:
            outcome, reason = NEEDS_ATTENTION, f"{reason} {IN_DOUBT}"
        state = _END_STATES.get(outcome, record.state)
        step = "stopped" if outcome == NEEDS_ATTENTION else "done"
        told = reason or f"{record.new_uid} {'was started' if outcome == STARTED else 'runs in its place'}."
        self.settle(record, step, state, told)
        return Result(record.old_uid, outcome, record.new_uid, reason)

    def attention(self, record: Record, reason: str) -> Result:
        """End it for now: a person has to look, or it has to be run again."""
        return self.end(record, NEEDS_ATTENTION, reason)

    def _keep(self, record: Record, step: str, phase: str, detail: str, sentence: str) -> None:
        self._ledger.save(record, step, phase, detail)
        self._on_event(Event(self.edges.now(), record.old_uid, step, f"{sentence} {detail}".strip()))


IN_DOUBT = (
    "A request to create its replacement got no clear answer, and no new schedule is shown yet: "
    f"{AGAIN} a little later, which looks first."
)
