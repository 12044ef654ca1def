"""The pictures: when schedules run, what is decided for whom, who carries how much, what runs bring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from edges_nb import cron as crons
from edges_nb.models.api import LIVE
from edges_nb.models.plan_items import Decision, Item
from edges_nb.reports.formatting import counted, listed, moment, zone_of
from edges_nb.reports.html import Html, tag
from edges_nb.reports.shapes import DAYS, Bar, Dot, Week, bar_words, draw_bars, draw_dots, draw_week
from edges_nb.reports.svg_canvas import BLUE, GREY, RED, canvas, legend, load_matplotlib

if TYPE_CHECKING:
    import pandas as pd

Rhythm = tuple[str, str]
"""A cron expression and its timezone."""

_WEEK = timedelta(days=7)
_MOST_BARS = 30
_LONGEST_NAME = 26
_FEWEST = 3
"""What is less than that is told in a sentence, not drawn."""
_MOST_TIED = 3
_MOST_DOTS = 600
_NOT_KNOWN = "(not known)"
_KEPT = 8
"""Pictures of a kind that are drawn once, for the cell and for the report."""

DECISIONS = {"replaced": BLUE, "need a decision": RED, "stay as they are": GREY}
_TOLD = dict(zip((Decision.MIGRATE, Decision.NEEDS_INPUT, Decision.SKIP), DECISIONS, strict=True))
RUNS = {"full": GREY, "incremental": BLUE}


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
    hint = (
        f"{same}: {counted(totals[0], 'run')} in the week before, {totals[1]:,} after. Times are {timezone}."
    )
    pictures = [
        _calendar(week, most, title, timezone)
        for week, title in zip(counts, ("Before", "After"), strict=True)
    ]
    return tag("p", hint) + tag("div", *pictures, class_="pictures")


def calendar(
    rhythms: Mapping[Rhythm, int], timezone: str, start: datetime, title: str, *, pick: bool = False
) -> Html:
    """Return one calendar: how many schedules run in which hour of the seven days from `start`.

    Args:
        pick: whether an hour can be clicked.
    """
    week = week_counts(rhythms, timezone, start)
    return _calendar(week, max(map(max, week)), title, timezone, pick=pick)


def week_counts(rhythms: Mapping[Rhythm, int], timezone: str, start: datetime) -> list[list[int]]:
    """Return for 24 hours and 7 weekdays how many runs are due in the seven days from `start`."""
    zone, _ = zone_of(timezone)
    week = [[0] * 7 for _ in range(24)]
    for (cron, where), number in rhythms.items():
        for at in _times(cron, where, start):
            local = at.astimezone(zone)
            week[local.hour][local.weekday()] += number
    return week


def identity_figure(items: Sequence[Item]) -> Html:
    """Return stacked bars: for each identity how many schedules are replaced, need a decision, stay."""
    found: dict[str, Counter[Decision]] = defaultdict(Counter)
    for item in items:
        found[_owner(item)][item.decision] += 1
    rows = [Bar(name, {told: counts[kind] for kind, told in _TOLD.items()}) for name, counts in found.items()]
    told = f"{counted(len(items), 'schedule')} of {counted(len(found), 'identity', 'identities')}."
    return _longest(rows, DECISIONS, "Decisions by identity", told)


def load_figure(schedules: pd.DataFrame) -> Html:
    """Return bars: how many runs a day each identity carries; takes what `load_schedules` gives."""
    live = schedules[schedules["status"] == "ACTIVE"]
    load = live.groupby(live["identity_name"].fillna(_NOT_KNOWN))["runs_per_day"].sum()
    rows = [
        Bar(str(name), {"runs a day": float(value)}, str(name) if name != _NOT_KNOWN else "")
        for name, value in load.items()
    ]
    told = f"{counted(len(rows), 'identity', 'identities')}, {float(load.sum()):,.1f} runs a day in all."
    return _longest(rows, {"runs a day": BLUE}, "Runs a day by identity", told, numbers="{:,.1f}")


def items_figure(runs: pd.DataFrame) -> Html:
    """Return a dot for each run: when it was and how many items it brought; takes what `load_runs` gives."""
    load_matplotlib()
    from matplotlib import dates

    done = runs.dropna(subset=["started", "items"]).sort_values("started")
    done = done.assign(kind=_mode(done))  # by a longer column, a frame without rows would get rows
    parts = {kind: int((done["kind"] == kind).sum()) for kind in RUNS}
    told = " and ".join(counted(number, f"{kind} run") for kind, number in parts.items())
    if len(done) < _FEWEST:
        rows = zip(done["started"], done["items"], strict=True)
        each = "; ".join(f"{moment(at)}: {counted(int(items), 'item')}" for at, items in rows)
        return tag("p", f"{told}{f': {each}' if each else ''}.")
    days: Any = dates.date2num(done["started"].to_numpy())  # type: ignore[no-untyped-call]
    dots = _merged(done.assign(day=days, items=done["items"].astype("float64")))
    if len(dots) < len(done):
        told += "; where runs are close, one dot stands for several"
    with canvas(720, 260, (56, 16, 12, 32)) as drawing:
        axes = drawing.axes
        axes.set_xlim(float(days.min()) - 1, float(days.max()) + 1)
        axes.set_ylim(0, max(float(done["items"].max()) * 1.05, 1.0))
        axes.grid(axis="y", alpha=0.2)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        locator = dates.AutoDateLocator(maxticks=8)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        for kind, colour in RUNS.items():
            rows_of = [dot for dot in dots if dot.kind == kind]
            draw_dots(drawing, rows_of, colour, turned=kind == "incremental")
        return drawing.picture("Items per run", f"{told}.", legend(RUNS, f"{told}."))


def _merged(done: pd.DataFrame) -> list[Dot]:
    """A dot for each run or, where they would be too many, for those that are close."""
    done = done.assign(own=range(len(done)) if len(done) <= _MOST_DOTS else 0)
    wide, high = done["day"].max() - done["day"].min() or 1, done["items"].max() or 1
    for columns in (60, 40, 20):
        places = [(done["day"] - done["day"].min()) / wide * columns, done["items"] / high * columns / 3]
        keys = [done["own"], done["kind"], *(place.astype("int64") for place in places)]
        found = done.groupby(keys, sort=False)
        if found.ngroups <= _MOST_DOTS:
            break  # a picture has to stay small
    rows = found.agg(
        kind=("kind", "first"),
        day=("day", "mean"),
        items=("items", "mean"),
        least=("items", "min"),
        most=("items", "max"),
        first=("started", "min"),
        number=("items", "size"),
    )
    return [_dot(row) for row in rows.itertuples()]


def _dot(row: Any) -> Dot:
    if row.number == 1:
        told = f"{moment(row.first)}: {counted(int(row.most), 'item')}, {row.kind}"
    else:
        runs = counted(row.number, f"{row.kind} run")
        told = f"{runs} from {moment(row.first)} on: {row.least:,.0f} to {row.most:,.0f} items"
    return Dot(row.kind, row.day, row.items, told)


def _mode(runs: pd.DataFrame) -> pd.Series[str]:
    return runs["sync_mode"].fillna("full")


def _rhythm_after(item: Item) -> Rhythm:
    made = item.request if item.decision is Decision.MIGRATE and item.request else item.schedule
    return made.cron or "", made.timezone or "UTC"


def _times(cron: str, timezone: str, start: datetime) -> Iterable[datetime]:
    """The moments of a week from `start`; none where the server's expression or timezone can't be read."""
    try:
        count, end = max(8, int(crons.runs_per_day(cron) * 9)), start + _WEEK
        # A second sooner, because the start itself may be due.
        moments = crons.next_times(cron, timezone, start - timedelta(seconds=1), count)
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


def _calendar(week: Week, most: int, title: str, timezone: str, *, pick: bool = False) -> Html:
    if not most:
        return tag("p", tag("b", title), ": no runs.")
    return _drawn_calendar(tuple(map(tuple, week)), most, title, timezone, timezone if pick else "")


@lru_cache(_KEPT)
def _drawn_calendar(
    week: tuple[tuple[int, ...], ...], most: int, title: str, timezone: str, pick: str
) -> Html:
    told = f"{counted(sum(map(sum, week)), 'run')}; {_busiest(week)}"
    with canvas(330, 440, (44, 4, 22, 4)) as drawing:
        draw_week(drawing, week, most, pick)
        name = f"{title}: runs by hour and weekday, {timezone}"
        return drawing.picture(name, f"{told}.", tag("b", title) + f": {told}.")


def _busiest(week: Week) -> str:
    """The hours with the most runs: there may be several."""
    most = max(map(max, week), default=0)
    hours = [
        f"{DAYS[day]} {hour:02d}:00" for day in range(7) for hour in range(24) if week[hour][day] == most
    ]
    if not most:
        return "no hour is busier than another"
    if len(hours) == 1:
        return f"the busiest hour is {hours[0]} with {most:,}"
    more = len(hours) - _MOST_TIED
    named = [*hours[:_MOST_TIED], f"{more:,} more"] if more > 0 else hours
    return f"the busiest hours are {listed(named)} with {most:,} each"


def _longest(
    rows: Iterable[Bar], colours: Mapping[str, str], title: str, told: str, *, numbers: str = "{:,.0f}"
) -> Html:
    """Bars for the longest, and in words what the others come to."""
    ordered = sorted(rows, key=lambda row: (-row.total, row.name))
    shown, others = ordered[:_MOST_BARS], ordered[_MOST_BARS:]
    if others:
        rest = sum(row.total for row in others)
        told += f" Not shown: {counted(len(others), 'other')} with {rest:,.0f} together."
    return bar_figure(shown, colours, title, told, numbers=numbers)


def bar_figure(
    rows: Sequence[Bar], colours: Mapping[str, str], title: str, told: str, *, numbers: str = "{:,.0f}"
) -> Html:
    """Return stacked bars, the first on top; one or two are told in a sentence.

    Args:
        colours: of the parts of a bar, by what they stand for.
    """
    if len(rows) < _FEWEST:
        return tag("p", " ".join([*(f"{row.name}: {bar_words(row, numbers)}." for row in rows), told]))
    parts = tuple((_cut(row.name), row.pick, *row.parts.items()) for row in rows)
    return _drawn_bars(parts, tuple(colours.items()), title, told, numbers)


@lru_cache(_KEPT)
def _drawn_bars(
    rows: tuple[tuple[Any, ...], ...],
    colours: tuple[tuple[str, str], ...],
    title: str,
    told: str,
    numbers: str,
) -> Html:
    with canvas(640, 8 + 24 * max(len(rows), 1), (200, 110, 4, 4)) as drawing:
        draw_bars(
            drawing, [Bar(name, dict(parts), pick) for name, pick, *parts in rows], dict(colours), numbers
        )
        caption = legend(dict(colours), told) if len(colours) > 1 else told
        return drawing.picture(title, told, caption)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
