"""Schedules of a small workspace, as a frame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from edges_nb.client import Edges
from edges_nb.frames import schedules_frame
from edges_nb.models.api import CONNECTIONS, Identity, Schedule
from edges_nb.redaction import Secret
from edges_nb.sandbox import World
from edges_nb.settings import Settings
from tests.faults import Sandbox

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
CONNECTED = [{"integration": "linkedin", "status": "VALID"}]
IDENTITIES = (
    Identity(uid="paris", name="Outreach desk Paris", type="engagement", is_active=True, accounts=CONNECTED),
    Identity(uid="berlin-1", name="Outreach desk Berlin", type="engagement", is_active=True),
    Identity(uid="berlin-2", name="Outreach desk Berlin", type="standard", is_active=True),
)


def schedule(uid: str, identity: str | None, **fields: object) -> Schedule:
    given: dict[str, object] = {
        "uid": uid,
        "action_name": CONNECTIONS,
        "status": "ACTIVE",
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "identity_ids": [identity] if identity else None,
        "next_execution_at": "2026-11-03T08:00:00Z",
    }
    return Schedule.model_validate(given | fields)


@pytest.fixture
def schedules() -> pd.DataFrame:
    """Six schedules: two identities share a name, one is not known, one schedule has no next run."""
    return schedules_frame(
        [
            schedule("one", "paris", name="Weekly sync", cron="0 6 * * 1"),
            schedule("two", "paris", name="Daily sync", next_execution_at="2026-11-02T09:00:00Z"),
            schedule("three", "berlin-1", timezone="Europe/Berlin"),
            schedule("four", "berlin-2", status="PAUSED", next_execution_at=None),
            schedule("five", None, action_name="linkedin-extract-messages"),
            schedule("six", "paris", name="a.c", cron="*/30 * * * *"),
        ],
        IDENTITIES,
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Six schedules: four to migrate, one of an identity that left, one paused."""
    world = World(seed=3)
    paris, berlin = world.add_identity("Outreach desk Paris"), world.add_identity("Outreach desk Berlin")
    world.add_identity("Meadow Research", type="standard")
    for number in range(4):
        schedule = world.add_schedule(paris if number % 2 else berlin, name=f"Sync {number}")
        world.add_run(schedule, output_count=10, started_at=world.clock.now())
    orphan = world.add_schedule(world.uid_for("identity", "left"), name="Orphan")
    world.add_run(orphan, output_count=10, started_at=world.clock.now())
    world.add_schedule(paris, name="Resting", status="PAUSED")
    with Sandbox(world) as sandbox:
        yield sandbox


@pytest.fixture
def edges(sandbox: Sandbox, tmp_path: Path) -> Iterator[Edges]:
    ledger = str(tmp_path / "private" / "ledger.sqlite")
    with Edges(Settings(Secret(sandbox.key), sandbox.base_url, ledger, sandbox=True)) as edges:
        yield edges


def uid_of(sandbox: Sandbox, name: str) -> str:
    """The uid of the first schedule with a name."""
    return next(uid for uid, schedule in sandbox.world.schedules.items() if schedule.name == name)


def statuses(sandbox: Sandbox) -> dict[str, str]:
    """Status by name; a replacement has its origin in its name."""
    return {schedule.name or uid: schedule.status for uid, schedule in sandbox.world.schedules.items()}
