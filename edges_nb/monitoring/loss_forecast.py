"""Whether what is new between two runs fits into `max_results`: what does not is lost for good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from edges_nb import cron as crons

MARGIN = 1.2
"""How much more than ever came before may come next time: beyond the cap then, there is a warning."""

SAFETY = 2.0
"""How much more than ever came before has to fit for a cap or a cadence to be called safe."""

_DUES = 15
"""Due times that are looked at for the longest wait ahead: those of two weeks for a daily expression."""

_NEARLY = 0.9
"""Part of a wait that a stretch of history has to cover to stand for all of it: runs start late at times."""

_SHORTEST = timedelta(hours=1)

_CADENCES = tuple(
    timedelta(hours=hours) for hours in (30 * 24, 14 * 24, 7 * 24, 3 * 24, 2 * 24, 24, 12, 8, 6, 4, 3, 2, 1)
)
"""Times between two runs that people use."""


@dataclass(frozen=True)
class Increment:
    """How many items were new between two moments."""

    begin: datetime
    end: datetime
    items: int


@dataclass(frozen=True)
class Forecast:
    """What the longest wait ahead may bring, by what came before.

    Attributes:
        wait: the longest time until a run, of those ahead.
        expected: the most that came in any time as long.
        at_least: whether a cap hid part of what came, so that it was more.
        safe_cap: a `max_results` that leaves room for twice as much.
        safe_wait: a time between two runs in which twice as much still fits the cap, None where none does.
    """

    wait: timedelta
    expected: int
    at_least: bool
    safe_cap: int
    safe_wait: timedelta | None

    def may_lose(self, cap: int) -> bool:
        """Whether the next runs may leave something beyond the cap."""
        return self.expected * MARGIN > cap


def forecast(
    increments: Sequence[Increment], wait: timedelta, cap: int, *, at_least: bool = False
) -> Forecast | None:
    """Tell what a wait may bring; None without a history.

    Args:
        increments: the history, the oldest first.
        at_least: whether a cap hid part of it.
    """
    if not increments:
        return None
    peak = _peak(increments, wait)
    needed = max(peak, cap if at_least else 0) * SAFETY
    per_second = needed / wait.total_seconds()
    fitting = [
        cadence for cadence in _CADENCES if cadence < wait and cadence.total_seconds() * per_second <= cap
    ]
    return Forecast(wait, math.ceil(peak), at_least, _rounded_up(needed), next(iter(fitting), None))


def longest_wait(
    cron: str | None, timezone: str | None, now: datetime, synced: datetime | None
) -> timedelta | None:
    """Return the longest time without a run that is ahead, None where nothing is due.

    Args:
        synced: when the last run that brought something began: after failures the next has to bring more.
    """
    if not cron:
        return None
    try:
        dues = crons.next_times(cron, timezone or "UTC", now, _DUES)
    except ValueError:
        return None
    waits = [later - sooner for sooner, later in pairwise(dues)]
    if synced is not None:
        waits.append(dues[0] - synced)
    return max(waits)


def _peak(increments: Sequence[Increment], wait: timedelta) -> float:
    """The most items in any stretch as long as a wait; of a shorter history, what it comes to."""
    most, found = 0.0, False
    for first, increment in enumerate(increments):
        total = 0
        for other in increments[first:]:
            total += other.items
            span = other.end - increment.begin
            if span >= wait * _NEARLY:
                most, found = max(most, total * (wait / span)), True
                break
    if found:
        return most
    total = sum(increment.items for increment in increments)
    return total * (wait / max(increments[-1].end - increments[0].begin, _SHORTEST))


def _rounded_up(number: float) -> int:
    """A number that people use: two digits and noughts."""
    size: int = 10 ** max(0, len(str(math.ceil(number))) - 2)
    return max(10, math.ceil(number / size) * size)
