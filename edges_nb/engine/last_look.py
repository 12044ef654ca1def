"""Make what was told during a run true at its end: others may have changed schedules meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from edges_nb.models.api import Schedule
from edges_nb.models.results import DRIFTED, MIGRATED, STARTED, TROUBLE, Result


def as_it_is_now(results: Iterable[Result], listed: Iterable[Schedule]) -> list[Result]:
    """Return results with how their schedules are now, by a list that was read after them.

    What the list leaves out, such as what it shows late, changes nothing.
    """
    statuses = {one.uid: one.status for one in listed if one.status}
    return [_now(result, statuses) for result in results]


def _now(result: Result, statuses: Mapping[str, str]) -> Result:
    new = result.new_uid or ""
    if result.outcome in (MIGRATED, STARTED):
        status = statuses.get(new, "ACTIVE")
        if status == "ACTIVE":
            return result
        told = f"{new} took its place, and somebody else changed it since: it is {status}."
        return replace(result, outcome=DRIFTED, reason=told)
    if result.outcome not in TROUBLE:
        return result
    shown = [f"{uid} is {statuses[uid]}" for uid in (result.schedule_uid, new) if uid in statuses]
    return replace(result, reason=f"{result.reason} At the end: {', '.join(shown)}.") if shown else result
