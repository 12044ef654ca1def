"""Identities, schedules and runs as DataFrames whose columns and dtypes never vary, not even without rows.

Times are UTC. A local time is text with its offset, since a column has one timezone only. Of a callback there
is its host: path, query and headers often carry a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import pandas as pd

from edges_nb import cron as crons
from edges_nb.models.api import Identity, Run, Schedule, mode_of
from edges_nb.redaction import without_secrets

TIME = "datetime64[us, UTC]"

IDENTITY_COLUMNS: Mapping[str, str] = {
    "identity_uid": "string",
    "name": "string",
    "type": "string",
    "active": "boolean",
    "linkedin": "string",
    "timezone": "string",
    "created": TIME,
}

SCHEDULE_COLUMNS: Mapping[str, str] = {
    "schedule_uid": "string",
    "name": "string",
    "action": "string",
    "status": "string",
    "cron": "string",
    "cron_words": "string",
    "timezone": "string",
    "runs_per_day": "Float64",
    "next_execution": TIME,
    "next_execution_local": "string",
    "last_execution": TIME,
    "last_execution_local": "string",
    "identity_uid": "string",
    "identity_name": "string",
    "identity_type": "string",
    "identity_active": "boolean",
    "identity_linkedin": "string",
    "identities": "Int64",
    "callback_host": "string",
    "inputs": "Int64",
    "sync_mode": "string",
    "max_results": "Int64",
    "created": TIME,
}
"""`identities` and `inputs` are counts; a value that the server does not show is missing, never 0."""

RUN_COLUMNS: Mapping[str, str] = {
    "run_uid": "string",
    "schedule_uid": "string",
    "schedule_name": "string",
    "action": "string",
    "status": "string",
    "sync_mode": "string",
    "max_results": "Int64",
    "items": "Int64",
    "error": "string",
    "created": TIME,
    "started": TIME,
    "finished": TIME,
    "minutes": "Float64",
}
"""`items` is what the run brought, `error` the label of its last error."""

Result = TypeVar("Result")

_LONGEST_LABEL = 80


def identities_frame(identities: Sequence[Identity]) -> pd.DataFrame:
    """Return one row an identity."""
    return frame_of(
        IDENTITY_COLUMNS,
        {
            "identity_uid": [identity.uid for identity in identities],
            "name": [identity.name for identity in identities],
            "type": [identity.type for identity in identities],
            "active": [identity.is_active for identity in identities],
            "linkedin": [identity.linkedin_status for identity in identities],
            "timezone": [identity.timezone for identity in identities],
            "created": [identity.created_at for identity in identities],
        },
    )


def schedules_frame(schedules: Sequence[Schedule], identities: Iterable[Identity]) -> pd.DataFrame:
    """Return one row a schedule, joined with its identity where it has exactly one that is known."""
    return frame_of(
        SCHEDULE_COLUMNS,
        {
            "schedule_uid": [schedule.uid for schedule in schedules],
            "name": [schedule.name for schedule in schedules],
            "action": [schedule.action_name for schedule in schedules],
            "status": [schedule.status for schedule in schedules],
            **_times(schedules),
            **_identity(schedules, {identity.uid: identity for identity in identities}),
            "callback_host": [host_of(schedule.callback) for schedule in schedules],
            "inputs": [_count(schedule.inputs) for schedule in schedules],
            "sync_mode": [mode_of(schedule.parameters) for schedule in schedules],
            "max_results": [_whole((schedule.parameters or {}).get("max_results")) for schedule in schedules],
            "created": [schedule.created_at for schedule in schedules],
        },
    )


def runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Return one row a run."""
    return frame_of(
        RUN_COLUMNS,
        {
            "run_uid": [run.uid for run in runs],
            "schedule_uid": [run.scheduled_run_uid for run in runs],
            "schedule_name": [run.scheduled_run_name for run in runs],
            "action": [run.action_name for run in runs],
            "status": [run.result for run in runs],
            "sync_mode": [mode_of(run.parameters) for run in runs],
            "max_results": [_whole((run.parameters or {}).get("max_results")) for run in runs],
            "items": [run.output_count for run in runs],
            "error": [None if run.nothing_new else error_label(run.last_error) for run in runs],
            "created": [run.created_at for run in runs],
            "started": [run.started_at for run in runs],
            "finished": [run.finished_at for run in runs],
            "minutes": [_minutes(run) for run in runs],
        },
    )


def error_label(error: object) -> str | None:
    """Return the label of a run's error, which is an object or text; its message may hold what was sent."""
    if isinstance(error, Mapping) and error:
        error = error.get("error_label") or error.get("label") or "error"
    return without_secrets(str(error), _LONGEST_LABEL) if error else None


def frame_of(columns: Mapping[str, str], values: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return a frame of exactly these columns and dtypes."""
    return pd.DataFrame({name: _column(values[name], dtype) for name, dtype in columns.items()})


def _column(values: Sequence[Any], dtype: str) -> pd.Series[Any]:
    if dtype == TIME:
        times = pd.to_datetime(list(values), utc=True, format="ISO8601")
        return pd.Series(times, dtype=TIME)
    return pd.Series(values, dtype=dtype)


def _times(schedules: Sequence[Schedule]) -> dict[str, Sequence[Any]]:
    words, per_day, zone = (
        cache(_or_none(crons.in_words)),
        cache(_or_none(crons.runs_per_day)),
        cache(_or_none(ZoneInfo)),
    )

    def local(at: datetime | None, timezone: str | None) -> str | None:
        where: tzinfo | None = zone(timezone or "UTC")
        return (
            at.astimezone(where).isoformat(timespec="seconds")
            if at is not None and where is not None
            else None
        )

    return {
        "cron": [schedule.cron for schedule in schedules],
        "cron_words": [words(schedule.cron) if schedule.cron else None for schedule in schedules],
        "timezone": [schedule.timezone for schedule in schedules],
        "runs_per_day": [
            # The timezone only moves the times of day; it would multiply what there is to work out.
            per_day(schedule.cron) if schedule.cron else None
            for schedule in schedules
        ],
        "next_execution": [schedule.next_execution_at for schedule in schedules],
        "next_execution_local": [
            local(schedule.next_execution_at, schedule.timezone) for schedule in schedules
        ],
        "last_execution": [schedule.last_executed_at for schedule in schedules],
        "last_execution_local": [
            local(schedule.last_executed_at, schedule.timezone) for schedule in schedules
        ],
    }


def _or_none(function: Callable[..., Result]) -> Callable[..., Result | None]:
    """The function, giving None where a server's value can't be read: a frame shows what is there."""

    def reading(*values: str) -> Result | None:
        try:
            return function(*values)
        except (ValueError, LookupError, OSError):
            return None

    return reading


def _identity(schedules: Sequence[Schedule], known: Mapping[str, Identity]) -> dict[str, Sequence[Any]]:
    uids = [
        schedule.identity_ids[0] if schedule.identity_ids and len(schedule.identity_ids) == 1 else None
        for schedule in schedules
    ]
    owners = [known.get(uid) if uid is not None else None for uid in uids]
    return {
        "identity_uid": uids,
        "identity_name": [owner.name if owner else None for owner in owners],
        "identity_type": [owner.type if owner else None for owner in owners],
        "identity_active": [owner.is_active if owner else None for owner in owners],
        "identity_linkedin": [owner.linkedin_status if owner else None for owner in owners],
        "identities": [_count(schedule.identity_ids) for schedule in schedules],
    }


def host_of(callback: Mapping[str, object] | None) -> str | None:
    """Return the host that a callback's results go to; all else of its address may be a secret."""
    url = str((callback or {}).get("url") or "")
    _, found, rest = url.partition("://")
    # Not urlsplit, which refuses what it dislikes and is slow for a hundred thousand.
    authority = rest.replace("\\", "/").partition("/")[0].partition("?")[0].partition("#")[0]
    return (
        (authority.rpartition("@")[2].rpartition(":")[0] or authority.rpartition("@")[2]) or None
        if found
        else None
    )


def _count(values: Sequence[object] | None) -> int | None:
    return None if values is None else len(values)


def _whole(value: object) -> int | None:
    """A number that a column can hold; None for anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return cast(int, value) if whole else None


def _minutes(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return (run.finished_at - run.started_at).total_seconds() / 60
