"""What a plan would do, for somebody who has to approve it; each function gives a cell's output or a part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from edges_nb.models.api import Identity
from edges_nb.models.plan_items import Decision, Item, Kind
from edges_nb.reports.before_after import diff_table
from edges_nb.reports.decisions_needed import needs_table
from edges_nb.reports.deeds import DEEDS
from edges_nb.reports.figures import identity_figure, week_figure
from edges_nb.reports.first_screen import first_screen
from edges_nb.reports.formatting import anchor, counted
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.page import Part, parameters_table
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.rows import (
    FEW_ROWS,
    MOST_ROWS,
    by_urgency,
    kind_of,
    reason_of,
    schedule_cell,
    usual_timezone,
)
from edges_nb.reports.tables import Column, Row, table

__all__ = [
    "decisions_table",
    "diff_table",
    "identity_figure",
    "needs_table",
    "preview_parts",
    "skipped_table",
    "week_figure",
]

_ORDER = (Decision.MIGRATE, Decision.NEEDS_INPUT, Decision.SKIP)


def preview_parts(
    asked: ReportContext, items: Sequence[Item], identities: Iterable[Identity] = ()
) -> list[Part]:
    """Return the parts of a preview's page in the order of what a reviewer asks.

    Args:
        identities: those of the workspace, to offer where a schedule's identity has to be told.
    """
    chosen = sum(item.decision is Decision.MIGRATE for item in items)
    parts: list[Part] = [("", first_screen(asked, items))]
    if chosen:
        parts.append((f"What changes ({chosen:,})", diff_table(items)))
    return parts + closing_parts(asked, items, identities, "Needs a decision", "What stays as it is")


def closing_parts(
    asked: ReportContext, items: Sequence[Item], identities: Iterable[Identity], lacking: str, left: str
) -> list[Part]:
    """Return the parts that every plan's page ends with.

    Args:
        lacking, left: what those are called that need a decision, and those that stay as they are.
    """
    counts, parts = Counter(item.decision for item in items), list[Part]()
    if number := counts[Decision.NEEDS_INPUT]:
        about = needs_table(items, now=asked.at, identities=identities)
        parts.append((f"{lacking} ({number:,})", about))
    if number := counts[Decision.SKIP]:
        parts.append((f"{left} ({number:,})", skipped_table(items)))
    if items:
        pictures = week_figure(items, usual_timezone(items), start=asked.at), identity_figure(items)
        parts.append(("In pictures", tag("div", *pictures, class_="pair")))
    return [*parts, ("Parameters", parameters_table(asked))]


def decisions_table(items: Sequence[Item], kind: Kind = "migration") -> Html:
    """Return how many schedules got which decision, and why."""
    counts = Counter((item.decision, kind_of(item)) for item in items)
    words = dict(
        zip(_ORDER, (f"Would be {DEEDS[kind].done}", "Needs a decision", "Stays as it is"), strict=True)
    )
    rows = sorted(counts.items(), key=lambda entry: (_ORDER.index(entry[0][0]), -entry[1], entry[0][1]))
    lines = [(words[decision], reason, f"{number:,}") for (decision, reason), number in rows[:FEW_ROWS]]
    left = len(rows) - FEW_ROWS
    note = f"{counted(left, 'more reason')} with fewer schedules, all in plan.csv." if left > 0 else ""
    columns: list[Column | str] = ["Decision", "Why", Column("Schedules", "number")]
    return table(columns, lines, caption="Decisions and reasons", note=note)


def skipped_table(items: Sequence[Item]) -> Html:
    """Return what is left as it is, grouped by the reason."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.decision is Decision.SKIP:
            groups[kind_of(item)].append(item)
    if not groups:
        return tag("p", "Nothing is left out.")
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    if sum(map(len, groups.values())) > MOST_ROWS:
        rows = [(reason, f"{len(group):,}") for reason, group in ordered[:MOST_ROWS]]
        note = "Too many for this page one by one: plan.csv has a row for each."
        return table(["Why", Column("Schedules", "number")], rows, caption="Left as they are", note=note)
    return joined(
        folded(f"{reason[:-1]}: {counted(len(group), 'schedule')}", _skipped(group, reason))
        for reason, group in ordered
    )


def _skipped(group: Sequence[Item], kind: str) -> Html:
    rows = [Row((schedule_cell(item), reason_of(item)), anchor(item.uid)) for item in by_urgency(group)]
    return table(["Schedule", "Why"], rows, caption=f"Left as they are: {kind[:-1]}", stacked=True)
