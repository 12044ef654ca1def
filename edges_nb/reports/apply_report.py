"""What came of applying a plan: the outcome first, what failed on top, with what to do next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from edges_nb.models.plan_items import Decision, Item, Kind
from edges_nb.reports.before_after import changes_cell, changes_in_short, common_to
from edges_nb.reports.decisions_needed import needs_table
from edges_nb.reports.deeds import DEEDS, ending
from edges_nb.reports.figures import identity_figure, week_figure
from edges_nb.reports.formatting import anchor, counted, label, numbered, sentence
from edges_nb.reports.html import Html, folded, joined, link, tag
from edges_nb.reports.page import Part, parameters_table
from edges_nb.reports.preview_report import decisions_table, skipped_table
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS, schedule_cell, usual_timezone
from edges_nb.reports.tables import Column, Row, table
from edges_nb.reports.timeline import timeline

if TYPE_CHECKING:
    from edges_nb.models.api import Identity
    from edges_nb.models.results import Outcome, Result

__all__ = [
    "applied_headline",
    "applied_parts",
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
    chosen, lacking, skipped = (
        [item for item in items if item.decision is decision]
        for decision in (Decision.MIGRATE, Decision.NEEDS_INPUT, Decision.SKIP)
    )
    parts: list[Part] = [("", applied_headline(asked, items, outcome))]
    if open_ends:
        parts.append((f"What to do next ({len(open_ends):,})", attention_table(outcome, items)))
    parts.append((f"One by one ({len(done):,})", outcome_table(outcome, items, kind=asked.kind)))
    parts.append(("Compared with the plan", comparison(asked, items, outcome, approved=approved)))
    parts.append(("What happened, step by step", timeline(outcome, items)))
    if chosen:
        parts.append(("What was to change", changes_in_short(items)))
    if asked.kind != "undo" and any(result.outcome == "migrated" for result in done):
        parts.append(("How to undo", undo_steps(asked, undo_command)))
    if lacking:
        about = needs_table(items, now=asked.at, identities=identities)
        parts.append((f"Still needs a decision ({len(lacking):,})", about))
    if skipped:
        parts.append((f"Left as it is ({len(skipped):,})", skipped_table(items)))
    if items:
        parts.append(("When schedules run", week_figure(items, usual_timezone(items), start=asked.at)))
        parts.append(("By identity", decisions_table(items, asked.kind) + identity_figure(items)))
    parts.append(("Parameters", parameters_table(asked)))
    return parts


def applied_headline(asked: ReportContext, items: Sequence[Item], outcome: Outcome) -> Html:
    """Return in one sentence what came of it."""
    counts = Counter(result.outcome for result in outcome.results if result.outcome != "skipped")
    total, waiting = sum(counts.values()), _undecided(items)
    if not total:
        return tag("p", "Nothing was to be done, and nothing was changed.", class_="lead") + waiting
    done = f"{counts['migrated']:,}" if counts["migrated"] else "None"
    told = f"{done} of {counted(total, 'schedule')} {asked.deed.did[counts['migrated'] != 1]}"
    bad = [numbered(counts[kind], *words) for kind, words in _IN_SHORT.items() if counts[kind]]
    lead = tag("p", sentence("; ".join([told, *bad])), class_="lead")
    following = "What to do next is told first, below." if bad else "Each of them came to its end."
    return lead + tag("p", following) + waiting


def _undecided(items: Sequence[Item]) -> Html:
    number = sum(item.decision is Decision.NEEDS_INPUT for item in items)
    told = numbered(number, "schedule waits", "schedules wait")
    return tag("p", f"{told} for a decision.") if number else Html()


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
    listing = table(["Schedule", "Outcome", "Changes"], rows, caption=_CAPTION, note=note, stacked=True)
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
    told: list[object] = [tag("b", _word(result.outcome, kind))]
    told += [joined([tag("small", "by "), _new(result)])] * bool(result.new_uid)
    told += [sentence(result.reason)] * bool(result.reason)
    changed = changes_cell(item, shared) if item else Html()
    return Row((about, joined(told, tag("br")), changed), anchor(result.schedule_uid))


def _new(result: Result) -> Html:
    return tag("small", tag("code", result.new_uid)) if result.new_uid else Html("", "")
