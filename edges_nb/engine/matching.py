"""Find a replacement on a server that keeps no names: by what it looks like, and by how many there can be."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from edges_nb.client import Edges
from edges_nb.errors import NotFound
from edges_nb.ledger.records import Record
from edges_nb.models.api import LIVE, Run, Schedule, ScheduleRequest, mode_of
from edges_nb.models.name_marks import mark_of

_CLOCK_GRAIN = timedelta(seconds=2)
"""`since` is read from a header that knows whole seconds only."""

_SHOWN = ("cron", "timezone", "inputs", "callback", "identity_ids")


def differences(child: Schedule, request: ScheduleRequest) -> list[str]:
    """Name the fields of a schedule that are not what was requested, as far as the server shows them."""
    shown = {
        "cron": (child.cron, request.cron),
        "timezone": (child.timezone, request.timezone),
        "inputs": (child.inputs, request.inputs),
        "callback": ((child.callback or {}).get("url"), request.callback.get("url")),
        "identity_ids": (child.identity_ids, request.identity_ids),
    }
    return [
        name for name, (have, want) in shown.items() if have is not None and want is not None and have != want
    ]


def candidates(listed: Iterable[Schedule], record: Record) -> list[Schedule]:
    """Return the live schedules that look as requested and are not older than the request."""
    return [
        child
        for child in listed
        if child.status in LIVE
        and is_new(child, record)
        and not mark_of(child.name)
        and not differences(child, record.wanted)
    ]


def is_new(child: Schedule, record: Record) -> bool:
    """Whether a schedule may have been created since it was noted what is there."""
    since = since_of(record)
    return (
        since is not None
        and child.created_at is not None
        and child.created_at >= since
        and child.uid not in record.memo.known
    )


def places(listed: Iterable[Schedule], record: Record, claims: Mapping[str, str]) -> int:
    """Count the schedules whose replacements look like that of this one, itself included.

    Others that look like it and were stopped meanwhile, by another run or a person, may have been replaced
    as well.

    Args:
        claims: whose place each new schedule takes that is known, so that it is no candidate.
    """
    replaced = set(claims.values())
    return 1 + sum(
        _looks_like(other, record.old)
        and other.uid not in replaced
        and _stopped_since(other, record, claimed=claims.get(other.uid, record.old_uid) != record.old_uid)
        for other in listed
        if other.uid != record.old_uid
    )


def agreement(
    edges: Edges, child: Schedule, wanted: ScheduleRequest, runs: Sequence[Run], *, any_mode: bool = False
) -> bool | None:
    """Whether what was requested is what a child and its newest run tell, None where they tell too little.

    Args:
        runs: the newest runs of the action.
        any_mode: whether it may be full or incremental, whatever was requested.
    """
    run = next((run for run in runs if run.scheduled_run_uid == child.uid), None)
    parameters = child.parameters if child.parameters is not None or run is None else run.parameters
    incremental = mode_of(parameters) == "incremental"
    if not any_mode and parameters is not None and incremental != (wanted.sync_mode == "incremental"):
        return False
    if child.inputs is not None:
        return True
    if run is None:
        return None
    if run.callback is not None and run.callback.get("url") != wanted.callback.get("url"):
        return False
    try:
        sent = [row.sent for row in edges.run_inputs(run.uid)]
    except NotFound:
        return None
    return sent == wanted.inputs if sent else None


def since_of(record: Record) -> datetime | None:
    """Return from when on something may have been created."""
    since = record.memo.since
    return datetime.fromisoformat(since) - _CLOCK_GRAIN if since else None


def _looks_like(other: Schedule, old: Schedule) -> bool:
    pairs = ((getattr(other, name), getattr(old, name)) for name in _SHOWN)
    return all(one == two for one, two in pairs if one is not None and two is not None)


def _stopped_since(other: Schedule, record: Record, *, claimed: bool) -> bool:
    since = since_of(record)
    if other.status not in ("PAUSED", "CANCELLED") or since is None:
        return False
    younger = other.created_at is not None and other.created_at >= since
    there_before = claimed or not younger or other.uid in record.memo.known
    return there_before and (other.updated_at is None or other.updated_at >= since)
