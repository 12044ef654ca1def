"""What stands in on the sandbox: rows to start where nothing is chosen, and a run that goes on for weeks."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pandas as pd

from edges_nb.async_runs import continue_run, load_syncs, start_run, wait
from edges_nb.client import Edges
from edges_nb.models.api import Run, Schedule, mode_of
from edges_nb.planning.start_input import Way
from edges_nb.redaction import Secret
from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, tag
from edges_nb.reports.start_report import usable_identities
from edges_nb.reports.tables import frame_table
from edges_nb.settings import Settings, serve_sandbox

_WEEKS = 4
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


def rehearse_syncs(action: str) -> Html:
    """On a sandbox of its own, continue an async run every week, and compare what each sync brought."""
    sandbox = serve_sandbox()
    try:
        with tempfile.TemporaryDirectory(prefix="edges-nb-") as folder:
            ledger = str(Path(folder) / "ledger.sqlite")
            with Edges(Settings(Secret(sandbox.key), sandbox.base_url, ledger, sandbox=True)) as edges:
                run = _continued(edges, action)
                syncs = load_syncs(edges, run.uid)
    finally:
        sandbox.stop()
    told = (
        f"On a sandbox of its own, a run was started, and continued every week for {counted(_WEEKS, 'week')}."
    )
    shown = syncs.assign(ended=[f"{moment:%a} {moment.day} {moment:%b %Y}" for moment in syncs["ended"]])
    shown.columns = pd.Index(["Sync", "Ended", "Items it brought", "Items in all"])
    return tag("p", told) + frame_table(shown, caption="The first full sync, and what came after")


def _continued(edges: Edges, action: str) -> Run:
    example = example_rows(edges, action, "async").iloc[0].dropna()
    row = {str(column): cell for column, cell in example.items()}
    run = wait(edges, start_run(edges, row, action=action).uid)
    for _ in range(_WEEKS):
        edges.let_time_pass(timedelta(weeks=1).total_seconds())
        continue_run(edges, run.uid)
        run = wait(edges, run.uid)
    return run


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
