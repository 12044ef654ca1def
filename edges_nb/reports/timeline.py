"""When which step was done: in full where something went wrong, in one line where it went as it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS
from edges_nb.reports.tables import Column, table
from edges_nb.reports.wording import counted, label, lasted, moment, sentence

if TYPE_CHECKING:
    from edges_nb.planning.items import Item
    from edges_nb.replacing.outcome import Event, Outcome

_MOST_IN_FULL = 200
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
    names = {item.uid: label(item.schedule) for item in items}
    told = (
        f"From {moment(first)} to {moment(last)}, {lasted((last - first).total_seconds())}: "
        f"{counted(len(outcome.events), 'step')} for {counted(len(stories), 'schedule')}."
    )
    return joined([tag("p", told), _in_full(rough, names), _in_short(even, names)])


def _in_full(stories: Mapping[str, Sequence[Event]], names: Mapping[str, str]) -> Html:
    shown = list(stories.items())[:_MOST_IN_FULL]
    sections = []
    for uid, story in shown:
        rows = [(f"{event.at:%H:%M:%S}", event.step, sentence(event.sentence)) for event in story]
        name = names.get(uid) or uid
        listing = table(["Time (UTC)", "Step", "What happened"], rows, caption=f"{name}, {uid}")
        sections.append(folded(f"{name}: {counted(len(story), 'step')}", listing))
    left = len(stories) - len(shown)
    note = tag("p", f"{counted(left, 'more schedule')} in the ledger.", class_="note") if left else Html()
    return joined(sections) + note


def _in_short(stories: Mapping[str, Sequence[Event]], names: Mapping[str, str]) -> Html:
    if not stories:
        return Html()
    shown = list(stories.items())[:MOST_ROWS]
    rows = [_line(uid, story, names) for uid, story in shown]
    left = len(stories) - len(shown)
    note = f"{counted(left, 'more schedule')} went the same way." if left else ""
    heads: list[Column | str] = ["Schedule", "Begun (UTC)", "Took", "Steps"]
    listing = table(heads, rows, caption="Replaced without trouble", note=note)
    if len(rows) <= FEW_ROWS:
        return listing
    return folded(f"{counted(len(stories), 'schedule')} replaced without trouble", listing)


def _line(uid: str, story: Sequence[Event], names: Mapping[str, str]) -> tuple[object, ...]:
    steps = list(dict.fromkeys(event.step for event in story))
    took = lasted((story[-1].at - story[0].at).total_seconds())
    return (names.get(uid) or uid, f"{story[0].at:%H:%M:%S}", took, ", ".join(steps))
