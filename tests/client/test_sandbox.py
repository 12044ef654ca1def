"""The client against the sandbox, over real sockets and in each of its dialects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from edges_nb.client import Edges
from edges_nb.errors import EdgesNbError, KeyRefused, Unreadable
from edges_nb.models.api import Schedule, ScheduleRequest
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
from edges_nb.transport import Done, Refused, Unknown, http
from tests.faults import Behaviour, Fault, RateLimit, Sandbox

from .virtual import VirtualTime


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Iterator[Sandbox]:
    yield served
    served.behaviour = Behaviour()
    served.faults.clear()


@pytest.fixture
def edges(sandbox: Sandbox) -> Iterator[Edges]:
    with connect(sandbox) as edges:
        yield edges


def connect(sandbox: Sandbox, key: str | None = None) -> Edges:
    settings = Settings(Secret(key or sandbox.key), sandbox.base_url, "unused.sqlite", sandbox=True)
    return Edges(settings, clock=VirtualTime())


def active(edges: Edges) -> Schedule:
    return next(schedule for schedule in edges.schedules(status="ACTIVE") if schedule.callback)


def copied(schedule: Schedule) -> ScheduleRequest:
    return ScheduleRequest(
        action=schedule.action_name or "",
        inputs=schedule.inputs or [],
        callback=schedule.callback or {},
        identity_ids=schedule.identity_ids or [],
        cron=schedule.cron,
        timezone=schedule.timezone,
        name="copy",
    )


DIALECTS = [
    pytest.param({}, id="guide"),
    pytest.param({"dialect": "reference", "envelope": "data"}, id="reference"),
    pytest.param({"envelope": "items", "uid_field": "scheduled_run_uid"}, id="items"),
    pytest.param({"uid_field": "both", "max_limit": 50}, id="capped"),
    pytest.param({"action_filter": False, "status_filter": False, "sort": False}, id="disobedient"),
]


@pytest.mark.parametrize("habits", DIALECTS)
def test_lists_are_the_same_in_every_dialect(sandbox: Sandbox, edges: Edges, habits: dict[str, Any]) -> None:
    sandbox.behaviour = Behaviour(**habits)
    world = sandbox.world
    rows = sorted(world.schedules.values(), key=lambda row: (row.created_at, row.uid))
    action = rows[0].action_name
    assert [s.uid for s in edges.schedules()] == [row.uid for row in rows]
    assert [s.uid for s in edges.schedules(action, "PAUSED")] == [
        row.uid for row in rows if row.action_name == action and row.status == "PAUSED"
    ]
    assert {i.uid for i in edges.identities()} == set(world.identities)
    runs = edges.runs()
    assert {run.uid for run in runs} == set(world.runs)
    times = [run.created_at for run in runs if run.created_at]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("habits", DIALECTS)
def test_changes_are_done_in_every_dialect(sandbox: Sandbox, edges: Edges, habits: dict[str, Any]) -> None:
    request = copied(active(edges))
    sandbox.behaviour = Behaviour(**habits)
    created = edges.create_scheduled_run(request)
    assert isinstance(created, Done)
    uid = created.value.uid
    for verb, status in (("pause", "PAUSED"), ("resume", "ACTIVE"), ("cancel", "CANCELLED")):
        answer = getattr(edges, verb)(uid)
        assert isinstance(answer, Done)
        assert answer.value is not None
        assert (answer.value.uid, answer.value.status) == (uid, status)
        assert edges.schedule(uid).status == status
    assert isinstance(edges.cancel(uid), Refused)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["cut", "half", "garbage", "html", "status"])
@pytest.mark.parametrize("operation", ["create", "pause", "cancel"])
def test_change_whose_answer_is_spoilt_is_unknown_and_sent_once(
    sandbox: Sandbox, edges: Edges, operation: str, kind: Any, when: Any
) -> None:
    created = edges.create_scheduled_run(copied(active(edges)))
    assert isinstance(created, Done)
    uid = created.value.uid
    sandbox.faults.add(Fault(operation, kind, when, status=502))
    before = len(sandbox.history)
    request = replace_name(copied(edges.schedule(uid)))
    answer = edges.create_scheduled_run(request) if operation == "create" else getattr(edges, operation)(uid)
    calls = [call for call in sandbox.history[before:] if call.operation == operation]
    assert isinstance(answer, Unknown)
    assert [call.effect for call in calls] == [when == "after"]


def replace_name(request: ScheduleRequest) -> ScheduleRequest:
    return request.model_copy(update={"name": "another"})


def test_refusal_that_is_cut_is_unknown_too(sandbox: Sandbox, edges: Edges) -> None:
    uid = active(edges).uid
    sandbox.faults.add(Fault("resume", "half", "after"))
    assert isinstance(edges.resume(uid), Unknown)
    assert isinstance(edges.resume(uid), Refused)


def test_change_that_hangs_is_unknown_in_the_end(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_TIMEOUT", httpx.Timeout(0.2))
    with connect(sandbox) as edges:
        uid = active(edges).uid
        sandbox.faults.add(Fault("pause", "hang", "before"))
        answer = edges.pause(uid)
        assert isinstance(answer, Unknown)
        assert edges.schedule(uid).status == "ACTIVE"


@pytest.mark.parametrize("kind", ["cut", "half", "garbage", "html", "status"])
def test_read_outlasts_what_passes(sandbox: Sandbox, edges: Edges, kind: Any) -> None:
    sandbox.faults.add(Fault("list_schedules", kind, times=3, status=503))
    assert len(edges.schedules()) == len(sandbox.world.schedules)


def test_cut_answer_is_said_to_be_cut(sandbox: Sandbox, edges: Edges) -> None:
    uid = active(edges).uid
    sandbox.faults.add(Fault("get_schedule", "half", times=0))
    with pytest.raises(Unreadable, match="cut in the middle"):
        edges.schedule(uid)


def test_parallel_listing_keeps_to_a_limit(sandbox: Sandbox) -> None:
    """On the real clock, as the sandbox's bucket fills with it."""
    sandbox.behaviour = Behaviour(rate_limit=RateLimit(200, 5), max_limit=5)
    settings = Settings(Secret(sandbox.key), sandbox.base_url, "unused.sqlite", sandbox=True)
    before = len(sandbox.history)
    with Edges(settings) as edges:
        assert len(edges.schedules()) == len(sandbox.world.schedules)
    refused = [call for call in sandbox.history[before:] if call.status == 429]
    assert len(refused) <= 2


def test_inputs_and_outputs_of_a_run_are_read_over_all_pages(sandbox: Sandbox, edges: Edges) -> None:
    world = sandbox.world
    schedule = next(iter(world.schedules.values()))
    inputs = [
        {"linkedin_url": f"https://www.linkedin.com/in/{n}", "custom_data": {"n": n}} for n in range(1_203)
    ]
    run = world.add_run(replace(schedule, inputs=inputs), output_count=230)
    assert [entry.sent for entry in edges.run_inputs(run.uid)] == inputs
    assert len(edges.run_outputs(run.uid)) == 230
    assert edges.run_outputs(run.uid, 120) == edges.run_outputs(run.uid)[:120]
    del world.runs[run.uid]


def test_key_that_is_refused_is_said_so_at_once(sandbox: Sandbox) -> None:
    before = len(sandbox.history)
    with connect(sandbox, "fake-key-not-a-secret") as edges, pytest.raises(KeyRefused, match="EDGES_API_KEY"):
        edges.schedules()
    assert len(sandbox.history) == before + 1


def test_time_is_the_servers(sandbox: Sandbox, edges: Edges) -> None:
    assert edges.now() == edges.clock.utcnow()
    edges.identities()
    assert edges.now() == sandbox.clock.now().replace(microsecond=0)


def test_stopped_server_is_said_to_be_unreachable() -> None:
    sandbox = Sandbox().start()
    edges = connect(sandbox)
    sandbox.stop()
    with pytest.raises(EdgesNbError, match="after 6 attempts got no answer"):
        edges.identities()
    answer = edges.pause("some-uid")
    assert isinstance(answer, Refused)
    edges.close()
