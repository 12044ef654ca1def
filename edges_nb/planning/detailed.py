"""Schedules with what lists and GET leave out, as far as their runs tell it."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from edges_nb.models.api import EMPTY, Schedule, mode_of
from edges_nb.planning.details import looked_at
from edges_nb.planning.evidence import Evidence
from edges_nb.planning.recovery import recover

if TYPE_CHECKING:
    from edges_nb.client import Edges


def detailed(edges: "Edges", schedules: Sequence[Schedule]) -> tuple[list[Schedule], dict[str, str]]:
    """Return the schedules with what GET and runs tell of them, and why columns of their frame stay empty."""
    shown, spent = looked_at(edges, schedules)
    known = [shown.get(schedule.uid, schedule) for schedule in schedules]
    evidence: dict[str, Evidence] = {}
    by_action = sorted(known, key=lambda schedule: schedule.action_name or "")
    for action, group in groupby(by_action, key=lambda schedule: schedule.action_name or ""):
        of_action = list(group)
        evidence |= recover(edges, action, of_action, listed=len(of_action), spent=spent)
        spent = 0
    filled = [_filled(schedule, evidence[schedule.uid]) for schedule in known]
    return filled, _missing(filled, evidence)


def _filled(schedule: Schedule, evidence: Evidence) -> Schedule:
    names = ("callback", "inputs", "parameters")
    given = {
        name: value
        for name in names
        if getattr(schedule, name) in EMPTY and (value := getattr(evidence, name)) is not None
    }
    parameters = given.get("parameters")
    if parameters is not None and mode_of(parameters) is None:
        given["parameters"] = {**parameters, "sync_mode": "full"}  # the documented default
    return schedule.model_copy(update=given)


def _missing(schedules: Sequence[Schedule], evidence: dict[str, Evidence]) -> dict[str, str]:
    """Say for each column of a frame in how many rows it stays empty, and why."""
    lacking = {
        "callback_host": [each for each in schedules if not each.callback],
        "inputs": [each for each in schedules if each.inputs is None],
        "sync_mode": [each for each in schedules if mode_of(each.parameters) is None],
        "max_results": [each for each in schedules if (each.parameters or {}).get("max_results") is None],
        "identity_uid": [each for each in schedules if not each.identity_ids],
    }
    told = {}
    for column, without in lacking.items():
        unseen = [each for each in without if not evidence[each.uid].runs]
        reasons = {
            "the server still has no run": len(unseen),
            "the runs tell none": len(without) - len(unseen),
        }
        if column == "identity_uid":
            reasons = {"neither list nor GET shows it, and runs never do": len(without)}
        why = "; ".join(f"of {number:,} {reason}" for reason, number in reasons.items() if number)
        if without:
            told[column] = f"empty in {len(without):,} of {len(schedules):,} rows: {why}"
    return told
