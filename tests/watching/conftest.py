"""A workspace that was migrated, on a sandbox whose time the tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import edges_nb.sandbox
from edges_nb.client import Edges
from edges_nb.ledger.store import Ledger
from edges_nb.models.api import CONNECTIONS
from edges_nb.monitoring.monitor import Aftermath, observe
from edges_nb.monitoring.schedule_health import WatchedSchedule
from edges_nb.planning.plan import plan_changes, plan_migration, plan_undo
from edges_nb.redaction import Secret
from edges_nb.sandbox import Habits
from edges_nb.sandbox.virtual_clock import past_due
from edges_nb.settings import Settings
from tests.faults import Sandbox
from tests.tallies import World

DAY = timedelta(days=1)
SETTINGS = ("EDGES_API_KEY", "EDGES_API_BASE", "EDGES_LEDGER", "EDGES_MAX_RPS")


@dataclass
class Workspace:
    """A sandbox, a client of it, and what tests do with both."""

    sandbox: Sandbox
    edges: Edges
    ledger: str

    @property
    def world(self) -> edges_nb.sandbox.World:
        return self.sandbox.world

    def add(self, name: str, cron: str, *, runs: int = 4, size: int = 60, growth: int = 63) -> str:
        """Add a full schedule that ran before, its network growing by so much from run to run."""
        owner = next(iter(self.world.identities.values()))
        schedule = self.world.add_schedule(owner, name=name, cron=cron, created_at=self.days_ago(200))
        for number, due in enumerate(reversed(past_due(cron, "UTC", self.world.clock.now(), runs))):
            times = {"created_at": due, "started_at": due, "finished_at": due + timedelta(minutes=5)}
            self.world.add_run(schedule, output_count=size + number * growth, **times)
        return schedule.uid

    def days_ago(self, days: float) -> Any:
        return self.world.clock.now() - days * DAY

    def migrate(self, *uids: str, max_results: int = 0) -> dict[str, str]:
        """Migrate schedules, and give the new uids by the old ones."""
        plan = plan_migration(self.edges, only=uids, max_results=max_results, ledger=self.ledger)
        done = plan.apply(workers=1)
        assert done.attention == []
        return {result.schedule_uid: str(result.new_uid) for result in done.results if result.new_uid}

    def change(self, uid: str, **fields: object) -> str:
        done = plan_changes(self.edges, only=[uid], ledger=self.ledger, **fields).apply(workers=1)
        return next(str(result.new_uid) for result in done.results if result.new_uid)

    def undo(self) -> None:
        assert plan_undo(self.edges, ledger=self.ledger).apply(workers=1).attention == []

    def look(self, *, days: int = 0, ledger: str = "") -> Aftermath:
        """Look at what became of the schedules, after a request that tells the server's time."""
        self.edges.identities()
        book = Ledger.open(ledger or self.ledger)
        try:
            return observe(self.edges, CONNECTIONS, book.past(self.edges.workspace_key), days=days)
        finally:
            book.close()

    def only(self, **options: Any) -> WatchedSchedule:
        """Look at the only schedule that there is to watch."""
        (watched,) = self.look(**options).watched
        return watched

    def runs_of(self, uid: str) -> list[Any]:
        return [run for run in self.world.runs.values() if run.scheduled_run_uid == uid]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """Make a workspace of one identity whose networks grow by nine a day."""
    made: list[Workspace] = []

    def making(**habits: Any) -> Workspace:
        world = World(seed=4, habits=Habits(**{"contacts": (60, 60), "growth": (9, 9), **habits}))
        world.add_identity("Paris desk")
        sandbox = Sandbox(world).start()
        ledger = str(tmp_path / f"ledger-{len(made)}.sqlite")
        edges = Edges(Settings(Secret(sandbox.key), sandbox.base_url, ledger, sandbox=True))
        made.append(Workspace(sandbox, edges, ledger))
        return made[-1]

    yield making
    for workspace in made:
        workspace.edges.close()
        workspace.sandbox.stop()


@pytest.fixture
def workspace(make: Callable[..., Workspace]) -> Workspace:
    return make()
