"""What to know before approving a replacement: it would not fail, but it may surprise."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from edges_nb.cron import usual_gap
from edges_nb.models.api import Identity, Run, Schedule, ScheduleRequest, mode_of
from edges_nb.models.plan_items import Caution, Decision, Item
from edges_nb.models.reasons import GIVEN
from edges_nb.planning.evidence import Evidence

DUE_SOON = timedelta(minutes=2)
"""A run that begins sooner than this may begin while the schedule is being replaced."""

_NOT_CONNECTED = ("INVALID", "PENDING")
RECONNECT = "https://app.edges.run/integrations/linkedin/identities/{uid}"
"""Where the LinkedIn account of an identity is connected again."""

_FIRST_RUN = Caution(
    "first_run_at_once",
    "The first run may start as soon as the replacement is there; first_run=next keeps the old time.",
)


def cautions(
    schedule: Schedule,
    evidence: Evidence,
    request: ScheduleRequest,
    identity: Identity | None,
    now: datetime,
    *,
    known: bool,
) -> Iterator[Caution]:
    """Tell what to know about one replacement.

    Args:
        known: whether the old parameters are known.
    """
    if not known:
        yield _unknown_parameters(evidence, request)
    if request.sync_mode == "incremental":
        yield from _losses(schedule, evidence.runs, request)
    if request.schedule_at is None:
        yield _FIRST_RUN
    due = schedule.next_execution_at
    if due is not None and due - now <= DUE_SOON:
        yield Caution(
            "due_soon", f"It is due at {due:%H:%M:%S} UTC, less than two minutes after it was read."
        )
    if evidence.busy_run:
        yield Caution("run_in_progress", _in_progress(evidence))
    if identity is not None and identity.linkedin_status in _NOT_CONNECTED:
        yield Caution(
            "identity_not_connected",
            f"LinkedIn is {identity.linkedin_status} for {identity.name or identity.uid}, so that its runs "
            f"would fail: reconnect it at {RECONNECT.format(uid=identity.uid)}.",
        )


def _in_progress(evidence: Evidence) -> str:
    """Say that a run goes on, and when it may have ended, as earlier ones tell."""
    busy = next((run for run in evidence.runs if run.uid == evidence.busy_run), None)
    told = f"Its run {evidence.busy_run} has not ended: the schedule is left alone until it has"
    took = [
        run.finished_at - run.started_at
        for run in evidence.runs
        if run.started_at is not None and run.finished_at is not None
    ]
    began = (busy.started_at or busy.created_at) if busy else None
    if not took or began is None:
        return f"{told}. Apply when no run of it goes on."
    until = began + max(took)
    return f"{told}. Earlier ones took up to {_minutes(max(took))}: apply after {until:%H:%M} UTC."


def _minutes(duration: timedelta) -> str:
    minutes = max(1, round(duration.total_seconds() / 60))
    return "1 minute" if minutes == 1 else f"{minutes:,} minutes"


def with_twins_told(items: Iterable[Item]) -> list[Item]:
    """Tell of replacements that are alike in everything but the name."""
    items = list(items)
    rough: dict[tuple[Any, ...], list[int]] = {}
    for number, item in enumerate(items):
        if item.decision is Decision.MIGRATE and item.request is not None:
            rough.setdefault(_rough_key(item.request), []).append(number)
    for alike in rough.values():
        if len(alike) > 1:
            _tell_twins(items, alike)
    return items


def with_constants_told(items: Sequence[Item]) -> list[Item]:
    """Tell where one value that a person gives takes the place of many different ones, with their number."""
    told: dict[int, list[Caution]] = {}
    for field, value_of in _GIVEN_FIELDS.items():
        replaced: dict[str, dict[int, str]] = {}
        for number, item in enumerate(items):
            if item.request is None or item.original is None or item.sources.get(field) not in GIVEN:
                continue
            old, new = value_of(item.original), value_of(item.request)
            if old != new:
                replaced.setdefault(str(new), {})[number] = str(old)
        for olds in replaced.values():
            different = len(set(olds.values()))
            for number in olds if different > 1 else ():
                sentence = f"The same {field} takes the place of {different:,} different ones."
                told.setdefault(number, []).append(Caution("one_for_many", sentence))
    return [
        item._replace(warnings=(*item.warnings, *told[number])) if number in told else item
        for number, item in enumerate(items)
    ]


_GIVEN_FIELDS: Mapping[str, Callable[[ScheduleRequest], object]] = {
    "callback.url": lambda request: request.callback.get("url"),
    "cron": lambda request: request.cron,
    "timezone": lambda request: request.timezone,
    "name": lambda request: request.name,
    "identity_ids": lambda request: request.identity_ids,
}


def _rough_key(request: ScheduleRequest) -> tuple[Any, ...]:
    # Cheap to tell most apart by; what is left is compared in full.
    first = request.inputs[0]
    return (
        request.callback.get("url"),
        request.identity_ids[0],
        request.cron,
        request.timezone,
        len(request.inputs),
        str(next(iter(first.values()), "")),
    )


def _tell_twins(items: list[Item], alike: list[int]) -> None:
    keys = {number: _exact_key(request) for number in alike if (request := items[number].request)}
    counts = Counter(keys.values())
    for number, key in keys.items():
        if counts[key] > 1:
            told = Caution("identical", f"{counts[key]} schedules have exactly this configuration.")
            items[number] = items[number]._replace(warnings=(*items[number].warnings, told))


def _exact_key(request: ScheduleRequest) -> str:
    return json.dumps(request.model_dump(exclude={"name", "schedule_at"}, mode="json"), sort_keys=True)


def _unknown_parameters(evidence: Evidence, request: ScheduleRequest) -> Caution:
    if evidence.runs:
        why = "its runs do not show their parameters"
    elif evidence.looked:
        why = "no run of it is there"
    else:
        why = "its runs are too far down the list of runs"
    sent = (request.parameters or {}).get("max_results")
    cap = "none is sent" if sent is None else f"{sent} is sent"
    sentence = (
        f"What max_results was can't be read ({why}), {cap}; give max_results in the overrides to set it."
    )
    return Caution("max_results_unknown", sentence)


def _losses(schedule: Schedule, runs: Iterable[Run], request: ScheduleRequest) -> Iterator[Caution]:
    cap = (request.parameters or {}).get("max_results")
    if isinstance(cap, bool) or not isinstance(cap, int) or request.cron is None:
        return
    full = [
        run
        for run in runs
        if run.status == "SUCCEEDED"
        and run.output_count is not None
        and mode_of(run.parameters) != "incremental"
    ]
    growth = max((_growth(schedule, *pair, request) for pair in pairwise(full)), default=0)
    if growth > cap:
        yield Caution(
            "items_lost",
            f"Up to {growth} new items came between two runs, and max_results is {cap}: in incremental mode "
            "what is beyond it is lost for good. Raise max_results or run more often.",
        )
    elif any(run.output_count == (run.parameters or {}).get("max_results") == cap for run in full):
        yield Caution(
            "items_lost",
            f"A run brought exactly {cap} items, its max_results, so there are more: in incremental mode "
            "what is beyond it is lost for good. Raise max_results or run more often.",
        )


def _growth(schedule: Schedule, newer: Run, older: Run, request: ScheduleRequest) -> int:
    """New items per interval of the replacement, told by two runs that need not be neighbours."""
    grown = (newer.output_count or 0) - (older.output_count or 0)
    if grown <= 0 or newer.created_at is None or older.created_at is None:
        return max(grown, 0)
    try:
        new_gap = usual_gap(request.cron or "", request.timezone or "UTC")
    except ValueError:
        # The server runs an expression that only it can read: what came between two runs is all there is.
        return grown
    try:
        old_gap = usual_gap(schedule.cron or "", schedule.timezone or "UTC")
    except ValueError:
        # What can't be read was replaced by an override.
        old_gap = new_gap
    intervals = max(1, round((newer.created_at - older.created_at) / old_gap))
    return math.ceil(grown / intervals * (new_gap / old_gap))
