"""A guess at the server's token bucket: how many requests it has room for now.

By the headers where they tell how full it is, else by the rate that was found out from refusals.
"""

import math

from edges_nb.transport.rate_estimator import Search
from edges_nb.transport.rate_headers import Gauge

_CAUTIOUS = 5.0
"""Requests a second beyond the tokens that are known to be there, until it is known how fast they come."""
_SLOWEST = 0.2
"""Requests a second where no tokens seem to come: only a request can tell whether they do again."""
_LATELY = 0.5
"""Seconds for which a wait counts as one of now."""
_SOON = 1.0
"""Seconds after going on in which a refusal means that the rate, not a look for more, was too high."""
_BREATH = 0.05
"""Seconds' worth of requests that may leave at once where nothing tells how many tokens there are."""


class Bucket:
    """The guess; whoever shares it between threads holds a lock.

    Args:
        cap: requests a second that are never exceeded; None for no cap.

    Attributes:
        held_until: no request may leave before.
    """

    def __init__(self, cap: float | None, now: float) -> None:
        self._search = Search(cap, now)
        self._gauge = Gauge()
        self._told_rate = _CAUTIOUS
        self._cap = cap or math.inf
        self._gap = 1 / cap if cap else 0.0
        self.held_until = now
        self._tokens, self._filled_at = 1.0, now
        self._next_departure = now
        self._departed = False
        self._waited_at = float("-inf")
        self._slowed_at = now
        self._in_a_row = 0
        self._savings: float | None = None

    @property
    def rate(self) -> float:
        """Requests a second."""
        return min(self._told_rate, self._cap) if self._gauge.tells else self._search.rate

    def delay(self, now: float, ahead: int) -> float:
        """Return the seconds until a request may leave that has so many before it."""
        self._fill(now)
        missing = ahead + 1 - self._tokens
        wait = missing / self.rate if missing > 1e-9 else 0.0
        if wait > 0:
            self._waited_at = now
        capped = self._next_departure + ahead * self._gap - now
        return max(wait, capped, self.held_until - now, 0.0)

    def take(self, now: float) -> None:
        """Let a request leave."""
        if not self._departed:
            self._departed = True
            self._search.started(now)
        self._tokens -= 1
        self._next_departure = max(now, self._next_departure) + self._gap

    def served(self, now: float, sent_at: float, remaining: int | None, sent_later: int) -> None:
        """Take in an answer that was no refusal for its rate.

        Args:
            sent_later: requests under way that left after the one that is answered.
        """
        self._fill(now)
        self._search.served(now)
        if sent_at >= self._slowed_at:
            self._in_a_row = 0
        fresh = remaining is not None and self._gauge.note(
            now, sent_at, remaining, self._search.served_so_far
        )
        if remaining is None or not self._gauge.tells:
            self._search.grow(now, self.held_until, used=now - self._waited_at < _LATELY)
        elif fresh:
            self._tokens = float(remaining - sent_later - self._gauge.reserve)
            self._told_rate = max(self._gauge.rate(self._told_rate), _SLOWEST)

    def refused(self, now: float, sent_at: float, retry_after: float | None, remaining: int | None) -> None:
        """Take in a refusal: hold everybody back, and slow down once for all that were under way."""
        self._fill(now)
        if remaining:
            self._gauge.trusted = False
        elif remaining == 0:
            self._gauge.note(now, sent_at, 0, self._search.served_so_far)
        if self._gauge.tells:
            self._in_a_row += 1
        elif sent_at >= self._slowed_at:
            self._slow_down(now, sent_at)
        else:
            self._search.refused_again()
        hold = retry_after
        if hold is None:
            hold = min(1.5 / self.rate, 1.0) * 2 ** min(self._in_a_row, 6)
        self.held_until = max(self.held_until, now + hold)
        self._tokens = min(0.9 * self.rate * (self.held_until - now), self._room_while_held())
        self._filled_at = self.held_until

    def _room_while_held(self) -> float:
        """Tokens that the bucket gathers while everybody is held back, as far as that can be counted on."""
        if self._gauge.tells or not self._search.settled:
            return 1.0
        return self._savings or 1.0

    def _slow_down(self, now: float, sent_at: float) -> None:
        soon = now - self.held_until < _SOON
        if self._savings is None:
            # What was served until the first refusal is at least what the bucket holds.
            self._savings = self._search.served_so_far / 2
        elif soon:
            self._savings /= 2
            self._in_a_row += 1
        self._search.refused(now, sent_at, soon=soon)
        self._slowed_at = now

    def _fill(self, now: float) -> None:
        room = float(self._gauge.size) if self._gauge.tells else max(1.0, _BREATH * self.rate)
        if now > self._filled_at:
            if self._tokens < room:
                self._tokens = min(room, self._tokens + self.rate * (now - self._filled_at))
            self._filled_at = now
