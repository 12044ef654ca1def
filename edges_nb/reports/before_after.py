"""Every change of a plan, before and after, with the origin of what the schedule itself does not show."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from edges_nb.models.plan_items import Change, Decision, Item
from edges_nb.reports.formatting import anchor, counted, field_words, listed, moment, sentence, source_words
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS, by_urgency, due_in_short, schedule_cell
from edges_nb.reports.tables import Column, Row, table

_OF_NOTE = ("run ", "override", "ledger", "parameter")
"""Origins of values that a reviewer has to know of; the others go without saying."""

_CAPTION = "One by one, the next to run first; what is not named stays as it is"

_FIRST_RUN = "first_run"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def diff_table(items: Sequence[Item]) -> Html:
    """Return every change, field by field, and where a value comes from that the schedule does not show."""
    chosen = by_urgency(item for item in items if item.decision is Decision.MIGRATE)
    if not chosen:
        return tag("p", "Nothing would be changed.")
    short = changes_in_short(chosen)
    if len(chosen) > MOST_ROWS:
        many = f"{counted(len(chosen), 'schedule')} are too many to show one by one: plan.csv has them all."
        return short + tag("p", many, class_="note")
    shared = common_to(chosen)
    rows = [_row(item, shared) for item in chosen]
    full = table(["Schedule", "Changes and warnings"], rows, caption=_CAPTION, stacked=True)
    return short + (full if len(rows) <= FEW_ROWS else folded(f"All {len(rows):,} one by one", full))


def changes_in_short(items: Sequence[Item]) -> Html:
    """Return how many schedules change in which way, and what is kept from elsewhere."""
    chosen = [item for item in items if item.decision is Decision.MIGRATE]
    return joined([_counted_changes(chosen), _origins(chosen)])


def changes_cell(item: Item, shared: frozenset[str] = frozenset()) -> Html:
    """Return the changes of one schedule, and what is kept though the schedule does not show it.

    Args:
        shared: what all rows have in common and is told above them.
    """
    own = [change for change in item.changes if _key(change) not in shared]
    changed = [_changed(change, item) for change in own if not change.kept]
    recovered: dict[str, list[str]] = defaultdict(list)
    for change in item.changes:
        if change.kept and change.source.startswith(_OF_NOTE):
            recovered[change.source].append(field_words(change.field))
    kept = [
        tag("small", f"{listed(fields)} kept, {source_words(source)}") for source, fields in recovered.items()
    ]
    return joined([*changed, *kept], tag("br"))


def common_to(items: Sequence[Item]) -> frozenset[str]:
    """Return what every row would repeat, and is told once, above: warnings, and changes to the same."""
    if len(items) < 2:
        return frozenset()
    told = ([*_codes(item), *(_key(change) for change in item.changes if not change.kept)] for item in items)
    return frozenset.intersection(*map(frozenset, told))


def _counted_changes(items: Sequence[Item]) -> Html:
    found = Counter(_in_short(change, item) for item in items for change in item.changes if not change.kept)
    # Put into words once for all that are alike: of a hundred thousand schedules most are.
    counts = Counter[tuple[str, str, str]]()
    for (change, timezone), number in found.items():
        counts[_told_in_short(change, timezone)] += number
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    rows = [(*told, f"{number:,}") for told, number in ordered[:FEW_ROWS]]
    left = len(ordered) - len(rows)
    note = f"{counted(left, 'more change')}, each of fewer schedules." if left else ""
    columns: list[Column | str] = ["What", "From", "To", Column("Schedules", "number")]
    return table(columns, rows, caption="Changes in short", note=note)


def _in_short(change: Change, item: Item) -> tuple[Change, str | None]:
    # The next time of each schedule is another one; in short it is the same for all of them.
    if change.field == _FIRST_RUN and change.old and _TIME.match(change.old):
        change = change._replace(old="its next planned time")
    return change, item.schedule.timezone


def _told_in_short(change: Change, timezone: str | None) -> tuple[str, str, str]:
    return field_words(change.field), words_before(change, timezone), words_for(change.new, timezone)


def _origins(items: Sequence[Item]) -> Html:
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for change in item.changes:
            if change.kept and change.source.startswith(_OF_NOTE):
                kept[_origin(change.source)][field_words(change.field).lower()] += 1
    lines = []
    for origin, fields in sorted(kept.items()):
        told = listed([f"{field} ({number:,})" for field, number in sorted(fields.items())])
        lines.append(tag("p", f"{origin}: {told}."))
    return joined(lines)


def _origin(source: str) -> str:
    told = source_words(source)
    return "Kept as earlier runs show it" if source.startswith("run ") else f"Kept as {told}"


def _codes(item: Item) -> list[str]:
    return [caution.code for caution in item.warnings]


def _key(change: Change) -> str:
    return f"{change.field} becomes {change.new}"


def _row(item: Item, shared: frozenset[str]) -> Row:
    told = [sentence(caution.sentence) for caution in item.warnings if caution.code not in shared]
    told += ["Begun by an earlier run; would be brought to the end."] * item.begun
    about = schedule_cell(item, due_in_short(item))
    beside = [changes_cell(item, shared), *told]
    return Row((about, joined([each for each in beside if each], tag("br"))), anchor(item.uid))


def _changed(change: Change, item: Item) -> Html:
    origin = f" ({source_words(change.source)})" if change.source.startswith(_OF_NOTE) else ""
    zone = item.schedule.timezone
    old, new = tag("del", words_before(change, zone)), tag("ins", words_for(change.new, zone))
    return joined([f"{field_words(change.field)}: ", old, " → ", new, origin])


def words_before(change: Change, timezone: str | None) -> str:
    """Return what a field was, for people."""
    if change.old is None and change.field == "parameters.sync_mode":
        return "full (the default)"
    return words_for(change.old, timezone)


def words_for(value: str | None, timezone: str | None) -> str:
    """Return a value for people: a time in a timezone, and words for what is absent."""
    if value is None:
        return "not set"
    if not _TIME.match(value):
        return value
    return moment(datetime.fromisoformat(value), timezone)
