"""Compare schedules with what was requested, as far as the server shows them."""

from collections.abc import Mapping, Sequence

from edges_nb.client import Edges
from edges_nb.errors import NotFound
from edges_nb.ledger.records import Record
from edges_nb.models.api import Run, Schedule, ScheduleRequest, mode_of


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


def stock_of(listed: Sequence[Schedule], record: Record) -> dict[str, str]:
    """Return the statuses of the schedules that are there and could be taken for a replacement, by uid.

    Only the cron decides: what else a list shows can differ from one reading to the next.
    """
    crons = {record.old.cron, *(version.cron for version in record.versions)}
    return {one.uid: one.status or "" for one in listed if one.cron in crons and one.uid != record.old_uid}


def stopped_since(listed: Sequence[Schedule], stock: Mapping[str, str]) -> list[str]:
    """Return the uids of the schedules that ran when stock was taken and do not run now."""
    return [
        one.uid for one in listed if stock.get(one.uid) == "ACTIVE" and one.status in ("PAUSED", "CANCELLED")
    ]


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
