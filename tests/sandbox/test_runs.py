"""Runs: what they tell about their schedule, and how async runs are started and continued."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edges_nb.sandbox import World

from .caller import Caller

ASYNC = "/actions/linkedin-extract-connections/run/async"


@pytest.fixture
def async_body(body: dict[str, Any]) -> dict[str, Any]:
    """An async run's body: incremental, on an engagement identity."""
    del body["cron"], body["timezone"]
    return body | {"parameters": {"sync_mode": "incremental"}}


def test_a_run_tells_what_its_schedules_get_leaves_out(caller: Caller, world: World) -> None:
    callback = {"url": "https://h.example", "on": "final"}
    schedule = world.add_schedule(
        next(iter(world.identities.values())), name="Label", callback=callback, parameters={"max_results": 5}
    )
    run = caller.get(f"/runs/{world.add_run(schedule, output_count=5).uid}").json
    assert set(run) == {
        "uid",
        "name",
        "scheduled_run_name",
        "scheduled_run_uid",
        "action_name",
        "execution_mode",
        "status",
        "parameters",
        "callback",
        "output_count",
        "last_error",
        "last_info",
        "started_at",
        "finished_at",
        "created_at",
    }
    assert (run["scheduled_run_uid"], run["scheduled_run_name"]) == (schedule.uid, "Label")
    assert (run["parameters"], run["callback"], run["output_count"]) == ({"max_results": 5}, callback, 5)


@pytest.mark.parametrize(
    ("behaviour", "hidden"),
    [("runs_show_schedule", "scheduled_run_uid"), ("runs_show_parameters", "parameters")],
)
def test_runs_can_keep_their_schedule_or_parameters_to_themselves(
    caller_for: Callable[..., Caller], world: World, behaviour: str, hidden: str
) -> None:
    run = world.add_run(world.add_schedule("somebody"))
    whole = caller_for().get(f"/runs/{run.uid}").json
    for path in (f"/runs/{run.uid}", "/runs"):
        shown = caller_for(**{behaviour: False}).get(path).json
        shown = shown[0] if isinstance(shown, list) else shown
        assert set(whole) - set(shown) == {hidden}


def test_run_inputs_tell_custom_data_apart(caller: Caller, world: World) -> None:
    inputs = [{"linkedin_url": "a", "custom_data": {"crm": 1}}, {"linkedin_url": "b"}]
    run = world.add_run(world.add_schedule("somebody", inputs=inputs))
    rows = caller.get(f"/runs/{run.uid}/inputs").json
    assert [(row["input_data"], row["custom_data"]) for row in rows] == [
        ({"linkedin_url": "a"}, {"crm": 1}),
        ({"linkedin_url": "b"}, {}),
    ]


def test_runs_can_be_filtered(caller: Caller, world: World, async_body: dict[str, Any]) -> None:
    failed = world.add_run(world.add_schedule("somebody"), status="FAILED").uid
    started = caller.post(ASYNC, async_body).json["run_uid"]
    for query, uid in (
        ("status=FAILED", failed),
        (f"execution_mode=ASYNC&uid={started}", started),
        (f"uid={failed}", failed),
        ("action_name=linkedin-extract-connections&sort=created_at&limit=1", failed),
    ):
        assert [row["uid"] for row in caller.get(f"/runs?{query}").json] == [uid]


def test_outputs_are_as_many_as_the_run_brought_and_stay_the_same(caller: Caller, world: World) -> None:
    run = world.add_run(world.add_schedule("somebody"), output_count=130)
    first = caller.get(f"/runs/{run.uid}/outputs?limit=100")
    second = caller.get(first.headers["X-Pagination-Next"].partition("/v1")[2])
    assert [len(page.json) for page in (first, second)] == [100, 30]
    assert "X-Pagination-Next" not in second.headers
    assert len({row["linkedin_profile_url"] for page in (first, second) for row in page.json}) == 130
    assert caller.get(f"/runs/{run.uid}/outputs?limit=100").json == first.json


def test_outputs_are_paged_by_offset_where_the_server_still_does(
    caller_for: Callable[..., Caller], world: World
) -> None:
    run = world.add_run(world.add_schedule("somebody"), output_count=130)
    caller = caller_for(outputs="offset")
    pages = [caller.get(f"/runs/{run.uid}/outputs?limit=100&offset={n}").json for n in (0, 100, 200)]
    assert [len(page) for page in pages] == [100, 30, 0]


def test_an_async_run_is_queued(caller: Caller, async_body: dict[str, Any]) -> None:
    reply = caller.post(ASYNC, async_body)
    assert (reply.status, reply.json["status"]) == (201, "pending")
    run = caller.get(f"/runs/{reply.json['run_uid']}").json
    assert (run["execution_mode"], run["scheduled_run_uid"]) == ("ASYNC", None)


@pytest.mark.parametrize("status", ["BLOCKED", "STOPPED", "FAILED", "PARTIAL_SUCCEEDED", "SUCCEEDED"])
def test_an_ended_incremental_run_can_be_continued(
    caller: Caller, async_body: dict[str, Any], status: str
) -> None:
    uid = caller.post(ASYNC, async_body).json["run_uid"]
    caller.world.runs[uid].status = status
    reply = caller.post(f"/runs/{uid}/continue")
    assert (reply.status, reply.json["uid"], reply.json["status"]) == (200, uid, "SCHEDULED")


@pytest.mark.parametrize("status", ["CREATED", "INVALID", "QUEUED", "SCHEDULED", "RUNNING"])
def test_an_unended_run_can_not_be_continued(caller: Caller, async_body: dict[str, Any], status: str) -> None:
    uid = caller.post(ASYNC, async_body).json["run_uid"]
    caller.world.runs[uid].status = status
    reply = caller.post(f"/runs/{uid}/continue")
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_PARAMETERS")
    assert caller.world.runs[uid].status == status


def test_a_full_run_can_not_be_continued(caller: Caller, world: World) -> None:
    run = world.add_run(world.add_schedule(next(iter(world.identities.values()))))
    assert caller.post(f"/runs/{run.uid}/continue").status == 400


def test_a_run_of_a_standard_identity_can_not_be_continued(caller: Caller, world: World) -> None:
    *_, standard = world.identities.values()
    run = world.add_run(world.add_schedule(standard), parameters={"sync_mode": "incremental"})
    assert caller.post(f"/runs/{run.uid}/continue").status == 400
