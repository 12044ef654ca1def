"""Which of a schedule's due times had a run, and which were left out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from edges_nb import cron as crons
from edges_nb.models.api import Run, Schedule

_EARLY = timedelta(minutes=1)
"""How much before its due time a run may be made: clocks differ."""

_LATE = timedelta(minutes=5)
"""How long after its due time a run may still be made."""

_MOST = 5_000
"""Due times that are looked at, the latest: a schedule that runs each minute has a hundred thousand."""


@dataclass(frozen=True)
class Iterations:
    """Due times.

    Attributes:
        due: all that are over.
        skipped: those left out because the run before was still going.
        missed: those without a run, for whatever other reason, such as a pause.
    """

    due: int = 0
    skipped: int = 0
    missed: int = 0


def iterations(schedule: Schedule, runs: Sequence[Run], since: datetime, now: datetime) -> Iterations:
    """Count a schedule's due times between two moments, and those that had no run.

    Args:
        runs: of the schedule, those that are known.
    """
    dues = _dues(schedule, since, now - _LATE)
    made = sorted(run.created_at for run in runs if run.created_at is not None)
    without = [
        due
        for due, following in pairwise([*dues, now + _EARLY])
        if not _any_between(made, due - _EARLY, following - _EARLY)
    ]
    skipped = sum(any(_going(run, due) for run in runs) for due in without)
    return Iterations(len(dues), skipped, len(without) - skipped)


def _dues(schedule: Schedule, since: datetime, until: datetime) -> list[datetime]:
    if not schedule.cron or until <= since:
        return []
    zone = schedule.timezone or "UTC"
    try:
        per_day = crons.runs_per_day(schedule.cron)
        begin = max(since, until - timedelta(days=_MOST / per_day)) if per_day else since
        # One more for each day on which the clocks are put back.
        count = int(per_day * (until - begin) / timedelta(days=1) * 1.1) + 10
        return [at for at in crons.next_times(schedule.cron, zone, begin, count) if at <= until]
    except ValueError:
        return []


def _any_between(moments: Sequence[datetime], begin: datetime, end: datetime) -> bool:
    place = bisect_left(moments, begin)
    return place < len(moments) and moments[place] < end


def _going(run: Run, at: datetime) -> bool:
    if run.created_at is None or run.created_at >= at - _EARLY:
        return False
    return run.finished_at > at if run.finished_at is not None else run.unfinished
