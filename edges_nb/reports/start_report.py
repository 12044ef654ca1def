"""What is to be started, for somebody who has to approve it, and what came of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from edges_nb.cron import in_words, next_times
from edges_nb.models.api import Identity, ScheduleRequest
from edges_nb.models.name_marks import Mark
from edges_nb.models.plan_items import Start, StartDecision
from edges_nb.redaction import shown_url, without_secrets
from edges_nb.reports.cards import card
from edges_nb.reports.formatting import counted, moment, numbered, rhythm, sentence
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.page import Part, parameters_table
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.rows import FEW_ROWS, MOST_ROWS
from edges_nb.reports.tables import Column, table

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome, Result

NEXT_TIMES = 5
"""Times that a cron expression is told with."""

_FEW_REQUESTS = 3
"""Requests that are shown in full; the table has a row for each."""

_HIDDEN = "•••"

_WORDS = {
    StartDecision.START: ("would be started", "would be started"),
    StartDecision.CONTINUE: ("would go on", "would go on"),
    StartDecision.SKIP: ("is there already", "are there already"),
    StartDecision.NEEDS_INPUT: ("needs a decision first", "need a decision first"),
}

_ENDS = {
    "needs_attention": ("needs somebody to look", "need somebody to look"),
    "refused": ("was refused", "were refused"),
    "waiting": ("is not begun yet", "are not begun yet"),
    "started": ("was started", "were started"),
    "continued": ("goes on", "go on"),
    "needs_input": ("needs a decision", "need a decision"),
    "skipped": ("was there already", "were there already"),
}
"""What is said of one with an outcome, and of more; those to look at first."""

_TROUBLE = ("needs_attention", "refused", "waiting")


def identities_table(identities: Iterable[Identity]) -> Html:
    """Return who can run in incremental mode: the active engagement identities."""
    usable = usable_identities(identities)
    if not usable:
        return tag(
            "p",
            "No identity of this workspace is an active engagement identity, which incremental mode needs.",
        )
    rows = [
        (identity.name or "(no name)", identity.timezone or "", tag("code", identity.uid))
        for identity in usable
    ]
    note = "Others are standard identities, which have no incremental mode, or not active."
    return table(["Identity", "Timezone", "identity_uid"], rows, caption="Who it can run as", note=note)


def usable_identities(identities: Iterable[Identity]) -> list[Identity]:
    """Return the identities that incremental mode can run as, by name."""
    usable = [each for each in identities if each.usable]
    return sorted(usable, key=lambda each: (each.name or "", each.uid))


def starts_headline(items: Sequence[Start], what: str) -> Html:
    """Return in one sentence what would be done.

    Args:
        what: what is started, `schedule` or `run`.
    """
    if not items:
        told = (
            "Nothing is chosen yet: set identity_uid to one of the identities above, or starts to a CSV file."
        )
        return tag("p", told, class_="lead")
    counts = Counter(item.decision for item in items)
    parts = [numbered(counts[kind], *words) for kind, words in _WORDS.items() if counts[kind]]
    lead = tag("p", _of(len(items), what, parts), class_="lead")
    return lead + tag("p", "Nothing has been changed.")


def _of(total: int, what: str, parts: Sequence[str]) -> str:
    """Return counts as the house says them, such as `2 of 3 schedules were started; 1 was there already.`"""
    if not parts:
        return "Nothing was to be done."
    number, words = parts[0].split(" ", 1)
    return sentence("; ".join([f"{number} of {counted(total, what)} {words}", *parts[1:]]))


def starts_table(items: Sequence[Start]) -> Html:
    """Return every row: who, how often, the decision, and what to know."""
    if len(items) > MOST_ROWS:
        counts = Counter(item.decision for item in items)
        lines = [(kind.value.replace("_", " "), f"{number:,}") for kind, number in counts.most_common()]
        note = "Too many to show one by one: plan.csv has a row for each."
        return table(["Decision", Column("Rows", "number")], lines, caption="Decisions", note=note)
    rows = [(_who(item), item.decision.value.replace("_", " "), _why(item)) for item in items]
    listing = table(["Identity", "Decision", "Why"], rows, caption="What was decided", stacked=True)
    return listing if len(rows) <= FEW_ROWS else folded(f"All {len(rows):,} rows", listing)


def requests(items: Sequence[Start], way: str) -> Html:
    """Return the exact requests that would be sent, without what may be a secret."""
    sent = [item for item in items if item.decision is StartDecision.START]
    if not sent:
        return tag("p", "There is nothing to send.")
    shown = [_request(item, way) for item in sent[:_FEW_REQUESTS]]
    left = len(sent) - len(shown)
    note = f"{counted(left, 'more request')} of the same kind." if left else ""
    return joined(shown) + (tag("p", note, class_="note") if note else Html())


def times_table(items: Sequence[Start], now: datetime) -> Html:
    """Return when the schedules run: in words, and the next times in UTC and in their timezone."""
    rhythms = dict.fromkeys((i.request.cron, i.request.timezone or "UTC") for i in items if i.request.cron)
    tables = [next_times_table(cron, zone, now) for cron, zone in list(rhythms)[:_FEW_REQUESTS] if cron]
    left = len(rhythms) - len(tables)
    note = f"{counted(left, 'more rhythm')} in plan.csv." if left > 0 else ""
    return joined(tables) + (tag("p", note, class_="note") if note else Html())


def next_times_table(cron: str, timezone: str, now: datetime) -> Html:
    """Return a cron expression in words, and its next times.

    Raises:
        ValueError: the expression or the timezone can't be used.
    """
    times = next_times(cron, timezone, now, NEXT_TIMES)
    told = tag("p", tag("code", cron), f": {in_words(cron)}, {timezone}.")
    rows = [(moment(at, timezone), moment(at)) for at in times]
    return told + table([f"In {timezone}", "In UTC"], rows, caption=f"The next {len(rows)} times")


def request_text(request: ScheduleRequest, uid: str, way: str) -> str:
    """Return a request as it is sent, as text, without what may be a secret."""
    body = request.body()
    path = f"/actions/{request.action}/run/{way}"
    body["name"] = without_secrets(Mark(uid, "start").on(request.name))
    if request.callback:
        body["callback"] = _shown_callback(request.callback)
    body["inputs"] = [_shown_input(entry) for entry in request.inputs[:_FEW_REQUESTS]]
    left = len(request.inputs) - len(body["inputs"])
    body["inputs"] += [f"… and {left:,} more"] * bool(left)
    return f"POST {path}\n{json.dumps(body, indent=2, ensure_ascii=False)}"


def started_headline(outcome: Outcome, items: Sequence[Start], what: str) -> Html:
    """Return in one sentence what came of it.

    Args:
        items: the plan.
        what: what is started, `schedule` or `run`.
    """
    counts = Counter(result.outcome for result in outcome.results)
    tried = {result.schedule_uid for result in outcome.results}
    left = [item for item in items if item.uid not in tried]
    counts["needs_input"] = sum(item.decision is StartDecision.NEEDS_INPUT for item in left)
    counts["skipped"] += len(left) - counts["needs_input"]
    parts = [numbered(counts[kind], *words) for kind, words in _ENDS.items() if counts[kind]]
    return tag("p", _of(len(items), what, parts), class_="lead")


def started_table(items: Sequence[Start], outcome: Outcome) -> Html:
    """Return what came of every row, those to look at first."""
    results = {result.schedule_uid: result for result in outcome.results}
    order = list(_ENDS)
    ends = [(item, results.get(item.uid)) for item in items]
    ends.sort(key=lambda end: order.index(end[1].outcome) if end[1] else len(order))
    rows = [_ended(item, result) for item, result in ends[:MOST_ROWS]]
    note = f"{len(ends) - len(rows):,} more are in results.json." if len(ends) > len(rows) else ""
    heads = ["Identity", "Outcome", "Uid", "What to know"]
    return table(heads, rows, caption="What came of it", note=note, stacked=True)


def start_parts(
    asked: ReportContext, items: Sequence[Start], way: str, outcome: Outcome | None, more: Sequence[Part]
) -> list[Part]:
    """Return the parts of the report.

    Args:
        more: parts between what was sent and the parameters, such as what runs brought.
    """
    what = "run" if way == "async" else "schedule"
    parts: list[Part] = []
    if outcome is None:
        parts.append(("", starts_headline(items, what)))
    else:
        parts.append(("", started_headline(outcome, items, what)))
        parts.append(("What came of it", started_table(items, outcome)))
    if items:
        parts.append(("What was decided", starts_table(items)))
        parts.append(("The requests", requests(items, way)))
    chosen = [item for item in items if item.decision is StartDecision.START]
    if way == "schedule" and chosen:
        parts.append(("When they run", times_table(chosen, asked.at)))
    return [*parts, *more, ("Parameters", parameters_table(asked))]


def trouble_cards(items: Sequence[Start], outcome: Outcome) -> Html:
    """Return a card for each row that did not come to its end."""
    names = {item.uid: item.identity.name if item.identity else "" for item in items}
    bad = [result for result in outcome.results if result.outcome in _TROUBLE]
    return joined(
        card(names.get(r.schedule_uid) or "Not started", sentence(r.reason)) for r in bad[:FEW_ROWS]
    )


def _who(item: Start) -> Html:
    request = item.request
    name = item.identity.name if item.identity else ""
    uid = request.identity_ids[0]
    cap = (request.parameters or {}).get("max_results")
    about = [rhythm(request.cron, request.timezone) if request.cron else "whenever it is told to"]
    if cap:
        about.append(f"at most {cap:,} items a run")
    lines = [" · ".join(about), tag("code", uid)]
    return joined([tag("b", name or "(no name)"), tag("br"), tag("small", joined(lines, tag("br")))])


def _why(item: Start) -> Html:
    lines = [sentence(item.reason), *(warning.sentence for warning in item.warnings)]
    return joined(lines, tag("br"))


def _request(item: Start, way: str) -> Html:
    text = request_text(item.request, item.uid, way)
    return tag("pre", tag("code", text), tabindex="0", role="group", aria_label="Request")


def _shown_callback(callback: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"url": shown_url(callback.get("url"))}
    if callback.get("headers"):
        shown["headers"] = {without_secrets(name, 80): _HIDDEN for name in callback["headers"]}
    return shown | ({"on": callback["on"]} if callback.get("on") else {})


def _shown_input(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What names a page may be read; what a client attached is nobody's business."""
    return {name: _HIDDEN if name == "custom_data" else _shown_value(value) for name, value in entry.items()}


def _shown_value(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if not isinstance(value, str):
        return _HIDDEN
    scheme, separator, rest = value.partition("://")
    if not separator:
        return without_secrets(value, 80)
    address = rest.partition("?")[0].partition("#")[0]
    host, slash, path = address.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"[:120]


def _ended(item: Start, result: Result | None) -> tuple[object, ...]:
    name = item.identity.name if item.identity else item.request.identity_ids[0]
    if result is None:
        words = "was there already" if item.found else "needs a decision"
        return name, words, tag("code", item.found or ""), sentence(item.reason)
    words = _ENDS[result.outcome][0]
    return name, words, tag("code", result.new_uid or ""), sentence(result.reason)
