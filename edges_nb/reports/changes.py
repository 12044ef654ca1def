"""Every change of a plan, before and after, with the origin of what the schedule itself does not show."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from edges_nb.planning.items import Change, Decision, Item
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS, by_urgency, next_run, schedule_cell
from edges_nb.reports.tables import Column, Row, table
from edges_nb.reports.wording import anchor, counted, field_words, listed, moment, sentence, source_words

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")

_OF_NOTE = ("run ", "override", "ledger", "parameter")
"""Origins of values that a reviewer has to know of; the others go without saying."""


def diff_table(items: Sequence[Item], *, anchored: bool = True) -> Html:
    """Return every change, field by field, and where a value comes from that the schedule does not show.

    Args:
        anchored: whether links to a schedule lead here; on a page that shows it twice, to one place only.
    """
    chosen = by_urgency(item for item in items if item.decision is Decision.MIGRATE)
    if not chosen:
        return tag("p", "Nothing would be changed.")
    short = _changes_in_short(chosen)
    if len(chosen) > MOST_ROWS:
        many = f"{counted(len(chosen), 'schedule')} are too many to show one by one: plan.csv has them all."
        return short + tag("p", many, class_="note")
    heads = ["Schedule", "Next run", "Changes", "Kept", "To know"]
    caption = "Every schedule that would be replaced, the next to run first"
    common = _common(chosen)
    rows = [_diff(item, common, anchored) for item in chosen]
    full = table(heads, rows, caption=caption)
    return short + (
        full if len(rows) <= FEW_ROWS else folded(f"All {len(rows):,} schedules, one by one", full)
    )


def _changes_in_short(items: Sequence[Item]) -> Html:
    changed: Counter[tuple[str, str, str]] = Counter()
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for change in item.changes:
            name = field_words(change.field)
            if not change.kept:
                old = "its next planned time" if change.field == "first_run" else _value(change.old, item)
                changed[name, old, _value(change.new, item)] += 1
            elif change.source.startswith(_OF_NOTE):
                kept[_origin(change.source)][name] += 1
    ordered = sorted(changed.items(), key=lambda entry: (-entry[1], entry[0]))
    rows = [(field, old, new, f"{number:,}") for (field, old, new), number in ordered[:FEW_ROWS]]
    left = len(ordered) - len(rows)
    note = f"{counted(left, 'more change')}, each of fewer schedules." if left else ""
    columns: list[Column | str] = ["What", "From", "To", Column("Schedules", "number")]
    origins = [tag("p", f"{origin}: {_count_by_field(fields)}.") for origin, fields in sorted(kept.items())]
    return table(columns, rows, caption="Changes in short", note=note) + joined(origins) + _to_know(items)


def _to_know(items: Sequence[Item]) -> Html:
    """The cautions by their kind, each in the words of the first schedule that has it."""
    words: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for item in items:
        for caution in item.warnings:
            words.setdefault(caution.code, sentence(caution.sentence))
            counts[caution.code] += 1
    if not counts:
        return Html()
    rows = [(words[code], f"{number:,}") for code, number in counts.most_common()]
    columns: list[Column | str] = ["For example", Column("Schedules", "number")]
    return table(columns, rows, caption="To know before approving")


def _common(items: Sequence[Item]) -> frozenset[str]:
    """Codes of cautions that every row would repeat; they are told once, above."""
    if len(items) < 2:
        return frozenset()
    return frozenset.intersection(*(frozenset(caution.code for caution in item.warnings) for item in items))


def _origin(source: str) -> str:
    return "Recovered from earlier runs" if source.startswith("run ") else f"Kept, {source_words(source)}"


def _count_by_field(fields: Counter[str]) -> str:
    return listed(
        [f"{field.lower()} ({counted(number, 'schedule')})" for field, number in sorted(fields.items())]
    )


def _diff(item: Item, common: frozenset[str], anchored: bool) -> Row:
    changed = [_changed(change, item) for change in item.changes if not change.kept]
    kept: dict[str, list[str]] = defaultdict(list)
    for change in item.changes:
        if change.kept and change.source.startswith(_OF_NOTE):
            kept[change.source].append(field_words(change.field))
    recovered = [f"{listed(fields)}: {source_words(source)}" for source, fields in kept.items()]
    told = [sentence(caution.sentence) for caution in item.warnings if caution.code not in common]
    told += ["Begun by an earlier run; would be brought to the end."] * item.begun
    cells = (
        schedule_cell(item),
        next_run(item),
        joined(changed, tag("br")) if changed else "nothing but the schedule itself",
        joined([*recovered, "everything else as it is"], tag("br")),
        joined(told, tag("br")),
    )
    return Row(cells, anchor(item.uid) if anchored else None)


def _changed(change: Change, item: Item) -> Html:
    origin = f" ({source_words(change.source)})" if change.source.startswith(_OF_NOTE) else ""
    old, new = tag("del", _value(change.old, item)), tag("ins", _value(change.new, item))
    return joined([f"{field_words(change.field)}: ", old, " → ", new, origin])


def _value(value: str | None, item: Item) -> str:
    """A value for people: a time in the schedule's timezone, and words for what is absent."""
    if value is None:
        return "not set"
    if not _TIME.match(value):
        return value
    return moment(datetime.fromisoformat(value), item.schedule.timezone)
