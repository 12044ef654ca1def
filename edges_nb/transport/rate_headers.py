"""What `X-RateLimit-Remaining` tells of the server's token bucket: how full it is, and how fast it fills."""

from collections import deque
from dataclasses import dataclass

_SPAN = 2.0
"""Seconds over which the rate is measured."""
_FEWEST, _LONGEST = 8, 10.0
"""Answers that are used even if they are older, up to so many seconds."""
_SHORTEST = 0.4
"""Seconds in which too few tokens come to tell their rate."""


@dataclass(frozen=True)
class _Sample:
    at: float
    remaining: int
    served: int


class Gauge:
    """The headers of the latest answers.

    Attributes:
        trusted: False where requests were refused although tokens were left: they are those of another limit.
    """

    def __init__(self) -> None:
        self.size = 0
        self.trusted = True
        self._samples: deque[_Sample] = deque()
        self._newest = float("-inf")

    @property
    def tells(self) -> bool:
        """Whether it tells enough to go by: a bucket of few tokens looks the same full and empty."""
        return self.trusted and self.size > 3

    @property
    def reserve(self) -> int:
        """Tokens to leave, for answers that overtake each other and for others with this key."""
        return min(2, self.size // 4)

    def note(self, now: float, sent_at: float, remaining: int, served: int) -> bool:
        """Take in an answer; False for one that a later request's answer has overtaken.

        Args:
            served: requests that were served so far.
        """
        if sent_at < self._newest:
            return False
        self._newest = sent_at
        self.size = max(self.size, remaining + 1)
        self._samples.append(_Sample(now, remaining, served))
        while (age := now - self._samples[0].at) > _SPAN and (len(self._samples) > _FEWEST or age > _LONGEST):
            self._samples.popleft()
        return True

    def rate(self, known: float) -> float:
        """Return the tokens that come a second, `known` where the latest answers tell nothing new."""
        first, last = self._samples[0], self._samples[-1]
        span = last.at - first.at
        if len(self._samples) < 3 or span < _SHORTEST:
            return known
        gained = last.remaining - first.remaining + last.served - first.served
        return max(gained, 0) / span
