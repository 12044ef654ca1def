"""What tables of schedules have in common: how many rows, in which order, and what a row is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from edges_nb.models.name_marks import plain
from edges_nb.models.plan_items import Item
from edges_nb.reports.formatting import label, moment, sentence, short_rhythm, until, zone_of
from edges_nb.reports.html import Html, joined, tag

MOST_ROWS = 2_000
"""Schedules that a page shows one by one; beyond, it shows groups and counts, and plan.csv has the rows."""

FEW_ROWS = 25
"""Rows that are shown without being asked for."""

_FAR = datetime.max.replace(tzinfo=UTC)


def schedule_cell(item: Item, more: str = "") -> Html:
    """Return what a row is about: name, identity, rhythm and uid.

    Args:
        more: another line about it.
    """
    owner = item.identity.name or item.identity.uid if item.identity else ""
    schedule = item.schedule
    times = f"{short_rhythm(schedule.cron)}, {schedule.timezone or 'UTC'}" if schedule.cron else "once"
    if owner and not plain(schedule.name):  # the label says both already
        owner, times = "", schedule.timezone or ""
    about = " · ".join(filter(None, [owner, times]))
    lines = [tag("span", line) for line in (about, more) if line]
    below = joined([*lines, tag("code", item.uid)], Html("", "\n"))
    name = tag("b", label(schedule, item.identity))
    return joined([name, tag("small", below, class_="lines")], Html(" ", "\n"))


def due_in_short(item: Item) -> str:
    """Return when a schedule runs next, in its timezone, which stands beside its rhythm already."""
    at = item.schedule.next_execution_at
    if at is None:
        return ""
    local = at.astimezone(zone_of(item.schedule.timezone)[0])
    return f"next {local:%a} {local.day} {local:%b, %H:%M}"


def usual_timezone(items: Iterable[Item]) -> str:
    """Return the timezone that most of the schedules have, to show times in."""
    counts = Counter(item.schedule.timezone or "UTC" for item in items)
    return max(sorted(counts), key=lambda zone: counts[zone], default="UTC")


def reason_of(item: Item) -> str:
    """Return why, as a sentence."""
    return sentence(item.reason)


def kind_of(item: Item) -> str:
    """Return the reason without its particulars, which differ from schedule to schedule."""
    return sentence(item.code.heading if item.code else item.reason)


def by_urgency(items: Iterable[Item]) -> list[Item]:
    """Return the items with the next to run first; those that will not run come last."""
    return sorted(items, key=lambda item: (item.schedule.next_execution_at or _FAR, item.uid))


def next_run(item: Item, now: datetime | None = None) -> Html:
    """Return when a schedule runs next, in its own timezone, and how far off that is."""
    at = item.schedule.next_execution_at
    shown = moment(at, item.schedule.timezone) or "none planned"
    away = until(at, now) if now else ""
    return joined([shown, tag("br"), tag("small", away)]) if away else joined([shown])
