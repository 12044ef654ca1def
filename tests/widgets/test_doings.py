"""What was done so far: later results in place of earlier ones, and nothing hidden by what was not begun."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edges_nb.client import Edges
from edges_nb.models.results import Event, Outcome, Result
from edges_nb.planning.plan import Plan, plan_migration
from edges_nb.widgets.results_log import Doings


def outcome(**results: str) -> Outcome:
    """Results by schedule; what is migrated is replaced by `new-…`."""
    found = [
        Result(uid, ended, f"new-{uid}" if ended == "migrated" else None, "")
        for uid, ended in results.items()
    ]
    return Outcome(tuple(found))


@pytest.fixture
def plan(edges: Edges) -> Plan:
    return plan_migration(edges)


def test_what_was_not_begun_the_second_time_hides_nothing_of_the_first() -> None:
    doings = Doings()
    doings.add(outcome(a="rolled_back", b="waiting"))
    doings.add(outcome(a="waiting", b="migrated"))

    assert {uid: result.outcome for uid, result in doings.results.items()} == {
        "a": "rolled_back",
        "b": "migrated",
    }
    assert doings.unfinished == ["a"]
    assert doings.headline() == "1 of 2 replaced; 1 refused and running as before."


def test_what_was_taken_back_is_told_by_the_original_and_can_not_be_taken_back_twice() -> None:
    doings = Doings()
    doings.add(outcome(a="migrated", b="migrated", c="rolled_back"))
    undone = [
        Result("new-a", "migrated", "back-a", ""),
        Result("new-b", "needs_attention", None, "Look at it."),
    ]
    doings.add_undo(Outcome(tuple(undone)))

    assert doings.undoable(["a", "b", "c", "unknown"]) == []
    assert doings.headline() == (
        "0 of 3 replaced; 1 to look at, 1 refused and running as before and 1 taken back."
    )


def test_undo_that_was_not_begun_leaves_the_replacement_as_it_is() -> None:
    doings = Doings()
    doings.add(outcome(a="migrated"))
    doings.add_undo(Outcome((Result("new-a", "waiting", None, "It was not begun."),)))

    assert doings.undoable(["a"]) == ["a"]


def test_rows_begin_with_what_to_look_at(plan: Plan) -> None:
    first, second, third, fourth = (item.uid for item in plan.to_replace)
    doings = Doings()
    doings.add(outcome(**{first: "migrated", second: "waiting", third: "needs_attention", fourth: "drifted"}))
    frame = doings.frame(plan)

    assert frame["schedule_uid"].tolist() == [third, fourth, second, first]
    assert frame["new_uid"].tolist()[-1] == f"new-{first}"
    assert frame["name"].tolist()[-1] == "Sync 0"


def test_story_has_the_steps_of_a_schedule_and_of_its_replacement_and_of_nobody_else(plan: Plan) -> None:
    first, second, *_ = (item.uid for item in plan.to_replace)
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    doings = Doings()
    doings.add(
        Outcome(
            (Result(first, "migrated", "child", ""),),
            (
                Event(at, first, "stop", "The old schedule is paused."),
                Event(at, second, "stop", "Another one is paused."),
                Event(at, "child", "create", "Taken back <b>."),
            ),
        )
    )
    told = doings.story([first], plan)

    assert "The old schedule is paused." in repr(told)
    assert "Another one" not in repr(told)
    assert "Taken back &lt;b&gt;" in told.markup
    assert "nothing was sent that changes anything" in repr(doings.story([plan.to_replace[3].uid], plan))
