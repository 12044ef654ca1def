"""Rate limits in real time for a sandbox: a token bucket, and windows by family of endpoints."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.wire_types import Call


@dataclass(frozen=True)
class RateLimit:
    """A token bucket: `burst` requests at once, refilled with `per_second` of them in real time."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("a rate limit needs a positive rate and room for one request")


@dataclass(frozen=True)
class WindowLimit:
    """So many requests in each window of `seconds`, counted by family of endpoints.

    Args:
        actions, schedules, identities, runs: requests in a window; None for no limit.
        sliding: whether a window begins with each request, or at fixed times.
    """

    actions: int | None = None
    schedules: int | None = None
    identities: int | None = None
    runs: int | None = None
    seconds: float = 60.0
    sliding: bool = False


@dataclass(frozen=True)
class LimitedBehaviour(Behaviour):
    """A server's dialect and habits, with its pace.

    Args:
        rate_limit: no limit when absent; `outputs` of runs has a second bucket of the same size.
        window_limit: limits by family and window, beside or in place of `rate_limit`.
        latency: seconds each answer takes, slept before the request is looked at.
        rate_headers: `all` sends `X-RateLimit-*` with each answer and `Retry-After` with a refusal, `waits`
            the latter alone.
    """

    rate_limit: RateLimit | None = None
    window_limit: WindowLimit | None = None
    latency: float = 0.0
    rate_headers: Literal["all", "waits", "none"] = "all"


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


class Limits:
    """The limits of a behaviour, all buckets and windows empty of requests."""

    def __init__(self, behaviour: LimitedBehaviour, monotonic: Callable[[], float]) -> None:
        self._limits: dict[str, TokenBucket | Window] = {}
        self._headers = behaviour.rate_headers
        windows = behaviour.window_limit
        for family in FAMILIES:
            if windows and (most := getattr(windows, family)) is not None:
                self._limits[f"/v1/{family}"] = Window(most, windows, monotonic)
        if behaviour.rate_limit is not None:
            for kind in ("workspace", "outputs"):
                self._limits[kind] = TokenBucket(behaviour.rate_limit, monotonic)

    def take(self, call: Call) -> tuple[bool, dict[str, str]]:
        """Count a request: whether it is let through, and the headers that tell of it."""
        family = call.path.removeprefix("/v1/").partition("/")[0]
        kind = "outputs" if call.operation == "run_outputs" else "workspace"
        headers: dict[str, str] = {}
        for name in (f"/v1/{family}", kind):
            limit = self._limits.get(name)
            if limit is None:
                continue
            allowed = limit.take()
            headers = {"X-RateLimit-Remaining": str(limit.remaining), "X-RateLimit-Type": name}
            if not allowed:
                waits = {"Retry-After": str(limit.retry_after)} if self._headers != "none" else {}
                return False, self._shown(headers) | waits
        return True, self._shown(headers)

    def _shown(self, headers: dict[str, str]) -> dict[str, str]:
        return headers if self._headers == "all" else {}
