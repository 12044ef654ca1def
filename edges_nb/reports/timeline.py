"""When which step was done: in full where something went wrong, in numbers where it went as it should."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from edges_nb.models.name_marks import plain
from edges_nb.reports.formatting import counted, lasted, moment, sentence
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.rows import FEW_ROWS
from edges_nb.reports.tables import Column, table

if TYPE_CHECKING:
    from edges_nb.models.plan_items import Item
    from edges_nb.models.results import Event, Outcome

_MOST_IN_FULL = 50
"""Schedules whose every step is told; it takes a lot of them going wrong to reach that."""


def timeline(outcome: Outcome, items: Sequence[Item] = ()) -> Html:
    """Return what happened when, in the server's time."""
    if not outcome.events:
        return tag("p", "Nothing was sent that changes anything.")
    first, last = min(event.at for event in outcome.events), max(event.at for event in outcome.events)
    # In the order of the plan, whichever of several at a time was the quicker.
    stories: dict[str, list[Event]] = {result.schedule_uid: [] for result in outcome.results}
    for event in outcome.events:
        stories.setdefault(event.schedule_uid, []).append(event)
    stories = {uid: story for uid, story in stories.items() if story}
    smooth = {result.schedule_uid for result in outcome.results if result.outcome == "migrated"}
    rough = {uid: story for uid, story in stories.items() if uid not in smooth}
    even = {uid: story for uid, story in stories.items() if uid in smooth}
    names = {item.uid: plain(item.schedule.name) or item.uid for item in items}
    told = (
        f"From {moment(first)} to {moment(last)}, {lasted((last - first).total_seconds())}: "
        f"{counted(len(outcome.events), 'step')} for {counted(len(stories), 'schedule')}."
    )
    return joined([tag("p", told), _in_full(rough, names), _in_short(even, "Without trouble")])


def _in_full(stories: Mapping[str, Sequence[Event]], names: Mapping[str, str]) -> Html:
    shown = list(stories.items())[:_MOST_IN_FULL]
    sections = []
    for uid, story in shown:
        rows = [(f"{event.at:%H:%M:%S}", event.step, sentence(event.sentence)) for event in story]
        name = names.get(uid) or uid
        caption = uid if name == uid else f"{name}, {uid}"
        listing = table(["Time (UTC)", "Step", "What happened"], rows, caption=caption)
        sections.append(folded(f"{name}: {counted(len(story), 'step')}", listing))
    rest = {uid: story for uid, story in stories.items() if uid not in dict(shown)}
    return joined(sections) + _in_short(rest, "The others")


def _in_short(stories: Mapping[str, Sequence[Event]], caption: str) -> Html:
    """How many went through which steps, and how long that took: one is like the other."""
    if not stories:
        return Html()
    took: dict[str, list[float]] = defaultdict(list)
    for story in stories.values():
        steps = ", ".join(dict.fromkeys(event.step for event in story))
        took[steps].append((story[-1].at - story[0].at).total_seconds())
    ordered = sorted(took.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    rows = [
        (steps, f"{len(times):,}", lasted(median(times)), lasted(max(times)))
        for steps, times in ordered[:FEW_ROWS]
    ]
    heads: list[Column | str] = ["Steps", Column("Schedules", "number")]
    heads += [Column("Usually took", "number"), Column("At most", "number")]
    return table(heads, rows, caption=caption)
