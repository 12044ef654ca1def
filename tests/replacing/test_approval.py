"""An approved plan stands as long as nothing but itself came of it: the same command goes on after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from edges_nb.client import Edges
from edges_nb.errors import NotApproved
from edges_nb.models.api import ScheduleRequest
from edges_nb.planning.digest import Made, request_of, stands
from edges_nb.planning.plan import Plan, plan_changes, plan_migration
from edges_nb.planning.start_plan import plan_starts
from edges_nb.redaction import Secret
from edges_nb.sandbox import World
from edges_nb.settings import Settings
from tests.faults import Sandbox
from tests.planning.bench import InProcess, StillClock
from tests.reliability.faults import RequestFault
from tests.starting.bench import Bench as Starts

Order = Literal["pause", "guide"]


@pytest.fixture
def world() -> World:
    """Three schedules to migrate."""
    world = World(seed=7)
    owner = world.add_identity("Paris desk")
    for number in range(3):
        world.add_run(
            world.add_schedule(owner, name=f"Sync {number}", inputs=[{"linkedin_url": f"x{number}"}])
        )
    return world


@pytest.fixture
def edges(world: World, tmp_path: Path) -> Iterator[Edges]:
    sandbox = Sandbox(world)
    settings = Settings(Secret(sandbox.key), "http://127.0.0.1:1/v1", str(tmp_path / "ledger.sqlite"))
    with Edges(settings, clock=StillClock(), http=InProcess(sandbox)) as edges:
        yield edges


def first(plan: Plan) -> list[str]:
    return [plan.to_replace[0].uid]


@pytest.mark.parametrize("order", ["pause", "guide"])
def test_what_is_left_of_a_migration_is_still_approved(edges: Edges, order: Order) -> None:
    plan = plan_migration(edges)
    plan.apply(approve=plan.digest, uids=first(plan), order=order)
    again = plan_migration(edges)
    assert again.digest != plan.digest
    assert again.apply(approve=plan.digest, order=order, workers=1).counts == {"migrated": 2}
    assert plan_migration(edges).apply(approve=plan.digest).results == ()


def test_what_is_left_of_a_change_is_still_approved(edges: Edges) -> None:
    plan = plan_changes(edges, changes={"cron": "0 5 * * *"})
    plan.apply(approve=plan.digest, uids=first(plan))
    assert plan_changes(edges, changes={"cron": "0 5 * * *"}).apply(
        approve=plan.digest, workers=1
    ).counts == {"migrated": 2}


def test_whatever_else_is_different_is_not(edges: Edges, world: World) -> None:
    plan = plan_migration(edges)
    plan.apply(approve=plan.digest, uids=first(plan))
    other = world.schedules[plan.to_replace[1].uid]
    other.cron = "0 5 * * *"
    with pytest.raises(NotApproved, match=f"{other.uid}: the schedule's cron"):
        plan_migration(edges).apply(approve=plan.digest)
    other.cron = "0 9 * * *"
    world.add_run(world.add_schedule(next(iter(world.identities.values())), name="New"))
    with pytest.raises(NotApproved, match="was not in it"):
        plan_migration(edges).apply(approve=plan.digest)


@pytest.mark.parametrize("number", range(5, 11))
def test_an_approved_start_that_is_killed_goes_on_by_the_same_approval(tmp_path: Path, number: int) -> None:
    bench = Starts(tmp_path)
    rows = [bench.row(n) for n in range(3)]
    approved = bench.plan(rows)
    approved.check_approval("")

    def start(edges: Edges) -> object:
        return plan_starts(edges, rows).apply(approve=approved.digest, workers=1)

    bench.run(RequestFault("crash", "after", number), task=start)
    assert bench.died
    assert not isinstance(bench.run(task=start), Exception)
    assert len(bench.live) == 3


REQUEST = ScheduleRequest(action="a", inputs=[{}], callback={}, identity_ids=["i"], schedule_at="then")
WANTED = {"decision": "migrate", "request": request_of(REQUEST)}
LATER = {"decision": "migrate", "request": {**request_of(REQUEST), "schedule_at": "later"}}
OTHER = {"decision": "migrate", "request": {**request_of(REQUEST), "action": "b"}}
SKIP = {"decision": "skip"}


@pytest.mark.parametrize(
    ("now", "made", "expected"),
    [
        pytest.param({"old": SKIP, "new": SKIP}, WANTED, True, id="done"),
        pytest.param({"old": LATER}, LATER, True, id="begun, its first time put off"),
        pytest.param({"new": SKIP}, WANTED, True, id="done, and gone from the list"),
        pytest.param({"old": SKIP}, None, False, id="done by somebody else"),
        pytest.param({"old": SKIP}, OTHER, False, id="done otherwise"),
        pytest.param({"old": OTHER}, WANTED, False, id="planned otherwise now"),
        pytest.param({"old": SKIP, "new": OTHER}, WANTED, False, id="what came of it is to be replaced"),
        pytest.param({"old": SKIP, "more": SKIP}, WANTED, False, id="something else is new"),
    ],
)
def test_only_what_was_done_of_it_may_differ(
    now: dict[str, object], made: dict[str, dict[str, object]] | None, expected: bool
) -> None:
    done = {"old": Made(made["request"], "new")} if made else {}
    assert stands({"old": WANTED}, now, done) == expected
