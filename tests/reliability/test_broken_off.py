"""A run that breaks off tells what was done until then."""

import threading

import pytest

from edges_nb.client import Edges
from edges_nb.errors import LedgerError
from edges_nb.models.results import MIGRATED, NEEDS_ATTENTION, WAITING, Outcome, outcome_until
from edges_nb.planning.plan import plan_migration

from .faults import RequestFault
from .process import LedgerFault
from .setting import ORDERS, Order, Setting
from .situations import move
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
        bench.run([RequestFault("crash", "after", 8)])
        assert [row.status for row in planned(bench.world)].count("CANCELLED") == 1
        told = bench.run(task=stopped).outcomes.values()
        assert sorted(told) == [NEEDS_ATTENTION, WAITING, WAITING]
        assert bench.rerun() == []


@pytest.mark.parametrize("order", ORDERS)
def test_stop_that_arrives_after_everybody_has_gone_is_not_forgotten(order: Order) -> None:
    with Setting(order, count=1).bench() as bench:
        (uid,) = bench.world.cases["planned"]
        stop = {"pause": "pause", "guide": "cancel"}[order]
        first = len(bench.run(task=_look).calls) + 2
        # The request is lost, the old schedule is seen at work five times, and the next look is refused.
        lost = [RequestFault("hang", "before", first), RequestFault("402", "before", first + 6)]
        assert bench.run(lost).outcomes == {uid: NEEDS_ATTENTION}
        move(bench, uid, stop)
        assert bench.run().outcomes == {uid: MIGRATED}


def _look(edges: Edges, ledger: str) -> None:
    plan_migration(edges, ledger=ledger)
