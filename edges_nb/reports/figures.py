"""The pictures: when schedules run, what is decided for whom, who carries how much, what runs bring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edges_nb import cron as crons
from edges_nb.models import LIVE
from edges_nb.planning.items import Decision, Item
from edges_nb.reports.html import Html, tag
from edges_nb.reports.pictures import BLUE, GREEN, GREY, RED, bars, canvas
from edges_nb.reports.wording import counted, zone_of

if TYPE_CHECKING:
    import pandas as pd

Rhythm = tuple[str, str]
"""A cron expression and its timezone."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = timedelta(days=7)
_STEPS = (0.10, 0.22, 0.36, 0.52, 1.0)
"""Strengths of the blue, the last one for white numbers, the others for numbers in the text's colour."""
_MOST_BARS = 24
_LONGEST_NAME = 26

DECISIONS = {
    Decision.MIGRATE: ("replaced", BLUE),
    Decision.NEEDS_INPUT: ("needs a decision", RED),
    Decision.SKIP: ("stays as it is", GREY),
}


def week_figure(items: Sequence[Item], timezone: str, *, start: datetime | None = None) -> Html:
    """Return two calendars of a week: when live schedules run now, and when they run after the plan.

    Args:
        start: where the seven days begin; the earliest next execution when absent.
    """
    dues = (item.schedule.next_execution_at for item in items)
    begin = start or min(filter(None, dues), default=datetime(2026, 1, 5, tzinfo=UTC))
    live = [item for item in items if item.schedule.status in LIVE[:1] and item.schedule.cron]
    before = Counter((item.schedule.cron or "", item.schedule.timezone or "UTC") for item in live)
    after = Counter(_rhythm_after(item) for item in live)
    counts = [week_counts(rhythms, timezone, begin) for rhythms in (before, after)]
    totals = [sum(map(sum, week)) for week in counts]
    most = max((max(map(max, week)) for week in counts), default=0)
    same = "The times stay the same" if counts[0] == counts[1] else "The times change"
    hint = f"{same}: {counted(totals[0], 'run')} in the week before, {totals[1]:,} in the week after, in {timezone}."
    pictures = [
        _calendar(week, most, title, timezone)
        for week, title in zip(counts, ("Before", "After"), strict=True)
    ]
    return tag("p", hint) + tag("div", *pictures, class_="pictures")


def calendar(rhythms: Mapping[Rhythm, int], timezone: str, start: datetime, title: str) -> Html:
    """Return one calendar: how many schedules run in which hour of the seven days from `start`."""
    week = week_counts(rhythms, timezone, start)
    return _calendar(week, max(map(max, week)), title, timezone)


def week_counts(rhythms: Mapping[Rhythm, int], timezone: str, start: datetime) -> list[list[int]]:
    """Return for 24 hours and 7 weekdays how many runs are due in the seven days from `start`."""
    zone, _ = zone_of(timezone)
    week = [[0] * 7 for _ in range(24)]
    for (cron, where), number in rhythms.items():
        for at in _times(cron, where, start):
            local = at.astimezone(zone)  # type: ignore[arg-type]
            week[local.hour][local.weekday()] += number
    return week


def identity_figure(items: Sequence[Item]) -> Html:
    """Return stacked bars: for each identity how many schedules are replaced, need a decision, stay."""
    found: dict[str, Counter[Decision]] = defaultdict(Counter)
    for item in items:
        found[_owner(item)][item.decision] += 1
    rows = [(name, {kind: float(counts[kind]) for kind in DECISIONS}) for name, counts in found.items()]
    colours = {kind: colour for kind, (_, colour) in DECISIONS.items()}
    total = Counter(item.decision for item in items)
    told = ", ".join(f"{total[kind]:,} {words}" for kind, (words, _) in DECISIONS.items())
    legend = _legend((words, colour) for words, colour in DECISIONS.values())
    description = f"{counted(len(found), 'identity', 'identities')}; {told}."
    return _bars(rows, colours, "Decisions by identity", description, legend)


def load_figure(schedules: pd.DataFrame) -> Html:
    """Return bars: how many runs a day each identity carries; takes what `load_schedules` gives."""
    live = schedules[schedules["status"] == "ACTIVE"]
    load = live.groupby(live["identity_name"].fillna("(unknown)"))["runs_per_day"].sum()
    rows = [(str(name), {"runs": float(value)}) for name, value in load.items()]
    description = f"{counted(len(rows), 'identity', 'identities')}, {load.sum():,.1f} runs a day in all."
    return _bars(rows, {"runs": BLUE}, "Runs a day by identity", description, Html(), "{:,.1f}")


def items_figure(runs: pd.DataFrame) -> Html:
    """Return a dot for each run: when it was and how many items it brought; takes what `load_runs` gives."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    done = runs.dropna(subset=["started", "items"]).sort_values("started")
    kinds = [("full", GREY, "s"), ("incremental", BLUE, "o")]
    told = [f"{counted(int((_mode(done) == kind).sum()), kind + ' run')}" for kind, _, _ in kinds]
    title, height = "Items per run", 260
    with canvas(720, height, (56, 16, 12, 32)) as drawing:
        axes = drawing.axes
        for kind, colour, marker in kinds:
            part = done[_mode(done) == kind]
            axes.scatter(
                part["started"], part["items"].astype("float64"), s=14, c=colour, marker=marker, linewidths=0
            )
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", alpha=0.2)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        locator = AutoDateLocator(maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        legend = _legend((kind, colour) for kind, colour, _ in kinds)
        return drawing.picture(title, " and ".join(told) + ".", legend)


def _mode(runs: pd.DataFrame) -> pd.Series:
    return runs["sync_mode"].fillna("full")


def _rhythm_after(item: Item) -> Rhythm:
    made = item.request if item.decision is Decision.MIGRATE and item.request else item.schedule
    return made.cron or "", made.timezone or "UTC"


def _times(cron: str, timezone: str, start: datetime) -> Iterable[datetime]:
    """The moments of a week from `start`; none where the server's expression or timezone can't be read."""
    try:
        count, end = max(8, int(crons.runs_per_day(cron) * 9)), start + _WEEK
        moments = crons.next_times(cron, timezone, start, count)
        while moments[-1] < end:
            moments += crons.next_times(cron, timezone, moments[-1], count)
    except ValueError:
        return []
    return [at for at in moments if at < end]


def _owner(item: Item) -> str:
    if item.identity:
        return item.identity.name or item.identity.uid
    known = item.schedule.identity_ids
    return "(several identities)" if known and len(known) > 1 else "(identity not known)"


def _calendar(week: Sequence[Sequence[int]], most: int, title: str, timezone: str) -> Html:
    from matplotlib.patches import Rectangle

    total = sum(map(sum, week))
    busiest = max(
        ((week[hour][day], -hour, -day) for hour in range(24) for day in range(7)), default=(0, 0, 0)
    )
    told = (
        f"{counted(total, 'run')}; the busiest hour is {DAYS[-busiest[2]]} {-busiest[1]:02d}:00 with {busiest[0]:,}"
        if total
        else "no runs"
    )
    with canvas(330, 440, (44, 4, 22, 4)) as drawing:
        axes = drawing.axes
        axes.set(
            xlim=(0, 7),
            ylim=(24, 0),
            yticks=[h + 0.5 for h in range(0, 24, 2)],
            xticks=[d + 0.5 for d in range(7)],
        )
        axes.set_yticklabels([f"{hour:02d}:00" for hour in range(0, 24, 2)])
        axes.set_xticklabels(DAYS)
        axes.xaxis.tick_top()
        for hour, row in enumerate(week):
            for day, number in enumerate(row):
                step = _step(number, most)
                colour = (*_rgb(BLUE), step) if number else (0.5, 0.5, 0.5, 0.10)
                axes.add_patch(
                    Rectangle(
                        (day + 0.03, hour + 0.04), 0.94, 0.92, facecolor=colour, linewidth=0, clip_on=False
                    )
                )
                if number:
                    ink = {"color": "#ffffff"} if step == _STEPS[-1] else {}
                    axes.text(
                        day + 0.5, hour + 0.52, _short(number), ha="center", va="center", fontsize=10, **ink
                    )
        return drawing.picture(
            f"{title}: runs by hour and weekday, {timezone}", f"{told}.", tag("b", title) + f": {told}."
        )


def _step(number: int, most: int) -> float:
    return _STEPS[min(len(_STEPS) - 1, number * len(_STEPS) // (most + 1))] if most else 0.0


def _short(number: int) -> str:
    return str(number) if number < 10_000 else f"{number // 1000}k"


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _bars(
    rows: list[tuple[str, dict[Decision, float]]] | list[tuple[str, dict[str, float]]],
    colours: Mapping[Decision, str] | Mapping[str, str],
    title: str,
    description: str,
    legend: Html,
    numbers: str = "{:,.0f}",
) -> Html:
    ordered = sorted(rows, key=lambda row: (-sum(row[1].values()), row[0]))
    shown, others = ordered[:_MOST_BARS], ordered[_MOST_BARS:]
    if others:
        rest = {kind: sum(parts[kind] for _, parts in others) for kind in colours}
        note = f"The {counted(len(others), 'other')} together: {sum(rest.values()):,.0f}. "
        description = f"{description} {note}"
    else:
        note = ""
    named = [(_cut(name), parts) for name, parts in shown]
    with canvas(640, 8 + 24 * max(len(named), 1), (190, 110, 4, 4)) as drawing:
        bars(drawing, named, colours, numbers)
        return drawing.picture(title, description, legend + note)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _legend(entries: Iterable[tuple[str, str]]) -> Html:
    marks = [
        tag("span", tag("span", "■", style=f"color:{colour}", aria_hidden="true"), f" {words}  ")
        for words, colour in entries
    ]
    return tag("span", *marks)
