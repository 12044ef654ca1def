"""What was begun and broken off is told by runs of every other kind, until it is gone on with."""

from __future__ import annotations

from edges_nb.client import Edges
from edges_nb.models.results import Outcome
from edges_nb.monitoring.monitor import observe, unfinished
from edges_nb.planning.ledger_session import past_of
from edges_nb.planning.plan import plan_migration, plan_undo

from .bench import Bench
from .faults import RequestFault
from .setting import Setting

PAUSED = RequestFault("crash", "before", 12)
"""Death after the first pause of an undo."""


def migrated(bench: Bench) -> str:
    """Migrate, begin an undo and die; return the schedule that is left paused."""
    assert bench.run().error is None
    bench.let_a_while_pass()
    bench.run([PAUSED], task=bench.undo, mode=None)
    (left,) = [uid for uid in bench.world.schedules if uid not in bench.checker.before and paused(bench, uid)]
    return left


def paused(bench: Bench, uid: str) -> bool:
    return bench.world.schedules[uid].status == "PAUSED"


def test_undo_that_was_broken_off_is_told_by_a_migration_and_by_the_watch() -> None:
    told: list[str] = []

    def look(edges: Edges, place: str) -> None:
        plan = plan_migration(edges, ledger=place)
        told.append(plan.ledger_state.trouble)
        told.extend(item.reason for item in plan.items if item.uid == left)
        finding = unfinished(observe(edges, plan.reading.action, past_of(edges, place)))
        told.append(f"{finding.sentence} {finding.next_step}" if finding else "")

    def go_on(edges: Edges, place: str) -> Outcome:
        return plan_undo(edges, first_run="api", ledger=place).apply()

    with Setting().bench() as bench:
        left = migrated(bench)
        bench.run(task=look)
        assert f"undo was broken off, and may have left paused what it had begun: {left}." in told[0]
        assert "run edges-nb undo again" in told[0]
        assert told[1] == "not ended: an earlier undo of it was broken off; go on with that first"
        assert told[2].endswith("run edges-nb undo again.")
        told.clear()
        bench.run(task=go_on, mode=None)
        bench.let_a_while_pass()
        bench.run(task=look)
        assert told == ["", *told[1:2], ""]
