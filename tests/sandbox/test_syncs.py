"""What full and incremental runs bring, what is lost for good, and that every contact is accounted for."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from edges_nb.sandbox import Habits
from edges_nb.sandbox.entities import StoredRun, StoredSchedule
from edges_nb.sandbox.networks import Network
from edges_nb.sandbox.uids import Namer
from edges_nb.sandbox.virtual_clock import START
from tests.faults import Sandbox
from tests.tallies import World, lost_contacts, tally

from .caller import Caller

DAY = timedelta(days=1)
ASYNC = "/actions/linkedin-extract-connections/run/async"


def network(size: int = 50, per_day: float = 7.5) -> Network:
    return Network("some-network", "somebody", Namer(1), size, per_day)


def urls(caller: Caller, run: StoredRun) -> list[str]:
    """What a run's outputs list, page by page."""
    rows: list[str] = []
    target: str | None = f"/v1/runs/{run.uid}/outputs?limit=100"
    while target:
        reply = caller.get(target.partition("/v1")[2])
        rows += [row["linkedin_profile_url"] for row in reply.json]
        target = reply.headers.get("X-Pagination-Next")
    return rows


@pytest.fixture
def live(caller: Caller) -> Any:
    """Let a new schedule of the active identity live for some days, and give it with its runs."""

    def lived(days: float, **fields: Any) -> tuple[StoredSchedule, list[StoredRun]]:
        identity = next(iter(caller.world.identities.values()))
        schedule = caller.world.add_schedule(identity, **fields)
        caller.sandbox.advance(timedelta(days=days))
        return schedule, [run for run in caller.world.runs.values() if run.scheduled_run_uid == schedule.uid]

    return lived


def incremental(max_results: int | None = None) -> dict[str, Any]:
    return {"sync_mode": "incremental"} | ({"max_results": max_results} if max_results else {})


def test_a_network_grows_at_its_pace_whoever_looks_when() -> None:
    often, once = network(), network()
    sizes = [often.size(START + hour * DAY / 24) for hour in range(24 * 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 50
    assert 600 < sizes[-1] - 50 < 900
    assert once.size(START + 2399 * DAY / 24) == sizes[-1]


def test_a_contact_is_in_the_network_from_the_moment_of_joining() -> None:
    grown, moment = network(), timedelta(microseconds=1)
    for number in range(grown.size(START + 20 * DAY)):
        joined = grown.joined_at(number)
        assert (grown.size(joined - moment), grown.size(joined)) == (number, number + 1)


def test_a_full_run_brings_the_whole_network_again(caller: Caller, live: Any) -> None:
    _, (first, second, third) = live(3, cron="0 9 * * *", parameters={})
    assert 300 <= first.output_count <= second.output_count <= third.output_count
    assert set(urls(caller, first)) <= set(urls(caller, third))
    assert third.output_count == len(set(urls(caller, third)))


def test_a_full_run_brings_the_newest_up_to_its_cap(caller: Caller, live: Any) -> None:
    schedule, (run, *_) = live(1, parameters={"sync_mode": "full", "max_results": 20})
    assert run.output_count == 20
    rows = caller.get(f"/runs/{run.uid}/outputs?limit=100").json
    moments = [row["connected_at"] for row in rows]
    assert moments == sorted(moments, reverse=True)
    behind = caller.world.networks_of(schedule)[0]
    assert rows[0] == behind.contact(behind.size(run.started_at or START) - 1)
    assert run.lost_count == 0


def test_the_first_incremental_run_is_full_and_later_ones_bring_what_is_new(
    caller: Caller, live: Any
) -> None:
    caller.world.habits = Habits(growth=(9, 9))
    schedule, (first, *later) = live(20, parameters=incremental())
    assert first.output_count >= 300
    assert all(run.output_count < 30 for run in later)
    brought = [url for run in (first, *later) for url in urls(caller, run)]
    assert len(brought) == len(set(brought)) == tally(caller.world, schedule.uid).brought
    assert tally(caller.world, schedule.uid).lost == 0


def test_the_first_incremental_run_loses_what_is_beyond_its_cap(caller: Caller, live: Any) -> None:
    schedule, (first,) = live(1, parameters=incremental(max_results=40))
    behind = caller.world.networks_of(schedule)[0]
    assert first.output_count == 40
    assert first.lost_count == behind.size(first.started_at or START) - 40


def test_what_is_beyond_the_cap_is_lost_for_good(caller: Caller, live: Any) -> None:
    caller.world.habits = Habits(growth=(9, 9))
    schedule, found = live(60, cron="0 9 * * 1", parameters=incremental(max_results=40))
    brought = {url for run in found for url in urls(caller, run)}
    lost = {contact["linkedin_profile_url"] for contact in lost_contacts(caller.world, schedule.uid)}
    assert not brought & lost
    assert sum(run.lost_count for run in found) == len(lost)
    assert all(run.lost_count > 0 for run in found[1:])
    assert {run.output_count for run in found} == {40}
    behind, now = caller.world.networks_of(schedule)[0], caller.sandbox.clock.now()
    everybody = {behind.contact(number)["linkedin_profile_url"] for number in range(behind.size(now))}
    waiting = everybody - brought - lost
    told = tally(caller.world, schedule.uid)
    assert told == (len(everybody), len(brought), len(lost), 0, len(waiting))
    assert told.existing == sum(told[1:])


def test_an_action_can_have_a_cap_of_its_own(caller: Caller, live: Any) -> None:
    caller.world.habits = Habits(default_max_results=25)
    assert [run.output_count for run in live(1, parameters={})[1]] == [25]


def test_a_failed_run_loses_nothing_as_the_next_brings_it(caller: Caller, live: Any) -> None:
    caller.world.habits = Habits(failing=0.4, growth=(9, 9))
    schedule, found = live(40, parameters=incremental())
    assert {run.status for run in found} == {"SUCCEEDED", "FAILED"}
    assert all(run.output_count == 0 for run in found if run.status == "FAILED")
    last = next(run for run in reversed(found) if run.status == "SUCCEEDED")
    behind = caller.world.networks_of(schedule)[0]
    assert sum(run.output_count for run in found) == behind.size(last.started_at or START)


def test_each_input_has_a_network_of_its_own_whatever_is_attached_to_it(caller: Caller, live: Any) -> None:
    inputs = [
        {"linkedin_url": "a", "custom_data": 1},
        {"linkedin_url": "b"},
        {"linkedin_url": "a", "custom_data": 2},
    ]
    schedule, (run,) = live(1, inputs=inputs, parameters=incremental())
    assert len(caller.world.networks_of(schedule)) == 2
    assert len(set(urls(caller, run))) == run.output_count == tally(caller.world, schedule.uid).brought


def test_an_earlier_incremental_run_spares_the_next_a_full_sync(caller: Caller) -> None:
    identity = next(iter(caller.world.identities.values()))
    schedule = caller.world.add_schedule(identity, parameters=incremental())
    caller.world.add_run(schedule, output_count=5, created_at=START - DAY)
    caller.sandbox.advance(DAY)
    last = list(caller.world.runs.values())[-1]
    assert last.output_count < 60
    assert tally(caller.world, schedule.uid).lost == 0


@pytest.mark.parametrize(
    ("memory", "again", "other_input"),
    [("schedule", True, True), ("input", False, True), ("identity", False, False)],
)
def test_what_counts_as_synced_before_can_be_chosen(
    caller: Caller, live: Any, memory: Any, again: bool, other_input: bool
) -> None:
    caller.world.habits = Habits(memory=memory)
    entry = [{"linkedin_url": "a"}]
    live(1, inputs=entry, parameters=incremental())
    second, (same, *_) = live(1, inputs=entry, parameters=incremental())
    third, (other, *_) = live(1, inputs=[{"linkedin_url": "b"}], parameters=incremental())
    assert [run.output_count >= 300 for run in (same, other)] == [again, other_input]
    for schedule in (second, third):
        told = tally(caller.world, schedule.uid)
        assert told.existing == sum(told[1:])
        assert (told.known > 0) == (not (again if schedule is second else other_input))


def test_a_continued_run_keeps_its_uid_and_brings_what_is_new(caller: Caller, body: dict[str, Any]) -> None:
    caller.world.habits = Habits(growth=(9, 9))
    del body["cron"], body["timezone"]
    uid = caller.post(ASYNC, body | {"parameters": incremental()}).json["run_uid"]
    caller.sandbox.advance(DAY)
    run, counts = caller.world.runs[uid], []
    for _ in range(3):
        counts.append(run.output_count)
        assert caller.post(f"/runs/{uid}/continue").json["status"] == "SCHEDULED"
        caller.sandbox.advance(5 * DAY)
        assert caller.get(f"/runs/{uid}").json["status"] == "SUCCEEDED"
    assert counts[0] >= 300
    assert all(0 < later - earlier < 100 for earlier, later in itertools.pairwise(counts))
    found = urls(caller, run)
    assert len(found) == len(set(found)) == run.output_count == tally(caller.world, uid).brought


def test_continuing_too_seldom_loses_contacts(caller: Caller, body: dict[str, Any]) -> None:
    caller.world.habits = Habits(growth=(9, 9))
    del body["cron"], body["timezone"]
    uid = caller.post(ASYNC, body | {"parameters": incremental(max_results=10)}).json["run_uid"]
    caller.sandbox.advance(DAY)
    lost = caller.world.runs[uid].lost_count
    caller.sandbox.advance(30 * DAY)
    caller.post(f"/runs/{uid}/continue")
    caller.sandbox.advance(DAY)
    assert caller.world.runs[uid].output_count == 20
    assert caller.world.runs[uid].lost_count > lost + 100


def test_the_agencys_networks_go_on_from_its_past() -> None:
    world = World.agency()
    caller = Caller(Sandbox(world))
    (uid,) = world.cases["loses items"]
    before = max(run.output_count for run in world.runs.values() if run.scheduled_run_uid == uid)
    assert tally(world, uid).existing == before
    caller.sandbox.advance(28 * DAY)
    assert 1200 < tally(world, uid).existing - before < 2600
    for uid in world.cases["already incremental"]:
        assert all(run.output_count < 200 for run in world.runs.values() if run.scheduled_run_uid == uid)
