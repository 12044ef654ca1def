"""Read what became of the incremental schedules of an action."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from edges_nb.client import Edges
from edges_nb.errors import NotFound
from edges_nb.frames import error_label
from edges_nb.models.api import LIVE, Run, Schedule, ScheduleRequest, mode_of
from edges_nb.models.history import Past
from edges_nb.models.name_marks import mark_of
from edges_nb.models.reasons import GOES_ON_BY
from edges_nb.monitoring.due_times import iterations
from edges_nb.monitoring.findings import findings
from edges_nb.monitoring.loss_forecast import Increment, forecast, longest_wait
from edges_nb.monitoring.schedule_health import URGENCY, Finding, Load, WatchedSchedule

RETENTION = timedelta(days=90)
"""Runs older than this are archived."""

_PAGE = 100
"""Results that one request reads at the most."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_BROUGHT = ("SUCCEEDED", "PARTIAL_SUCCEEDED")
_FAILED = ("FAILED", "PARTIAL_SUCCEEDED", "INVALID", "BLOCKED", "STOPPED")


@dataclass(frozen=True)
class Aftermath:
    """The incremental schedules of an action, and what became of them.

    Attributes:
        watched: the schedules, those with something to look at first, the most urgent before the others.
        replaced: how many of them this tool made.
        schedules: all of the action, whatever their mode and status.
        begun: what was begun and not ended, such as `undo`, by the uid of the schedule.
    """

    action: str
    now: datetime
    watched: tuple[WatchedSchedule, ...]
    begun: Mapping[str, str] = field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()

    @property
    def at_risk(self) -> list[WatchedSchedule]:
        """The schedules with something to look at."""
        return [watched for watched in self.watched if watched.findings]

    @property
    def replaced(self) -> list[WatchedSchedule]:
        """The schedules that took the place of others."""
        return [watched for watched in self.watched if watched.old_uid]


@dataclass(frozen=True)
class _Child:
    schedule: Schedule
    old_uid: str | None = None
    request: ScheduleRequest | None = None


def observe(edges: Edges, action: str, past: Past, *, days: int = 0) -> Aftermath:
    """Read the workspace and tell what became of the incremental schedules of an action.

    Args:
        past: what earlier runs of this tool did, as the ledger has it.
        days: count the runs of so many days, 0 for all that the server still knows.
    """
    schedules = {schedule.uid: schedule for schedule in edges.schedules(action)}
    by_schedule: dict[str, list[Run]] = defaultdict(list)
    for run in edges.runs(action):
        if run.scheduled_run_uid:
            by_schedule[run.scheduled_run_uid].append(run)
    now = edges.now()
    since = now - timedelta(days=days) if days else _LONG_AGO
    watched = [
        _watched(child, schedules.get(child.old_uid or ""), by_schedule, since, now)
        for child in _children(edges, action, schedules, by_schedule, past)
    ]
    watched.sort(key=lambda one: (_rank(one), one.schedule.created_at or _LONG_AGO, one.uid))
    begun = {uid: one.kind for uid, one in sorted(past.begun.items()) if one.request.action == action}
    return Aftermath(action, now, tuple(watched), begun, tuple(schedules.values()))


def _children(
    edges: Edges,
    action: str,
    schedules: Mapping[str, Schedule],
    runs: Mapping[str, Sequence[Run]],
    past: Past,
) -> Iterable[_Child]:
    """Find the incremental schedules: by the ledger, by their names, by themselves and by their runs."""
    for new_uid, made in past.children.items():
        replaced_again = new_uid in past.replaced
        if made.request.action == action and made.request.sync_mode == "incremental" and not replaced_again:
            found = schedules.get(new_uid) or _alone(edges, new_uid, made.request)
            yield _Child(found, made.old_uid, made.request)
    for schedule in schedules.values():
        if schedule.uid in past.children or schedule.uid in past.replaced or schedule.status not in LIVE:
            continue
        mark = mark_of(schedule.name)
        started = past.started_as.get(schedule.uid)
        origin = mark.origin if mark and mark.replaces else None
        known = [schedule.parameters, *(run.parameters for run in runs.get(schedule.uid, ())[:1])]
        told = started is not None or (mark is not None and mark.incremental)
        if told or any(mode_of(parameters) == "incremental" for parameters in known):
            yield _Child(schedule, origin, started.request if started else None)


def _alone(edges: Edges, uid: str, request: ScheduleRequest) -> Schedule:
    try:
        return edges.schedule(uid)
    except NotFound:
        return Schedule(uid=uid, name=request.name, cron=request.cron, timezone=request.timezone)


def _watched(
    child: _Child,
    old: Schedule | None,
    runs: Mapping[str, Sequence[Run]],
    since: datetime,
    now: datetime,
) -> WatchedSchedule:
    schedule, own = child.schedule, tuple(runs.get(child.schedule.uid, ()))
    before = _oldest_first(run for run in runs.get(child.old_uid or "", ()) if not _incremental(run))
    after = _oldest_first(own)
    first = after[0] if after and _from_its_beginning(schedule, now) else None
    cap = _cap(child, own)
    counted = tuple(run for run in own if _made(run) >= since)
    later = [run for run in after if run is not first and _made(run) >= since]
    # What was due before the first run that is known may have had one that was archived.
    known = schedule.created_at if first or not own else min(map(_made, own))
    begin = max(since, known or now, now - RETENTION)
    watched = WatchedSchedule(
        schedule=schedule,
        old_uid=child.old_uid,
        runs=counted,
        items_before=_usual(before),
        items_now=_usual(later),
        brought=_sum(run.output_count or 0 for run in after if _made(run) >= since),
        in_full=_in_full(after, cap, since) if first else None,
        cap=cap,
        capped=tuple(run for run in later if cap is not None and _reached(run, cap)),
        iterations=iterations(schedule, own, begin, now),
        failures=Counter(error_label(run.last_error) or "" for run in counted if run.result in _FAILED),
    )
    if cap is not None:
        synced = after[-1].started_at if after else None
        wait = longest_wait(schedule.cron, schedule.timezone, now, synced)
        hidden = any(_reached(run, cap) for run in after if run is not first)
        history = [*_growth(before), *_news(after)]
        told = forecast(history, wait, cap, at_least=hidden) if wait else None
        watched = replace(watched, forecast=told)
    return replace(watched, findings=tuple(findings(watched, old, first, now)))


def _rank(watched: WatchedSchedule) -> int:
    return min((finding.rank for finding in watched.findings), default=len(URGENCY))


def _made(run: Run) -> datetime:
    return run.created_at or _LONG_AGO


def _oldest_first(runs: Iterable[Run]) -> list[Run]:
    """The runs that brought something, as their order was."""
    ended = [r for r in runs if r.result in _BROUGHT and r.output_count is not None and r.started_at]
    return sorted(ended, key=lambda run: run.started_at or _LONG_AGO)


def _from_its_beginning(schedule: Schedule, now: datetime) -> bool:
    """Whether even the first run of a schedule can't have been archived yet."""
    return schedule.created_at is not None and schedule.created_at > now - RETENTION


def _incremental(run: Run) -> bool:
    return mode_of(run.parameters) == "incremental"


def _cap(child: _Child, runs: Iterable[Run]) -> int | None:
    sent = child.request.parameters if child.request else None
    for parameters in (*(run.parameters for run in runs), child.schedule.parameters, sent):
        cap = (parameters or {}).get("max_results")
        if isinstance(cap, int) and not isinstance(cap, bool):
            return cap
    return None


def _reached(run: Run, cap: int) -> bool:
    allowed = (run.parameters or {}).get("max_results", cap)
    return isinstance(allowed, int) and (run.output_count or 0) >= allowed


def _usual(runs: Iterable[Run]) -> float | None:
    counts = [run.output_count or 0 for run in runs]
    return float(median(counts)) if counts else None


def _sum(counts: Iterable[int]) -> Load:
    return sum((Load(count, math.ceil(count / _PAGE)) for count in counts), Load())


def _in_full(runs: Sequence[Run], cap: int | None, since: datetime) -> Load:
    """What full mode would have brought at the times of these runs: each time all that is known by then."""
    size, counts = 0, []
    for run in runs:
        size += run.output_count or 0
        if _made(run) >= since:
            counts.append(size if cap is None else min(size, cap))
    return _sum(counts)


def _growth(runs: Sequence[Run]) -> list[Increment]:
    """What was new between full runs, as far as no cap hid it."""
    grown = []
    for older, newer in pairwise(runs):
        allowed = (newer.parameters or {}).get("max_results")
        hidden = isinstance(allowed, int) and newer.output_count == allowed
        if older.started_at and newer.started_at and newer.started_at > older.started_at and not hidden:
            new = (newer.output_count or 0) - (older.output_count or 0)
            grown.append(Increment(older.started_at, newer.started_at, max(0, new)))
    return grown


def _news(runs: Sequence[Run]) -> list[Increment]:
    """What incremental runs brought after the first of those that are known."""
    return [
        Increment(older.started_at, newer.started_at, newer.output_count or 0)
        for older, newer in pairwise(runs)
        if older.started_at and newer.started_at and newer.started_at > older.started_at
    ]


def total(watched: Iterable[WatchedSchedule]) -> tuple[Load, Load]:
    """Return what full mode would have brought and what incremental mode brought, where both are known."""
    known = [(one.in_full, one.brought) for one in watched if one.in_full is not None]
    return (
        sum((full for full, _ in known), Load()),
        sum((brought for _, brought in known), Load()),
    )


def unfinished(aftermath: Aftermath) -> Finding | None:
    """Return what to do about replacements that were begun and not ended, None where there are none."""
    if not aftermath.begun:
        return None
    number = len(aftermath.begun)
    told = "1 replacement was" if number == 1 else f"{number} replacements were"
    named = ", ".join(list(aftermath.begun)[:5]) + (" and others" if number > 5 else "")
    kinds = set(aftermath.begun.values())
    ways = [f"{way} again" for kind, way in GOES_ON_BY.items() if kind in kinds]
    remedy = f"To go on with it, {' and '.join(ways)}."
    return Finding("unfinished", f"{told} begun and not ended: {named}.", remedy)
