"""Running: one first, the rest, stop, go on, take back; what counts is what the server holds afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.ledger.store import Ledger
from edges_nb.planning.plan import Plan, plan_migration
from edges_nb.reports.html import Html
from edges_nb.sandbox.wire_types import Call
from edges_nb.widgets.apply_controller import Running
from tests.faults import Behaviour, Fault, Sandbox

PATIENCE = 30


def running_of(planned: Callable[[], Plan], replan: Callable[[], object] = lambda: None) -> Running:
    return Running(planned, replan=replan, verify=lambda _: ((), Html()))


@pytest.fixture
def running(edges: Edges) -> Running:
    plan = plan_migration(edges)
    return running_of(lambda: plan)


def done(running: Running) -> Running:
    """Wait for what goes on, which must not fail."""
    assert running.job is not None
    assert running.job.wait(PATIENCE)
    if running.job.error is not None:
        raise running.job.error
    return running


def live(sandbox: Sandbox) -> Counter[str]:
    """How many replacements there are, and originals, by status."""
    return Counter(
        f"{'new' if '[edges-nb' in (schedule.name or '') else 'old'} {schedule.status}"
        for schedule in sandbox.world.schedules.values()
    )


UNTOUCHED = Counter({"old ACTIVE": 5, "old PAUSED": 1})


def test_question_names_number_workspace_plan_and_the_first_one(running: Running, sandbox: Sandbox) -> None:
    told = running.question()

    assert "4 schedules of workspace" in told
    assert sandbox.world.workspace_uid in told
    assert "SANDBOX" in told
    assert running.plan.digest in told
    assert "Sync 0" in told
    assert live(sandbox) == UNTOUCHED


def test_first_replaces_one_and_shows_what_took_its_place(running: Running, sandbox: Sandbox) -> None:
    running.first()
    done(running)

    assert live(sandbox) == Counter({"old ACTIVE": 4, "old CANCELLED": 1, "old PAUSED": 1, "new ACTIVE": 1})
    assert running.child is not None
    assert running.child.uid == running.doings.results[running.plan.to_replace[0].uid].new_uid
    assert len(running.left) == 3


def test_rest_waits_for_the_first(running: Running, sandbox: Sandbox) -> None:
    with pytest.raises(BadInput, match="One schedule is replaced before the others"):
        running.rest()
    assert live(sandbox) == UNTOUCHED


def test_rest_replaces_all_others(running: Running, sandbox: Sandbox) -> None:
    running.first()
    done(running).rest()
    done(running)

    assert live(sandbox) == Counter({"old ACTIVE": 1, "old CANCELLED": 4, "old PAUSED": 1, "new ACTIVE": 4})
    assert running.left == []
    assert running.doings.headline() == "4 of 4 replaced."


def test_failed_first_one_leaves_the_others_alone(running: Running, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("create", status=400, label="BAD_INPUT"))
    running.first()
    done(running)

    assert live(sandbox) == UNTOUCHED
    assert not running.proven
    assert len(running.open_ends) == 1
    with pytest.raises(BadInput):
        running.rest()

    running.first()
    done(running)

    assert running.proven
    assert live(sandbox)["new ACTIVE"] == 1


def test_stop_ends_between_schedules_and_going_on_finishes(edges: Edges, sandbox: Sandbox) -> None:
    owner = next(iter(sandbox.world.identities))
    twin = {"name": "Twin", "inputs": [{"linkedin_url": "https://www.linkedin.com/in/x"}]}
    for _ in range(3):  # identical ones are replaced one after the other, so that two of them wait for sure
        each = sandbox.world.add_schedule(owner, callback={"url": "https://hooks.example.com/twin"}, **twin)
        sandbox.world.add_run(each, output_count=10, started_at=sandbox.world.clock.now())
    plan = plan_migration(edges)
    running = running_of(lambda: plan)
    running.first()
    done(running)
    begun = threading.Event()

    def stop_at_first_pause(call: Call, phase: str) -> None:
        if call.operation == "pause" and phase == "before" and not begun.is_set():
            begun.set()
            running.stop()

    sandbox.on_call = stop_at_first_pause
    running.rest()
    done(running)
    sandbox.on_call = None

    assert len(running.open_ends) >= 2
    assert live(sandbox)["old PAUSED"] == 1  # the one that rested before: nothing was left inside
    assert live(sandbox)["old CANCELLED"] == live(sandbox)["new ACTIVE"] < 7

    running.go_on()
    done(running)

    assert live(sandbox)["new ACTIVE"] == 7
    assert running.open_ends == []


def test_undo_brings_back_what_is_selected(running: Running, sandbox: Sandbox) -> None:
    running.first()
    done(running).rest()
    done(running)
    first, second, *_ = [item.uid for item in running.plan.to_replace]
    running.undo([first, second])
    done(running)

    modes = Counter(
        str(schedule.parameters.get("sync_mode"))
        for schedule in sandbox.world.schedules.values()
        if schedule.status == "ACTIVE"
    )
    assert modes["incremental"] == 2
    assert sum(modes.values()) == 5
    assert running.doings.undoable([first]) == []
    assert "2 taken back" in running.doings.headline()
    with pytest.raises(BadInput, match="Nothing to take back"):
        running.undo([first])


def test_second_job_is_refused_while_one_goes_on(running: Running, sandbox: Sandbox) -> None:
    hold = threading.Event()
    sandbox.on_call = lambda call, phase: hold.wait(PATIENCE) if call.operation == "pause" else None
    running.first()
    with pytest.raises(BadInput, match="Something goes on already"):
        running.first()
    hold.set()
    done(running)

    assert live(sandbox)["new ACTIVE"] == 1


def test_ledger_in_use_is_told_and_the_plan_can_still_be_edited(
    running: Running, edges: Edges, sandbox: Sandbox
) -> None:
    ledger = Ledger.open(edges.settings.ledger)
    with ledger.lock(edges.workspace_key):
        running.first()
        assert running.job is not None
        assert running.job.wait(PATIENCE)
    ledger.close()

    assert "run" in str(running.job.error)
    assert not running.begun
    assert live(sandbox) == UNTOUCHED


def test_planning_again_begins_anew(edges: Edges, sandbox: Sandbox) -> None:
    plans = [plan_migration(edges)]
    running = running_of(lambda: plans[-1], replan=lambda: plans.append(plan_migration(edges)))
    running.first()
    done(running).plan_again()
    done(running)

    assert not running.begun
    assert running.doings.results == {}
    assert len(running.left) == 3


def test_changes_are_told_while_it_goes_on_and_at_the_end(edges: Edges, sandbox: Sandbox) -> None:
    plan = plan_migration(edges)
    seen: list[tuple[bool, int]] = []
    running = running_of(lambda: plan)
    running.on_change = lambda: seen.append((running.busy, len(running.doings.results)))
    sandbox.behaviour = Behaviour(latency=0.2)
    running.first()
    done(running)

    assert (True, 0) in seen
    assert seen[-1] == (False, 1)
