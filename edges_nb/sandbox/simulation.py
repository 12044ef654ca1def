"""What happens in a workspace while its clock moves: schedules fall due, runs start and end."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from edges_nb.sandbox.entities import UNFINISHED, Span, StoredRun, StoredSchedule

if TYPE_CHECKING:
    from edges_nb.sandbox.world import World

RETENTION = timedelta(days=90)
"""Runs older than this are archived: lists and GETs know them no more."""

START_DELAY = (2.0, 40.0)
"""Seconds from when a run is queued until it starts."""


class _Kind(IntEnum):
    """What comes first of several things at one moment: a run that has just ended blocks no other."""

    ENDS = 0
    STARTS = 1
    DUE = 2


class Simulation:
    """Moves a workspace on to a moment, event by event, however large or small the steps of its clock."""

    def __init__(self, world: World, until: datetime) -> None:
        self._world = world
        self._until = until
        self._busy: Counter[str] = Counter()
        self._events: list[tuple[datetime, _Kind, str]] = []

    def run(self) -> None:
        """Let everything happen, then archive what has grown old."""
        self._collect()
        while self._events:
            at, kind, uid = heapq.heappop(self._events)
            match kind:
                case _Kind.ENDS:
                    self._end(self._world.runs[uid], at)
                case _Kind.STARTS:
                    self._start(self._world.runs[uid], at)
                case _Kind.DUE:
                    self._fall_due(self._world.schedules[uid], at)
        self._archive()

    def _collect(self) -> None:
        for run in self._world.runs.values():
            if run.status in UNFINISHED:
                self._busy[run.owner] += 1
                running = run.status == "RUNNING"
                self._expect(self._timing(run)[running], _Kind.ENDS if running else _Kind.STARTS, run.uid)
        for schedule in self._world.schedules.values():
            if schedule.status == "ACTIVE" and schedule.next_execution_at is not None:
                self._expect(schedule.next_execution_at, _Kind.DUE, schedule.uid)

    def _expect(self, at: datetime, kind: _Kind, uid: str) -> None:
        if at <= self._until:
            heapq.heappush(self._events, (at, kind, uid))

    def _timing(self, run: StoredRun) -> tuple[datetime, datetime]:
        """When a run starts and when it ends."""
        dice = self._dice(run)
        delay = timedelta(seconds=dice.uniform(*START_DELAY))
        duration = timedelta(minutes=dice.uniform(*self._world.habits.minutes))
        running = run.started_at if run.status == "RUNNING" else None
        start = running or (run.queued_at or run.created_at) + delay
        return start, start + duration

    def _dice(self, run: StoredRun, *parts: object) -> random.Random:
        key = "/".join(map(str, (self._world.seed, run.uid, run.attempt, *parts)))
        return random.Random(key)  # noqa: S311 - dice, not a secret

    def _fall_due(self, schedule: StoredSchedule, at: datetime) -> None:
        """Queue a run, unless one of the schedule is unfinished: then the API skips the iteration."""
        if not self._busy[schedule.uid]:
            run = self._world.queue_run(schedule, at)
            schedule.last_executed_at = at
            self._busy[schedule.uid] += 1
            self._expect(self._timing(run)[0], _Kind.STARTS, run.uid)
        schedule.next_execution_at = self._world.due_after(schedule, at)
        if schedule.next_execution_at is None:
            schedule.status = "COMPLETED"
        else:
            self._expect(schedule.next_execution_at, _Kind.DUE, schedule.uid)

    def _start(self, run: StoredRun, at: datetime) -> None:
        ends = self._timing(run)[1]
        run.status, run.started_at = "RUNNING", at
        schedule = self._world.schedules.get(run.scheduled_run_uid or "")
        if schedule is not None:
            queued = run.queued_at or run.created_at
            schedule.last_executed_at = max(queued, schedule.last_executed_at or queued)
        self._expect(ends, _Kind.ENDS, run.uid)

    def _end(self, run: StoredRun, at: datetime) -> None:
        """Bring what the run was for; what an input that failed would have brought is left for the next."""
        errors = {number: self._error(run, number) for number in range(len(run.inputs))}
        failed = {number: error for number, error in errors.items() if error is not None}
        brought = {number: self._fetch(run, number) for number in errors if number not in failed}
        run.failed_inputs = list(failed)
        run.last_error = next(iter(failed.values()), None)
        run.status = "SUCCEEDED" if not failed else "PARTIAL_SUCCEEDED" if brought else "FAILED"
        run.finished_at = at
        run.brought = [span for span in brought.values() if span.low < span.high] + run.brought
        run.output_count += sum(span.high - span.low for span in brought.values())
        self._busy[run.owner] -= 1
        self._world.outbox.post(run, brought)

    def _error(self, run: StoredRun, number: int) -> dict[str, Any] | None:
        for uid in run.identity_ids:
            identity = self._world.identities.get(uid)
            if identity is None or not identity.is_active:
                message = "No valid LinkedIn account is configured for this identity"
                return {"error_label": "NO_VALID_ACCOUNT_CONFIGURED", "message": message}
        if self._dice(run, "input", number).random() < self._world.habits.failing:
            return {"error_label": "LK_ERROR", "message": "LinkedIn asked for a new login"}
        return None

    def _fetch(self, run: StoredRun, number: int) -> Span:
        world, moment = self._world, run.started_at or run.created_at
        network = world.networks.of(run.action_name, run.identity_ids, run.inputs[number], world.habits)
        cap = run.parameters.get("max_results", world.habits.default_max_results)
        if run.parameters.get("sync_mode") != "incremental":
            return world.syncs.fetch_all(run.owner, network, cap, moment)
        span, lost = world.syncs.fetch_new(run.owner, network, cap, moment, world.habits)
        run.lost_count += lost
        return span

    def _archive(self) -> None:
        oldest = self._until - RETENTION
        for run in list(self._world.runs.values()):
            if run.created_at < oldest and run.status not in UNFINISHED:
                del self._world.runs[run.uid]
