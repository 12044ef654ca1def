"""How schedules are created, move between states, and follow the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from edges_nb.sandbox import Habits
from edges_nb.sandbox.virtual_clock import iso

from .caller import Caller


def test_a_create_answers_with_what_was_made(caller: Caller, body: dict[str, Any]) -> None:
    reply = caller.create(body)
    uid = reply.json["schedule_uid"]
    assert reply.status == 201
    assert reply.json == {
        "schedule_uid": uid,
        "status": "ACTIVE",
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "next_execution_at": "2026-11-03T08:00:00.000000Z",
        "created_at": caller.get(f"/schedules/{uid}").json["created_at"],
    }


def test_a_create_keeps_everything_it_was_given(caller: Caller, body: dict[str, Any]) -> None:
    body |= {
        "inputs": [{"linkedin_url": "https://www.linkedin.com/in/a", "custom_data": {"crm": [1, None]}}],
        "callback": {"url": "https://h.example/?t=1", "headers": {"X-Team": "a"}, "on": "final"},
        "parameters": {"sync_mode": "incremental", "max_results": 40},
        "name": "Zürich 🚀",
    }
    created = caller.world.schedules[caller.create(body).json["schedule_uid"]]
    for field in body:
        assert getattr(created, field) == body[field]


def test_a_create_without_a_first_time_queues_a_run_at_once(caller: Caller, body: dict[str, Any]) -> None:
    uid = caller.create(body | {"parameters": {"max_results": 9}}).json["schedule_uid"]
    (run,) = caller.world.runs.values()
    assert (run.status, run.scheduled_run_uid, run.parameters) == ("QUEUED", uid, {"max_results": 9})


def test_a_create_with_a_first_time_waits_for_it(caller: Caller, body: dict[str, Any]) -> None:
    reply = caller.create(body | {"schedule_at": "2026-11-05T12:00:00+01:00"})
    assert reply.json["next_execution_at"] == "2026-11-05T11:00:00.000000Z"
    assert not caller.world.runs


def test_after_its_first_time_a_recurring_schedule_follows_its_cron(
    caller: Caller, body: dict[str, Any]
) -> None:
    uid = caller.create(body | {"schedule_at": "2026-11-05T11:00:00Z"}).json["schedule_uid"]
    caller.sandbox.clock.advance(timedelta(days=3, hours=4))
    schedule = caller.get(f"/schedules/{uid}").json
    assert schedule["last_executed_at"] == "2026-11-05T11:00:00.000000Z"
    assert schedule["next_execution_at"] == "2026-11-06T08:00:00.000000Z"


def test_next_execution_follows_the_change_to_summer_time(caller: Caller, schedule_uid: str) -> None:
    caller.world.schedules[schedule_uid].timezone = "Europe/Paris"
    caller.sandbox.clock.advance(timedelta(days=180))
    assert caller.get(f"/schedules/{schedule_uid}").json["next_execution_at"].endswith("T07:00:00.000000Z")


def test_a_one_shot_completes_when_its_time_has_come(caller: Caller, body: dict[str, Any]) -> None:
    del body["cron"]
    uid = caller.create(body | {"schedule_at": "2026-11-02T09:00:00Z"}).json["schedule_uid"]
    caller.sandbox.clock.advance(timedelta(hours=1))
    schedule = caller.get(f"/schedules/{uid}").json
    assert (schedule["status"], schedule["next_execution_at"]) == ("COMPLETED", None)
    assert [run.status for run in caller.world.runs.values() if run.scheduled_run_uid == uid] == ["QUEUED"]


def test_an_iteration_due_while_a_run_is_unfinished_is_skipped(caller: Caller, schedule_uid: str) -> None:
    three_days = 3 * 24 * 60.0
    caller.world.habits = Habits(minutes=(three_days, three_days))
    caller.sandbox.advance(timedelta(days=5))
    moments = [iso(run.created_at) for run in caller.world.runs.values()]
    assert moments == ["2026-11-02T09:00:00.000000Z", "2026-11-06T09:00:00.000000Z"]
    assert [run.status for run in caller.world.runs.values()] == ["SUCCEEDED", "RUNNING"]


def test_a_paused_schedule_has_no_next_execution_until_it_is_resumed(
    caller: Caller, schedule_uid: str
) -> None:
    paused = caller.post(f"/schedules/{schedule_uid}/pause").json
    caller.sandbox.clock.advance(timedelta(days=2))
    resumed = caller.post(f"/schedules/{schedule_uid}/resume").json
    assert (paused["status"], paused["next_execution_at"]) == ("PAUSED", None)
    assert (resumed["status"], resumed["next_execution_at"]) == ("ACTIVE", "2026-11-04T09:00:00.000000Z")
    assert not caller.world.runs


@pytest.mark.parametrize("steps", [("cancel",), ("pause", "cancel")])
def test_an_active_or_paused_schedule_can_be_cancelled(
    caller: Caller, schedule_uid: str, steps: tuple[str, ...]
) -> None:
    for step in steps:
        last = caller.post(f"/schedules/{schedule_uid}/{step}").json
    assert (last["status"], last["next_execution_at"]) == ("CANCELLED", None)


def test_created_at_orders_what_is_created_while_the_clock_stands(
    caller: Caller, body: dict[str, Any]
) -> None:
    created = [caller.create(body).json["created_at"] for _ in range(4)]
    assert created == sorted(set(created))
    assert caller.sandbox.clock.now().isoformat() == "2026-11-02T08:00:00+00:00"


def test_each_answer_tells_the_sandboxs_time(caller: Caller) -> None:
    caller.sandbox.clock.advance(timedelta(minutes=5))
    assert caller.get("/schedules").headers["Date"] == "Mon, 02 Nov 2026 08:05:00 GMT"


def test_the_clock_never_goes_back(caller: Caller) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        caller.sandbox.clock.advance(timedelta(seconds=-1))


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_without_pause_the_route_is_unknown(
    caller_for: Callable[..., Caller], schedule_uid: str, step: str
) -> None:
    caller = caller_for(pause=False)
    assert caller.post(f"/schedules/{schedule_uid}/{step}").status == 404
    assert caller.world.schedules[schedule_uid].status == "ACTIVE"
    assert caller.post(f"/schedules/{schedule_uid}/cancel").status == 200


def test_a_refused_name_is_an_unknown_property(
    caller_for: Callable[..., Caller], body: dict[str, Any]
) -> None:
    caller = caller_for(names="refused")
    reply = caller.create(body | {"name": "x"})
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_INPUT")
    assert reply.json["message"] == "body must NOT have additional properties (name)"
    assert caller.create(body).status == 201


def test_an_ignored_name_is_dropped(caller_for: Callable[..., Caller], body: dict[str, Any]) -> None:
    caller = caller_for(names="ignored")
    uid = caller.create(body | {"name": "x" * 300}).json["schedule_uid"]
    assert caller.get(f"/schedules/{uid}").json["name"] is None


def test_history_tells_what_took_effect(caller: Caller, body: dict[str, Any], schedule_uid: str) -> None:
    uid = caller.create(body).json["schedule_uid"]
    caller.post(f"/schedules/{schedule_uid}/cancel")
    caller.post(f"/schedules/{schedule_uid}/cancel")
    seen = [(c.n, c.operation, c.subject, c.status, c.effect, c.created) for c in caller.sandbox.history]
    assert seen == [
        (1, "create", "linkedin-extract-connections", 201, True, uid),
        (2, "cancel", schedule_uid, 200, True, None),
        (3, "cancel", schedule_uid, 400, False, None),
    ]
    assert caller.sandbox.history[0].body == body


def test_the_hook_is_called_around_each_effect(caller: Caller, schedule_uid: str) -> None:
    seen = []
    schedule = caller.world.schedules[schedule_uid]
    caller.sandbox.on_call = lambda call, phase: seen.append((call.operation, phase, schedule.status))
    caller.post(f"/schedules/{schedule_uid}/pause")
    assert seen == [("pause", "before", "ACTIVE"), ("pause", "after", "PAUSED")]


def test_a_hook_can_act_as_somebody_else(caller: Caller, schedule_uid: str) -> None:
    def cancel_first(call: Any, phase: str) -> None:
        if (call.operation, phase) == ("pause", "before"):
            caller.post(f"/schedules/{schedule_uid}/cancel")

    caller.sandbox.on_call = cancel_first
    assert caller.post(f"/schedules/{schedule_uid}/pause").status == 400
