"""What GET shows of single schedules, merged with what only the list shows."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edges_nb.errors import NotFound
from edges_nb.models.api import EMPTY, Schedule
from edges_nb.planning.masking import is_masked
from edges_nb.planning.recovery import in_parallel

if TYPE_CHECKING:
    from edges_nb.client import Edges

_LEFT_OUT = ("inputs", "callback", "identity_ids", "identity_mode", "parameters")
_ASKED_FOR = ("inputs", "callback", "identity_ids")
"""What some servers show only in the answer for a single schedule, or not at all."""
_PROBES = 3
"""Schedules that are asked for until one tells whether GET shows more than the list."""


def looked_at(edges: "Edges", candidates: Iterable[Schedule]) -> tuple[dict[str, Schedule], int]:
    """Get the schedules that the list shows less of than GET does, and count the requests after the first."""
    lacking = [s for s in candidates if any(_is_lacking(s, name) for name in _ASKED_FOR)]
    shown: dict[str, Schedule] = {}
    while lacking:
        listed = lacking.pop(0)
        shown[listed.uid] = got = _merged(listed, _got(edges, listed))
        if any(_is_lacking(listed, name) and not _is_lacking(got, name) for name in _LEFT_OUT):
            others = in_parallel(lambda schedule: _merged(schedule, _got(edges, schedule)), lacking)
            shown |= {schedule.uid: schedule for schedule in others}
            break
        if got is not listed or len(shown) == _PROBES:
            # What one schedule shows no more of than the list did, the others do not either.
            break
    return shown, max(len(shown) - 1, 0)


def _is_lacking(schedule: Schedule, name: str) -> bool:
    value = getattr(schedule, name, None)
    return value in EMPTY or is_masked(value)


def _got(edges: "Edges", listed: Schedule) -> Schedule | None:
    try:
        return edges.schedule(listed.uid)
    except NotFound:
        # It went away since it was listed, which is seen when it is read again before it is touched.
        return None


def _merged(listed: Schedule, got: Schedule | None) -> Schedule:
    """Return what GET shows of a schedule, with what only the list shows."""
    if got is None:
        return listed
    only_listed = {
        name: value
        for name in listed.model_fields_set
        if (name not in got.model_fields_set or name in _LEFT_OUT)
        and _is_lacking(got, name)
        and (value := getattr(listed, name)) not in EMPTY
    }
    merged = got.model_copy(update=only_listed)
    odd = {*listed.unreadable, *got.unreadable}
    return merged.with_unreadable(name for name in sorted(odd) if _is_lacking(merged, name))
