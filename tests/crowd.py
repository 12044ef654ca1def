"""A large workspace for measurements: as many schedules as wanted, each a plain full extraction."""

from __future__ import annotations

from datetime import timedelta

from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.sandbox.virtual_clock import past_due
from edges_nb.sandbox.world import World

CRONS = ("0 9 * * *", "30 7 * * 1-5", "0 6 * * 1", "15 10 * * 2,4")
TIMEZONES = ("Europe/Paris", "Europe/London", "America/New_York", "Asia/Singapore")
STANDARD_EVERY, IDLE_EVERY = 10, 47
"""Of so many identities one is standard, and one inactive."""

INCREMENTAL_EVERY, PAUSED_EVERY = 19, 23
"""Of so many schedules one is incremental already, and one paused."""


def crowd(schedules: int = 100_000, identities: int = 20_000, seed: int = 11, *, runs: bool = True) -> World:
    """Make a world of identities, with schedules spread evenly over them; each has run once, or never."""
    world = World(seed)
    now = world.clock.now()
    hired = now - timedelta(days=400)
    for number in range(identities):
        world.add_identity(
            f"Desk {number:05d}",
            timezone=TIMEZONES[number % len(TIMEZONES)],
            type="standard" if number % STANDARD_EVERY == STANDARD_EVERY - 1 else "engagement",
            is_active=number % IDLE_EVERY != IDLE_EVERY - 1,
            created_at=hired,
        )
    people = list(world.identities.values())
    for number in range(schedules):
        identity = people[number % identities]
        incremental = identity.type == "engagement" and number % INCREMENTAL_EVERY == 0
        schedule = world.add_schedule(
            identity,
            name=f"Connections {number:06d}",
            cron=CRONS[number % len(CRONS)],
            timezone=identity.timezone,
            status="PAUSED" if number % PAUSED_EVERY == PAUSED_EVERY - 1 else "ACTIVE",
            parameters={"sync_mode": "incremental" if incremental else "full", "max_results": 1000},
            # A moment of its own for each: lists are sorted by it.
            created_at=hired + timedelta(seconds=number),
        )
        if runs:
            _add_run(world, schedule)
    return world


def _add_run(world: World, schedule: StoredSchedule) -> None:
    (due,) = past_due(schedule.cron or "", schedule.timezone, world.clock.now(), 1)
    started = due + timedelta(seconds=10)
    incremental = schedule.parameters["sync_mode"] == "incremental"
    schedule.last_executed_at = due
    world.add_run(
        schedule,
        output_count=8 if incremental else 640,
        created_at=due,
        started_at=started,
        finished_at=started + timedelta(minutes=7),
    )
