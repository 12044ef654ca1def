"""The sandbox's rate limits in real time: a token bucket, and windows by family of endpoints."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from edges_nb.sandbox.server_behaviour import RateLimit, WindowLimit

FAMILIES = ("actions", "schedules", "identities", "runs")
"""What is counted together, by the first word of a path."""


class TokenBucket:
    """Lets requests through as long as there are tokens; `monotonic` tells real seconds."""

    def __init__(self, limit: RateLimit, monotonic: Callable[[], float]) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._tokens = float(limit.burst)
        self._filled_at = monotonic()

    def take(self) -> bool:
        """Take a token, if there is one."""
        now = self._monotonic()
        gained = (now - self._filled_at) * self._limit.per_second
        self._tokens, self._filled_at = min(self._limit.burst, self._tokens + gained), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def remaining(self) -> int:
        """Whole tokens left since the last request."""
        return int(self._tokens)

    @property
    def retry_after(self) -> int:
        """Whole seconds until there is a token again, at least one: the header has no fractions."""
        return max(1, math.ceil((1 - self._tokens) / self._limit.per_second))


class Window:
    """So many requests of one family in each window, fixed or sliding."""

    def __init__(self, most: int, limit: WindowLimit, monotonic: Callable[[], float]) -> None:
        self._most, self._seconds, self._sliding = most, limit.seconds, limit.sliding
        self._monotonic = monotonic
        self._served: deque[float] = deque()

    def take(self) -> bool:
        """Count a request, if there is room for it."""
        self._forget(self._monotonic())
        if len(self._served) >= self._most:
            return False
        self._served.append(self._monotonic())
        return True

    @property
    def remaining(self) -> int:
        """Requests that the window still has room for."""
        return self._most - len(self._served)

    @property
    def retry_after(self) -> int:
        """Whole seconds until there is room again, at least one."""
        now = self._monotonic()
        start = self._served[0] if self._sliding else now // self._seconds * self._seconds
        return max(1, math.ceil(start + self._seconds - now))

    def _forget(self, now: float) -> None:
        oldest = now - self._seconds if self._sliding else now // self._seconds * self._seconds
        while self._served and self._served[0] < oldest:
            self._served.popleft()
