"""What answers have shown of one rate limit, and when the next request may leave.

Servers limit in two ways. A *token bucket* fills at a steady rate, and asks to wait for about a second. A
*window* allows a quota a minute, counted from whole minutes or over the last sixty seconds, and asks to wait
until it counts anew. A limit is taken for a bucket until a refusal asks to wait for longer than a bucket
would.
"""

import math
from bisect import bisect_left
from collections import deque

from edges_nb.transport.filling_bucket import FillingBucket
from edges_nb.transport.quota_window import LONGEST_WINDOW, POLL, QuotaWindow

_UNTOLD, UNTOLD_MOST = 0.25, 16.0
"""Seconds of the wait after a refusal that asks for none; doubled until something is served."""

_WINDOW = 1.5
"""Seconds of `Retry-After` from which on the limit is a window's."""

_KEPT = 2400
"""Answers that are remembered."""

_LOOK_BEYOND = 200
"""Requests served since the last refusal after which one more than the quota is tried."""


class RateModel:
    """One limit; whoever shares it between threads holds a lock.

    Attributes:
        held_until: no request may leave before.
        under_way: when each request left that is not answered yet, by number.
    """

    def __init__(self, now: float) -> None:
        self.held_until = now
        self.under_way: dict[int, float] = {}
        self._answers: deque[float] = deque(maxlen=_KEPT)
        self._left: deque[float] = deque(maxlen=_KEPT)
        self._since_refusal = self._in_a_row = 0
        self._slowed_at = -math.inf
        self._bucket = FillingBucket(now)
        self._window: QuotaWindow | None = None

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self._window.rate if self._window else self._bucket.rate

    def delay(self, now: float, ahead: int) -> float:
        """Return the seconds until a request may leave that has so many before it."""
        if now < self.held_until:
            return self.held_until - now
        if self._window:
            look = self._since_refusal >= _LOOK_BEYOND
            return self._window.delay(now, self._answers, len(self.under_way) + ahead, look=look)
        return self._bucket.delay(now, ahead)

    def closed_for(self, now: float) -> float:
        """Return the seconds for which nothing can leave: the server said so, or the quota is used up."""
        if now < self.held_until or not self._window:
            return max(0.0, self.held_until - now)
        wait = self._window.delay(now, self._answers, len(self.under_way), look=False)
        return wait if wait > POLL else 0.0

    def take(self, number: int, now: float) -> None:
        """Let a request leave."""
        self.under_way[number] = now
        self._bucket.take()

    def take_over(self, other: "RateModel") -> None:
        """Take in what was served to others with which this limit turns out to be shared."""
        both = [(model._answers, model._left) for model in (self, other)]
        served = sorted(pair for pairs in both for pair in zip(*pairs, strict=True))
        self._answers = deque((answered for answered, _ in served), maxlen=_KEPT)
        self._left = deque((left for _, left in served), maxlen=_KEPT)
        self._bucket.start_again(self._slowed_at, list(self._answers))

    def lost(self, number: int) -> None:
        """Note that no answer came."""
        self.under_way.pop(number, None)

    def served(self, number: int, now: float, remaining: int | None) -> None:
        """Take in an answer that was no refusal for its rate."""
        sent_at = self.under_way.pop(number)
        self._answers.append(now)
        self._left.append(sent_at)
        self._since_refusal += 1
        if sent_at > self._slowed_at:
            self._in_a_row = 0
        if self._window:
            self._window.served(now, self._answers, self._left, late=sent_at <= self._slowed_at)
        else:
            later = sum(other > number for other in self.under_way)
            self._bucket.served(now, sent_at, remaining, later, self._since_refusal)

    def refused(self, number: int, now: float, retry_after: float | None, remaining: int | None) -> None:
        """Take in a refusal: hold everybody back, and learn from the first of those that were under way."""
        sent_at = self.under_way.pop(number)
        first = sent_at > self._slowed_at
        self._in_a_row += first
        untold = min(_UNTOLD * 2 ** min(self._in_a_row - 1, 8), UNTOLD_MOST)
        hold = untold if retry_after is None else retry_after
        until = max(self.held_until, now + hold)
        if not first:
            self._bucket.hold(now, until)
        elif self._window:
            self._window.refused(sent_at, now, hold, self._answers, len(self.under_way))
        elif retry_after is not None and retry_after >= _WINDOW:
            lately = len(self._answers) - bisect_left(self._answers, now - LONGEST_WINDOW)
            self._window = QuotaWindow(max(1, lately), retry_after, until)
        else:
            answers = list(self._answers)[-self._since_refusal :] if self._since_refusal else []
            self._bucket.refused(now, until, answers, remaining)
        if first:
            self._slowed_at, self._since_refusal = now, 0
        self.held_until = until
