"""The sandbox's rate limit: a token bucket in real time."""

from __future__ import annotations

import math
from collections.abc import Callable

from edges_nb.sandbox.server_behaviour import RateLimit


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
