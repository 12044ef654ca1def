"""A rate-limited server on a virtual clock, and threads that send to it as fast as a pacer lets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from edges_nb.sandbox import RateLimit
from edges_nb.sandbox.rate_limit import TokenBucket
from edges_nb.transport.rate_limiter import Pacer

from .virtual import VirtualTime

Headers = Literal["all", "none"]


@dataclass
class Limited:
    """What a server did with requests, and when; `headers` are those about rates, on all answers or none."""

    limit: RateLimit | None
    headers: Headers = "all"
    latency: float = 0.02
    time: VirtualTime = field(default_factory=VirtualTime)
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    too_early: int = 0

    def __post_init__(self) -> None:
        self._wait_until = 0.0
        self.set(self.limit)

    def set(self, limit: RateLimit | None) -> None:
        """Change the limit; as in the sandbox the new bucket is full."""
        self.limit = limit
        self._bucket = TokenBucket(limit, self.time.monotonic) if limit else None

    def send(self, pacer: Pacer) -> bool:
        """Send one request; False where it was refused."""
        turn = pacer.wait()
        self.too_early += turn.at < self._wait_until
        self.time.sleep(self.latency / 2)
        bucket = self._bucket
        allowed = bucket is None or bucket.take()
        remaining = bucket.remaining if bucket and self.headers == "all" else None
        retry_after = float(bucket.retry_after) if bucket and self.headers == "all" else None
        (self.served if allowed else self.refused).append(self.time.monotonic())
        self.time.sleep(self.latency / 2)
        if allowed:
            pacer.served(turn, remaining)
        else:
            self._wait_until = max(self._wait_until, self.time.monotonic() + (retry_after or 0.0))
            pacer.refused(turn, retry_after, remaining)
        return allowed

    def work(self, requests: int, *, threads: int = 16, cap: float | None = None) -> None:
        """Send so many requests until all are served."""
        pacer, left = Pacer(cap, self.time), [requests]

        def one_after_the_other() -> None:
            while left[0] > 0:
                left[0] -= 1
                while not self.send(pacer):
                    pass

        self.time.run(*[one_after_the_other] * threads)

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
        return self.seconds / ((len(self.served) - self.limit.burst) / self.limit.per_second)

    @property
    def refused_share(self) -> float:
        return len(self.refused) / (len(self.served) + len(self.refused))
