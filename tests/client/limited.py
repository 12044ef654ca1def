"""A rate-limited server on a virtual clock, and threads that send to it as fast as a pacer lets them."""

from __future__ import annotations

from dataclasses import dataclass, field

from edges_nb.sandbox import RateLimit
from edges_nb.sandbox.pacing import TokenBucket
from edges_nb.transport.pacing import Pacer

from .virtual import VirtualTime


@dataclass
class Limited:
    """What a server does with requests, and when; `headers` are `all`, `refusals` (on these only) or
    `none`."""

    time: VirtualTime
    limit: RateLimit | None
    headers: str = "all"
    latency: float = 0.02
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    asked_to_wait_until: float = 0.0
    too_early: int = 0

    def __post_init__(self) -> None:
        self.set(self.limit)

    def set(self, limit: RateLimit | None) -> None:
        """Change the limit; as in the sandbox the new bucket is full."""
        self.limit = limit
        self.bucket = TokenBucket(limit, self.time.monotonic) if limit else None

    def send(self, pacer: Pacer) -> bool:
        """Send one request; False where it was refused."""
        turn = pacer.wait()
        self.too_early += turn.at < self.asked_to_wait_until
        self.time.sleep(self.latency / 2)
        allowed = self.bucket is None or self.bucket.take()
        remaining = self.bucket.remaining if self.bucket else None
        retry_after = self.bucket.retry_after if self.bucket else 1
        (self.served if allowed else self.refused).append(self.time.monotonic())
        self.time.sleep(self.latency / 2)
        if allowed:
            pacer.served(turn, remaining if self.headers == "all" else None)
        elif self.headers == "none":
            pacer.refused(turn, None)
        else:
            self.asked_to_wait_until = max(self.asked_to_wait_until, self.time.monotonic() + retry_after)
            pacer.refused(turn, float(retry_after), remaining)
        return allowed

    def work(self, requests: int, *, threads: int = 16, cap: float | None = None) -> Pacer:
        """Send so many requests until all are served."""
        pacer = Pacer(cap, self.time)
        left = [requests]

        def one_after_the_other() -> None:
            while left[0] > 0:
                left[0] -= 1
                while not self.send(pacer):
                    pass

        self.time.run(*[one_after_the_other] * threads)
        return pacer

    @property
    def seconds(self) -> float:
        """From the first request that was served to the last."""
        return self.served[-1] - self.served[0]

    @property
    def ratio(self) -> float:
        """The time it took, against the time that the limit makes necessary."""
        assert self.limit is not None
        return self.seconds / ((len(self.served) - self.limit.burst) / self.limit.per_second)

    @property
    def refused_share(self) -> float:
        return len(self.refused) / (len(self.served) + len(self.refused))
