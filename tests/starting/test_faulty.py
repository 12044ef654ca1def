"""What the server makes is not what was to be started: it goes again, and that is told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edges_nb.models.results import Outcome, Result
from edges_nb.planning.start_plan import plan_starts
from tests.faults import Fault
from tests.reliability.situations import WRONG, make_wrongly

from .bench import Bench


def told(bench: Bench) -> Result:
    outcome = bench.run()
    assert isinstance(outcome, Outcome)
    (result,) = outcome.results
    return result


@pytest.mark.parametrize("names", ["kept", "refused"])
@pytest.mark.parametrize("what", WRONG)
def test_schedule_that_is_not_as_requested_is_cancelled_and_told_as_refused(
    tmp_path: Path, what: str, names: Any
) -> None:
    bench = Bench(tmp_path, names=names)
    make_wrongly(bench, WRONG[what])  # type: ignore[arg-type]
    result = told(bench)
    (made,) = bench.world.schedules.values()
    assert (result.outcome, result.new_uid, made.status) == ("refused", None, "CANCELLED")
    assert (
        f"{made.uid} is not what was requested: {'it came as' if what == 'not active' else 'its ' + what[8:]}"
        in (result.reason)
    )
    del bench.world.insert
    assert told(bench).outcome == "started"
    assert bench.plan().counts == {"skip": 1}


def test_schedule_that_somebody_cancels_as_soon_as_it_is_there_is_not_told_as_started(bench: Bench) -> None:
    def meanwhile(call: Any, phase: str) -> None:
        if (call.operation, phase) == ("create", "after"):
            bench.live[0].status = "CANCELLED"

    bench.sandbox.on_call = meanwhile
    result = told(bench)
    assert (result.outcome, result.new_uid) == ("refused", None)
    assert "Somebody cancelled the new schedule" in result.reason


@pytest.mark.parametrize("kind", [Fault("cancel", "cut", times=0), Fault("cancel", status=403, times=0)])
def test_faulty_schedule_that_can_not_be_cancelled_needs_attention_until_it_is(
    bench: Bench, kind: Fault
) -> None:
    make_wrongly(bench, WRONG["another cron"])  # type: ignore[arg-type]
    bench.sandbox.faults.add(kind)
    result = told(bench)
    (made,) = bench.live
    assert (result.outcome, result.new_uid) == ("needs_attention", made.uid)
    assert "could not be cancelled: run the same command again" in result.reason
    bench.sandbox.faults.clear()
    assert (told(bench).outcome, made.status) == ("refused", "CANCELLED")
    del bench.world.insert
    assert told(bench).outcome == "started"


def test_first_time_that_has_just_passed_is_put_off_to_the_next_one(bench: Bench) -> None:
    now = bench.world.clock.now()
    row = bench.row(cron="0 9 * * *", schedule_at=(now + timedelta(seconds=3)).isoformat())
    plan = plan_starts(bench.edges(), row)
    bench.sandbox.advance(timedelta(seconds=6))
    (result,) = plan.apply(workers=1).results
    assert result.outcome == "started"
    assert bench.live[0].next_execution_at > bench.world.clock.now()
