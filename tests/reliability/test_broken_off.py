"""A run that breaks off or is stopped tells what was done until then, and leaves nothing halfway for long."""

import logging
import signal
import threading
from typing import Any

import pytest

from edges_nb.client import Edges
from edges_nb.errors import LedgerError
from edges_nb.models.results import (
    MIGRATED,
    NEEDS_ATTENTION,
    WAITING,
    Interrupted,
    Outcome,
    Progress,
    outcome_until,
)
from edges_nb.planning.plan import plan_migration
from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault

from .process import LedgerFault
from .setting import ORDERS, Order, Setting
from .situations import move
from .staging import Death, killing, stage
from .worlds import planned


def test_disk_that_is_full_from_some_moment_on_does_not_hide_what_was_done() -> None:
    with Setting().bench() as bench:
        ending = bench.run(ledger_faults=[LedgerFault("full", 16, times=1_000)])
        assert isinstance(ending.error, LedgerError)
        results = outcome_until(ending.error).results
        assert [result.outcome for result in results] == [MIGRATED, NEEDS_ATTENTION, WAITING]
        assert results[0].new_uid in bench.world.schedules
        assert "run the same command again" in results[1].reason
        assert [*bench.violations(), *bench.rerun()] == []


def test_interrupt_does_not_hide_what_was_done() -> None:
    seen = []

    def interrupted(edges: Edges, ledger: str) -> Outcome:
        def interrupt(progress: object) -> None:
            seen.append(progress)
            if len(seen) == 9:
                raise KeyboardInterrupt

        return bench.plan(edges, ledger).apply(workers=1, on_progress=interrupt)

    with Setting().bench() as bench:
        try:
            bench.run(task=interrupted)
        except KeyboardInterrupt as error:
            told = [result.outcome for result in outcome_until(error).results]
        assert told == [MIGRATED, NEEDS_ATTENTION, WAITING]
        assert bench.rerun() == []


def test_what_an_earlier_run_left_halfway_is_never_told_as_waiting() -> None:
    def stopped(edges: Edges, ledger: str) -> Outcome:
        stop = threading.Event()
        stop.set()
        return bench.plan(edges, ledger).apply(order="guide", workers=1, stop=stop)

    with Setting("guide").bench() as bench:
        bench.meanwhile = killing(bench, Death("cancel", "after"))
        bench.run()
        assert [row.status for row in planned(bench.world)].count("CANCELLED") == 1
        told = bench.run(task=stopped).outcomes.values()
        assert sorted(told) == [NEEDS_ATTENTION, WAITING, WAITING]
        assert bench.rerun() == []


@pytest.mark.parametrize("order", ORDERS)
def test_stop_that_arrives_after_everybody_has_gone_is_not_forgotten(order: Order) -> None:
    stop = {"pause": "pause", "guide": "cancel"}[order]
    with stage(Setting(order, count=1), Fault(stop, "hang")) as bench:
        (uid,) = bench.world.cases["planned"]
        met: list[str] = []

        def meanwhile(call: Call, phase: str) -> None:
            met.append(call.operation if phase == "after" or call.operation == stop else "")
            # It is seen at work five times, and no look after that is answered.
            if stop in met and met[met.index(stop) :].count("get_schedule") == 5:
                bench.meanwhile = None
                for operation in ("get_schedule", "list_schedules"):
                    bench.sandbox.faults.add(Fault(operation, status=402, label="NO_ACCESS", times=0))

        bench.meanwhile = meanwhile
        assert bench.run().outcomes == {uid: NEEDS_ATTENTION}
        bench.sandbox.faults.clear()
        move(bench, uid, stop)
        assert bench.run().outcomes == {uid: MIGRATED}


def test_what_waited_for_its_run_and_was_begun_after_it_is_not_told_as_waiting() -> None:
    broken = 0
    for number in range(3, 9):
        with Setting(count=1).bench() as bench:
            run = bench.world.add_run(planned(bench.world)[0], status="RUNNING")

            def meanwhile(_call: Call, _phase: str, bench: Any = bench, run: Any = run) -> None:
                if bench.clock.monotonic() > 1:
                    run.status, run.finished_at = "SUCCEEDED", bench.world.clock.now()

            bench.meanwhile = meanwhile
            ending = bench.run(ledger_faults=[LedgerFault("full", number, times=1_000)])
            broken += isinstance(ending.error, LedgerError)
            assert [*bench.violations(), *bench.rerun()] == []
    assert broken > 2


def test_pause_that_arrives_between_two_looks_is_ours() -> None:
    with stage(Setting(count=1), Fault("pause", "hang")) as bench:
        (uid,) = bench.world.cases["planned"]
        looks = 0

        def meanwhile(call: Call, phase: str) -> None:
            nonlocal looks
            if (call.operation, phase) == ("pause", "after"):
                looks = 1
            elif looks and (call.operation, phase) == ("get_schedule", "after"):
                looks += 1
            if looks == 6:
                # All five looks of settling it are over, and it is read again.
                bench.meanwhile = None
                move(bench, uid, "pause")

        bench.meanwhile = meanwhile
        ending = bench.run()
        assert ending.outcomes == {uid: MIGRATED}
        sent = [call.operation for call in ending.calls].count("pause")
        assert sent == 2, "the one that arrives late is played by a request of its own"
        assert bench.rerun() == []


def test_ledger_error_keeps_the_other_workers_from_beginning() -> None:
    with Setting(count=16, workers=4).bench() as bench:
        ending = bench.run(ledger_faults=[LedgerFault("full", 14)])
        assert isinstance(ending.error, LedgerError)
        assert outcome_until(ending.error).counts[WAITING] >= 6
        assert bench.rerun() == []


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError, RuntimeError])
def test_display_that_fails_is_switched_off_and_the_work_goes_on(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Progress] = []

    def show(progress: Progress) -> None:
        asked.append(progress)
        raise error("fake")

    def apply(edges: Edges, ledger: str) -> Outcome:
        return bench.plan(edges, ledger).apply(workers=4, on_progress=show)

    with caplog.at_level(logging.WARNING, "edges_nb"), Setting(count=6).bench() as bench:
        ending = bench.run(task=apply)
        assert set(ending.outcomes.values()) == {MIGRATED}
        assert [*bench.violations(), *bench.checker.finished()] == []
    assert (len(asked), len(caplog.records)) == (1, 1)


def test_interrupt_of_the_main_thread_ends_what_was_begun_and_begins_nothing_more() -> None:
    with Setting(count=30, workers=4).bench() as bench:
        pauses = 0

        def meanwhile(call: Call, phase: str) -> None:
            nonlocal pauses
            pauses += (call.operation, phase) == ("pause", "after")
            if pauses == 6:
                pauses += 1
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        bench.meanwhile = meanwhile
        with pytest.raises(Interrupted) as interrupted:
            bench.run()
        counts = interrupted.value.outcome.counts
        # Threads that sleep at the same time add up here, so that the bound can be over early.
        assert {MIGRATED, WAITING} <= set(counts) <= {MIGRATED, WAITING, NEEDS_ATTENTION}
        assert bench.checker.at_rest() == []
        bench.meanwhile = None
        assert bench.rerun() == []


def test_after_a_stop_what_takes_longer_than_its_bound_is_left_to_the_next_run() -> None:
    stop = threading.Event()

    def apply(edges: Edges, ledger: str) -> Outcome:
        return bench.plan(edges, ledger).apply(workers=1, stop=stop)

    with Setting().bench() as bench:

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("pause", "after"):
                stop.set()
            if (call.operation, phase) == ("create", "before"):
                bench.clock.sleep(21)

        bench.meanwhile = meanwhile
        ending = bench.run(task=apply)
        assert [*ending.outcomes.values()] == [NEEDS_ATTENTION, WAITING, WAITING]
        assert [call.operation for call in ending.calls if call.effect] == ["pause", "create"]
        bench.meanwhile = None
        assert bench.rerun() == []


def _look(edges: Edges, ledger: str) -> None:
    plan_migration(edges, ledger=ledger)
