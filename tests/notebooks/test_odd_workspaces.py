"""01 and 02 end without an error on whatever workspace there is, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edges_nb.notebook.explore import Exploration
from edges_nb.notebook.migrate import Migration
from edges_nb.sandbox import Behaviour, Sandbox, World

EXPLORING = ("connect", "identities", "filter", "calendar", "load", "items", "costs", "selection")
MIGRATING = (
    *("connect", "load", "preview", "decisions", "needs", "changes", "pictures", "by_hand", "keep"),
    *("canary", "rest", "verify", "results", "finish"),
)
RTL, HUGE = "\u202eלוח יומי\u202c مزامنة", "N" * 5_000


def with_schedules(number: int = 2, runs: int = 2, **fields: object) -> Callable[[World], None]:
    def fill(world: World) -> None:
        owner = world.add_identity("Outreach desk Paris")
        for each in range(number):
            schedule = world.add_schedule(owner, **{"name": f"Sync {each}", **fields})
            for count in range(runs):
                world.add_run(schedule, output_count=10 + count, started_at=world.clock.now())

    return fill


def without_identities(world: World) -> None:
    for number in range(3):
        world.add_run(
            world.add_schedule(world.uid_for("identity", f"gone {number}"), name=f"Orphan {number}")
        )


def identities_alone(world: World) -> None:
    world.add_identity("Outreach desk Paris")
    world.add_identity("Meadow Research", type="standard")


def named_identities(name: str) -> Callable[[World], None]:
    def fill(world: World) -> None:
        world.add_run(world.add_schedule(world.add_identity(name), name=name), output_count=3)

    return fill


def all_at_once(world: World) -> None:
    for fill in ODD.values():
        if fill is not all_at_once:
            fill(world)


ODD: dict[str, Callable[[World], None]] = {
    "empty": lambda world: None,
    "identities alone": identities_alone,
    "one schedule": with_schedules(1),
    "one schedule, no runs": with_schedules(1, 0),
    "no runs": with_schedules(3, 0),
    "no identities": without_identities,
    "all paused": with_schedules(status="PAUSED"),
    "all cancelled": with_schedules(status="CANCELLED"),
    "all without names": with_schedules(name=None),
    "empty names": with_schedules(name=""),
    "huge names": with_schedules(name=HUGE),
    "names from right to left": with_schedules(name=RTL),
    "markup in names": with_schedules(name="<script>alert(1)</script>"),
    "already incremental": with_schedules(parameters={"sync_mode": "incremental"}),
    "callbacks without address": with_schedules(callback={}),
    "huge and odd names of identities": named_identities(HUGE),
    "identities from right to left": named_identities(RTL),
    "all at once": all_at_once,
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Sandbox], None]:
    def lead_to(sandbox: Sandbox) -> None:
        monkeypatch.setenv("EDGES_API_BASE", sandbox.base_url)
        monkeypatch.setenv("EDGES_API_KEY", sandbox.key)
        monkeypatch.setenv("EDGES_LEDGER", str(tmp_path / "private" / "ledger.sqlite"))

    return lead_to


@pytest.mark.parametrize("name", list(ODD))
def test_every_cell_shows_something(name: str, settings: Callable[[Sandbox], None], tmp_path: Path) -> None:
    world = World(seed=5)
    ODD[name](world)
    dialect = "reference" if name == "all at once" else "guide"
    with Sandbox(world, Behaviour(dialect=dialect)) as sandbox:
        settings(sandbox)
        exploration = Exploration.start({})
        for cell in EXPLORING:
            shown = getattr(exploration, cell)
            assert repr(shown() if callable(shown) else shown), cell
        exploration.edges.close()
        migration = Migration.start({"out_dir": str(tmp_path / "out")})
        for cell in MIGRATING:
            assert repr(getattr(migration, cell)()), cell
        migration.edges.close()
    assert (tmp_path / "out" / "report.html").stat().st_size > 0
