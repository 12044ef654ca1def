"""Small workspaces to migrate: some schedules in the plan, and bystanders that nobody may touch."""

import copy
from datetime import timedelta
from typing import Any

import pandas as pd

from edges_nb.sandbox import SANDBOX_KEY, World
from edges_nb.sandbox.entities import StoredSchedule

HEADER_SECRET = "fake-header-not-a-secret"
QUERY_SECRET = "fake-query-not-a-secret"
SECRETS = (SANDBOX_KEY, HEADER_SECRET, QUERY_SECRET)

_CRONS = (("0 9 * * *", "UTC"), ("30 6 * * 1-5", "Europe/Paris"), ("15 */6 * * *", "Asia/Kolkata"))


def build(
    count: int = 3, *, alike: int = 1, seed: int = 1, one_time: bool = False, labels: bool = True
) -> World:
    """Make a workspace with `count` schedules to migrate.

    Args:
        seed: of another workspace; its callbacks differ, too.
        alike: so many each are the same.
        one_time: they are due at the same time, and a list that shows little shows no difference.
        labels: whether they have names.
    """
    world = World(seed=seed)
    owners = [world.add_identity(f"Desk {n}") for n in range(count)]
    chosen = []
    for n in range(count):
        kind = n // alike
        label = f"Client {kind} – weekly" if labels else None
        times = dict(zip(("cron", "timezone"), _CRONS[0], strict=True)) if one_time else {}
        configuration = _configuration(kind, seed) | times
        born = world.clock.now() - timedelta(days=60 - n)
        chosen.append(world.add_schedule(owners[kind], name=label, created_at=born, **configuration))
    _add_bystanders(world)
    for schedule in list(world.schedules.values()):
        world.add_run(schedule, output_count=12, finished_at=world.clock.now())
    world.cases["planned"] = [schedule.uid for schedule in chosen]
    return world


def _configuration(n: int, seed: int) -> dict[str, Any]:
    cron, timezone = _CRONS[n % len(_CRONS)]
    tagged = {"custom_data": {"crm": f"account-{n}", "tags": ["ä", n]}} if n % 2 == 0 else {}
    callback: dict[str, Any] = {"url": f"https://hooks.example.com/edges/{seed}/{n}?sig={QUERY_SECRET}-{n}"}
    if n % 2 == 0:
        callback |= {"headers": {"Authorization": f"Bearer {HEADER_SECRET}-{n}"}, "on": "final"}
    return {
        "cron": cron,
        "timezone": timezone,
        "inputs": [{"linkedin_url": f"https://www.linkedin.com/in/nobody-{n}", **tagged}],
        "callback": callback,
        "parameters": {"sync_mode": "full", "max_results": 100 + n} if n % 3 else {"max_results": 250},
    }


def _add_bystanders(world: World) -> None:
    standard = world.add_identity("Research desk", type="standard")
    engaged = world.add_identity("Reserve desk")
    born = world.clock.now() - timedelta(days=90)
    full = {"sync_mode": "full", "max_results": 50}
    world.add_schedule(standard, name="Standard", parameters=full, created_at=born)
    world.add_schedule(engaged, name="At rest", status="PAUSED", parameters=full, created_at=born)
    world.add_schedule(engaged, name="Search", action_name="linkedin-search-people", created_at=born)


def planned(world: World) -> list[StoredSchedule]:
    """The schedules to migrate."""
    return [world.schedules[uid] for uid in world.cases["planned"]]


def identities(world: World) -> pd.DataFrame:
    """Overrides that tell the identity of each schedule to migrate, for servers that show none."""
    rows = [{"schedule_uid": row.uid, "identity_uid": row.identity_ids[0]} for row in planned(world)]
    return pd.DataFrame(rows)


def schedules_of(world: World) -> dict[str, StoredSchedule]:
    """A copy of every schedule, to compare with later."""
    with world.lock:
        return copy.deepcopy(world.schedules)
