"""When replacements run first, where the plan keeps the next execution."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from edges_nb.client import Edges
from edges_nb.models.results import Outcome
from edges_nb.planning.plan import Plan, plan_changes, plan_migration, plan_undo
from edges_nb.sandbox.entities import StoredSchedule

from .bench import Bench
from .setting import ORDERS, Order, Setting

Planning = Callable[[Bench, Edges, str], Plan]


def migrate(bench: Bench, edges: Edges, ledger: str) -> Plan:
    return plan_migration(edges, ledger=ledger, first_run="next")


def change(bench: Bench, edges: Edges, ledger: str) -> Plan:
    return plan_changes(edges, ledger=ledger, max_results=7, only=bench.world.cases["planned"])


def undo(bench: Bench, edges: Edges, ledger: str) -> Plan:
    bench.migrate(edges, ledger)
    return plan_undo(edges, ledger=ledger)


def applied(bench: Bench, planning: Planning, meanwhile: timedelta) -> list[StoredSchedule]:
    """Plan, let time pass, apply; return what was replaced."""

    def run(edges: Edges, ledger: str) -> Outcome:
        plan = planning(bench, edges, ledger)
        bench.world.clock.advance(meanwhile)
        return plan.apply(order=bench.order, workers=1)

    ending = bench.run(task=run, mode=None)
    assert ending.outcome is not None
    results = [r for r in ending.outcome.results if r.new_uid]
    assert [r.outcome for r in results] == ["migrated"] * len(bench.world.cases["planned"])
    return [bench.world.schedules[r.new_uid] for r in results]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("planning", [migrate, change, undo])
def test_no_replacement_runs_before_the_old_one_was_due(order: Order, planning: Planning) -> None:
    with Setting(order).bench(modes=("incremental", "full", None)) as bench:
        due = {row.cron: row.next_execution_at for row in bench.world.schedules.values()}
        new = applied(bench, planning, timedelta(0))
        assert [row.schedule_at for row in new] == [due[row.cron] for row in new]
        begun = [run.scheduled_run_uid for run in bench.world.runs.values()]
        assert not {row.uid for row in new} & {*begun}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("planning", [migrate, change, undo])
def test_replacement_whose_first_time_has_passed_meanwhile_runs_when_it_is_due_next(
    order: Order, planning: Planning
) -> None:
    with Setting(order).bench(modes=("incremental", "full", None)) as bench:
        new = applied(bench, planning, timedelta(hours=30))
        assert all(row.schedule_at > bench.world.clock.now() for row in new)
        assert [row.schedule_at for row in new] == [row.next_execution_at for row in new]
