"""Find a rate limit by its refusals alone.

The rate grows fast until the first refusal. A bucket that refuses is empty: the rate is the highest at which
it, empty at an earlier refusal, would be empty again at this one, after what it served in between. From then
on the rate stays, and grows only now and then, to notice a limit that was raised: each look for more costs a
refusal.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum

_START = 60.0
"""Requests a second at the start."""
_FLOOR = 0.2
"""Requests a second that a refusal never goes below."""
_CEILING = 2000.0
"""Requests a second beyond which pacing is pointless."""


class _Phase(Enum):
    """What the rate does while nothing is refused; the value is its growth a second."""

    SEARCH = 7.0
    """There was no refusal yet."""
    RETURN = 2.4
    """There was one, after which the rate fell far below what it can be."""
    STEADY = 1.0
    """The rate is known."""
    GENTLE = 1.1
    """The look for more."""
    BRISK = 2.6
    """That was not refused: the limit was raised."""


_STEADY_SECONDS, _STEADY_REQUESTS, _STEADY_LONGEST = 6.0, 30, 30.0
"""The steady phase takes so many seconds or requests, whichever is longer; while looking is too dear, the
last number of seconds."""
_AFFORDABLE = 0.018
"""Looking for more is too dear where more than this share is refused, but for a minute after a fall."""
_GENTLE_SECONDS = 1.5

_MEMORY = 30.0
"""Seconds for which a refusal tells something about the rate of now."""
_LONG_MEMORY = 90.0
"""The same where a look for more has shown nothing that the bucket could not have saved."""
_SLIGHTLY = 0.8
"""Share of the rate above which a lower one is due to the bucket, and below to a limit that was lowered."""
_KEPT_BELOW = 0.06
"""Share of the limit by which the rate may be below it, where the limit is still what was measured."""
_FEW = 5
"""Served requests that are too few to tell a rate."""
_RECENT = 1.0
"""Seconds over which the rate is measured at the first refusal, when there is nothing to compare it with."""


@dataclass(frozen=True)
class _Mark:
    """A refusal: when it came, and how many requests had been served."""

    at: float
    served: int


class Search:
    """The rate at which requests may leave."""

    def __init__(self, cap: float | None, now: float) -> None:
        self._cap = min(cap or _CEILING, _CEILING)
        self.rate = min(_START, self._cap)
        self._phase = _Phase.SEARCH
        self._phase_since = self._grown_at = now
        self._steady_rate = 0.0
        self._lowered_at = float("-inf")
        self._served = self._refused = self._served_freely = 0
        self._started_at = now
        self._answers: deque[float] = deque(maxlen=300)
        self._marks: deque[_Mark] = deque(maxlen=4)
        self._look = _Mark(now, 0)
        self._size, self._size_seconds = 0.0, 0.0

    @property
    def served_so_far(self) -> int:
        """Requests that were served."""
        return self._served

    @property
    def settled(self) -> bool:
        """Whether the rate was measured and is kept."""
        return self._phase is _Phase.STEADY

    def started(self, now: float) -> None:
        """Note that the first request left."""
        self._started_at = now

    def served(self, now: float) -> None:
        """Note an answer that was no refusal."""
        self._served += 1
        self._answers.append(now)

    def grow(self, now: float, held_until: float, *, used: bool) -> None:
        """Grow by the time that has gone by without a refusal.

        Args:
            held_until: when requests went on after the last refusal.
            used: whether requests had to wait for the rate; one that nobody used was not tried.
        """
        step = now - max(self._grown_at, min(held_until, now))
        self._grown_at = now
        if not used:
            return
        since = now - max(self._phase_since, held_until)
        if self._phase is _Phase.STEADY and self._may_look_for_more(now, since):
            self._enter(_Phase.GENTLE, now)
            # The rate held: of what was served until the first refusal, so much had come meanwhile.
            self._size, self._size_seconds = max(1.0, self._size - self.rate * self._size_seconds), 0.0
            self._look = _Mark(now, self._served)
        elif self._phase is _Phase.GENTLE and since > _GENTLE_SECONDS:
            self._enter(_Phase.BRISK, now)
            self._size *= (
                0.7  # the rate was taken for too low, as it is where the bucket is smaller than thought
            )
        self._set(self.rate * self._phase.value**step)

    def refused(self, now: float, sent_at: float, *, soon: bool) -> None:
        """Slow down.

        Args:
            soon: whether requests had gone on only just before.
        """
        self._refused += 1
        few = self._served - self._served_freely < _FEW
        if self._phase is _Phase.SEARCH:
            self._served_freely = self._served
            self._size, self._size_seconds = float(self._served), sent_at - self._started_at
            # From here on the rate is approached from below: each refusal from above costs more than one.
            self._enter(_Phase.RETURN, now)
            self._set(min(self._recent_rate(now), self.rate) / 4)
        elif self._phase is _Phase.RETURN and few:
            self._set(self.rate / 2)
        else:
            rate = self._measured(now)
            if soon and self._phase is _Phase.STEADY and rate > _SLIGHTLY * self.rate:
                self._size *= 1.25  # the rate was taken for too high: the bucket is larger than thought
            self._settle(rate, now)
        self._marks.append(_Mark(now, self._served))
        self._grown_at = now

    def refused_again(self) -> None:
        """Note a refusal that was under way when the rate fell: it says nothing about the new rate."""
        self._refused += 1

    def _may_look_for_more(self, now: float, since: float) -> bool:
        if since < max(_STEADY_SECONDS, _STEADY_REQUESTS / self.rate):
            return False
        share = (self._refused + 1) / (self._served + self._refused + 1)
        lowered = now - self._lowered_at < 2 * _STEADY_LONGEST
        return share < _AFFORDABLE or lowered or since > _STEADY_LONGEST

    def _recent_rate(self, now: float) -> float:
        recent = sum(at > now - _RECENT for at in self._answers)
        return recent / max(min(_RECENT, now - self._started_at), 0.01)

    def _settle(self, rate: float, now: float) -> None:
        if rate < 0.5 * self._steady_rate:
            self._lowered_at = now
        self._steady_rate = rate
        self._enter(_Phase.STEADY, now)
        self._set(rate)

    def _measured(self, now: float) -> float:
        at_once = bool(self._marks) and self._served - self._marks[-1].served < _FEW
        highest = (0.9 if at_once else 0.97) * self.rate
        looking = self._phase in (_Phase.GENTLE, _Phase.BRISK)
        memory = _LONG_MEMORY if looking and self._has_spent_savings(now) else _MEMORY
        marks = [mark for mark in self._marks if 0.1 < now - mark.at < memory]
        return min((self._bound(mark, now, highest) for mark in marks), default=highest / 2)

    def _has_spent_savings(self, now: float) -> bool:
        """Whether all that a look for more got beyond the known rate may have been saved before."""
        if not self._marks:
            return False
        beyond = self._served - self._look.served - self._steady_rate * (now - self._look.at)
        # Since it was empty at the last refusal: the rate is kept a little below what was measured.
        saved = _KEPT_BELOW * self._steady_rate * (self._look.at - self._marks[-1].at)
        return beyond <= saved + _FEW

    def _bound(self, mark: _Mark, now: float, high: float) -> float:
        """The highest rate that leaves the bucket empty now, if it was empty at the mark."""
        times = [at for at in self._answers if at > mark.at]
        since = mark.at
        if times and len(times) < self._served - mark.served:
            since = times.pop(0)  # older answers are forgotten
        low = 0.0
        for _ in range(12):
            middle = (low + high) / 2
            empty = self._left(middle, since, times, now) < 1.5
            low, high = (middle, high) if empty else (low, middle)
        return low

    def _left(self, rate: float, since: float, times: list[float], now: float) -> float:
        """Tokens now, if the bucket was empty then, filled at that rate, and each answer took one."""
        # It was full at the start, and empty at the first refusal.
        size = max(1.0, self._size - rate * self._size_seconds)
        tokens, before = 0.0, since
        for at in times:
            tokens = min(size, tokens + rate * (at - before)) - 1
            before = at
        return min(size, tokens + rate * (now - before))

    def _enter(self, phase: _Phase, now: float) -> None:
        self._phase, self._phase_since = phase, now

    def _set(self, rate: float) -> None:
        self.rate = min(max(rate, _FLOOR), self._cap)
