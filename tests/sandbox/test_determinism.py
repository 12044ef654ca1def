"""The same seed and the same requests give the same uids, in whatever order the requests come."""

from __future__ import annotations

from typing import Any

from edges_nb.sandbox import World
from tests.faults import Sandbox

from .caller import Caller


def test_seeded_records_are_the_same_for_the_same_seed_only() -> None:
    first, again, other = World.agency(7), World.agency(7), World.agency(8)
    assert first.schedules == again.schedules
    assert first.runs == again.runs
    assert first.identities == again.identities
    assert not set(first.schedules) & set(other.schedules)


def test_created_uids_do_not_depend_on_the_order_of_requests(body: dict[str, Any]) -> None:
    bodies = [body | {"name": f"n{n % 4}"} for n in range(12)]

    def created(order: list[dict[str, Any]]) -> dict[str, list[str]]:
        caller = _sandbox()
        uids: dict[str, list[str]] = {}
        for entry in order:
            uids.setdefault(entry["name"], []).append(caller.create(entry).json["schedule_uid"])
        return uids

    assert created(bodies) == created(bodies[::-1])
    assert len({uid for uids in created(bodies).values() for uid in uids}) == 12


def test_queued_first_runs_follow_their_schedules(body: dict[str, Any]) -> None:
    first, second = _sandbox(), _sandbox()
    for caller, names in ((first, "ab"), (second, "ba")):
        for name in names:
            caller.create(body | {"name": name})
    assert set(first.world.runs) == set(second.world.runs)


def test_the_order_of_a_bodys_fields_does_not_matter(body: dict[str, Any]) -> None:
    backwards = dict(reversed(body.items()))
    uids = {_sandbox().create(b).json["schedule_uid"] for b in (body, backwards)}
    assert len(uids) == 1


def _sandbox() -> Caller:
    world = World(seed=1)
    world.add_identity("Outreach desk Paris")
    return Caller(Sandbox(world))
