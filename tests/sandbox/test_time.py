"""What happens while the clock moves: runs start, take their time, end, fail if told to, and grow old."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from edges_nb.sandbox import Habits, World
from edges_nb.sandbox.entities import StoredRun, StoredSchedule
from edges_nb.sandbox.virtual_clock import START
from tests.faults import Behaviour, Sandbox

from .caller import Caller

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def schedule(world: World, schedule_uid: str) -> StoredSchedule:
    return world.schedules[schedule_uid]


def runs(world: World, schedule: StoredSchedule) -> list[StoredRun]:
    return [run for run in world.runs.values() if run.scheduled_run_uid == schedule.uid]


def test_a_run_is_queued_then_running_then_succeeded(caller: Caller, schedule: StoredSchedule) -> None:
    caller.world.habits = Habits(minutes=(10, 10))
    seen = []
    for step in (timedelta(minutes=60), timedelta(minutes=1), timedelta(minutes=10)):
        caller.sandbox.advance(step)
        (run,) = caller.get("/runs").json
        seen.append((run["status"], run["started_at"] is not None, run["finished_at"] is not None))
    assert seen == [("QUEUED", False, False), ("RUNNING", True, False), ("SUCCEEDED", True, True)]


def test_a_run_takes_the_time_it_may(caller: Caller, schedule: StoredSchedule) -> None:
    caller.world.habits = Habits(minutes=(5, 15))
    caller.sandbox.advance(30 * DAY)
    spans = [
        run.finished_at - run.started_at
        for run in runs(caller.world, schedule)
        if run.finished_at and run.started_at
    ]
    assert len(set(spans)) > 20
    assert timedelta(minutes=5) <= min(spans) < max(spans) <= timedelta(minutes=15)


@pytest.mark.parametrize("step", [7 * HOUR, timedelta(minutes=11), 40 * DAY])
def test_the_size_of_the_steps_makes_no_difference(step: timedelta) -> None:
    def lived(step: timedelta, until: timedelta) -> World:
        sandbox = Sandbox(World.agency(), Behaviour())
        while sandbox.clock.now() < START + until:
            sandbox.advance(min(step, START + until - sandbox.clock.now()))
        return sandbox.world

    until = 4 * DAY if step < HOUR else 40 * DAY
    there, here = lived(until, until), lived(step, until)
    assert here.schedules == there.schedules
    assert list(here.runs.items()) == list(there.runs.items())
    assert here.outbox.deliveries == there.outbox.deliveries


def test_moving_the_clock_alone_has_the_same_effects_at_the_next_request() -> None:
    there, here = Sandbox(World.agency()), Sandbox(World.agency())
    there.advance(10 * DAY)
    here.clock.advance(10 * DAY)
    Caller(here).get("/identities")
    assert here.world.runs == there.world.runs


def test_while_the_clock_stands_still_nothing_happens(caller: Caller, body: dict[str, Any]) -> None:
    caller.create(body)
    before = caller.get("/runs").content + caller.get("/schedules").content
    caller.sandbox.advance(timedelta(0))
    assert caller.get("/runs").content + caller.get("/schedules").content == before
    assert [run["status"] for run in caller.get("/runs").json] == ["QUEUED"]


def test_the_first_run_of_a_new_schedule_runs_when_time_moves_on(
    caller: Caller, body: dict[str, Any]
) -> None:
    uid = caller.create(body).json["schedule_uid"]
    caller.sandbox.advance(HOUR / 2)
    (run,) = caller.get("/runs").json
    assert (run["scheduled_run_uid"], run["status"], run["output_count"] > 0) == (uid, "SUCCEEDED", True)
    assert caller.get(f"/schedules/{uid}").json["last_executed_at"] == run["created_at"]


def test_a_first_run_under_way_makes_the_schedule_skip_its_first_time(
    caller: Caller, body: dict[str, Any]
) -> None:
    caller.world.habits = Habits(minutes=(20, 20))
    uid = caller.create(body | {"cron": "5 8 * * *", "timezone": "UTC"}).json["schedule_uid"]
    caller.sandbox.advance(HOUR / 2)
    assert len(runs(caller.world, caller.world.schedules[uid])) == 1
    assert caller.get(f"/schedules/{uid}").json["next_execution_at"] == "2026-11-03T08:05:00.000000Z"


def test_a_run_that_ends_just_then_blocks_no_iteration(caller: Caller, schedule: StoredSchedule) -> None:
    caller.world.habits = Habits(minutes=(30, 30))
    schedule.cron = "* * * * *"
    started = START - timedelta(minutes=29)
    caller.world.add_run(schedule, status="RUNNING", started_at=started, created_at=started)
    schedule.next_execution_at = START + timedelta(minutes=1)
    caller.sandbox.advance(timedelta(minutes=1))
    assert [run.status for run in runs(caller.world, schedule)] == ["SUCCEEDED", "QUEUED"]


@pytest.mark.parametrize(
    ("timezone", "days"),
    [("Europe/Paris", 200), ("America/New_York", 200), ("Australia/Lord_Howe", 200), ("Asia/Kolkata", 30)],
)
def test_schedules_keep_their_local_time_across_changes_of_the_clocks(
    caller: Caller, schedule: StoredSchedule, timezone: str, days: int
) -> None:
    schedule.timezone, schedule.next_execution_at = timezone, None
    caller.world.insert(schedule)
    moments = []
    for _ in range(days):
        caller.sandbox.advance(DAY)
        moments += [run.created_at for run in runs(caller.world, schedule)]
    local = {moment.astimezone(ZoneInfo(timezone)) for moment in moments}
    assert {(moment.hour, moment.minute) for moment in local} == {(9, 0)}
    assert len({moment.date() for moment in local}) == days
    offsets = {moment.utcoffset() for moment in local}
    assert len(offsets) == (2 if days > 30 else 1)


def test_a_time_that_the_clocks_leap_over_or_repeat_gives_one_run(
    caller: Caller, schedule: StoredSchedule
) -> None:
    schedule.cron, schedule.timezone, schedule.next_execution_at = "30 2 * * *", "Europe/Paris", None
    caller.world.insert(schedule)
    caller.sandbox.advance(datetime(2027, 3, 25, tzinfo=UTC) - START)
    caller.world.runs.clear()
    caller.sandbox.advance(7 * DAY)
    spring = [run.created_at.astimezone(ZoneInfo("Europe/Paris")).day for run in runs(caller.world, schedule)]
    caller.sandbox.advance(datetime(2027, 10, 28, tzinfo=UTC) - caller.sandbox.clock.now())
    caller.world.runs.clear()
    caller.sandbox.advance(7 * DAY)
    autumn = [run.created_at.astimezone(ZoneInfo("Europe/Paris")).day for run in runs(caller.world, schedule)]
    assert spring == [25, 26, 27, 28, 29, 30, 31]
    assert autumn == [28, 29, 30, 31, 1, 2, 3]


@pytest.mark.parametrize("step", ["pause", "cancel"])
def test_a_schedule_that_is_stopped_runs_no_more_but_a_run_under_way_ends(
    caller: Caller, schedule: StoredSchedule, step: str
) -> None:
    caller.sandbox.advance(HOUR)
    assert [run.status for run in runs(caller.world, schedule)] == ["QUEUED"]
    caller.post(f"/schedules/{schedule.uid}/{step}")
    caller.sandbox.advance(10 * DAY)
    assert [run.status for run in runs(caller.world, schedule)] == ["SUCCEEDED"]


def test_a_schedule_that_is_not_active_never_falls_due(caller: Caller, schedule: StoredSchedule) -> None:
    schedule.status = "PAUSED"
    assert schedule.next_execution_at is not None
    caller.sandbox.advance(3 * DAY)
    assert not caller.world.runs


def test_no_run_fails_unless_told_to(caller: Caller) -> None:
    caller.sandbox.advance(60 * DAY)
    assert {run.status for run in caller.world.runs.values()} == {"SUCCEEDED"}


def test_some_runs_fail_when_told_to_and_the_same_ones_each_time() -> None:
    def failed() -> list[str]:
        world = World.agency()
        world.habits = Habits(failing=0.2)
        before = set(world.runs)
        Sandbox(world).advance(20 * DAY)
        ended = [run for uid, run in world.runs.items() if uid not in before and run.finished_at]
        unwell = [run for run in ended if run.status != "SUCCEEDED"]
        assert 0.1 < len(unwell) / len(ended) < 0.4
        assert all(run.last_error and run.status in ("FAILED", "PARTIAL_SUCCEEDED") for run in unwell)
        return [run.uid for run in unwell]

    assert failed() == failed()


def test_a_run_of_several_inputs_can_fail_in_part(caller: Caller) -> None:
    caller.world.habits = Habits(failing=0.5)
    inputs = [{"linkedin_url": str(n)} for n in range(4)]
    schedule = caller.world.add_schedule(next(iter(caller.world.identities.values())), inputs=inputs)
    caller.sandbox.advance(10 * DAY)
    run = next(run for run in runs(caller.world, schedule) if run.status == "PARTIAL_SUCCEEDED")
    rows = caller.get(f"/runs/{run.uid}/inputs").json
    told = [(row["status"], row["last_error"] is not None) for row in rows]
    assert set(told) == {("FAILED", True), ("SUCCEEDED", False)}
    assert len({span.network for span in run.brought}) == Counter(told)["SUCCEEDED", False]


@pytest.mark.parametrize("identity", ["idle", "unknown"])
def test_a_run_without_a_working_identity_fails_and_says_why(caller: Caller, identity: str) -> None:
    _, idle, _ = caller.world.identities.values()
    schedule = caller.world.add_schedule(idle if identity == "idle" else "nobody")
    caller.sandbox.advance(DAY)
    (run,) = runs(caller.world, schedule)
    assert (run.status, run.output_count) == ("FAILED", 0)
    assert caller.get(f"/runs/{run.uid}").json["last_error"]["error_label"] == "NO_VALID_ACCOUNT_CONFIGURED"


def test_runs_older_than_ninety_days_can_not_be_seen_any_more(
    caller: Caller, schedule: StoredSchedule
) -> None:
    caller.sandbox.advance(2 * HOUR)
    (first,) = caller.world.runs
    caller.sandbox.advance(89 * DAY)
    assert caller.get(f"/runs/{first}").status == 200
    caller.sandbox.advance(DAY)
    assert caller.get(f"/runs/{first}").status == 404
    assert caller.get(f"/runs/{first}/outputs").status == 404
    assert len(caller.world.runs) == 90
    assert caller.get(f"/runs?uid={first}").json == []


def test_the_control_path_lets_time_pass(world: World, schedule: StoredSchedule) -> None:
    with Sandbox(world) as sandbox:
        root = sandbox.base_url.removesuffix("/v1") + "/sandbox"
        moved = httpx.post(root + "/clock", json={"advance_seconds": 86400 * 3}).json()
    assert moved == {"now": "2026-11-05T08:00:00.000000Z"}
    assert [run.status for run in world.runs.values()] == ["SUCCEEDED"] * 3


@pytest.mark.parametrize("seconds", [1e30, "1", None])
def test_the_control_path_explains_a_step_that_it_can_not_make(world: World, seconds: Any) -> None:
    with Sandbox(world) as sandbox:
        root = sandbox.base_url.removesuffix("/v1") + "/sandbox"
        assert httpx.post(root + "/clock", json={"advance_seconds": seconds}).status_code == 400


def test_a_schedule_can_wait_for_its_cron_instead_of_running_at_once(
    caller_for: Callable[..., Caller], body: dict[str, Any]
) -> None:
    caller = caller_for(first_run_at_once=False)
    caller.create(body)
    assert not caller.world.runs


def test_a_month_of_the_agency_takes_less_than_two_seconds() -> None:
    sandbox = Sandbox(World.agency())
    before = time.process_time()
    sandbox.advance(30 * DAY)
    assert time.process_time() - before < 2
    assert len(sandbox.world.runs) > 700
    assert {run.status for run in sandbox.world.runs.values()} >= {"SUCCEEDED", "FAILED"}


@pytest.mark.parametrize("wrong", [{"minutes": (9, 3)}, {"contacts": (-1, 3)}, {"failing": 1.1}])
def test_habits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a range goes|a chance is"):
        Habits(**wrong)
