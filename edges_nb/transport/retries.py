"""How long a read is tried again: chosen by the kind of error, bounded in attempts and in total time."""

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from edges_nb.errors import RateLimited, Transient, Unreachable, Unreadable
from edges_nb.transport.clock import Clock

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


def retrying(clock: Clock, held: Callable[[], float], asked_to_wait: Callable[[], float]) -> Retrying:
    """Make the loop that repeats one read.

    Args:
        held: seconds for which the pacer holds every request back.
        asked_to_wait: seconds that the latest answer to this read asked to wait.
    """
    started = clock.monotonic()

    def wait(state: RetryCallState) -> float:
        # After a 429 the pacer makes everybody wait, this one too.
        if isinstance(_error(state), RateLimited):
            return 0.0
        return max(_BACKOFF(state), asked_to_wait())

    def stop(state: RetryCallState) -> bool:
        in_turn = isinstance(_error(state), RateLimited)
        delay = held() if in_turn else state.upcoming_sleep
        too_late = clock.monotonic() - started + delay > LONGEST
        return too_late or state.attempt_number >= (_ATTEMPTS_IN_TURN if in_turn else _ATTEMPTS)

    return Retrying(retry=retry_if_exception(passes), wait=wait, stop=stop, sleep=clock.sleep, reraise=True)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
