"""The runs of the next days as a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from edges_nb import cron as crons
from edges_nb.errors import BadInput
from edges_nb.frames import TIME, frame_of
from edges_nb.frames.loading import tells_columns
from edges_nb.models.api import identities_of

if TYPE_CHECKING:
    import pandas as pd

    from edges_nb.client import Edges
    from edges_nb.models.api import Schedule

CALENDAR_COLUMNS: Mapping[str, str] = {
    "run_at": TIME,
    "run_at_local": "string",
    "schedule_uid": "string",
    "name": "string",
    "action": "string",
    "timezone": "string",
    "identity_uid": "string",
    "identity_name": "string",
}

_MOST = 500
"""Runs of one schedule that are looked up at once."""


@tells_columns(CALENDAR_COLUMNS)
def load_calendar(edges: Edges, days: int = 7) -> pd.DataFrame:
    """Load what is planned: one row for each run of an active schedule within the next days, the next first.

    Returns:
        One row for each planned run. A schedule whose cron or timezone can't be read has a row for its next
        execution only, where the server shows one.

    Raises:
        BadInput: `days` is not a number from 1 to 366.

    Example:
        >>> planned = load_calendar(Edges.from_env(), days=2)
        >>> planned.groupby(planned["run_at"].dt.floor("h")).size().nlargest(3)
    """
    if not 1 <= days <= 366:
        raise BadInput(f"days={days!r} can't be used: give a number from 1 to 366.")
    schedules = edges.schedules(status="ACTIVE")
    names = {identity.uid: identity.name for identity in edges.identities(identities_of(schedules))}
    now = edges.now()
    planned = [(at, each) for each in schedules for at in _times(each, now, now + timedelta(days=days))]
    planned.sort(key=lambda row: (row[0], row[1].uid))
    rows = [each for _, each in planned]
    owners = [each.identity_ids[0] if len(each.identity_ids or ()) == 1 else None for each in rows]  # type: ignore[index]
    return frame_of(
        CALENDAR_COLUMNS,
        {
            "run_at": [at for at, _ in planned],
            "run_at_local": [_local(at, each.timezone) for at, each in planned],
            "schedule_uid": [each.uid for each in rows],
            "name": [each.name for each in rows],
            "action": [each.action_name for each in rows],
            "timezone": [each.timezone for each in rows],
            "identity_uid": owners,
            "identity_name": [names.get(owner or "") for owner in owners],
        },
    )


def _times(schedule: Schedule, now: datetime, until: datetime) -> list[datetime]:
    """The moments after now, and not after the end, at which a schedule runs."""
    start, found = schedule.next_execution_at, list[datetime]()
    if start is not None and now <= start <= until:
        found.append(start)
    after = max(now, start or now)
    try:
        while schedule.cron and after < until:
            more = crons.next_times(schedule.cron, schedule.timezone or "UTC", after, _MOST)
            found += [at for at in more if at <= until]
            after = more[-1] if more else until
    except ValueError:
        pass  # no cron that can be read: what the server shows is all that is known
    return found


def _local(at: datetime, timezone: str | None) -> str | None:
    try:
        return at.astimezone(ZoneInfo(timezone or "UTC")).isoformat(timespec="seconds")
    except (ValueError, LookupError, OSError):
        return None
