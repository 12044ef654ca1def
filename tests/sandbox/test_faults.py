"""Faults: which requests they hit, before or after the effect, and what is left of the answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from edges_nb.sandbox import World
from tests.faults import Fault, Sandbox

from .caller import Caller

KINDS = ["cut", "half", "hang", "garbage", "html", "status"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_before_the_effect_prevents_it(caller: Caller, body: dict[str, Any], kind: Any) -> None:
    caller.sandbox.faults.add(Fault("create", kind, "before"))
    caller.create(body)
    (call,) = caller.sandbox.history
    assert len(caller.world.schedules) == 1
    assert (call.effect, call.created, call.fault) == (False, None, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_after_the_effect_leaves_it_done(caller: Caller, body: dict[str, Any], kind: Any) -> None:
    caller.sandbox.faults.add(Fault("create", kind, "after"))
    caller.create(body)
    (call,) = caller.sandbox.history
    assert list(caller.world.schedules)[1] == call.created
    assert (call.effect, call.fault) == (True, kind)


@pytest.mark.parametrize("kind", ["pause", "cancel"])
def test_a_transition_happens_although_its_answer_is_lost(
    caller: Caller, schedule_uid: str, kind: str
) -> None:
    caller.sandbox.faults.add(Fault(kind, "cut", "after"))
    reply = caller.post(f"/schedules/{schedule_uid}/{kind}")
    assert reply.delivery == "cut"
    assert caller.world.schedules[schedule_uid].status == {"pause": "PAUSED", "cancel": "CANCELLED"}[kind]


@pytest.mark.parametrize(("kind", "status"), [("cut", None), ("hang", None), ("half", 200), ("status", 500)])
def test_history_tells_the_status_that_was_sent(
    caller: Caller, schedule_uid: str, kind: Any, status: int | None
) -> None:
    caller.sandbox.faults.add(Fault("get_schedule", kind, "after"))
    caller.get(f"/schedules/{schedule_uid}")
    assert caller.sandbox.history[0].status == status


def test_a_status_fault_answers_as_told(caller: Caller) -> None:
    fault = Fault(
        status=429,
        label="LIMIT_REACHED",
        headers={"Retry-After": "7"},
        params={"postponed_until": "2026-11-03T08:00:00Z"},
    )
    caller.sandbox.faults.add(fault)
    reply = caller.get("/schedules")
    assert (reply.status, reply.json["error_label"], reply.headers["Retry-After"]) == (
        429,
        "LIMIT_REACHED",
        "7",
    )
    assert reply.json["params"] == {"postponed_until": "2026-11-03T08:00:00Z"}


def test_an_html_fault_is_a_page_with_the_status(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(kind="html", status=502))
    reply = caller.get("/schedules")
    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert reply.content.startswith(b"<!doctype html>")


@pytest.mark.parametrize("when", ["before", "after"])
def test_garbage_is_a_success_that_can_not_be_read(caller: Caller, body: dict[str, Any], when: Any) -> None:
    caller.sandbox.faults.add(Fault("create", "garbage", when))
    reply = caller.create(body)
    assert reply.status in (200, 201)
    with pytest.raises(ValueError, match="Unterminated string"):
        _ = reply.json


def test_nth_and_times_choose_the_requests(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault("list_schedules", nth=3, times=2))
    assert [caller.get("/schedules").status for _ in range(6)] == [200, 200, 500, 500, 200, 200]


def test_times_zero_is_for_ever_until_cleared(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(times=0))
    assert {caller.get("/schedules").status for _ in range(20)} == {500}
    caller.sandbox.faults.clear()
    assert caller.get("/schedules").status == 200


def test_only_the_named_operation_is_hit(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault("list_runs", times=0))
    paths = ("/identities", "/schedules", "/runs", "/identities")
    assert [caller.get(path).status for path in paths] == [200, 200, 500, 200]


def test_only_the_named_schedule_is_hit(caller: Caller, world: World, body: dict[str, Any]) -> None:
    spared, hit = (world.add_schedule(next(iter(world.identities.values()))) for _ in range(2))
    run = world.add_run(hit)
    caller.sandbox.faults.add(Fault(times=0, schedule_uid=hit.uid))
    assert caller.get(f"/schedules/{spared.uid}").status == 200
    assert caller.get(f"/schedules/{hit.uid}").status == 500
    assert caller.get(f"/runs/{run.uid}/inputs").status == 500
    assert caller.create(body | {"name": "x"}).status == 201
    assert caller.create(body | {"name": f"x ({hit.uid})"}).status == 500


def test_a_request_is_hit_by_one_fault_and_the_next_waits(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault("list_schedules", status=500))
    caller.sandbox.faults.add(Fault("list_schedules", status=503))
    assert [caller.get("/schedules").status for _ in range(3)] == [500, 503, 200]


def test_a_refusal_is_spoilt_too(caller: Caller, body: dict[str, Any]) -> None:
    caller.sandbox.faults.add(Fault("create", "garbage", "after"))
    assert caller.create(body | {"inputs": []}).status == 400
    assert not caller.sandbox.history[0].effect


def test_a_wrong_key_is_refused_before_any_fault(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault())
    assert [caller.get("/schedules", key="wrong").status, caller.get("/schedules").status] == [401, 500]


def test_chance_hits_about_as_often_as_it_says() -> None:
    caller = Caller(Sandbox(World(seed=3)))
    caller.sandbox.faults.add(Fault(probability=0.2, times=0))
    hits = Counter(caller.get("/schedules").status for _ in range(1000))[500]
    assert 150 < hits < 250


def test_chance_hits_the_same_requests_in_whatever_order_they_come() -> None:
    paths = [f"/schedules/{n}" for n in range(200)]

    def struck(order: list[str]) -> set[str]:
        caller = Caller(Sandbox(World(seed=3)))
        caller.sandbox.faults.add(Fault(probability=0.3, times=0))
        return {path for path in order if caller.get(path).status == 500}

    assert struck(paths) == struck(paths[::-1])
    assert struck(paths)


@pytest.mark.parametrize("wrong", [{"operation": "creates"}, {"kind": "explode"}, {"when": "during"}])
def test_a_fault_that_could_never_hit_is_refused(caller: Caller, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no "):
        caller.sandbox.faults.add(Fault(**wrong))
