"""A plan as rows to filter and select, and one schedule of it in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edges_nb.models.plan_items import Change, Decision, Item
from edges_nb.reports.before_after import words_before, words_for
from edges_nb.reports.formatting import field_words, label, listed, moment, rhythm, sentence, source_words
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.tables import table
from edges_nb.widgets.filter_logic import FACETS, Facet

if TYPE_CHECKING:
    import pandas as pd

    from edges_nb.planning.plan import Plan

WORDS = {
    Decision.NEEDS_INPUT: "needs a decision",
    Decision.MIGRATE: "would be replaced",
    Decision.SKIP: "stays as it is",
}
"""What each decision is called, the one that waits for a person first."""

PLAN_FACETS = (
    Facet("decision", "Decision", "decision"),
    *(facet for facet in FACETS if facet.name != "action"),
)
"""What a plan can be filtered by; its action is one and the same."""

TITLES = {
    "decision": "Decision",
    "name": "Name",
    "identity_name": "Identity",
    "cron_words": "Runs",
    "next_execution": "Next run (UTC)",
    "reason": "Why",
    "warnings": "Warnings",
    "schedule_uid": "Schedule",
}

_FAR = datetime.max.replace(tzinfo=UTC)


def plan_rows(plan: Plan, places: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Return one row a schedule, those that need a decision first, then the next to run.

    Args:
        places: of rows that are shown already, by uid: they stay where they are, whatever was decided.

    The columns are those of `load_schedules`, with the planned identity, and `decision`, `reason` and
    `warnings`.
    """
    import pandas as pd

    from edges_nb.frames import schedules_frame

    there = places or {}
    items = sorted(plan.items, key=lambda item: (there.get(item.uid, len(there)), *_urgency(item)))
    frame = schedules_frame([item.schedule for item in items], plan.reading.identities.values())
    for column, name in (("identity_uid", "uid"), ("identity_name", "name"), ("identity_type", "type")):
        planned = pd.Series([getattr(item.identity, name, None) for item in items], frame.index, "string")
        frame[column] = planned.fillna(frame[column])
    frame["decision"] = [WORDS[item.decision] for item in items]
    frame["reason"] = [sentence(item.reason) for item in items]
    # The codes: a row with whole sentences would be as high as a page; they stand in the details.
    frame["warnings"] = [", ".join(w.code.replace("_", " ") for w in item.warnings) for item in items]
    return frame.astype({"decision": "string", "reason": "string", "warnings": "string"})


def plan_sentence(plan: Plan) -> str:
    """Return in one sentence how many schedules get which decision."""
    counts = Counter(item.decision for item in plan.items)
    parts = [
        f"{counts[Decision.MIGRATE]:,} would be replaced",
        f"{counts[Decision.NEEDS_INPUT]:,} need a decision",
        f"{counts[Decision.SKIP]:,} stay as they are",
    ]
    return f"{listed(parts)}, of {len(plan.items):,} schedules."


def item_details(item: Item) -> Html:
    """Return one schedule of a plan: its decision and why, what to know, and every field old and new."""
    schedule = item.schedule
    about = [
        rhythm(schedule.cron, schedule.timezone),
        f"next run {moment(schedule.next_execution_at, schedule.timezone)}",
    ]
    lines = [
        tag("p", tag("b", label(schedule, item.identity)), " ", tag("code", item.uid)),
        tag("p", "; ".join(about[: 2 if schedule.next_execution_at else 1]), "."),
        tag("p", tag("b", f"{WORDS[item.decision].capitalize()}. "), sentence(item.reason)),
    ]
    if item.warnings:
        lines.append(tag("ul", *(tag("li", sentence(warning.sentence)) for warning in item.warnings)))
    return joined(lines) + (_diff(item) if item.changes else Html())


def _diff(item: Item) -> Html:
    ordered = sorted(item.changes, key=lambda change: change.kept)
    rows = [
        (field_words(change.field), *_old_and_new(change, item), source_words(change.source))
        for change in ordered
    ]
    return table(["What", "Now", "Planned", "From"], rows, caption="Before and after")


def _old_and_new(change: Change, item: Item) -> tuple[Html, Html]:
    old = words_before(change, item.schedule.timezone)
    if change.kept:
        return tag("span", old), tag("span", "the same")
    return tag("del", old), tag("ins", words_for(change.new, item.schedule.timezone))


def _urgency(item: Item) -> tuple[int, datetime, str]:
    return list(WORDS).index(item.decision), item.schedule.next_execution_at or _FAR, item.uid
