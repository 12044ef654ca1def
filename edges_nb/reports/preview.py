"""What a plan would do, for somebody who has to approve it: each function gives a cell's output or a page's part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from edges_nb.models import Identity
from edges_nb.planning.items import Change, Decision, Item
from edges_nb.reports.asked import Asked
from edges_nb.reports.csvs import csv_line
from edges_nb.reports.figures import identity_figure, week_figure
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.page import Part, parameters_table
from edges_nb.reports.tables import Column, Row, table
from edges_nb.reports.wording import (
    anchor,
    counted,
    field_words,
    label,
    listed,
    moment,
    rhythm,
    sentence,
    source_words,
    until,
)

MOST_ROWS = 2_000
"""Schedules that a page shows one by one; beyond, it shows groups and counts, and plan.csv has the rows."""

_FEW = 25
"""Rows that are shown without being asked for."""

_FAR = datetime.max.replace(tzinfo=UTC)

_WORDS = {
    Decision.MIGRATE: "Would be replaced",
    Decision.NEEDS_INPUT: "Needs a decision",
    Decision.SKIP: "Stays as it is",
}
_OF_NOTE = ("run ", "override", "ledger", "parameter")
"""Origins of values that a reviewer has to know of; the others go without saying."""


def preview_parts(asked: Asked, items: Sequence[Item], identities: Iterable[Identity] = ()) -> list[Part]:
    """Return the parts of a preview's page in the order of what a reviewer asks.

    Args:
        identities: those of the workspace, to offer where a schedule's identity has to be told.
    """
    chosen = [item for item in items if item.decision is Decision.MIGRATE]
    lacking = [item for item in items if item.decision is Decision.NEEDS_INPUT]
    skipped = [item for item in items if item.decision is Decision.SKIP]
    parts: list[Part] = [("", headline(asked, items))]
    if lacking:
        parts.append(
            (f"Needs a decision ({len(lacking):,})", needs_table(items, now=asked.at, identities=identities))
        )
    if chosen:
        parts.append((f"What changes ({len(chosen):,})", diff_table(items)))
    if skipped:
        parts.append((f"What stays as it is ({len(skipped):,})", skipped_table(items)))
    if items:
        parts.append(("In numbers", decisions_table(items)))
        parts.append(("When schedules run", week_figure(items, usual_timezone(items), start=asked.at)))
        parts.append(("By identity", identity_figure(items)))
    parts.append(("Parameters", parameters_table(asked)))
    return parts


def headline(asked: Asked, items: Sequence[Item]) -> Html:
    """Return in one sentence what the plan would do, and what to know beside it."""
    counts = Counter(item.decision for item in items)
    if not items:
        told = "There is no schedule to plan for in this workspace."
    else:
        others = [f"{counts[Decision.NEEDS_INPUT]:,} need a decision first"] * bool(
            counts[Decision.NEEDS_INPUT]
        )
        others += [f"{counts[Decision.SKIP]:,} stay as they are"] * bool(counts[Decision.SKIP])
        told = f"{counts[Decision.MIGRATE]:,} of {counted(len(items), 'schedule')} {_effect(asked, items)}"
        told = sentence("; ".join([told, *others]))
    notes = ["Nothing has been changed."] if asked.mode == "preview" else []
    warned = [item for item in items if item.decision is Decision.MIGRATE and item.warnings]
    if warned:
        notes.append(f"{counted(len(warned), 'replacement')} with something to know before, told at its row.")
    begun = sum(item.begun for item in items)
    if begun:
        notes.append(f"{counted(begun, 'replacement')} begun by an earlier run would be brought to the end.")
    return tag("p", told, class_="lead") + (tag("p", " ".join(notes)) if notes else Html())


def decisions_table(items: Sequence[Item]) -> Html:
    """Return how many schedules got which decision, and why."""
    counts = Counter((item.decision, _reason(item)) for item in items)
    order = list(_WORDS)
    rows = sorted(counts.items(), key=lambda entry: (order.index(entry[0][0]), -entry[1], entry[0][1]))
    lines = [(_WORDS[decision], reason, f"{number:,}") for (decision, reason), number in rows[:_FEW]]
    left = len(rows) - _FEW
    note = f"{counted(left, 'more reason')} with fewer schedules, all in plan.csv." if left > 0 else ""
    columns = ["Decision", "Why", Column("Schedules", "number")]
    return table(columns, lines, caption="Decisions and reasons", note=note)


def needs_table(
    items: Sequence[Item], *, now: datetime | None = None, identities: Iterable[Identity] = ()
) -> Html:
    """Return what only a person can decide, the most urgent first, with the row to put into the overrides.

    Args:
        now: the server's time, to tell how far off the next run is.
        identities: those of the workspace, offered where an identity has to be told.
    """
    lacking = _by_urgency(item for item in items if item.decision is Decision.NEEDS_INPUT)
    if not lacking:
        return tag("p", "Nothing needs a decision.")
    columns = _override_columns(lacking)
    header = ",".join(columns)
    how = tag(
        "p",
        "Fill in what stands in <…>, put the rows below the line ",
        tag("code", header),
        " in a CSV file, and give its path as ",
        tag("code", "overrides"),
        ". To leave one out, write ",
        tag("code", "skip"),
        " as its decision.",
    )
    shown = lacking[:MOST_ROWS]
    rows = [_need(item, columns, now) for item in shown]
    left = len(lacking) - len(shown)
    note = f"{counted(left, 'less urgent one')} only in plan.csv: the page would be too long." if left else ""
    heads = ["Schedule", "Next run", "What is missing", "Row for the overrides"]
    copy = tag(
        "pre", "\n".join([header, *(_override(item, columns) for item in shown)]), class_="rows", tabindex="0"
    )
    listing = table(heads, rows, caption="Schedules that need a decision, the next to run first", note=note)
    return joined([how, listing, folded("All rows, to copy", copy), _offer(lacking, identities)])


def diff_table(items: Sequence[Item]) -> Html:
    """Return every change, field by field, with the origin of each value that the schedule itself does not show."""
    chosen = _by_urgency(item for item in items if item.decision is Decision.MIGRATE)
    if not chosen:
        return tag("p", "Nothing would be changed.")
    short = _changes_in_short(chosen)
    if len(chosen) > MOST_ROWS:
        many = f"{counted(len(chosen), 'schedule')}: too many for this page one by one. plan.csv has a row for each."
        return short + tag("p", many, class_="note")
    heads = ["Schedule", "Next run", "Changes", "Kept", "To know"]
    caption = "Every schedule that would be replaced, the next to run first"
    rows = [_diff(item) for item in chosen]
    full = table(heads, rows, caption=caption)
    return short + (full if len(rows) <= _FEW else folded(f"All {len(rows):,} schedules, one by one", full))


def skipped_table(items: Sequence[Item]) -> Html:
    """Return what is left as it is, grouped by the reason."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.decision is Decision.SKIP:
            groups[_reason(item)].append(item)
    if not groups:
        return tag("p", "Nothing is left out.")
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    if sum(map(len, groups.values())) > MOST_ROWS:
        rows = [(reason, f"{len(group):,}") for reason, group in ordered[:MOST_ROWS]]
        note = "Too many for this page one by one: plan.csv has a row for each."
        return table(["Why", Column("Schedules", "number")], rows, caption="Left as they are", note=note)
    return joined(
        folded(f"{reason} {counted(len(group), 'schedule')}.", _skipped(group, reason))
        for reason, group in ordered
    )


def usual_timezone(items: Iterable[Item]) -> str:
    """Return the timezone that most of the schedules have, to show times in."""
    counts = Counter(item.schedule.timezone or "UTC" for item in items)
    return max(sorted(counts), key=lambda zone: counts[zone], default="UTC")


def schedule_cell(item: Item) -> Html:
    """Return what a row is about: name, identity, rhythm and uid."""
    owner = item.identity.name or item.identity.uid if item.identity else ""
    about = " · ".join(filter(None, [owner, rhythm(item.schedule.cron, item.schedule.timezone)]))
    return tag("b", label(item.schedule)) + tag("br") + tag("small", about, tag("br"), tag("code", item.uid))


def _effect(asked: Asked, items: Iterable[Item]) -> str:
    if asked.mode == "undo":
        return "would be brought back to what they were"
    requests = [item.request for item in items if item.decision is Decision.MIGRATE and item.request]
    incremental = requests and all(request.sync_mode == "incremental" for request in requests)
    return "would be replaced by one in incremental mode" if incremental else "would be replaced"


def _reason(item: Item) -> str:
    return sentence(item.reason)


def _by_urgency(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.schedule.next_execution_at or _FAR, item.uid))


def _next_run(item: Item, now: datetime | None = None) -> Html:
    at = item.schedule.next_execution_at
    shown = moment(at, item.schedule.timezone) or "none planned"
    away = until(at, now) if now else ""
    return joined([shown, tag("br"), tag("small", away)]) if away else joined([shown])


def _need(item: Item, columns: Sequence[str], now: datetime | None) -> Row:
    cells = (schedule_cell(item), _next_run(item, now), _reason(item), tag("code", _override(item, columns)))
    return Row(cells, anchor(item.uid))


def _missing(item: Item) -> Mapping[str, str]:
    """The overrides that are missing, by column, with what to write there."""
    schedule, found = item.schedule, item.sources
    lacking = {}
    if item.identity is None or not item.identity.is_active or len(schedule.identity_ids or ()) > 1:
        lacking["identity_uid"] = "<uid of the identity>"
    if "callback" not in found and not (schedule.callback or {}).get("url"):
        lacking["callback_url"] = "<https address>"
    if "inputs" not in found and not schedule.inputs:
        lacking["inputs_json"] = "<inputs as JSON>"
    return lacking


def _override_columns(items: Iterable[Item]) -> list[str]:
    used = {column for item in items for column in _missing(item)}
    return [
        "schedule_uid",
        "decision",
        *(c for c in ("identity_uid", "callback_url", "inputs_json") if c in used),
    ]


def _override(item: Item, columns: Sequence[str]) -> str:
    given = {"schedule_uid": item.uid, **_missing(item)}
    return csv_line([given.get(column, "") for column in columns])


def _offer(lacking: Iterable[Item], identities: Iterable[Identity]) -> Html:
    """The identities to choose from, where one has to be told."""
    usable = sorted(
        (identity for identity in identities if identity.type == "engagement" and identity.is_active),
        key=lambda identity: (identity.name or "", identity.uid),
    )[:MOST_ROWS]
    if not usable or not any("identity_uid" in _missing(item) for item in lacking):
        return Html()
    rows = [(identity.name or "(no name)", tag("code", identity.uid)) for identity in usable]
    listing = table(["Identity", "uid"], rows, caption="Active engagement identities of this workspace")
    return folded("Identities to choose from", listing)


def _changes_in_short(items: Sequence[Item]) -> Html:
    changed: Counter[tuple[str, str, str]] = Counter()
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for change in item.changes:
            if not change.kept:
                changed[field_words(change.field), _value(change.old), _value(change.new)] += 1
            elif change.source.startswith(_OF_NOTE):
                kept[_origin(change.source)][field_words(change.field)] += 1
    ordered = sorted(changed.items(), key=lambda entry: (-entry[1], entry[0]))
    rows = [(field, old, new, f"{number:,}") for (field, old, new), number in ordered[:_FEW]]
    left = len(ordered) - len(rows)
    note = f"{counted(left, 'more change')} that concern fewer schedules." if left else ""
    columns = ["What", "From", "To", Column("Schedules", "number")]
    recovered = [tag("p", f"{_count_by_field(fields)} {origin}.") for origin, fields in sorted(kept.items())]
    return table(columns, rows, caption="Changes in short", note=note) + joined(recovered)


def _origin(source: str) -> str:
    return "recovered from earlier runs" if source.startswith("run ") else source_words(source)


def _count_by_field(fields: Counter[str]) -> str:
    told = [f"{field} of {counted(number, 'schedule')}" for field, number in sorted(fields.items())]
    return f"Kept: {listed(told)},"


def _diff(item: Item) -> Row:
    changed = [_changed(change) for change in item.changes if not change.kept]
    kept: dict[str, list[str]] = defaultdict(list)
    for change in item.changes:
        if change.kept and change.source.startswith(_OF_NOTE):
            kept[change.source].append(field_words(change.field))
    recovered = [f"{listed(fields)}: {source_words(source)}" for source, fields in kept.items()]
    told = [sentence(warning.sentence) for warning in item.warnings]
    told += ["Begun by an earlier run; would be brought to the end."] * item.begun
    cells = (
        schedule_cell(item),
        _next_run(item),
        joined(changed, tag("br")) if changed else "nothing but the schedule itself",
        joined([*recovered, "everything else as it is"], tag("br")),
        joined(told, tag("br")),
    )
    return Row(cells, anchor(item.uid))


def _changed(change: Change) -> Html:
    origin = f" ({source_words(change.source)})" if change.source.startswith(_OF_NOTE) else ""
    old, new = tag("del", _value(change.old)), tag("ins", _value(change.new))
    return joined([f"{field_words(change.field)}: ", old, " → ", new, origin])


def _value(value: str | None) -> str:
    return "not set" if value is None else value


def _skipped(group: Sequence[Item], reason: str) -> Html:
    rows = [
        Row((schedule_cell(item), (item.schedule.status or "").lower()), anchor(item.uid)) for item in group
    ]
    return table(["Schedule", "Status"], rows, caption=f"Left as they are: {reason}")
