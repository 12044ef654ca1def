"""Cron expressions: when they are due, how often, and in words.

The API's cron is POSIX: five fields, in the schedule's timezone. Times that a change of the clocks skips or
repeats are due once, as in Debian's cron.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from statistics import median
from zoneinfo import ZoneInfo

from cron_descriptor import Options, get_description
from cronsim import CronSim, CronSimError

_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
"""Where averages are counted from: fixed, so that the same expression always gets the same figure."""
_FOUR_WEEKS = 28
_FOUR_YEARS = 1461
_GAPS = 14
"""How many gaps are looked at for the usual one: those of two weeks for a daily expression."""
_CACHED = 4096
_PLAIN = re.compile(r"\*|\*/\d+|\w+-\w+|\w+(,\w+)*", re.ASCII)
"""A field whose words are right: all, every so many, a range, or a list of values."""
_STEP = re.compile(r"/(\d+)")


def next_times(cron: str, timezone: str, after: datetime, count: int) -> list[datetime]:
    """Return the next `count` moments later than `after` at which `cron` is due, in UTC.

    Raises:
        ValueError: the expression or the timezone can't be used, in a sentence that says why.
    """
    check_cron(cron)
    return list(islice(_moments(cron, timezone, after), count))


def check_cron(cron: str) -> None:
    """Raise ValueError, saying why, where `cron` can't be read or is never due."""
    fault = _fault(cron)
    if fault:
        raise ValueError(fault)


def check_timezone(timezone: str) -> None:
    """Raise ValueError where `timezone` is not a name of the IANA database."""
    if not _is_timezone(timezone):
        raise ValueError(f"{timezone!r} is no timezone: use an IANA name such as Europe/Paris.")


@lru_cache(_CACHED)
def in_words(cron: str) -> str:
    """Return `cron` in English, with a 24-hour clock; the expression itself where words would be untrue."""
    if _fault(cron) or not _has_true_words(cron):
        return cron
    try:
        return str(get_description(cron, Options(use_24hour_time_format=True, locale_code="en_US")))
    except Exception:  # noqa: BLE001 - the library raises anything where an expression is odd enough
        return cron


@lru_cache(_CACHED)
def runs_per_day(cron: str, timezone: str = "UTC") -> float:
    """Return how often `cron` is due on an average day: of four weeks, or of four years by date."""
    check_timezone(timezone)
    check_cron(cron)
    minute, hour, day, month, weekday = cron.split()
    weekly = day == month == "*" and not set("#Ll") & set(weekday)
    days = _FOUR_WEEKS if weekly else _FOUR_YEARS
    # Days and times of day apart, so that `* * * 1 *` does not take two million steps.
    on_days = _count(f"0 0 {day} {month} {weekday}", days)
    return on_days * _count(f"{minute} {hour} * * *", 1) / days


@lru_cache(_CACHED)
def usual_gap(cron: str, timezone: str = "UTC") -> timedelta:
    """Return the time that usually passes between two times at which `cron` is due."""
    times = next_times(cron, timezone, _MONDAY, _GAPS + 1)
    return timedelta(seconds=median((later - sooner).total_seconds() for sooner, later in pairwise(times)))


def _has_true_words(cron: str) -> bool:
    """Whether cron-descriptor's sentence says what the server does.

    Its words for steps that do not divide the hour or the day, for lists of steps, and for a day of the month
    beside a day of the week are about other times than those at which such an expression is due.
    """
    minute, hour, day, month, weekday = cron.split()
    plain = all(_PLAIN.fullmatch(field) for field in (minute, hour, day, month, weekday))
    even = all(
        size % int(step) == 0 and int(step) < size
        for field, size in ((minute, 60), (hour, 24), (month, 12))
        for step in _STEP.findall(field)
    )
    return plain and even and "/" not in day + weekday and (day == "*" or weekday == "*")


@lru_cache(_CACHED)
def _fault(cron: str) -> str | None:
    # CronSim reads six fields as well, with seconds in front, which the API would not.
    if len(cron.split()) != 5:
        return f"{cron!r} is no cron expression: it needs five fields, such as 0 9 * * 1-5."
    try:
        next(CronSim(cron, _MONDAY))
    except StopIteration:
        return f"The cron expression {cron!r} is never due: correct its day or month."
    except (CronSimError, AssertionError, TypeError, ValueError) as error:
        # CronSim has assertions where an expression is odd enough.
        why = str(error).lower() or "not readable"
        return f"{cron!r} is no cron expression: {why}. Use five fields, such as 0 9 * * 1-5."
    return None


@lru_cache(_CACHED)
def _is_timezone(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (OSError, ValueError, LookupError):
        # OSError is what the name of a folder of the database gives.
        return False
    return True


def _moments(cron: str, timezone: str, after: datetime) -> Iterator[datetime]:
    check_timezone(timezone)
    for moment in CronSim(cron, after.astimezone(ZoneInfo(timezone))):
        yield moment.astimezone(UTC)


@lru_cache(_CACHED)
def _count(cron: str, days: int) -> int:
    end = _MONDAY + timedelta(days=days)
    # One second sooner, because the start itself may be due.
    count = 0
    for moment in CronSim(cron, _MONDAY - timedelta(seconds=1)):
        if moment >= end:
            break
        count += 1
    return count
