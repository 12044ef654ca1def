"""What the server asks of a request that creates a schedule, and when the schedule is due first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CONNECTIONS = "linkedin-extract-connections"
INCREMENTAL_ACTIONS = {
    CONNECTIONS,
    "linkedin-extract-messages",
    "linkedin-extract-profile-viewers",
    "linkedin-extract-page-followers",
}
PROPERTIES = {
    *("inputs", "callback", "identity_ids", "cron"),
    *("schedule_at", "timezone", "parameters", "name"),
}


@dataclass
class RefusedError(Exception):
    """A definite answer that nothing happened."""

    status: int
    label: str
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def _cron_values(text: str, low: int, high: int) -> set[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if span == "*" else int(first)
        stop = high if span == "*" or (step and not last) else int(last or first)
        if not low <= start <= stop <= high:
            raise ValueError(f"{part} is outside {low}-{high}")
        values |= set(range(start, stop + 1, int(step or 1)))
    return values


def next_time(cron: str, timezone: str, after: datetime) -> datetime:
    """The first moment after `after` at which a five-field POSIX cron is due."""
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError("cron needs five fields")
    limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    minutes, hours, days, months, weekdays = (
        _cron_values(text, low, high) for text, (low, high) in zip(fields, limits, strict=True)
    )
    both = fields[2] != "*" and fields[4] != "*"
    zone = ZoneInfo(timezone)
    day: date = after.astimezone(zone).date()
    for _ in range(366 * 8):
        on_day, on_weekday = day.day in days, bool({day.isoweekday(), day.isoweekday() % 7} & weekdays)
        if day.month in months and ((on_day or on_weekday) if both else (on_day and on_weekday)):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                    if moment > after:
                        return moment
        day += timedelta(days=1)
    raise ValueError(f"{cron} is never due")


def first_execution(
    body: Any, action: str, identities: Mapping[str, dict[str, Any]], *, names: bool, now: datetime
) -> datetime:
    """When a requested schedule runs first; a request that breaks a rule is refused."""
    _check_shape(body, names)
    wrong = _wrong_value(body, action)
    if wrong:
        raise RefusedError(400, "BAD_INPUT", f"{wrong} is not valid")
    owners = [identities.get(uid, {}) for uid in body.get("identity_ids", [])]
    if not all(owner.get("is_active") for owner in owners):
        raise RefusedError(424, "NO_VALID_ACCOUNT_CONFIGURED", "the identity can't be used")
    engaged = action in INCREMENTAL_ACTIONS and all(owner["type"] == "engagement" for owner in owners)
    if body.get("parameters", {}).get("sync_mode") == "incremental" and not engaged:
        raise RefusedError(424, "INTEGRATION_ERROR", "incremental needs an engagement identity")
    try:
        due = next_time(body["cron"], body.get("timezone", "UTC"), now) if "cron" in body else None
        due = datetime.fromisoformat(body["schedule_at"]) if "schedule_at" in body else due
        if due is None or due < now:
            raise ValueError("cron or a schedule_at in the future is needed")
    except (ValueError, KeyError, OSError) as error:
        raise RefusedError(400, "BAD_PARAMETERS", str(error)) from error
    return due


def _check_shape(body: Any, names: bool) -> None:
    _properties("body", body, PROPERTIES if names else PROPERTIES - {"name"})
    _properties("callback", body.get("callback"), {"url", "headers", "on"})
    _properties("parameters", body.get("parameters", {}), {"sync_mode", "max_results"})


def _properties(where: str, value: Any, allowed: set[str]) -> None:
    if not isinstance(value, dict) or None in value.values():
        raise RefusedError(400, "BAD_INPUT", f"{where} must be an object without nulls")
    for key in sorted(set(value) - allowed):
        raise RefusedError(400, "BAD_INPUT", f"{where} must NOT have additional properties ({key})")


def _wrong_value(body: dict[str, Any], action: str) -> str | None:
    inputs, callback, parameters = body.get("inputs"), body["callback"], body.get("parameters", {})
    right = {
        "inputs": isinstance(inputs, list) and inputs and all(isinstance(row, dict) for row in inputs),
        "callback.url": str(callback.get("url", "")).startswith("https://"),
        "callback.on": callback.get("on", "all") in ("all", "final"),
        "sync_mode": parameters.get("sync_mode", "full") in ("full", "incremental"),
        "max_results": type(parameters.get("max_results", 1)) is int,
        "name": isinstance(body.get("name", ""), str) and len(body.get("name", "")) <= 255,
        "identity_ids": action != CONNECTIONS or len(body.get("identity_ids", [])) == 1,
    }
    return next((name for name, fine in right.items() if not fine), None)
