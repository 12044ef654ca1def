"""Whatever servers may do differently: a small workspace is planned, migrated and brought back under each.

Every value of every switch of `Behaviour` is played by itself, and a few together.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pandas as pd
import pytest

from edges_nb.client import Edges
from edges_nb.planning.plan import plan_migration, plan_undo
from edges_nb.redaction import Secret
from edges_nb.sandbox import World
from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.settings import Settings
from tests.faults import Behaviour, RateLimit, Sandbox, WindowLimit
from tests.reliability.process import Clock

NUMBERS: Mapping[str, tuple[Any, ...]] = {
    "identity_page": (1, 100),
    "rate_limit": (RateLimit(per_second=5, burst=3),),
    "window_limit": (
        WindowLimit(actions=3, schedules=9, identities=2, runs=5),
        WindowLimit(actions=3, schedules=9, identities=2, runs=5, sliding=True),
    ),
    "latency": (0.001,),
    "list_lag": (2,),
    "max_limit": (2,),
    "refusal_status": (409, 422),
    "minutes_per_poll": (15.0,),
}
"""Values of the switches that have no list of them."""

DOCUMENTED: dict[str, Any] = {
    "dialect": "reference",
    "created_uid": "schedule_uid",
    "active_shown": "documented",
    "empty_custom_data": "object",
}
GUIDE: dict[str, Any] = {
    "dialect": "guide",
    "optional_fields": "both",
    "created_uid": "scheduled_run_uid",
    "identity_paging": "offset",
    "active_shown": "boolean",
    "workspaces": False,
    "outputs": "offset",
}
COMBINED: dict[str, dict[str, Any]] = {
    "documented": DOCUMENTED,
    "documented, by short pages, in data": {
        **DOCUMENTED,
        "identity_paging": "page",
        "identity_page": 5,
        "envelope": "data",
    },
    "documented, without names": {**DOCUMENTED, "names": "refused", "uid_field": "scheduled_run_uid"},
    "guide": GUIDE,
    "guide, in the list only, without workspace": {**GUIDE, "optional_fields": "list", "created_uid": "uid"},
    "obeys little": {"uid_filter": False, "action_filter": False, "status_filter": False, "sort": False},
}


def single() -> Iterator[tuple[str, dict[str, Any]]]:
    """What is played by default, and each other value of each switch, by a name for it."""
    yield "default", {}
    hints = get_type_hints(Behaviour)
    for switch in fields(Behaviour):
        hint = hints[switch.name]
        values = NUMBERS.get(switch.name, ())
        if hint is bool:
            values = (True, False)
        elif get_origin(hint) is Literal:
            values = get_args(hint)
        for value in values:
            if value == switch.default:
                continue
            yield f"{switch.name}={value}", {switch.name: value}


VARIANTS = dict(single()) | COMBINED
HIDDEN = {"runs_show_schedule=False", "runs_show_parameters=False"}
"""Where nothing shows whether schedules are full, and what their cap is."""


def test_every_switch_of_the_sandbox_is_played() -> None:
    played = {name for variant in VARIANTS.values() for name in variant}
    assert played == {switch.name for switch in fields(Behaviour)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_workspace_is_migrated_and_brought_back_under_each_variant(variant: str, tmp_path: Path) -> None:
    behaviour, clock = Behaviour(**VARIANTS[variant]), Clock()
    order: Literal["pause", "guide"] = "pause" if behaviour.pause else "guide"
    with Sandbox(small_world(), behaviour, monotonic=clock.monotonic) as sandbox:
        world, before = sandbox.world, states(sandbox.world)
        settings = Settings(Secret(sandbox.key), sandbox.base_url, str(tmp_path / "ledger.sqlite"))
        with Edges(settings, clock=clock) as edges:
            plan = plan_migration(edges, overrides=answers(world, behaviour))
            decided = {item.uid: item.decision for item in plan.items}
            eligible = world.cases["eligible"]
            if variant in HIDDEN:
                assert {decided[uid] for uid in eligible} == {"needs_input"}
                return
            assert {uid for uid, decision in decided.items() if decision == "migrate"} == set(eligible)
            outcome = plan.apply(order=order)
            assert outcome.counts == {"migrated": len(eligible)}
            assert live(world) == Counter(
                incremental(row) if uid in eligible else row for uid, row in before.items()
            )
            for _ in range(behaviour.list_lag):
                edges.schedules()
            undone = plan_undo(edges).apply(order=order)
        assert undone.counts == {"migrated": len(eligible)}
        assert live(world) == Counter(before.values())


def small_world() -> World:
    """Five schedules to migrate, on more identities than a short page holds, and what is to be left alone."""
    world = World(seed=3)
    desks = [world.add_identity(f"Desk {n}") for n in range(12)]
    standard = world.add_identity("Standard", type="standard")
    born = world.clock.now() - timedelta(days=60)
    for n in range(5):
        url = f"https://hooks.example.com/{n}"
        world.add_schedule(
            desks[-n - 1],
            name=f"Client {n}" if n % 2 else None,
            created_at=born + timedelta(days=n),
            callback={"url": url, "headers": [{"name": "X-Team", "value": "red"}]}
            if n == 1
            else {"url": url},
            inputs=[{}] if n == 2 else [{"linkedin_url": f"https://www.linkedin.com/in/somebody-{n}"}],
            parameters={"sync_mode": "full", "max_results": 100 + n},
            cron="30 7 * * 1-5" if n == 3 else "0 9 * * *",
            timezone="Asia/Tokyo" if n == 3 else "UTC",
        )
    world.cases["eligible"] = list(world.schedules)
    world.add_schedule(standard, created_at=born)
    world.add_schedule(desks[0], created_at=born, parameters={"sync_mode": "incremental"})
    for schedule in list(world.schedules.values()):
        world.add_run(schedule, output_count=3, finished_at=world.clock.now())
    return world


def answers(world: World, behaviour: Behaviour) -> pd.DataFrame | None:
    """What a person answers where the server does not show it: whose schedules they are."""
    if behaviour.dialect == "guide":
        return None
    owners = {uid: world.schedules[uid].identity_ids[0] for uid in world.cases["eligible"]}
    return pd.DataFrame({"schedule_uid": owners.keys(), "identity_uid": owners.values()})


def states(world: World) -> dict[str, str]:
    """What each live schedule does, as JSON."""
    return {row.uid: configuration(row) for row in world.schedules.values() if row.status == "ACTIVE"}


def live(world: World) -> Counter[str]:
    assert {row.status for row in world.schedules.values()} <= {"ACTIVE", "CANCELLED"}
    return Counter(states(world).values())


def configuration(row: StoredSchedule) -> str:
    shown = {name: getattr(row, name) for name in ("action_name", "identity_ids", "inputs", "callback")}
    return json.dumps(shown | {"cron": row.cron, "timezone": row.timezone, "parameters": row.parameters})


def incremental(row: str) -> str:
    shown = json.loads(row)
    return json.dumps(shown | {"parameters": {**shown["parameters"], "sync_mode": "incremental"}})
