"""Identities, schedules and runs of a workspace, loaded as DataFrames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from edges_nb.errors import BadInput
from edges_nb.frames import (
    IDENTITY_COLUMNS,
    RUN_COLUMNS,
    SCHEDULE_COLUMNS,
    identities_frame,
    runs_frame,
    schedules_frame,
)

if TYPE_CHECKING:
    from edges_nb.client import Edges

Loader = TypeVar("Loader", bound=Callable[..., pd.DataFrame])

_OF_RUNS = ("callback_host", "inputs", "sync_mode", "max_results")


def tells_columns(columns: Mapping[str, str]) -> Callable[[Loader], Loader]:
    """Write the columns and dtypes of the frame that a function returns into its docstring."""

    def told(function: Loader) -> Loader:
        lines = "\n".join(f"        {name}: {dtype}" for name, dtype in columns.items())
        function.__doc__ = f"{(function.__doc__ or '').rstrip()}\n\n    Columns:\n{lines}\n"
        return function

    return told


@tells_columns(IDENTITY_COLUMNS)
def load_identities(edges: Edges) -> pd.DataFrame:
    """Load the workspace's identities.

    Returns:
        One row for each identity, also without any the columns below.

    Example:
        >>> identities = load_identities(Edges.from_env())
        >>> identities[identities["type"] == "engagement"]["name"]
    """
    return identities_frame(edges.identities())


@tells_columns(SCHEDULE_COLUMNS)
def load_schedules(
    edges: Edges, action: str | None = None, status: str | None = None, *, details: bool = False
) -> pd.DataFrame:
    """Load the workspace's schedules, each with its identity, its times, and its cron in words.

    Args:
        action: such as `linkedin-extract-connections`; all when absent.
        status: ACTIVE, PAUSED, CANCELLED or COMPLETED; all when absent.
        details: fill sync_mode, max_results, callback_host and inputs from runs where the list does not show
            them: a page of runs for each page of schedules and, where needed, a request for each schedule.

    Returns:
        One row for each schedule. `identities` and `inputs` are counts, times are UTC, and what is not known
        is missing, never 0. `frame.attrs["empty"]` says by column what stays empty and why.

    Example:
        >>> schedules = load_schedules(Edges.from_env(), status="ACTIVE", details=True)
        >>> schedules[schedules["sync_mode"] == "full"].groupby("identity_name")["runs_per_day"].sum()
        >>> schedules.attrs["empty"]
    """
    schedules = edges.schedules(action, status)
    if details:
        # What is known of schedules beyond their list is the business of plans, which stand above frames.
        schedules, empty = import_module("edges_nb.planning.detailed").detailed(edges, schedules)
    frame = schedules_frame(schedules, edges.identities())
    if not details:
        lacking = [name for name in _OF_RUNS if len(frame) and frame[name].isna().all()]
        empty = dict.fromkeys(lacking, "not shown by the list: load_schedules(…, details=True) asks the runs")
    frame.attrs["empty"] = empty
    return frame


@tells_columns(RUN_COLUMNS)
def load_runs(
    edges: Edges,
    action: str | None = None,
    *,
    since: datetime | str | None = None,
    newest: int | None = None,
) -> pd.DataFrame:
    """Load the runs that the server still knows, the newest first.

    Args:
        action: such as `linkedin-extract-connections`; all when absent.
        since: only runs made at this moment or later; a text is ISO 8601, UTC where it names no zone.
        newest: at least so many, and not the whole list.

    Returns:
        One row for each run. `items` is what it brought, `error` the label of its last error.

    Raises:
        BadInput: `since` is not a date or time.

    Example:
        >>> runs = load_runs(Edges.from_env(), since="2026-11-01")
        >>> runs[runs["status"] == "FAILED"]["error"].value_counts()
    """
    return runs_frame(edges.runs(action, since=_moment(since), newest=newest))


def _moment(since: datetime | str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(since) if isinstance(since, str) else since
    except ValueError:
        raise BadInput(f"since={since!r} is not a date or time (example: 2026-11-01T09:00:00Z).") from None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
