"""A guess at the server's token bucket, from what it serves, what it refuses and what its headers tell.

`X-RateLimit-Remaining`, where it comes, tells how many tokens are left, and two of them tell the rate. Where it does
not come, the rate grows fast until the first refusal. At a refusal the bucket is empty, so what is served between two
of them is the rate; from then on it grows a little, later more, to notice a limit that was raised.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum

_START = 50.0
"""Requests a second at the start."""
_FLOOR = 0.2
"""Requests a second that a refusal never goes below."""
_CEILING = 2000.0
"""Requests a second beyond which pacing is pointless."""
_CAUTIOUS = 5.0
"""Requests a second beyond the tokens that are known to be there, until it is known how fast they come."""

_MEMORY = 30.0
"""Seconds for which a refusal tells something about the rate of now."""
_RECENT = 1.0
"""Seconds over which the rate is measured where nothing better is known."""


class _Phase(Enum):
    """What the rate does while nothing is refused; the value is its growth a second."""

    SEARCH = 5.6
    """There was no refusal yet."""
    RETURN = 2.4
    """There was one, after which the rate fell below what it can be."""
    STEADY = 1.0
    """The rate is known. Each look for more costs a refusal, so it comes late."""
    GENTLE = 1.1
    """The look for more."""
    BRISK = 2.6
    """That was not refused: the limit was raised."""


_STEADY_SECONDS, _STEADY_REQUESTS, _STEADY_LONGEST = 6.0, 30, 20.0
"""The steady phase takes so many seconds or requests, whichever is longer, and at most that many seconds."""
_GENTLE_SECONDS = 1.5


@dataclass(frozen=True)
class _Sample:
    at: float
    remaining: int
    served: int


class Gauge:
    """What `X-RateLimit-Remaining` tells."""

    _SPAN, _FEWEST, _LONGEST = 2.0, 8, 10.0

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
        """Tokens that are left in the bucket, for what is on its way and for others with the same key."""
        return min(2, self.size // 4)

    def note(self, now: float, sent_at: float, remaining: int, served: int) -> bool:
        """Take in an answer; False for one that was overtaken by a later one."""
        if sent_at < self._newest:
            return False
        self._newest = sent_at
        self.size = max(self.size, remaining + 1)
        self._samples.append(_Sample(now, remaining, served))
        while now - self._samples[0].at > self._SPAN and (
            len(self._samples) > self._FEWEST or now - self._samples[0].at > self._LONGEST
        ):
            self._samples.popleft()
        return True

    def rate(self) -> tuple[float, bool] | None:
        """The rate at which tokens come, and whether it is only a lower bound because the bucket was full."""
        if len(self._samples) < 3:
            return None
        first, last = self._samples[0], self._samples[-1]
        span = last.at - first.at
        if span < 0.4:
            return None
        gained = last.remaining - first.remaining + last.served - first.served
        full = any(sample.remaining >= self.size - 1 for sample in list(self._samples)[1:])
        return max(gained, 0) / span, full


class Bucket:
    """The guess; whoever shares it between threads holds a lock.

    Args:
        cap: requests a second that are never exceeded; None for no cap.
    """

    def __init__(self, cap: float | None, now: float) -> None:
        self._cap = min(cap or _CEILING, _CEILING)
        self._gap = 1 / cap if cap else 0.0
        self.rate = min(_START, self._cap)
        self.blocked_until = now
        self._tokens, self._filled_at = 1.0, now
        self._next_departure = now
        self._gauge = Gauge()
        self._phase = _Phase.SEARCH
        self._phase_since = self._slowed_at = self._grown_at = now
        self._steady_rate = 0.0
        self._patience = 1
        self._pressed_at = float("-inf")
        self._served = 0
        self._answers: deque[float] = deque()
        self._marks: deque[tuple[float, int]] = deque()
        self._in_a_row = 0
        self._savings = 0.0

    def delay(self, now: float, ahead: int) -> float:
        """Seconds until a request may leave that has so many before it."""
        self._fill(now)
        missing = ahead + 1 - self._tokens
        wait = missing / self.rate if missing > 1e-9 else 0.0
        if wait > 0:
            self._pressed_at = now
        capped = self._next_departure + ahead * self._gap - now
        blocked = self.blocked_until - now
        return max(wait, capped, blocked, 0.0)

    def take(self, now: float) -> None:
        """Let a request leave."""
        self._tokens -= 1
        self._next_departure = max(now, self._next_departure) + self._gap

    def served(self, now: float, sent_at: float, remaining: int | None, sent_later: int) -> None:
        """Take in an answer that was no refusal for its rate.

        Args:
            sent_later: requests under way that left after the one that is answered.
        """
        self._fill(now)
        self._served += 1
        if sent_at >= self._slowed_at:
            self._in_a_row = 0
        self._answers.append(now)
        while self._answers[0] < now - _RECENT:
            self._answers.popleft()
        fresh = remaining is not None and self._gauge.note(now, sent_at, remaining, self._served)
        if remaining is not None and self._gauge.tells:
            if fresh:
                self._follow(remaining - sent_later - self._gauge.reserve)
        else:
            self._grow(now)

    def refused(self, now: float, sent_at: float, retry_after: float | None, remaining: int | None) -> None:
        """Take in a refusal: hold everybody back, and slow down once for all that were under way."""
        self._fill(now)
        if remaining:
            # Tokens are left, but of another limit than the one that was met.
            self._gauge.trusted = False
        elif remaining == 0:
            self._gauge.note(now, sent_at, 0, self._served)
        if sent_at >= self._slowed_at:
            self._slow_down(now)
            self._in_a_row += 1
        hold = retry_after
        if hold is None:
            hold = min(1.5 / self.rate, 1.0) * 2 ** min(max(self._in_a_row - 1, 0), 6)
        self.blocked_until = max(self.blocked_until, now + hold)
        # What the bucket gains meanwhile is there afterwards, as far as it has room.
        room = 0.8 * self._gauge.size if self._gauge.tells else self._savings
        self._tokens = min(0.9 * self.rate * (self.blocked_until - now), room)
        self._filled_at = self.blocked_until

    def _fill(self, now: float) -> None:
        room = self._gauge.size if self._gauge.tells else max(1.0, 0.05 * self.rate)
        if now > self._filled_at:
            if self._tokens < room:
                self._tokens = min(room, self._tokens + self.rate * (now - self._filled_at))
            self._filled_at = now

    def _follow(self, tokens: int) -> None:
        if self._phase is _Phase.SEARCH:
            self._phase = _Phase.STEADY
            self._set(min(self.rate, _CAUTIOUS))
        self._tokens = float(tokens)
        if (told := self._gauge.rate()) is not None:
            rate, at_least = told
            self._set(max(rate, self.rate) if at_least else rate)

    def _grow(self, now: float) -> None:
        """Grow where requests had to wait; a rate that nobody used was not tried."""
        step, self._grown_at = now - self._grown_at, now
        if now - self._pressed_at > 0.5:
            return
        since = now - max(self._phase_since, self.blocked_until)
        if self._phase is _Phase.STEADY and since > self._steady_seconds():
            self._enter(_Phase.GENTLE, now)
        elif self._phase is _Phase.GENTLE and since > _GENTLE_SECONDS:
            self._enter(_Phase.BRISK, now)
        self._set(self.rate * self._phase.value**step)

    def _steady_seconds(self) -> float:
        wanted = max(_STEADY_SECONDS * self._patience, _STEADY_REQUESTS / self.rate)
        return min(wanted, _STEADY_LONGEST)

    def _enter(self, phase: _Phase, now: float) -> None:
        self._phase, self._phase_since = phase, now

    def _slow_down(self, now: float) -> None:
        recent = len(self._answers) / _RECENT
        if self._phase is _Phase.SEARCH:
            # From here on the rate is approached from below: each refusal from above costs more than one.
            self._savings = self._served / 2
            self._enter(_Phase.RETURN, now)
            self._set(min(recent, self.rate) / 4)
        else:
            if now - self.blocked_until < _RECENT:
                self._savings /= 2
            rate = self._measured(now, min(recent, self.rate))
            stable = abs(rate - self._steady_rate) < 0.15 * self._steady_rate
            self._patience = min(self._patience * 2, 2) if stable else 1
            self._steady_rate = rate
            self._enter(_Phase.STEADY, now)
            self._set(rate)
        self._marks.append((now, self._served))
        self._slowed_at = self._grown_at = now

    def _measured(self, now: float, most: float) -> float:
        """The rate by what was served since earlier refusals, when the bucket was as empty as it is now."""
        while self._marks and self._marks[0][0] < now - _MEMORY:
            self._marks.popleft()
        if self._marks and now - self._marks[-1][0] < _RECENT:
            # Refused again so soon, the earlier rate was too high: the limit was lowered.
            while len(self._marks) > 1:
                self._marks.popleft()
        measured = [(self._served - served + 0.5) / (now - at) for at, served in self._marks if now - at > 0.2]
        least = max(measured, default=0.3 * self.rate)
        if self._phase is _Phase.GENTLE:
            least = max(least, 0.95 * self.rate)
        least = min(least, 0.97 * self.rate)
        return least if least > 0.6 * most else (least * most) ** 0.5

    def _set(self, rate: float) -> None:
        self.rate = min(max(rate, _FLOOR), self._cap)
