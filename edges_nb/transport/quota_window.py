"""A quota of requests a minute: how many, for how long, and when they are counted anew."""

import math
from bisect import bisect_left
from collections import deque
from itertools import islice

LONGEST_WINDOW = 60
"""Seconds: limits are published per minute."""

POLL = 0.01
"""Seconds after which to look again whether an answer came."""


class QuotaWindow:
    """So many requests in any so many seconds, counted anew when the server said so."""

    def __init__(self, quota: int, wait: float, opens: float) -> None:
        self._quota = quota
        self._length: int | None = None
        self._opened = opens
        self._longest_wait = wait
        self._sliding = False

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self._quota / (self._length or LONGEST_WINDOW)

    def delay(self, now: float, answers: deque[float], under_way: int, *, look: bool) -> float:
        """Return the seconds until a request may leave; `look`: also beyond the quota, in case it grew."""
        counted = self._counted(answers, now)
        used = counted + under_way
        if self._length is None or used < self._quota or (look and not under_way):
            # Few at once: whatever the next refusal teaches, it is not a refusal of many.
            wait = POLL if under_way >= max(2, self._quota // 20) else 0.0
        else:
            wait = max(POLL, answers[-counted] + self._length - now if counted else 0.0)
        # The first after a pause goes alone: the window may not be open yet.
        return wait or (POLL if under_way and _paused(answers, now) else 0.0)

    def served(self, now: float, answers: deque[float], left: deque[float], *, late: bool) -> None:
        """Take in an answer; `left`: when each request left, `late`: this one before the latest refusal."""
        # What left before, the server may have counted in the window before, however late its answer came.
        lately = islice(reversed(left), self._counted(answers, now))
        surely = sum(at >= self._since(now) for at in lately)
        self._quota = max(self._quota + (late and not self._sliding), surely)

    def refused(self, sent_at: float, now: float, wait: float, answers: deque[float], under_way: int) -> None:
        """Learn from a refusal, whose wait is rounded up to whole seconds."""
        counted = self._counted(answers, now)
        soonest = sent_at + wait - 1
        paused = _paused(answers, sent_at)
        if counted and not paused and now + wait - answers[-counted] < self._longest_wait - 1:
            # It opens before a window can end that began with the first of these: each is counted by itself.
            self._sliding, self._opened = True, -math.inf
        elif not paused and not self._sliding:
            self._quota = max(1, counted)
        if answers:
            # Those under way may be counted already: then that many fewer of the answered ones are.
            first = answers[-min(max(1, self._quota - under_way), len(answers))]
            length = min(max(math.floor(soonest - first) + 1, self._length or 1), LONGEST_WINDOW)
            if self._sliding and not paused and length == self._length:
                counted = self._counted(answers, now)
                self._quota = counted if counted < 0.9 * self._quota else self._quota
            self._length = length
        self._longest_wait = max(self._longest_wait, wait)
        if not self._sliding:
            self._opened = now + wait

    def _counted(self, answers: deque[float], now: float) -> int:
        return len(answers) - bisect_left(answers, self._since(now))

    def _since(self, now: float) -> float:
        return max(self._opened, now - (self._length or math.inf))


def _paused(answers: deque[float], now: float) -> bool:
    return not answers or now - answers[-1] > 1
