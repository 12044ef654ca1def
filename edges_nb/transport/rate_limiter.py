"""Keep to the server's rate limit, which nobody tells: one pacer is shared by all threads.

Whoever wants to send waits in a queue. Nobody sleeps while holding the lock.
"""

import itertools
import threading
from dataclasses import dataclass

from edges_nb.transport.clock import Clock, SystemClock
from edges_nb.transport.token_bucket import Bucket

LONGEST_HOLD = 120.0
"""Seconds that are waited at most, whatever the server asks for."""

_NAP = 0.25
"""Seconds after which whoever waits for a turn looks again, because the rate may have changed."""

_SHORTEST_NAP = 1e-4
"""Seconds; less would not move every clock."""


@dataclass(frozen=True)
class Pace:
    """What the pacer does now, for progress displays: requests a second, and seconds until it goes on."""

    per_second: float
    waiting: float


@dataclass(frozen=True)
class Turn:
    """A request that was let go; what came of it is told with it."""

    number: int
    at: float


class Pacer:
    """Share one request rate between threads; every `wait` has to be followed by `served`, `refused` or
    `lost`.

    Args:
        cap: requests a second that are never exceeded (`EDGES_MAX_RPS`); None for no cap.
    """

    def __init__(self, cap: float | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._cap = cap
        self._beside: Pacer | None = None
        self._bucket = Bucket(cap, self._clock.monotonic())
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._queue: list[int] = []
        self._under_way: set[int] = set()

    def beside(self) -> "Pacer":
        """Return a pacer for requests that have a limit of their own; the cap holds for both together."""
        other = Pacer(self._cap, self._clock)
        other._beside = self if self._cap else None
        return other

    def wait(self) -> Turn:
        """Wait for this request's turn."""
        if self._beside is not None:
            self._beside.lost(self._beside.wait())
        with self._lock:
            number = next(self._numbers)
            self._queue.append(number)
        try:
            while True:
                turn, delay = self._try(number)
                if turn is not None:
                    return turn
                self._clock.sleep(delay)
        except BaseException:
            with self._lock:
                if number in self._queue:
                    self._queue.remove(number)
            raise

    def served(self, turn: Turn, remaining: int | None = None) -> None:
        """Note an answer that was no refusal for its rate.

        Args:
            remaining: `X-RateLimit-Remaining`, where the answer has it.
        """
        with self._lock:
            self._under_way.discard(turn.number)
            later = sum(number > turn.number for number in self._under_way)
            self._bucket.served(self._clock.monotonic(), turn.at, remaining, later)

    def refused(self, turn: Turn, retry_after: float | None, remaining: int | None = None) -> None:
        """Note a 429: everybody is held back.

        Args:
            retry_after: seconds that the server asks to wait, where it does.
            remaining: `X-RateLimit-Remaining`, where the answer has it.
        """
        hold = min(retry_after, LONGEST_HOLD) if retry_after is not None else None
        with self._lock:
            self._under_way.discard(turn.number)
            self._bucket.refused(self._clock.monotonic(), turn.at, hold, remaining)

    def lost(self, turn: Turn) -> None:
        """Note that no answer came."""
        with self._lock:
            self._under_way.discard(turn.number)

    @property
    def pace(self) -> Pace:
        """The rate now, and the seconds until requests go on."""
        with self._lock:
            waiting = self._bucket.held_until - self._clock.monotonic()
            return Pace(self._bucket.rate, max(0.0, waiting))

    def _try(self, number: int) -> tuple[Turn | None, float]:
        """Return the turn, or the seconds after which to try again."""
        with self._lock:
            now = self._clock.monotonic()
            delay = self._bucket.delay(now, self._queue.index(number))
            if delay > 0:
                held = self._bucket.held_until - now
                return None, max(held, min(delay, _NAP), _SHORTEST_NAP)
            self._queue.remove(number)
            self._bucket.take(now)
            self._under_way.add(number)
            return Turn(number, now), 0.0
