"""Whether a fresh list of the workspace bears out what was told of an apply, and what could still be done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from edges_nb.client import Edges
from edges_nb.errors import NotFound
from edges_nb.models.api import LIVE, Schedule
from edges_nb.models.history import Past
from edges_nb.models.name_marks import mark_of
from edges_nb.models.plan_items import Decision
from edges_nb.models.reasons import Reason
from edges_nb.notebook import messages
from edges_nb.planning.plan import Plan
from edges_nb.planning.snapshot import live_children, may_be_migrated
from edges_nb.reports.html import Html

if TYPE_CHECKING:
    from edges_nb.models.results import Result


def verified(plan: Plan, done: "Sequence[Result]") -> "tuple[list[Result], Html]":
    """Read the list once more, and return the results that it contradicts, and what to say of it all."""
    fresh = plan.edges.schedules(plan.reading.action)
    wrong, left = contradicted(plan.edges, fresh, done), still_open(plan, fresh, plan.past)
    return wrong, messages.borne_out(done, wrong, plan.kind) + messages.what_is_left(plan, left)


def contradicted(edges: Edges, fresh: Sequence[Schedule], results: "Sequence[Result]") -> "list[Result]":
    """Return results that say migrated where the workspace says otherwise, as ones that need attention.

    Args:
        fresh: the schedules as they were listed after the apply; where they disagree with a result, the
            schedule itself is asked for.
    """
    from edges_nb.models.results import MIGRATED, NEEDS_ATTENTION

    listed = {schedule.uid: schedule for schedule in fresh}

    def is_live(uid: str, *, hoped: bool) -> bool:
        seen = listed.get(uid)
        if seen is not None and (seen.status in LIVE) is hoped:
            return hoped
        # A list can lag behind; the schedule itself does not.
        try:
            return edges.schedule(uid).status in LIVE
        except NotFound:
            return False

    def problem(old_uid: str, new_uid: str) -> str:
        if not is_live(new_uid, hoped=True):
            return f"{new_uid} took its place, but does not run any more: look at both in Edges."
        if is_live(old_uid, hoped=False):
            return f"{new_uid} took its place, but it is live again itself: cancel one of the two in Edges."
        return ""

    return [
        replace(result, outcome=NEEDS_ATTENTION, reason=told)
        for result in results
        if result.outcome == MIGRATED
        and result.new_uid
        and (told := problem(result.schedule_uid, result.new_uid))
    ]


def still_open(plan: Plan, fresh: Sequence[Schedule], past: Past) -> list[Schedule]:
    """Return what could be replaced after all that was done, by what a fresh list shows."""
    decided = {
        item.uid for item in plan.items if item.decision is not Decision.MIGRATE and item.code != Reason.LIMIT
    }
    if plan.kind == "undo":
        left = [child for child in live_children(fresh, past).values() if _can_be_undone(child, past)]
    else:
        left = may_be_migrated(fresh, plan.reading.identities, past, plan.reading.action)
    return [schedule for schedule in left if schedule.uid not in decided]


def _can_be_undone(child: Schedule, past: Past) -> bool:
    made, mark = past.children.get(child.uid), mark_of(child.name)
    undone = made.kind == "undo" if made else mark is None or not mark.incremental
    return child.status == "ACTIVE" and not undone
