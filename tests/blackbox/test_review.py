"""Preview, approve, apply, again; and undo."""

from __future__ import annotations

from pathlib import Path

from .checker import KEPT, Expected
from .runner import stage
from .scenario import Outcome, eligible, plays
from .workspace import INELIGIBLE, SECRETS, build, chosen

KINDS = ("eligible", *INELIGIBLE[:-1], "eligible", "twin", "eligible")
PREVIEW, SECOND_PREVIEW, DISAPPROVED, APPROVED, AGAIN = range(5)


def review(root: Path, home: Path) -> Outcome:
    workspace, kinds = build(KINDS)
    with stage(root, home, workspace) as place:
        outcome = Outcome(place, kinds, Expected(eligible(kinds)))
        place.kernel = True
        first = outcome.add(place.migrate("preview"))
        place.kernel = False
        outcome.add(place.migrate("preview"))
        outcome.add(place.migrate("apply", approve="plan-0123456789ab"))
        place.kernel = True
        outcome.add(place.migrate("apply", approve=first.read("plan.json")["digest"]))
        place.kernel = False
        outcome.add(place.migrate("apply"))
    return outcome


def undo(root: Path, home: Path) -> Outcome:
    """Migrates two of three, then takes it back; with `max_results` and an ineligible one in `only`."""
    workspace, kinds = build(["eligible", "eligible", "standard", "eligible"])
    first, second, _ = chosen(kinds, "eligible")
    (standard,) = chosen(kinds, "standard")
    with stage(root, home, workspace) as place:
        outcome = Outcome(place, kinds, Expected(frozenset([first, second]), max_results=555))
        outcome.add(place.migrate("apply", only=f"{first},{standard},{second}", max_results=555))
        outcome.notes["broken"] = outcome.broken
        outcome.add(place.migrate("undo"))
    return outcome


@plays(review)
def test_preview_changes_nothing_and_its_digest_is_stable(outcome: Outcome) -> None:
    for run in (PREVIEW, SECOND_PREVIEW):
        assert outcome.runs[run].code == 0, outcome.runs[run].output[-3000:]
        assert outcome.mutations(run) == []
        assert (outcome.runs[run].out_dir / "report.html").exists()
    first, second = (outcome.runs[run].read("plan.json") for run in (PREVIEW, SECOND_PREVIEW))
    assert first["digest"] == second["digest"]
    assert outcome.runs[PREVIEW].leaks(SECRETS) == []


@plays(review)
def test_another_digest_touches_nothing_and_fails(outcome: Outcome) -> None:
    assert outcome.runs[DISAPPROVED].code != 0
    assert outcome.mutations(DISAPPROVED) == []


@plays(review)
def test_approved_plan_is_applied(outcome: Outcome) -> None:
    assert outcome.runs[APPROVED].code == 0, outcome.runs[APPROVED].output[-3000:]
    assert set(outcome.runs[APPROVED].decisions.values()) >= {"migrate", "skip", "needs_input"}
    assert outcome.broken == []


@plays(review)
def test_apply_after_apply_touches_nothing_and_ends_well(outcome: Outcome) -> None:
    assert outcome.runs[AGAIN].code == 0, outcome.runs[AGAIN].output[-3000:]
    assert outcome.mutations(AGAIN) == []
    assert "migrate" not in outcome.runs[AGAIN].decisions.values()


@plays(undo)
def test_only_and_max_results_restrict_and_override(outcome: Outcome) -> None:
    assert outcome.runs[0].code == 0, outcome.runs[0].output[-3000:]
    assert outcome.notes["broken"] == []


@plays(undo)
def test_undo_brings_back_what_was_there(outcome: Outcome) -> None:
    assert outcome.runs[1].code == 0, outcome.runs[1].output[-3000:]
    schedules = outcome.stage.server.workspace.schedules
    active = [row for row in schedules.values() if row["status"] == "ACTIVE"]
    for uid, before in outcome.stage.before.schedules.items():
        alike = [row for row in active if all(row.get(key) == before[key] for key in KEPT)]
        assert len(alike) == 1, uid
        mode = [row["parameters"].get("sync_mode", "full") for row in (before, alike[0])]
        most = [row["parameters"].get("max_results") for row in (before, alike[0])]
        assert (mode[0], most[0]) == (mode[1], most[1])
    assert len(active) == len(outcome.stage.before.schedules)
