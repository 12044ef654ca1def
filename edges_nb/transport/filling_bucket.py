"""A token bucket: how fast it fills and how much it holds, found by its refusals or told by headers."""

import math

_START, _SEARCH = 25.0, 9.0
"""Requests a second at first, and their growth a second until the first refusal: fast for a server without
a limit, and still few under way when a limit is met."""

_FASTEST, _SLOWEST = 2000.0, 0.2
"""Requests a second; above, pacing is pointless, and below, a limit that was raised would not be noticed."""

_BELOW = 0.99
"""Share of the measured rate that is used: all of it would be refused now and then."""

_LOOK, _RETURN = 0.15, 1.8
"""While more is looked for, the rate grows by this for each second squared, gently at first; after the first
refusal, which tells little, it starts as if that had gone on for some seconds."""

_AFTER = 0.38
"""Share of the rate of the last second that is used after the first refusal; most of that was the burst."""

_AGAIN = 4
"""A measured rate is measured again after so many times the requests that have shown it."""

_STEP = 1.1
"""Growth from one answer to the next, at most: a slow limit is not overshot."""

_CALM_SECONDS, _CALM_REQUESTS = 30.0, 100
"""How long a measured rate is kept before more is looked for: each look costs a refusal."""

_HOPE_SECONDS, _HOPE_EVERY = 60.0, 3.0
"""A limit that fell often comes back: for so many seconds more is looked for that often."""

_TOLD_OVER = 3.0
"""Seconds over which the rate is measured that headers tell."""

_TOLD_FIRST = (5.0, 1.0)
"""Tokens that are taken to have come in so many seconds before anything was told."""

_FEW = 20
"""Requests that are too few to tell a rate well."""

_LATELY = 0.5
"""Seconds for which the rate counts as used after a request had to wait for it."""


class FillingBucket:
    """A token bucket, found by its refusals, or by what headers tell of it."""

    def __init__(self, now: float) -> None:
        self.rate = _START
        self._tokens, self._filled_at = 1.0, now
        self._grown_at, self._waited_at, self._lowered_at = now, -math.inf, -math.inf
        self._known, self._looking = 0.0, 0.0
        self._empty_at: float | None = None
        self._held_until, self._baseline = now, 0
        self._first_run: list[float] = []
        self._size_seen: float | None = None
        self._told = _Told()

    def delay(self, now: float, ahead: int) -> float:
        """Return the seconds until a request may leave that has so many before it."""
        self._fill(now)
        missing = ahead + 1 - self._tokens
        if missing < 1e-9:
            return 0.0
        self._waited_at = now
        return missing / self.rate

    def take(self) -> None:
        """Let a request leave."""
        self._tokens -= 1

    def served(self, now: float, sent_at: float, remaining: int | None, later: int, count: int) -> None:
        """Take in an answer; `later` requests left after it, and `count` were served since a refusal."""
        self._fill(now)
        if remaining is not None and self._told.note(now, sent_at, remaining):
            self._tokens = float(remaining - later - self._told.reserve)
            self.rate = max(self._told.rate, 1.0)
        if not self._told.useful:
            self._grow(now, count)

    def refused(self, now: float, until: float, answers: list[float], remaining: int | None) -> None:
        """Learn from a refusal what the bucket is like, from what was served since the one before."""
        self._fill(now)
        if remaining is not None:
            self._told.refused(remaining)
        if not self._told.useful:
            self._slow_down(now, answers)
        self.hold(now, until)

    def hold(self, now: float, until: float) -> None:
        """Let nothing leave until then, and count on what the bucket takes in meanwhile."""
        self._fill(now)
        saved = 0.9 * self.rate * (until - now)
        self._tokens = max(1.0, min(saved, self._size(self.rate))) if self._known else 1.0
        self._filled_at = self._held_until = until

    def _fill(self, now: float) -> None:
        if now > self._filled_at:
            room = max(1.0, _LATELY / 10 * self.rate)
            if self._tokens < room:
                self._tokens = min(room, self._tokens + self.rate * (now - self._filled_at))
            self._filled_at = now

    def _grow(self, now: float, count: int) -> None:
        step = min(now - max(self._grown_at, min(self._held_until, now)), 1.0)
        self._grown_at = now
        if now - self._waited_at > _LATELY:
            return
        if self._empty_at is None:
            self._set(self.rate * _SEARCH**step)
        elif self._looking or self._may_look(now - self._empty_at, count, now):
            before, self._looking = self._looking, self._looking + step
            growth = math.exp(_LOOK * (self._looking**2 - before**2))
            self._set(self.rate * min(growth, _STEP))

    def _may_look(self, seconds: float, count: int, now: float) -> bool:
        if now - self._lowered_at < _HOPE_SECONDS and seconds > _HOPE_EVERY:
            return True
        # A rate that few requests have shown is measured again soon.
        return count > max(_AGAIN * self._baseline, _FEW) or (
            seconds > _CALM_SECONDS and count > _CALM_REQUESTS
        )

    def _slow_down(self, now: float, answers: list[float]) -> None:
        looked, self._looking = self._looking > 0, 0.0
        empty_at, self._empty_at = self._empty_at, now
        count, trusted, self._baseline = len(answers), self._baseline >= _FEW, len(answers)
        if empty_at is None:
            self._start(now, answers)
            return
        if count < 3:
            rate = 0.7 * self.rate
        elif looked or not self._known:
            rate = self._measured(now, empty_at, answers)
        else:
            on, hold = now - self._held_until, self._held_until - empty_at
            saved = count - self._known * on
            size = min(self._known * hold, self._size(self._known))
            if trusted and on < hold and saved < 0.8 * size and size > 1.5:
                # It had room for less than was counted on, after everybody was held back.
                self._size_seen = max(1.0, saved)
                return
            size = min(self._size(count / (now - empty_at)), self._known * hold)
            rate = min(0.97 * self._known, max(count / (now - empty_at), (count - size) / max(on, 0.01)))
        if trusted and rate < 0.75 * self._known:
            self._lowered_at = now
        if not looked or not 0.9 * self._known <= rate <= self._known:
            self._known = max(rate, _SLOWEST)
        self._set(_BELOW * self._known)

    def start_again(self, now: float, answers: list[float]) -> None:
        """Learn anew from the first refusal, where it was met by more than was known then."""
        if self._empty_at is not None and not self._known:
            self._start(now, answers)

    def _start(self, now: float, answers: list[float]) -> None:
        self._first_run = [now - at for at in reversed(answers)]
        since = max(now - 1, answers[0]) if answers else now
        self._set(sum(at >= since for at in answers) / max(now - since, 0.01) * _AFTER)
        self._baseline, self._looking = 0, _RETURN

    def _set(self, rate: float) -> None:
        self.rate = min(max(rate, _SLOWEST), _FASTEST)

    def _measured(self, now: float, empty_at: float, answers: list[float]) -> float:
        """The highest rate at which a bucket that was empty then is empty again now."""
        low, high = 0.0, 0.95 * self.rate
        for _ in range(12):
            rate = (low + high) / 2
            size, tokens, since = self._size(rate), 0.0, empty_at
            for at in answers:
                tokens, since = min(size, tokens + rate * (at - since)) - 1, at
            left = min(size, tokens + rate * (now - since))
            low, high = (rate, high) if left < 1.5 else (low, rate)
        return low

    def _size(self, rate: float) -> float:
        """Tokens that it holds: those served beyond the rate until it was empty for the first time."""
        if self._size_seen is not None:
            return self._size_seen
        return max([1.0, *(number - rate * age for number, age in enumerate(self._first_run, 1))])


class _Told:
    """What `X-RateLimit-Remaining` tells of a bucket, where it comes with every answer."""

    def __init__(self) -> None:
        self._most = 0
        self._trusted = True
        self._newest = -math.inf
        self._last: tuple[float, int] | None = None
        self._served, self._gained, self._seconds = 0, *_TOLD_FIRST

    @property
    def useful(self) -> bool:
        """Whether it can be gone by: a bucket of few tokens looks the same full and empty."""
        return self._trusted and self._most > 3

    @property
    def reserve(self) -> int:
        """Tokens to leave, for answers that overtake each other and for others with this key."""
        return min(2, self._most // 4)

    @property
    def rate(self) -> float:
        return max(self._gained, 0.0) / self._seconds

    def note(self, now: float, sent_at: float, remaining: int) -> bool:
        """Take in an answer; False for one that is not to be gone by."""
        self._served += 1
        if sent_at < self._newest:
            return False
        self._newest, self._most = sent_at, max(self._most, remaining + 1)
        if self._last is not None:
            at, before = self._last
            fading = math.exp((at - now) / _TOLD_OVER)
            self._gained = self._gained * fading + remaining - before + self._served
            self._seconds = self._seconds * fading + now - at
        self._last, self._served = (now, remaining), 0
        return self.useful

    def refused(self, remaining: int) -> None:
        """A refusal while tokens are left was for another limit: nothing is told of this one then."""
        self._trusted = self._trusted and remaining == 0
