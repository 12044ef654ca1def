"""What came of applying a plan: the outcome first, what failed on top, with what to do next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from edges_nb.cron import next_times
from edges_nb.models.plan_items import Decision, Item, Kind
from edges_nb.reports.before_after import changes_cell, changes_in_short, common_to
from edges_nb.reports.deeds import DEEDS, ending
from edges_nb.reports.first_screen import lines, questions
from edges_nb.reports.formatting import anchor, counted, label, moment, numbered, sentence
from edges_nb.reports.html import Html, folded, joined, link, tag
from edges_nb.reports.page import Part
from edges_nb.reports.preview_report import closing_parts
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS, schedule_cell
from edges_nb.reports.tables import Column, Row, table
from edges_nb.reports.timeline import timeline

if TYPE_CHECKING:
    from edges_nb.models.api import Identity
    from edges_nb.models.results import Outcome, Result

__all__ = [
    "applied_headline",
    "applied_parts",
    "applied_screen",
    "attention_table",
    "comparison",
    "outcome_table",
    "timeline",
    "undo_steps",
]

_CAPTION = "One by one, those to look at first"

_TROUBLE: Mapping[str, tuple[str, str]] = {
    "needs_attention": (
        "Needs somebody to look at it",
        "Run the same command again: it goes on where it stopped. What is still here after that needs a look "
        "in Edges at the old and the new schedule.",
    ),
    "rolled_back": (
        "Refused, and runs as before",
        "Nothing is lost. Mend what the reason names, preview again, then apply.",
    ),
    "drifted": (
        "Changed by somebody else meanwhile, and left alone",
        "Preview again, so that the plan has what is there now, then apply.",
    ),
    "waiting": ("Not begun yet", "Run the same command again: it goes on with these."),
}
"""What each outcome that is not the end is called, and what to do; the most urgent first."""


def _word(outcome: str, kind: Kind) -> str:
    return _TROUBLE[outcome][0] if outcome in _TROUBLE else ending(outcome, kind).capitalize()


def applied_parts(
    asked: ReportContext,
    items: Sequence[Item],
    outcome: Outcome,
    *,
    identities: Iterable[Identity] = (),
    approved: str = "",
    undo_command: str = "",
) -> list[Part]:
    """Return the parts of a page about an apply or an undo, in the order of what a reader asks.

    Args:
        identities: those of the workspace, to offer where a schedule's identity has to be told.
        approved: the digest that was approved beforehand, or "".
        undo_command: what to run to take it back; it must hold no secret.
    """
    done = [result for result in outcome.results if result.outcome != "skipped"]
    open_ends = [result for result in done if result.outcome in _TROUBLE]
    parts: list[Part] = [("", applied_screen(asked, items, outcome, approved=approved))]
    if open_ends:
        parts.append((f"What to do next ({len(open_ends):,})", attention_table(outcome, items)))
    parts.append((f"One by one ({len(done):,})", outcome_table(outcome, items, kind=asked.kind)))
    parts.append(("Compared with the plan", comparison(asked, items, outcome, approved=approved)))
    parts.append(("What happened, step by step", timeline(outcome, items)))
    if any(item.decision is Decision.MIGRATE for item in items):
        parts.append(("What was to change", changes_in_short(items)))
    if asked.kind != "undo" and any(result.outcome == "migrated" for result in done):
        parts.append(("How to undo", undo_steps(asked, undo_command)))
    return parts + closing_parts(asked, items, identities, "Still needs a decision", "Left as it is")


def applied_headline(asked: ReportContext, items: Sequence[Item], outcome: Outcome) -> Html:
    """Return in one sentence what came of it."""
    counts = Counter(result.outcome for result in outcome.results if result.outcome != "skipped")
    total = sum(counts.values())
    if not total:
        return tag("p", "Nothing was to be done, and nothing was changed.", class_="lead")
    done = f"{counts['migrated']:,}" if counts["migrated"] else "None"
    told = f"{done} of {counted(total, 'schedule')} {asked.deed.did[counts['migrated'] != 1]}"
    bad = [numbered(counts[kind], *words) for kind, words in _IN_SHORT.items() if counts[kind]]
    lead = tag("p", sentence("; ".join([told, *bad])), class_="lead")
    following = "What to do next is told first, below." if bad else "Each of them came to its end."
    return lead + tag("p", following)


def applied_screen(asked: ReportContext, items: Sequence[Item], outcome: Outcome, *, approved: str) -> Html:
    """Return what came of it, what was done of what was approved, what is open, and when results come."""
    planned = sum(item.decision is Decision.MIGRATE for item in items)
    done = sum(result.outcome == "migrated" for result in outcome.results)
    lacking = [item for item in items if item.decision is Decision.NEEDS_INPUT]
    given = f"{approved}: " if approved else "Nothing was approved beforehand. "
    told = f"{given}{done:,} of {planned:,} {asked.deed.done}, {planned - done:,} open."
    rows: list[tuple[str, object]] = [("Of what was approved", told)]
    rows += [("First results", first_results(items, outcome, asked.at))] * bool(done)
    rows += [("Way back", asked.deed.way_back)] * bool(done)
    rows += [("Waits for an answer", questions(lacking))] * bool(lacking)
    return applied_headline(asked, items, outcome) + lines(rows)


def first_results(items: Sequence[Item], outcome: Outcome, now: datetime) -> str:
    """Return when the first runs of what was created are due, "" where their times can't be told."""
    done = {result.schedule_uid for result in outcome.results if result.outcome == "migrated"}
    dues = [due for item in items if item.uid in done and (due := _first_due(item, now)) is not None]
    if not dues:
        return ""
    told = f"The first run is due {moment(min(dues))}"
    told += f", the last of the first runs {moment(max(dues))}" if max(dues) > min(dues) else ""
    sooner = any(item.request and item.request.schedule_at is None for item in items if item.uid in done)
    return sentence(told + ("; the server may begin sooner" if sooner else ""))


def _first_due(item: Item, now: datetime) -> datetime | None:
    request = item.request
    if request is None or (request.schedule_at is None and request.cron is None):
        return None
    try:
        if request.schedule_at is not None:
            return datetime.fromisoformat(request.schedule_at)
        return next_times(request.cron or "", request.timezone or "UTC", now, 1)[0]
    except ValueError:
        return None  # the server runs an expression that only it can read


_IN_SHORT = {
    "needs_attention": ("needs somebody to look", "need somebody to look"),
    "rolled_back": ("was refused and runs as before", "were refused and run as before"),
    "drifted": (
        "had been changed by somebody else and was left alone",
        "had been changed by somebody else and were left alone",
    ),
    "waiting": ("is not begun yet", "are not begun yet"),
}
"""What is said of one schedule with an outcome, and of more."""


def attention_table(outcome: Outcome, items: Sequence[Item] = ()) -> Html:
    """Return what did not come to its end, by urgency, each group with its next step."""
    known = {item.uid: item for item in items}
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in outcome.results:
        groups[result.outcome].append(result)
    elsewhere = "results.json" if len(outcome.results) > MOST_ROWS else "the list one by one"
    cards = [_group(kind, groups[kind], known, elsewhere) for kind in _TROUBLE if groups[kind]]
    return joined(cards) if cards else tag("p", "Each of them came to its end.")


def _group(kind: str, results: Sequence[Result], known: Mapping[str, Item], elsewhere: str) -> Html:
    words, step = _TROUBLE[kind]
    shown = results[:FEW_ROWS]
    left = len(results) - len(shown)
    note = f"{counted(left, 'more schedule')}: {elsewhere} has them all." if left else ""
    heads = ["Schedule"]
    heads += ["New schedule"] * any(result.new_uid for result in shown)
    heads += ["Why"] * any(result.reason for result in shown)
    rows = [_trouble(result, heads, known) for result in shown]
    return tag(
        "div",
        tag("p", f"{words}: {counted(len(results), 'schedule')}", class_="title"),
        tag("p", tag("b", "Next: "), step),
        table(heads, rows, caption=words, note=note, stacked=True),
        class_=f"card {'calm' if kind == 'waiting' else 'bad'}",
    )


def outcome_table(outcome: Outcome, items: Sequence[Item] = (), *, kind: Kind = "migration") -> Html:
    """Return every schedule that was worked on: the old and the new uid, what came of it, what it changed.

    Args:
        items: the plan, for names and changes.
    """
    order = [*_TROUBLE, "migrated"]
    done = [result for result in outcome.results if result.outcome in order]
    done.sort(key=lambda result: order.index(result.outcome))
    skipped = len(outcome.results) - len(done)
    note = f"{counted(skipped, 'schedule')} left as the plan says." if skipped else ""
    if not done:
        return tag("p", note or f"Nothing was to be {DEEDS[kind].done}.")
    if len(done) > MOST_ROWS:
        counts = Counter(_word(result.outcome, kind) for result in done)
        lines = [(words, f"{number:,}") for words, number in counts.most_common()]
        note = f"Too many to show one by one: results.json has them all. {note}"
        return table(["Outcome", Column("Schedules", "number")], lines, caption="Outcome", note=note)
    known = {item.uid: item for item in items}
    shared = common_to([known[result.schedule_uid] for result in done if result.schedule_uid in known])
    rows = [_ended(result, known.get(result.schedule_uid), shared, kind) for result in done]
    listing = table(["Schedule", "Outcome and changes"], rows, caption=_CAPTION, note=note, stacked=True)
    return listing if len(rows) <= FEW_ROWS else folded(f"All {len(rows):,} one by one", listing)


def comparison(asked: ReportContext, items: Sequence[Item], outcome: Outcome, *, approved: str = "") -> Html:
    """Return whether what was done is what was approved, in numbers."""
    if not approved:
        told = f"No plan was approved beforehand: {asked.digest} was applied as it was made."
    elif approved == asked.digest:
        told = f"{approved} is the plan that was approved, and the one that was applied."
    else:
        told = f"{approved} was approved, but the plan had become {asked.digest}: nothing was touched."
    ended = Counter(result.outcome for result in outcome.results)
    planned = sum(item.decision is Decision.MIGRATE for item in items)
    begun = sum(number for kind, number in ended.items() if kind not in ("skipped", "waiting"))
    rows = [(f"To be {asked.deed.done}, says the plan", f"{planned:,}"), ("Begun in this run", f"{begun:,}")]
    rows += [(_word(end, asked.kind), f"{ended[end]:,}") for end in ("migrated", *_TROUBLE) if ended[end]]
    columns: list[Column | str] = ["What", Column("Schedules", "number")]
    return tag("p", told) + table(columns, rows, caption="Plan and outcome")


def undo_steps(asked: ReportContext, command: str = "") -> Html:
    """Return how to take back what was done."""
    told = tag(
        "p",
        "Each original configuration is kept in the ledger. To bring it back, run the notebook with ",
        tag("code", "mode=undo"),
        ", for some of them with their uids in ",
        tag("code", "only"),
        ": the original is created again, and checked, before its replacement is cancelled.",
    )
    if not command:
        return told
    return told + tag("pre", tag("code", command), tabindex="0", role="group", aria_label="Command to undo")


def _trouble(result: Result, heads: Sequence[str], known: Mapping[str, Item]) -> Row:
    item, uid = known.get(result.schedule_uid), result.schedule_uid
    about = link(label(item.schedule, item.identity) if item else uid, f"#{anchor(uid)}")
    about += tag("br") + tag("small", tag("code", uid))
    cells = {"Schedule": about, "New schedule": _new(result), "Why": sentence(result.reason)}
    return Row([cells[head] for head in heads])


def _ended(result: Result, item: Item | None, shared: frozenset[str], kind: Kind) -> Row:
    about = schedule_cell(item) if item else tag("code", result.schedule_uid)
    by = joined([" ", tag("small", "by "), _new(result)]) if result.new_uid else Html()
    told: list[Html] = [tag("b", _word(result.outcome, kind)) + by]
    told += [joined([sentence(result.reason)])] * bool(result.reason)
    told += [changed] if item and (changed := changes_cell(item, shared)) else []
    return Row((about, joined(told, tag("br"))), anchor(result.schedule_uid))


def _new(result: Result) -> Html:
    return tag("small", tag("code", result.new_uid)) if result.new_uid else Html("", "")
