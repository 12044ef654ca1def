"""The sandbox's own time, and when a cron expression is next due."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
"""Where every sandbox's clock begins: a Monday morning."""

TICK = timedelta(microseconds=1)


class VirtualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._last_stamp = start - TICK
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The sandbox's present moment, in UTC."""
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Move forward by `step` and return the new present moment."""
        if step < timedelta(0):
            raise ValueError("the sandbox's clock only moves forward")
        with self._lock:
            self._now += step
            return self._now

    def stamp(self) -> datetime:
        """A moment later than any stamp before, so that what is created in one instant still has an order."""
        with self._lock:
            self._last_stamp = max(self._now, self._last_stamp + TICK)
            return self._last_stamp


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with `Z`, as the API writes times."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@functools.lru_cache(maxsize=4096)
def next_due(cron: str, timezone: str, after: datetime) -> datetime:
    """The first moment later than `after` at which `cron` is due in `timezone`.

    Raises:
        ValueError: the expression has not five fields, can't be read, or never comes true.
    """
    return next(_occurrences(cron, timezone, after, reverse=False))


def past_due(cron: str, timezone: str, before: datetime, count: int) -> list[datetime]:
    """The last `count` moments at which `cron` was due, latest first."""
    return list(_past_due(cron, timezone, before, count))


@functools.lru_cache(maxsize=4096)
def _past_due(cron: str, timezone: str, before: datetime, count: int) -> tuple[datetime, ...]:
    moments = _occurrences(cron, timezone, before, reverse=True)
    return tuple(next(moments) for _ in range(count))


def _occurrences(cron: str, timezone: str, start: datetime, *, reverse: bool) -> Iterator[datetime]:
    # CronSim also reads six fields (with seconds); the API's cron is POSIX.
    if len(cron.split()) != 5:
        raise ValueError("a cron expression has five fields")
    try:
        for moment in CronSim(cron, start.astimezone(ZoneInfo(timezone)), reverse=reverse):
            yield moment.astimezone(UTC)
    except CronSimError as error:
        raise ValueError(str(error)) from error
    raise ValueError("the cron expression is never due")
