"""How long a read is tried again: chosen by the kind of error, bounded in attempts and in total time."""

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from edges_nb.errors import RateLimited, Transient, Unreachable, Unreadable
from edges_nb.transport.clock import Clock
from edges_nb.transport.rate_model import UNTOLD_MOST

LONGEST = 120.0
"""Seconds after which a read is given up, counted from its first attempt."""

_ATTEMPTS = 6
"""Attempts at a read that fails."""

_ATTEMPTS_IN_TURN = 20
"""Attempts at a read that is refused for its rate: the pacer waits, and others may use the key too."""

_BACKOFF = wait_random_exponential(multiplier=0.5, max=8, min=0.1)


def passes(error: BaseException) -> bool:
    """Whether it may go well another time."""
    return isinstance(error, RateLimited | Transient | Unreachable | Unreadable)


def retrying(clock: Clock, asked_to_wait: Callable[[], float]) -> Retrying:
    """Make the loop that repeats one read.

    Args:
        asked_to_wait: seconds that the latest answer to this read asked to wait.
    """
    started = clock.monotonic()
    refused_since: float | None = None

    def wait(state: RetryCallState) -> float:
        # After a 429 the pacer makes everybody wait, this one too.
        if isinstance(_error(state), RateLimited):
            return 0.0
        return max(_BACKOFF(state), asked_to_wait())

    def stop(state: RetryCallState) -> bool:
        nonlocal refused_since
        now = clock.monotonic()
        if isinstance(_error(state), RateLimited):
            # Time spent in the queue, or as the server asked, is no sign that it will never go well.
            refused_since = now if refused_since is None or asked_to_wait() else refused_since
            return now - refused_since > LONGEST - UNTOLD_MOST or state.attempt_number >= _ATTEMPTS_IN_TURN
        return now - started + state.upcoming_sleep > LONGEST or state.attempt_number >= _ATTEMPTS

    return Retrying(retry=retry_if_exception(passes), wait=wait, stop=stop, sleep=clock.sleep, reraise=True)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
