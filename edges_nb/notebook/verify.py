"""Whether a fresh look at the workspace bears out what was told of an apply."""

from dataclasses import replace
from typing import TYPE_CHECKING

from edges_nb.client import Edges
from edges_nb.errors import NotFound
from edges_nb.models.api import LIVE
from edges_nb.planning.plan import Plan

if TYPE_CHECKING:
    from edges_nb.models.results import Result


def contradicted(edges: Edges, fresh: Plan, results: "list[Result]") -> "list[Result]":
    """Return results that say migrated where the workspace says otherwise, as ones that need attention.

    Args:
        fresh: a plan made after the apply.
    """
    from edges_nb.models.results import MIGRATED, NEEDS_ATTENTION

    found = []
    for result in results:
        if result.outcome == MIGRATED and result.new_uid:
            problem = _problem(edges, fresh, result.schedule_uid, result.new_uid)
            if problem:
                found.append(replace(result, outcome=NEEDS_ATTENTION, reason=problem))
    return found


def _problem(edges: Edges, fresh: Plan, old_uid: str, new_uid: str) -> str:
    if not _is_live(edges, fresh, new_uid, hoped=True):
        return f"{new_uid} took its place, but does not run any more: look at both in Edges."
    if _is_live(edges, fresh, old_uid, hoped=False):
        return f"{new_uid} took its place, but it is live again itself: cancel one of the two in Edges."
    return ""


def _is_live(edges: Edges, fresh: Plan, uid: str, *, hoped: bool) -> bool:
    listed = fresh.reading.by_uid.get(uid)
    if listed is not None and (listed.status in LIVE) is hoped:
        return hoped
    # A list can lag behind; the schedule itself does not.
    try:
        return edges.schedule(uid).status in LIVE
    except NotFound:
        return False
