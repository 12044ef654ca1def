"""Async runs in incremental mode: start one, wait for it, continue it, and see what each time brought."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from edges_nb.client import Edges
from edges_nb.errors import NeedsAttention, StillRunning
from edges_nb.frames import TIME
from edges_nb.models.api import CONNECTIONS, Run
from edges_nb.planning.ledger_session import ledger_of
from edges_nb.planning.start_plan import plan_starts

if TYPE_CHECKING:
    from edges_nb.ledger.records import Record
    from edges_nb.models.results import Result

AT_MOST = 7200.0
"""Seconds that a run is waited for, where nothing else is said."""

_FIRST_GAP, _GROWTH, _LONGEST_GAP = 2.0, 1.5, 60.0
"""Seconds between two looks at a run: few at first, and ever more."""

SYNC_COLUMNS: Mapping[str, str] = {"sync": "string", "ended": TIME, "items": "Int64", "items_in_all": "Int64"}


def start_run(edges: Edges, row: Mapping[str, object], *, action: str = CONNECTIONS, ledger: str = "") -> Run:
    """Start an incremental run at once, or return the one that the same row started before.

    Args:
        row: as for `plan_starts`; it needs no cron.

    Raises:
        BadInput: the row can't be used; nothing was sent.
        NeedsAttention: it was refused, or whether it was started is not clear.
    """
    plan = plan_starts(edges, row, action=action, way="async", ledger=ledger)
    found = plan.items[0].found
    if found is None:
        result = plan.apply().results[0]
        _check(result)
        found = result.new_uid or ""
    return edges.run(found)


def wait(
    edges: Edges,
    uid: str,
    *,
    at_most: float = AT_MOST,
    on_progress: Callable[[Run, float], None] = lambda run, waited: None,
    ledger: str = "",
) -> Run:
    """Wait until a run has ended, looking at it less and less often, and return it.

    Args:
        at_most: seconds, after which it is given up; the run itself goes on.
        on_progress: told the run and the seconds that were waited, after each look.

    Raises:
        StillRunning: it has not ended by then; the sentence names its uid and how to go on.
    """
    waited, gap = 0.0, _FIRST_GAP
    while True:
        run = edges.run(uid)
        on_progress(run, waited)
        # A status that is not shown says nothing.
        if not run.unfinished and run.status is not None:
            _remember_end(edges, run, ledger)
            return run
        if waited >= at_most:
            raise StillRunning(
                f"The run {uid} is still {run.status} after {waited / 60:.0f} minutes, and goes on by "
                f"itself: wait for it again later, by wait(edges, {uid!r}) or by the same notebook.",
                uid=uid,
            )
        gap = min(gap, at_most - waited)
        edges.let_time_pass(gap)
        waited, gap = waited + gap, min(gap * _GROWTH, _LONGEST_GAP)


def continue_run(edges: Edges, uid: str, *, ledger: str = "") -> Run:
    """Let an incremental run that has ended bring what is new since then; it keeps its uid.

    Raises:
        BadInput: its status or its mode does not allow it; nothing was sent.
        NeedsAttention: it was refused, or whether it goes on is not clear.
    """
    from edges_nb.engine.run_starter import AsyncRuns, check_continuable
    from edges_nb.ledger.states import State

    opened = ledger_of(edges, ledger)
    with opened.lock(edges.workspace_key):
        runs, run = AsyncRuns(edges, opened), edges.run(uid)
        record = runs.record_of(uid) or runs.adopted(run)
        if record.state is not State.CONTINUING:
            check_continuable(run)
        _check(runs.go_on(record))
    return edges.run(uid)


def load_outputs(edges: Edges, uid: str) -> pd.DataFrame:
    """Return what a run brought, one row each, the newest first; all pages of it.

    Its columns are the fields of the results, which differ from action to action; what is in an object of a
    result has a column of its own, such as `company.name`.
    """
    return pd.json_normalize(edges.run_outputs(uid))


def load_syncs(edges: Edges, uid: str, *, ledger: str = "") -> pd.DataFrame:
    """Return one row a sync of a run, the first full one and each continuation.

    Its columns are sync, ended, items and items_in_all. What a run had brought is remembered by `wait` and
    before each continuation; the API itself tells the sum only.
    """
    record = _remember_end(edges, edges.run(uid), ledger)
    return syncs_frame(record.memo.syncs if record else {})


def syncs_frame(syncs: Mapping[str, int]) -> pd.DataFrame:
    """Return one row a sync, of what had been brought in all by the moments at which they ended."""
    moments = sorted(syncs, key=datetime.fromisoformat)
    sums = [syncs[moment] for moment in moments]
    before = [0, *sums]
    names = ["first full sync", *(f"continuation {number}" for number in range(1, len(sums)))][: len(sums)]
    # A server that counts anew each time has nothing to take off.
    items = [after - old if after >= old else after for old, after in zip(before, sums, strict=False)]
    columns: dict[str, Any] = {
        "sync": names,
        "ended": pd.to_datetime(moments, utc=True, format="ISO8601"),
        "items": items,
        "items_in_all": sums,
    }
    return pd.DataFrame({name: pd.Series(columns[name], dtype=dtype) for name, dtype in SYNC_COLUMNS.items()})


def _remember_end(edges: Edges, run: Run, ledger: str) -> "Record | None":
    """Keep what a run has brought until its end, and return what is known of it."""
    from edges_nb.engine.run_starter import AsyncRuns
    from edges_nb.ledger.locks import LedgerBusyError

    opened = ledger_of(edges, ledger)
    runs = AsyncRuns(edges, opened)
    try:
        with opened.lock(edges.workspace_key):
            return runs.end(run)
    except LedgerBusyError:
        # Whoever is at work keeps it before the run goes on.
        return runs.record_of(run.uid)


def _check(result: "Result") -> None:
    from edges_nb.models.results import CONTINUED, STARTED

    if result.outcome not in (STARTED, CONTINUED):
        raise NeedsAttention(result.reason)
