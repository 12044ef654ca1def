"""What somebody who decides reads in a minute: what changes, what it brings, what it risks, what is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from edges_nb.models.plan_items import Decision, Item
from edges_nb.models.reasons import Remedy
from edges_nb.reports.formatting import anchor, counted, label, numbered, sentence
from edges_nb.reports.html import Html, joined, link, tag
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.rows import by_urgency, kind_of

Line = tuple[str, str]
"""What a line is about, and what it says."""

_NAMED = 3
"""Schedules that a risk or a question names."""

_RISKS: Mapping[str, tuple[str, str, str]] = {
    "items_lost": (
        "would lose items",
        "would lose items",
        "More comes between two runs than max_results lets through: raise it, or run more often.",
    ),
    "identity_not_connected": (
        "runs as an identity that is not connected to LinkedIn",
        "run as identities that are not connected to LinkedIn",
        "Their runs would fail: connect them again first.",
    ),
    "identity_newly_billable": (
        "runs as an identity that is not active now",
        "run as identities that are not active now",
        "An engagement identity is billed for each month in which it is active.",
    ),
    "original_unknown": (
        "may not come back exactly as it was",
        "may not come back exactly as they were",
        "Nothing tells all of the originals: see which fields.",
    ),
    "one_for_many": (
        "gets one value in place of different ones",
        "get one value in place of different ones",
        "callback_host changes the host alone; a table of changes gives each its own.",
    ),
    "first_run_at_once": (
        "may begin a first run as soon as it is there",
        "may begin a first run as soon as they are there, all at once",
        "With first_run=next each begins at its next planned time.",
    ),
    "max_results_unknown": (
        "runs with a max_results that nobody could read",
        "run with a max_results that nobody could read",
        "Give it in the overrides, or they run without one.",
    ),
    "run_in_progress": (
        "is running now",
        "are running now",
        "They are left alone until the run has ended.",
    ),
    "due_soon": ("is due within two minutes", "are due within two minutes", "Apply after that run."),
    "identical": (
        "is like another one in everything",
        "are like others in everything",
        "One of each may be enough.",
    ),
}
"""What each warning says of one schedule and of more, and what to do; the gravest first."""

_QUESTIONS: Mapping[Remedy, str] = {
    Remedy.IDENTITY: "which identity is it to run as?",
    Remedy.INPUTS: "what is to be extracted from?",
    Remedy.CALLBACK_URL: "where are results to be sent?",
    Remedy.CALLBACK_HEADERS: "which headers go with the callback?",
    Remedy.CRON: "when is it to run?",
    Remedy.TIMEZONE: "in which timezone is it to run?",
    Remedy.NAME: "what is it to be called?",
    Remedy.MAX_RESULTS: "how many items may a run bring?",
    Remedy.ACCEPT: "is it a full extraction, to be replaced?",
}


def headline(asked: ReportContext, items: Sequence[Item]) -> str:
    """Return in one sentence what the plan would do."""
    if not items:
        return "There is no schedule to plan for in this workspace."
    counts = Counter(item.decision for item in items)
    lacking, left = counts[Decision.NEEDS_INPUT], counts[Decision.SKIP]
    others = [numbered(lacking, "needs a decision first", "need a decision first")] * bool(lacking)
    others += [numbered(left, "stays as it is", "stay as they are")] * bool(left)
    told = f"{counts[Decision.MIGRATE]:,} of {counted(len(items), 'schedule')} {asked.deed.would}"
    return sentence("; ".join([told, *others]))


def summary(asked: ReportContext, items: Sequence[Item]) -> list[Line]:
    """Return the lines that a person decides by, as the page and the command line tell them."""
    lines = [("What changes", headline(asked, items))]
    if not any(item.decision is Decision.MIGRATE for item in items):
        return lines
    lines += [("What it saves", asked.saves)] * bool(asked.saves)
    lines += [("How long it takes", sentence(asked.cost))] * bool(asked.cost)
    return [*lines, ("Way back", asked.deed.way_back)]


def first_screen(asked: ReportContext, items: Sequence[Item]) -> Html:
    """Return the summary, the risks by their weight, and what waits for an answer."""
    (_, told), *others = summary(asked, items)
    notes = ["Nothing has been changed."] if asked.mode == "preview" else []
    begun = sum(item.begun for item in items)
    if begun:
        nouns = asked.deed.nouns
        notes.append(f"{counted(begun, *nouns)} begun by an earlier run would be brought to the end.")
    lead = tag("p", told, class_="lead") + (tag("p", " ".join(notes)) if notes else Html())
    rows = [(title, words) for title, words in others]
    chosen = [item for item in items if item.decision is Decision.MIGRATE]
    shown: list[tuple[str, object]] = [*rows]
    if chosen:
        shown.append(("Risks", risks(chosen)))
    lacking = [item for item in items if item.decision is Decision.NEEDS_INPUT]
    if lacking:
        shown.append(("Waits for an answer", questions(lacking)))
    return lead + lines(shown)


def lines(rows: Iterable[tuple[str, object]]) -> Html:
    """Return lines of a first screen, each with its title in front."""
    listed = [tag("div", tag("dt", title), tag("dd", words)) for title, words in rows if words]
    return tag("dl", *listed, class_="summary") if listed else Html()


def risks(items: Sequence[Item]) -> Html:
    """Return what to know before approving, the gravest first, each leading to schedules it is about."""
    found: dict[str, list[Item]] = defaultdict(list)
    sentences: dict[str, str] = {}
    for item in by_urgency(items):
        for code, told in {warning.code: warning.sentence for warning in item.warnings}.items():
            found[code].append(item)
            sentences.setdefault(code, told)
    if not found:
        return tag("p", "None was found in what the schedules and their latest runs show.")
    order = [*_RISKS, *(code for code in found if code not in _RISKS)]
    rows = [_risk(code, found[code], sentences[code]) for code in order if code in found]
    return tag("ul", *rows)


def _risk(code: str, items: Sequence[Item], example: str) -> Html:
    one, more, advice = _RISKS.get(code, ("to know of", "to know of", example))
    told = numbered(len(items), f"schedule {one}", f"schedules {more}")
    return tag("li", tag("b", sentence(told)), " ", sentence(advice), " ", _names(items))


def questions(items: Sequence[Item]) -> Html:
    """Return what only a person can answer, in words."""
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in by_urgency(items):
        asks = [_QUESTIONS[remedy] for remedy in item.remedies[:1]]
        groups[kind_of(item), " ".join(asks)].append(item)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tag("ul", *(_question(kind, asks, group) for (kind, asks), group in ordered))


def _question(kind: str, asks: str, items: Sequence[Item]) -> Html:
    told = f"{counted(len(items), 'schedule')}: {kind[:1].lower()}{kind[1:].rstrip('.')}."
    return tag("li", tag("b", told), " ", sentence(asks), " ", _names(items))


def _names(items: Sequence[Item]) -> Html:
    links = [link(label(item.schedule, item.identity), f"#{anchor(item.uid)}") for item in items[:_NAMED]]
    left = len(items) - len(links)
    return joined([joined(links, ", "), f" and {left:,} more." if left else "."])
