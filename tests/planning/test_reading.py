from __future__ import annotations

import pytest

from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS
from edges_nb.models.history import Begun, Past, Replaced
from edges_nb.models.name_marks import marked
from edges_nb.sandbox import World
from tests.faults import Fault

from .bench import Bench, request

PEOPLE = "linkedin-search-people"


@pytest.fixture
def world() -> World:
    world = World(seed=1)
    owner = world.add_identity("Desk")
    for number in range(4):
        schedule = world.add_schedule(owner, name=f"Label {number}")
        schedule.last_executed_at = world.clock.now()
    return world


def uids(world: World) -> list[str]:
    return list(world.schedules)


def test_every_status_of_the_action_is_read_and_no_other_action(world: World) -> None:
    world.schedules[uids(world)[0]].status = "CANCELLED"
    world.add_schedule("somebody", action_name=PEOPLE)

    reading = Bench(world).read()

    assert [schedule.uid for schedule in reading.schedules] == uids(world)[:4]
    assert reading.schedules[0].status == "CANCELLED"


def test_identities_and_the_time_of_the_server_are_read(world: World) -> None:
    reading = Bench(world).read()

    assert [identity.name for identity in reading.identities.values()] == ["Desk"]
    assert reading.now == world.clock.now()
    assert reading.action == CONNECTIONS


def test_a_list_that_shows_everything_needs_no_second_look(world: World) -> None:
    bench = Bench(world)

    bench.read()

    assert bench.requests["get_schedule"] == 0


def test_a_server_that_shows_no_more_in_get_is_asked_once(world: World) -> None:
    bench = Bench(world, dialect="reference")

    bench.read()

    assert bench.requests["get_schedule"] == 1


def test_a_brief_list_is_filled_in_for_those_that_may_be_replaced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.schedules[uids(world)[0]].status = "PAUSED"
    bench = Bench(world)
    whole = bench.edges.schedules
    brief = {"inputs": None, "callback": None, "identity_ids": None}
    monkeypatch.setattr(
        bench.edges, "schedules", lambda action: [s.model_copy(update=brief) for s in whole(action)]
    )

    reading = bench.read()

    assert bench.requests["get_schedule"] == 3
    assert [bool(schedule.inputs) for schedule in reading.schedules] == [False, True, True, True]


def test_a_schedule_that_went_away_meanwhile_is_kept_as_it_was_listed(world: World) -> None:
    bench = Bench(world, dialect="reference")
    bench.sandbox.faults.add(Fault(operation="get_schedule", status=404, label="STATUS_404"))

    reading = bench.read()

    assert len(reading.schedules) == 4


@pytest.mark.parametrize("kind", ["migration", "change", "undo"])
def test_a_uid_in_only_that_nothing_has_is_named(world: World, kind: str) -> None:
    with pytest.raises(BadInput, match=r"no-such-uid.*only"):
        Bench(world).read(only=[uids(world)[0], "no-such-uid"], kind=kind)


def test_a_uid_of_another_action_is_named(world: World) -> None:
    other = world.add_schedule("somebody", action_name=PEOPLE)

    with pytest.raises(BadInput, match=other.uid):
        Bench(world).read(only=[other.uid])


def test_an_original_that_is_no_longer_listed_may_be_undone(world: World) -> None:
    world.schedules[uids(world)[0]].name = marked(None, "gone", incremental=True)

    assert Bench(world).read(only=["gone"], kind="undo").schedules


def test_only_restricts_what_is_looked_into_not_what_is_listed(world: World) -> None:
    chosen = uids(world)[1]

    reading = Bench(world).read(only=[chosen])

    assert len(reading.schedules) == 4
    assert set(reading.evidence) == {chosen}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": "PAUSED"}, id="paused"),
        pytest.param({"status": "CANCELLED"}, id="cancelled"),
        pytest.param({"cron": None}, id="one-shot"),
        pytest.param({"name": marked("x", "y", incremental=True)}, id="incremental-by-name"),
    ],
)
def test_what_will_not_be_migrated_is_not_looked_into(world: World, fields: dict[str, object]) -> None:
    first = world.schedules[uids(world)[0]]
    for name, value in fields.items():
        setattr(first, name, value)

    assert first.uid not in Bench(world).read().evidence


def test_a_change_looks_into_incremental_schedules_too(world: World) -> None:
    first = world.schedules[uids(world)[0]]
    first.name = marked("x", "y", incremental=True)

    assert first.uid in Bench(world).read(kind="change").evidence


def test_an_undo_looks_into_what_was_made_and_into_what_it_replaced(world: World) -> None:
    old, child, *_ = world.schedules.values()
    old.status, child.name = "CANCELLED", marked("x", old.uid, incremental=True)

    assert set(Bench(world).read(kind="undo").evidence) == {old.uid, child.uid}


def test_what_the_ledger_knows_is_not_asked_again(world: World) -> None:
    old, child, *_ = world.schedules.values()
    old.status = "CANCELLED"
    world.add_run(child, output_count=1)
    past = Past(replaced={old.uid: Replaced(old.uid, child.uid, request(), request(), "migration")})
    bench = Bench(world, dialect="reference")

    reading = bench.read(kind="undo", past=past)

    assert set(reading.evidence) == {child.uid}
    assert bench.requests["run_inputs"] == bench.requests["get_schedule"] == 0


def test_what_was_begun_is_read_even_where_the_list_leaves_it_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = world.schedules[uids(world)[0]]
    hidden.status = "CANCELLED"
    bench = Bench(world)
    whole = bench.edges.schedules
    monkeypatch.setattr(
        bench.edges, "schedules", lambda action: [s for s in whole(action) if s.uid != hidden.uid]
    )
    begun = {
        uid: Begun(uid, request(), request(), "migration", "cancelled") for uid in (hidden.uid, "deleted")
    }

    reading = bench.read(past=Past(begun=begun))

    assert reading.by_uid[hidden.uid].status == "CANCELLED"
    assert reading.by_uid["deleted"].cron == request().cron


def test_what_was_begun_for_another_action_is_left_to_that_action(world: World) -> None:
    begun = Begun("elsewhere", request(action=PEOPLE), None, "migration", "paused")

    reading = Bench(world).read(past=Past(begun={"elsewhere": begun}))

    assert "elsewhere" not in reading.by_uid


def test_reading_changes_nothing(world: World) -> None:
    bench = Bench(world, dialect="reference")

    bench.read()

    assert {call.method for call in bench.sandbox.history} == {"GET"}
