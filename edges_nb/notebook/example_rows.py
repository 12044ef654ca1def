"""Rows that a sandbox starts where nobody gives any."""

import pandas as pd

from edges_nb.client import Edges
from edges_nb.models.api import Schedule, mode_of
from edges_nb.planning.start_input import Way
from edges_nb.reports.start_report import usable_identities

_CALLBACK = "https://hooks.example.com/edges/new-connections"


def example_rows(edges: Edges, action: str, way: Way) -> pd.DataFrame:
    """Return rows for identities of the sandbox: two that are new and, for schedules, one that is there."""
    there = _incremental(edges, action) if way == "schedule" else None
    taken = (there.identity_ids or []) if there else []
    usable = [identity for identity in usable_identities(edges.identities()) if identity.uid not in taken]
    # One of each timezone, so that local times differ.
    free = sorted(
        {each.timezone: each for each in reversed(usable)}.values(), key=lambda each: each.timezone or ""
    )
    rows = [
        {
            "identity_uid": identity.uid,
            "input": {"linkedin_url": f"https://www.linkedin.com/in/new-desk-{number}"},
            "callback_url": _CALLBACK,
            "max_results": cap,
        }
        for number, (identity, cap) in enumerate(zip(free, (None, 500), strict=False), 1)
    ]
    return pd.DataFrame([*rows, *([_row_of(there)] if there else [])]).astype("object")


def _incremental(edges: Edges, action: str) -> Schedule | None:
    """Return a live schedule that runs in incremental mode and shows what it is made of."""
    for run in edges.runs(action):
        if run.scheduled_run_uid and mode_of(run.parameters) == "incremental":
            schedule = edges.schedule(run.scheduled_run_uid)
            if (
                schedule.status == "ACTIVE"
                and schedule.inputs
                and schedule.callback
                and schedule.identity_ids
            ):
                return schedule.model_copy(update={"parameters": run.parameters})
    return None


def _row_of(schedule: Schedule) -> dict[str, object]:
    callback, uids = schedule.callback or {}, schedule.identity_ids or [""]
    return {
        "identity_uid": uids[0],
        "input": schedule.inputs,
        "callback_url": callback.get("url"),
        "callback_headers": callback.get("headers"),
        "callback_on": callback.get("on"),
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "max_results": (schedule.parameters or {}).get("max_results"),
    }
