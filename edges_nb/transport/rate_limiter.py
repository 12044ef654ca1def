"""Keep to the server's rate limits, which nobody tells: one pacer is shared by all threads.

Limits are counted by family of endpoints. Whoever wants to send waits in the family's queue. Nobody sleeps
while holding the lock.
"""

import itertools
import math
import re
import threading
from dataclasses import dataclass

from edges_nb.transport.clock import Clock, SystemClock
from edges_nb.transport.rate_model import RateModel

FAMILIES = ("actions", "schedules", "identities", "runs")
"""Endpoints that are counted separately, by the word in their path; all others are counted together."""

OTHERS = "workspaces"

_OF_ALL = re.compile(r"\W*(all|global|total|workspace|daily|day|quota)\W*", re.IGNORECASE)
"""`X-RateLimit-Type` of a limit that all requests use up."""

_TOGETHER = 1.0
"""Seconds: families that are refused so shortly after each other, untold why, meet the same limit."""

_NAP = 0.25
"""Seconds after which whoever waits for a turn looks again, because the rate may have changed."""

_SHORTEST_NAP = 1e-4
"""Seconds; less would not move every clock."""


@dataclass(frozen=True)
class Pace:
    """What the pacer does now, for progress displays.

    Attributes:
        per_second: requests a second of the family that is waited for, or else of the one used last.
        waiting: seconds until that family goes on.
        family: which one it is, such as `schedules`; "" where one limit holds for all.
    """

    per_second: float
    waiting: float
    family: str = ""


@dataclass(frozen=True)
class Turn:
    """A request that was let go; what came of it is told with it."""

    number: int
    at: float
    route: str
    limit: "_Limit"


class _Limit:
    """A limit, its name where the server told one, and who waits for it."""

    def __init__(self, family: str, now: float) -> None:
        self.family = family
        self.kind = ""
        self.model = RateModel(now)
        self.queue: list[int] = []
        self.refused_at = -math.inf


class Pacer:
    """Share request rates between threads; every `wait` has to be followed by `served`, `refused` or `lost`.

    Args:
        cap: requests a second that are never exceeded, all families together (`EDGES_MAX_RPS`); None for
            no cap.
    """

    def __init__(self, cap: float | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._cap = cap or math.inf
        self._next_departure = self._clock.monotonic()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._limits: dict[str, _Limit] = {}
        self._common: _Limit | None = None
        self._last: _Limit | None = None

    def wait(self, path: str) -> Turn:
        """Wait for the turn of a request to a path."""
        route = _route(path)
        with self._lock:
            number = next(self._numbers)
        try:
            while True:
                turn, delay = self._try(number, route)
                if turn is not None:
                    return turn
                self._clock.sleep(delay)
        except BaseException:
            with self._lock:
                self._leave(number)
            raise

    def served(self, turn: Turn, remaining: int | None = None, kind: str | None = None) -> None:
        """Note an answer that was no refusal for its rate.

        Args:
            remaining: `X-RateLimit-Remaining`, where the answer has it.
            kind: `X-RateLimit-Type`, where the answer has it.
        """
        with self._lock:
            turn.limit.model.served(turn.number, self._clock.monotonic(), remaining)
            self._name(turn, kind)

    def refused(
        self, turn: Turn, retry_after: float | None, remaining: int | None = None, kind: str | None = None
    ) -> None:
        """Note a 429: everybody in the family is held back.

        Args:
            retry_after: seconds that the server asks to wait, where it does.
            remaining: `X-RateLimit-Remaining`, where the answer has it.
            kind: `X-RateLimit-Type`, where the answer has it.
        """
        with self._lock:
            now = self._clock.monotonic()
            turn.limit.model.refused(turn.number, now, retry_after, remaining)
            self._name(turn, kind)
            if not kind:
                turn.limit.refused_at = now
                met = {id(each) for each in self._limits.values() if now - each.refused_at < _TOGETHER}
                if len(met) > 1:
                    self._join(turn.limit)

    def lost(self, turn: Turn) -> None:
        """Note that no answer came."""
        with self._lock:
            turn.limit.model.lost(turn.number)

    @property
    def pace(self) -> Pace:
        """The rate now, and the seconds until requests go on."""
        with self._lock:
            now = self._clock.monotonic()
            closed = [(each.model.closed_for(now), each) for each in self._limits.values() if each.queue]
            waiting, limit = max(closed, key=lambda pair: pair[0], default=(0.0, None))
            limit = limit if waiting else self._last
            if limit is None:
                return Pace(min(RateModel(now).rate, self._cap), 0.0)
            return Pace(min(limit.model.rate, self._cap), waiting, limit.family)

    def _try(self, number: int, route: str) -> tuple[Turn | None, float]:
        """Return the turn, or the seconds after which to try again."""
        with self._lock:
            now = self._clock.monotonic()
            limit = self._limit_of(route, now)
            if number not in limit.queue:
                self._leave(number)
                limit.queue.append(number)
            ahead = limit.queue.index(number)
            capped = self._next_departure + ahead / self._cap - now
            delay = max(limit.model.delay(now, ahead), capped)
            if delay > 0:
                held = limit.model.held_until - now
                return None, max(held, min(delay, max(_NAP, delay / 4)), _SHORTEST_NAP)
            limit.queue.remove(number)
            limit.model.take(number, now)
            self._next_departure = max(now, self._next_departure) + 1 / self._cap
            self._last = limit
            return Turn(number, now, route, limit), 0.0

    def _leave(self, number: int) -> None:
        for limit in self._limits.values():
            if number in limit.queue:
                limit.queue.remove(number)

    def _limit_of(self, route: str, now: float) -> _Limit:
        if route not in self._limits:
            family = route.partition("/")[0]
            self._limits[route] = self._common or self._limits.get(family) or _Limit(family, now)
        return self._limits[route]

    def _name(self, turn: Turn, kind: str | None) -> None:
        """Take in what the server calls the limit of a route: routes of one name share a limit."""
        limit = self._limits[turn.route]
        if not kind or limit.kind == kind:
            return
        named = next((each for each in self._limits.values() if each.kind == kind), None)
        if named is None:
            # What was learned stays, unless it belongs to another name.
            named = limit if not limit.kind else _Limit(limit.family, self._clock.monotonic())
            named.kind = kind
        self._limits[turn.route] = named
        if _OF_ALL.fullmatch(kind):
            self._join(named)

    def _join(self, common: _Limit) -> None:
        """Let all requests whose limit has no name of its own share one."""
        common.family = ""
        self._common = common
        for limit in {id(each): each for each in self._limits.values() if not each.kind}.values():
            if limit is not common:
                common.model.take_over(limit.model)
        for route, limit in self._limits.items():
            if not limit.kind:
                self._limits[route] = common


def _route(path: str) -> str:
    words = path.strip("/").split("/")
    family = next((word for word in words if word in FAMILIES), OTHERS)
    return f"{family}/outputs" if words[-1] == "outputs" else family
