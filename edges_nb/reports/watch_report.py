"""What became of incremental schedules: what is at risk, what was saved, and each schedule in one row."""

from __future__ import annotations

from collections.abc import Sequence

from edges_nb.monitoring.monitor import Aftermath, total, unfinished
from edges_nb.monitoring.schedule_health import WatchedSchedule
from edges_nb.reports.figures import bar_figure
from edges_nb.reports.first_screen import lines
from edges_nb.reports.formatting import (
    anchor,
    counted,
    label,
    listed,
    moment,
    numbered,
    rhythm,
    sentence,
)
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.page import parameters_table
from edges_nb.reports.page_template import Part
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS
from edges_nb.reports.shapes import Bar
from edges_nb.reports.svg_canvas import BLUE, GREY
from edges_nb.reports.tables import Column, Row, table

_MOST_BARS = 20
_COLOURS = {"brought": BLUE, "not read again": GREY}


def watch_parts(asked: ReportContext, aftermath: Aftermath) -> list[Part]:
    """Return the parts of the page, what somebody has to look at first."""
    parts: list[Part] = [("", watch_headline(aftermath) + lines(_summary(aftermath)))]
    if aftermath.at_risk or aftermath.begun:
        parts.append((f"Look at ({len(aftermath.at_risk):,})", risks_table(aftermath)))
    parts.append(("What it saved", savings(aftermath)))
    if aftermath.watched:
        parts.append((f"Schedules ({len(aftermath.watched):,})", watched_table(aftermath.watched)))
    parts.append(("Parameters", parameters_table(asked)))
    return parts


def watch_headline(aftermath: Aftermath) -> Html:
    """Return in one sentence how many schedules there are to watch and how many are at risk."""
    watched = aftermath.watched
    if not watched:
        told = f"No schedule of {aftermath.action} is in incremental mode."
    else:
        made = len(aftermath.replaced)
        told = f"{counted(len(watched), 'incremental schedule')} of {aftermath.action}, {made:,} of them "
        told += f"in place of full ones: {standing(aftermath)}."
    note = "Nothing was migrated yet: the notebook 02_migrate does that." if not aftermath.replaced else ""
    return tag("p", told, class_="lead") + (tag("p", note) if note else Html())


def _summary(aftermath: Aftermath) -> list[tuple[str, object]]:
    """What was done, what it saved, what is open, and when the next result can be expected."""
    if not aftermath.watched:
        return []
    full, brought = total(aftermath.watched)
    saved = f"{(full - brought).items:,} of {full.items:,} items were not read again."
    dues = [at for one in aftermath.watched if (at := one.schedule.next_execution_at)]
    begun = len(aftermath.begun)
    opened = f"{counted(begun, 'replacement')} begun and not ended." if begun else ""
    return [
        ("What it saved", saved if full.items else "Nothing can be told before a first result."),
        ("Open", opened),
        ("Next result", f"After {moment(min(dues))}." if dues else "No run is planned."),
    ]


def standing(aftermath: Aftermath) -> str:
    """Return what can be said of the risks so far, and from when more can be."""
    unseen = [one for one in aftermath.watched if one.awaits_first_result]
    seen = len(aftermath.watched) - len(unseen)
    told = [f"{len(aftermath.at_risk):,} to look at"] * bool(aftermath.at_risk)
    if not told and seen:
        told = [f"nothing at risk in the {seen:,} with results" if unseen else "nothing at risk"]
    if unseen:
        due = min((at for one in unseen if (at := one.schedule.next_execution_at)), default=None)
        first = f"the first run is due {moment(due)}" if due else "no run is due"
        first = "a first run is under way" if any(one.runs for one in unseen) else first
        told.append(f"{numbered(len(unseen), 'has no result yet', 'have no result yet')}, {first}")
    return "; ".join(told)


def risks_table(aftermath: Aftermath) -> Html:
    """Return what was seen and what to do, a row for each risk, the most urgent first."""
    begun = unfinished(aftermath)
    rows = [Row(("Begun and not ended", begun.sentence, begun.next_step))] if begun else []
    found = [(finding, watched) for watched in aftermath.at_risk for finding in watched.findings]
    found.sort(key=lambda pair: pair[0].rank)
    rows += [Row((_schedule(watched), finding.sentence, finding.next_step)) for finding, watched in found]
    if not rows:
        return tag("p", sentence(standing(aftermath) or "no incremental schedule is there"))
    left = len(rows) - MOST_ROWS
    note = f"{counted(left, 'more row')} in watch.json." if left > 0 else ""
    heads = ["Schedule", "What was seen", "What to do"]
    return table(heads, rows[:MOST_ROWS], caption="What to look at", note=note, stacked=True)


def savings(aftermath: Aftermath) -> Html:
    """Return what full mode would have brought at the same times and what was brought, with a picture."""
    full, brought = total(aftermath.watched)
    if not full.items:
        told = "No schedule has run in incremental mode since it was migrated, so that nothing is saved yet."
        return tag("p", told)
    saved = full - brought
    lead = (
        f"At the same times full mode would have read {full.items:,} items, incremental mode read "
        f"{brought.items:,}: {100 * saved.items / full.items:.1f} % less, and {saved.pages:,} requests "
        "fewer to read the results."
    )
    how = (
        "Full mode brings at each run all that is known by then, up to max_results. The first run of a new "
        "schedule brings everything and is counted in both. A request reads 100 results."
    )
    return tag("p", lead, class_="lead") + _figure(aftermath.watched) + tag("p", how, class_="note")


def watched_table(watched: Sequence[WatchedSchedule]) -> Html:
    """Return one row a schedule; beyond a page's worth they are folded away."""
    numbers = ("Runs", "Items a run before", "Items a run now", "Items saved", "Requests saved", "Skipped")
    heads: list[Column | str] = ["Schedule", "Status", *(Column(title, "number") for title in numbers)]
    heads += ["Failures", "Next run"]
    rows = [_row(one) for one in watched[:MOST_ROWS]]
    left = len(watched) - len(rows)
    notes = ["Skipped: the run before was still going."]
    notes += [f"{counted(left, 'more schedule')} in watch.json."] * bool(left)
    shown = table(heads, rows, caption="Incremental schedules", note=" ".join(notes))
    few = len(rows) <= FEW_ROWS
    return shown if few else folded(f"All {counted(len(rows), 'schedule')}, one by one", shown)


def _row(one: WatchedSchedule) -> Row:
    schedule, saved = one.schedule, one.saved
    skipped = f"{one.iterations.skipped:,}"
    if one.iterations.missed:
        skipped += f" (+ {one.iterations.missed:,} without a run)"
    failures = listed([f"{number:,} × {name or 'no reason given'}" for name, number in one.failures.items()])
    cells = (
        _schedule(one),
        (schedule.status or "gone").lower(),
        f"{len(one.runs):,}",
        _number(one.items_before),
        _number(one.items_now),
        _number(saved.items if saved else None),
        _number(saved.pages if saved else None),
        skipped,
        failures,
        moment(schedule.next_execution_at, schedule.timezone) or "none planned",
    )
    return Row(cells, anchor(one.uid))


def _schedule(one: WatchedSchedule) -> Html:
    lines: list[object] = [rhythm(one.schedule.cron, one.schedule.timezone), tag("code", one.uid)]
    if one.old_uid:
        lines.append(joined(["in place of ", tag("code", one.old_uid)]))
    return joined([tag("b", label(one.schedule)), tag("br"), tag("small", joined(lines, tag("br")))])


def _figure(watched: Sequence[WatchedSchedule]) -> Html:
    known = [(one, one.saved) for one in watched if one.saved is not None]
    known.sort(key=lambda pair: (-pair[1].items, pair[0].uid))
    shown, others = known[:_MOST_BARS], known[_MOST_BARS:]
    rows = [
        Bar(_called(one), {"brought": one.brought.items, "not read again": saved.items})
        for one, saved in shown
    ]
    told = f"Items of the {counted(len(shown), 'schedule')} that saved most: brought, and not read again."
    if others:
        rest = sum(saved.items for _, saved in others)
        told += f" The other {len(others):,} saved {rest:,}."
    return bar_figure(rows, _COLOURS, "Items that were not read again", told)


def _called(one: WatchedSchedule) -> str:
    name = label(one.schedule)
    return f"{name} {one.uid[:8]}" if name == "(no name)" else name


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}".removesuffix(".0")
