"""How numbers, times, fields and origins are told to people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from edges_nb import cron as crons
from edges_nb.models.api import Identity, Schedule
from edges_nb.models.name_marks import plain

FIELDS = {
    "action": "Action",
    "callback": "Callback",
    "callback.headers": "Callback headers",
    "callback.on": "Callback sent",
    "callback.url": "Callback address",
    "cron": "Runs at",
    "identity_ids": "Identity",
    "first_run": "First run",
    "identity": "Identity",
    "identity_mode": "Identity mode",
    "inputs": "Inputs",
    "max_results": "Most items per run",
    "name": "Name",
    "parameters": "Parameters",
    "parameters.max_results": "Most items per run",
    "parameters.sync_mode": "Sync mode",
    "schedule_at": "First run at",
    "sync_mode": "Sync mode",
    "timezone": "Timezone",
}

_SOURCES = {
    "schedule": "read from the schedule",
    "override": "given in the overrides",
    "parameter": "given as a parameter",
    "ledger": "kept from an earlier run of this tool",
    "plan": "set by this plan",
}


_DAILY = re.compile(
    r"(?P<minute>\d{1,2}) (?P<hour>\d{1,2}) "
    r"(?:\* \* (?P<weekday>\*|[0-7](?:-[0-7])?|[0-7](?:,[0-7])+)|(?P<date>\d{1,2}(?:,\d{1,2})*) \* \*)"
)
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, such as `1 schedule` or `1,204 schedules`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def numbered(number: int, one: str, more: str) -> str:
    """Return a number with what is said of one or of more, such as `1 needs a decision`."""
    return f"{number:,} {one if number == 1 else more}"


def listed(parts: Sequence[str]) -> str:
    """Return words in a row, such as `a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def sentence(text: str) -> str:
    """Return text with a capital letter in front, unless a uid or name of code is there, and a full stop."""
    text = text.strip()
    if not text:
        return ""
    first = text.split(maxsplit=1)[0].rstrip(".,:;")
    begin = text[:1] if any(sign.isdigit() or sign == "_" for sign in first) else text[:1].upper()
    return begin + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def moment(at: datetime | None, timezone: str | None = None) -> str:
    """Return a time to the minute, such as `Tue 3 Nov 2026, 09:00 Europe/Paris`, and "" for None."""
    if at is None:
        return ""
    zone, name = zone_of(timezone)
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {name}"


def zone_of(timezone: str | None) -> tuple[tzinfo, str]:
    """Return a timezone and its name; UTC where the name can't be used."""
    try:
        return (ZoneInfo(timezone), timezone) if timezone else (UTC, "UTC")
    except (ValueError, LookupError, OSError):
        return UTC, "UTC"


def until(at: datetime | None, now: datetime) -> str:
    """Return how far off a time is, such as `in 4 hours`, and "" for None."""
    if at is None:
        return ""
    minutes = round((at - now).total_seconds() / 60)
    if minutes <= 0:
        return "overdue"
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"in {counted(minutes // size, unit)}"
    return ""


def lasted(seconds: float) -> str:
    """Return how long something took, such as `3 s` or `2 min 5 s`."""
    whole = round(seconds)
    return (
        f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s" if whole < 3600 else _hours(whole)
    )


def _hours(seconds: int) -> str:
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def rhythm(cron: str | None, timezone: str | None) -> str:
    """Return when a schedule runs, in words, such as `At 09:00, Monday through Friday, Europe/Paris`."""
    if not cron:
        return "once"
    return f"{crons.in_words(cron)}, {timezone or 'UTC'}"


def label(schedule: Schedule, identity: Identity | None = None) -> str:
    """Return a schedule's name without this tool's mark; without one, its identity and rhythm."""
    owner = identity.name or identity.uid if identity else ""
    return plain(schedule.name) or _by_rhythm(owner, schedule.cron)


def labels(
    names: Iterable[str | None], owners: Iterable[str | None], crons: Iterable[str | None]
) -> list[str]:
    """Return what schedules are called, one for each row of a frame's columns."""
    rows = zip(names, owners, crons, strict=True)
    return [plain(name) or _by_rhythm(owner or "", cron) for name, owner, cron in rows]


def _by_rhythm(owner: str, cron: str | None) -> str:
    return ", ".join(filter(None, [owner, short_rhythm(cron) if owner else ""])) or "(no name)"


@lru_cache(1024)
def short_rhythm(cron: str | None) -> str:
    """Return when a schedule runs in as few words as a row has room for, such as `Mon to Fri 07:30`."""
    if not cron:
        return "once"
    match = _DAILY.fullmatch(cron)
    if match is None:
        return cron
    minute, hour, weekday = int(match["minute"]), int(match["hour"]), match["weekday"] or ""
    if minute > 59 or hour > 23:
        return cron
    if match["date"]:
        return f"day {listed(match['date'].split(','))}, {hour:02}:{minute:02}"
    days = [_DAYS[int(day) % 7] for day in re.findall(r"\d", weekday)]
    told = "daily" if weekday == "*" else " to ".join(days) if "-" in weekday else ", ".join(days)
    return f"{told} {hour:02}:{minute:02}"


def field_words(field: str) -> str:
    """Return a field's name as it is told to people."""
    return FIELDS.get(field, field.removeprefix("parameters."))


def source_words(source: str) -> str:
    """Return where a value comes from, such as `recovered from run 5f1c…`."""
    run = re.fullmatch(r"run (\S+)", source)
    return f"recovered from run {run[1]}" if run else _SOURCES.get(source, source)


def anchor(uid: str) -> str:
    """Return the anchor by which a page's row for a schedule can be linked to, the same in every report."""
    return "s-" + re.sub(r"[^\w.-]", "_", uid)
