"""Find the server's rate limit while keeping to it.

The limits of the endpoints used here are not published, so the rate is searched for: it doubles about every second
until the first refusal, falls to what was really served, and then grows slowly. One pacer is shared by all
threads; nobody sleeps while holding its lock.
"""

import threading
from collections import deque
from dataclasses import dataclass

from edges_nb.transport.clock import Clock, SystemClock

_START = 20.0
"""Requests a second at the start."""
_FLOOR = 0.5
"""Requests a second that a refusal never goes below."""
_CEILING = 2000.0
"""Requests a second beyond which pacing is pointless."""
_WINDOW = 2.0
"""Seconds over which the served rate is measured."""


@dataclass(frozen=True)
class Pace:
    """What the pacer does now, for progress displays: requests a second, and seconds until it goes on."""

    per_second: float
    waiting: float


class Pacer:
    """Share one request rate between threads.

    Args:
        cap: requests a second that are never exceeded (`EDGES_MAX_RPS`); None for no cap.
    """

    def __init__(self, cap: float | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._cap = cap or _CEILING
        self._rate = min(_START, self._cap)
        self._searching = True
        self._next_slot = 0.0
        self._blocked_until = 0.0
        self._slowed_at = float("-inf")
        self._served: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Wait for the next slot, and return the time at which the request may leave."""
        while True:
            with self._lock:
                now = self._clock.monotonic()
                slot = max(now, self._next_slot, self._blocked_until)
                self._next_slot = slot + 1 / self._rate
            if slot > now:
                self._clock.sleep(slot - now)
            # A refusal that came while this thread slept moves everybody's slot, this one's too.
            if self._blocked_until <= self._clock.monotonic():
                return slot

    def served(self, remaining: int | None = None) -> None:
        """Note an answer that was no refusal for its rate.

        Args:
            remaining: `X-RateLimit-Remaining` of the answer, where it has one.
        """
        with self._lock:
            now = self._clock.monotonic()
            self._served.append(now)
            while self._served and self._served[0] < now - _WINDOW:
                self._served.popleft()
            if remaining is not None and remaining <= 1 and self._searching:
                self._slow_to(self._served_rate(), now)
            elif self._searching:
                self._rate = min(self._rate * (1 + 0.7 / max(self._rate, 1.0)), self._cap)
            elif remaining is None or remaining > 1:
                self._rate = min(self._rate + 0.5 / max(self._rate, 1.0), self._cap)

    def refused(self, sent_at: float, retry_after: float | None) -> None:
        """Note a 429 to a request that left at `sent_at`: hold everybody back, and slow down once for each burst.

        Args:
            retry_after: seconds that the server asked for, or None.
        """
        with self._lock:
            now = self._clock.monotonic()
            hold = retry_after if retry_after is not None else max(1.0, 2 / self._rate)
            self._blocked_until = max(self._blocked_until, now + hold)
            self._next_slot = max(self._next_slot, self._blocked_until)
            # Requests already under way when the rate fell say nothing about the new rate.
            if sent_at >= self._slowed_at:
                self._slow_to(min(self._served_rate(), 0.7 * self._rate), now)

    @property
    def pace(self) -> Pace:
        """The rate now, and the seconds until requests go on."""
        with self._lock:
            return Pace(self._rate, max(0.0, self._blocked_until - self._clock.monotonic()))

    def _served_rate(self) -> float:
        return len(self._served) / _WINDOW

    def _slow_to(self, rate: float, now: float) -> None:
        self._searching = False
        self._rate = min(max(rate, _FLOOR), self._cap)
        self._slowed_at = now
