"""A rate-limited server on a virtual clock, and threads that send to it as fast as a pacer lets them.

The limits are written from the public description alone: they share nothing with the sandbox.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from edges_nb.transport.rate_limiter import Pacer

from .virtual import VirtualTime

Headers = Literal["all", "refusals", "none"]
"""On which answers `Retry-After` and `X-RateLimit-Remaining` come; `refusals`: the first alone, on 429."""


class Limit(Protocol):
    """What a server counts."""

    def take(self, now: float) -> bool:
        """Count a request, if it is allowed."""

    @property
    def remaining(self) -> int:
        """Requests that are allowed after the latest one."""

    def opens(self, now: float) -> float:
        """When the next request is allowed after one that was not."""

    def floor(self, requests: int) -> float:
        """Seconds that so many requests need at least."""


class Bucket:
    """A token bucket, full at first."""

    def __init__(self, per_second: float, size: int) -> None:
        self.per_second, self.size = per_second, size
        self._tokens, self._at = float(size), 0.0

    def take(self, now: float) -> bool:
        self._tokens = min(self.size, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def remaining(self) -> int:
        return int(self._tokens)

    def opens(self, now: float) -> float:
        return now + (1 - self._tokens) / self.per_second

    def floor(self, requests: int) -> float:
        return (requests - self.size) / self.per_second


class FixedWindow:
    """A quota that is counted anew at fixed moments, the first of which comes after `phase` seconds."""

    def __init__(self, quota: int, seconds: float = 60, phase: float = 60) -> None:
        self.quota, self.seconds = quota, seconds
        self._ends, self.remaining = phase, quota

    def take(self, now: float) -> bool:
        if now >= self._ends:
            self._ends += math.ceil((now - self._ends + 1e-9) / self.seconds) * self.seconds
            self.remaining = self.quota
        if not self.remaining:
            return False
        self.remaining -= 1
        return True

    def opens(self, now: float) -> float:
        return self._ends

    def floor(self, requests: int) -> float:
        return (math.ceil(requests / self.quota) - 1) * self.seconds


class SlidingWindow:
    """A quota of requests in any so many seconds."""

    def __init__(self, quota: int, seconds: float = 60) -> None:
        self.quota, self.seconds = quota, seconds
        self._taken: deque[float] = deque()

    def take(self, now: float) -> bool:
        while self._taken and self._taken[0] <= now - self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.quota:
            return False
        self._taken.append(now)
        return True

    @property
    def remaining(self) -> int:
        return self.quota - len(self._taken)

    def opens(self, now: float) -> float:
        return self._taken[0] + self.seconds

    def floor(self, requests: int) -> float:
        return (math.ceil(requests / self.quota) - 1) * self.seconds


@dataclass
class Limited:
    """What a server did with requests, and when."""

    limit: Limit | None
    headers: Headers = "all"
    latency: float = 0.02
    kind: str | None = None
    paths: tuple[str, ...] = ("/schedules",)
    uneven: float = 0.0
    time: VirtualTime = field(default_factory=VirtualTime)
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    too_early: int = 0

    def send(self, pacer: Pacer) -> bool:
        """Send one request; False where it was refused."""
        turn = pacer.wait(next(self._next_path))
        self.too_early += turn.at < self._wait_until.get(pacer, 0.0)
        self._travel()
        now, limit = self.time.monotonic(), self.limit
        allowed = limit is None or limit.take(now)
        remaining = limit.remaining if limit and self.headers == "all" else None
        retry_after = None
        if limit and not allowed and self.headers != "none":
            retry_after = float(max(1, math.ceil(limit.opens(now) - now)))
        (self.served if allowed else self.refused).append(now)
        self._travel()
        if allowed:
            pacer.served(turn, remaining, self.kind)
        else:
            told = self.time.monotonic() + (retry_after or 0.0)
            self._wait_until[pacer] = max(self._wait_until.get(pacer, 0.0), told)
            pacer.refused(turn, retry_after, remaining, self.kind)
        return allowed

    def _travel(self) -> None:
        late = self._chance.expovariate(1 / self.uneven) if self.uneven else 0.0
        self.time.sleep(self.latency / 2 + late)

    def __post_init__(self) -> None:
        self._chance = random.Random(1)
        self._next_path = itertools.cycle(self.paths)
        self._wait_until: dict[Pacer, float] = {}

    def work(self, requests: int, *, threads: int = 16, cap: float | None = None, clients: int = 1) -> None:
        """Send so many requests until all are served."""
        left = [requests]
        pacers = [Pacer(cap, self.time) for _ in range(clients)]

        def one_after_the_other(pacer: Pacer) -> Callable[[], None]:
            def work() -> None:
                while left[0] > 0:
                    left[0] -= 1
                    while not self.send(pacer):
                        pass

            return work

        self.time.run(*[one_after_the_other(pacer) for pacer in pacers for _ in range(threads)])

    def work_until(self, end: float, *others: Callable[[], None], threads: int = 16) -> None:
        """Send without a pause until then, while the others change something."""
        pacer = Pacer(None, self.time)

        def without_a_pause() -> None:
            while self.time.monotonic() < end:
                self.send(pacer)

        self.time.run(*others, *[without_a_pause] * threads)

    def rate(self, start: float, end: float) -> float:
        """Requests a second that were served in that time."""
        return sum(start <= at < end for at in self.served) / (end - start)

    @property
    def seconds(self) -> float:
        """From the first request to the last that was served."""
        return self.served[-1] - self.served[0]

    @property
    def stretch(self) -> float:
        """The time it took, against the time that the limit makes necessary."""
        assert self.limit is not None
        return self.seconds / self.limit.floor(len(self.served))

    @property
    def refused_share(self) -> float:
        return len(self.refused) / (len(self.served) + len(self.refused))
