"""Callbacks: what they tell, that each arrives, and that none ever leaves this machine."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edges_nb.sandbox import Habits, Sandbox, World
from edges_nb.sandbox.callbacks import loopback_address
from edges_nb.sandbox.http_server import LoopbackServer

from .caller import Caller

DAY = timedelta(days=1)


class Listener:
    """Keeps what is posted to it, and answers with the statuses it is told, the last one for ever."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.targets: list[str] = []
        self._server = LoopbackServer(Starlette(routes=[Route("/{path:path}", self._hear, methods=["POST"])]))
        self.url = f"http://127.0.0.1:{self._server.port}/hook?token=sandbox-not-a-secret"
        self.stop = self._server.stop

    async def _hear(self, request: Request) -> Response:
        self.heard.append(await request.json())
        self.headers.append(dict(request.headers))
        self.targets.append(f"{request.url.path}?{request.url.query}")
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Response(status_code=status, headers={"Location": "/elsewhere"})


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


def live(world: World, days: float = 1, **fields: Any) -> Sandbox:
    """A sandbox in which one more schedule has lived for some days."""
    world.add_schedule(next(iter(world.identities.values())), **fields)
    sandbox = Sandbox(world)
    sandbox.advance(timedelta(days=days))
    return sandbox


def test_all_results_are_told_and_then_the_end(world: World, listener: Listener) -> None:
    inputs = [{"linkedin_url": "a", "custom_data": {"crm": 1}}, {"linkedin_url": "b"}]
    sandbox = live(world, inputs=inputs, callback={"url": listener.url, "on": "all"})
    *parts, end = listener.heard
    run = next(run for run in world.runs.values() if run.uid == end["run"]["run_uid"])
    assert {part["run"]["status"] for part in parts} == {"RUNNING"}
    assert (end["run"]["status"], end["results"], end["input"]) == ("SUCCEEDED", [], None)
    assert {part["run"]["run_uid"] for part in parts} == {run.uid}
    assert [len(part["results"]) <= 100 for part in parts] == [True] * len(parts)
    told = [result["linkedin_profile_url"] for part in parts for result in part["results"]]
    outputs: list[str] = []
    target: str | None = f"/v1/runs/{run.uid}/outputs"
    while target:
        page = Caller(sandbox).get(target.partition("/v1")[2])
        outputs += [row["linkedin_profile_url"] for row in page.json]
        target = page.headers.get("X-Pagination-Next")
    assert told == outputs
    of_input = {part["input"]["linkedin_url"]: part["custom_data"] for part in parts}
    assert of_input == {"a": {"crm": 1}, "b": None}
    assert len({part["run"]["batch_uid"] for part in parts}) == 2


def test_each_callback_has_every_documented_field_and_a_reference_of_its_own(
    world: World, listener: Listener
) -> None:
    live(world, callback={"url": listener.url})
    fields = {"callback_ref_uid", "run", "input", "custom_data", "results", "error"}
    assert all(set(body) == fields for body in listener.heard)
    assert all(set(body["run"]) == {"run_uid", "batch_uid", "status"} for body in listener.heard)
    refs = [body["callback_ref_uid"] for body in listener.heard]
    assert len(refs) == len(set(refs)) > 3


def test_final_tells_only_that_the_run_has_ended(world: World, listener: Listener) -> None:
    live(world, days=3, callback={"url": listener.url, "on": "final"})
    assert [(body["run"]["status"], body["results"]) for body in listener.heard] == [("SUCCEEDED", [])] * 3


def test_a_failure_is_told_with_its_error(world: World, listener: Listener) -> None:
    world.habits = Habits(failing=1)
    live(world, callback={"url": listener.url})
    part, end = listener.heard
    assert (part["run"]["status"], end["run"]["status"]) == ("RUNNING", "FAILED")
    assert part["error"]["error_label"] == end["error"]["error_label"] == "LK_ERROR"


def test_a_run_without_news_says_so(world: World, listener: Listener) -> None:
    world.habits = Habits(contacts=(0, 0), growth=(0, 0))
    live(world, callback={"url": listener.url})
    assert [(body["run"]["status"], body["results"]) for body in listener.heard] == [
        ("RUNNING", []),
        ("SUCCEEDED", []),
    ]


def test_the_callbacks_headers_and_query_are_sent(world: World, listener: Listener) -> None:
    callback = {"url": listener.url, "headers": {"X-Team": "north"}, "on": "final"}
    live(world, callback=callback)
    assert listener.headers[0]["x-team"] == "north"
    assert listener.headers[0]["content-type"] == "application/json"
    assert listener.targets == ["/hook?token=sandbox-not-a-secret"]


def test_a_callback_that_was_refused_is_sent_again_with_the_same_reference(
    world: World, listener: Listener
) -> None:
    listener.statuses = [503, 500, 200]
    sandbox = live(world, callback={"url": listener.url, "on": "final"})
    assert len(listener.heard) == 3
    assert len({body["callback_ref_uid"] for body in listener.heard}) == 1
    assert sandbox.callbacks["delivered"] == 1


def test_a_callback_that_is_always_refused_fails(world: World, listener: Listener) -> None:
    listener.statuses = [500]
    sandbox = live(world, callback={"url": listener.url, "on": "final"})
    assert (len(listener.heard), sandbox.callbacks["failed"]) == (3, 1)


def test_no_redirect_is_followed(world: World, listener: Listener) -> None:
    listener.statuses = [307]
    sandbox = live(world, callback={"url": listener.url, "on": "final"})
    assert sandbox.callbacks["failed"] == 1
    assert {target.partition("?")[0] for target in listener.targets} == {"/hook"}


def test_a_receiver_that_is_gone_is_not_tried_for_every_callback(
    world: World, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener.stop()
    tried = []

    def fail(address: object, *_: object) -> int:
        tried.append(address)
        return 0

    monkeypatch.setattr("edges_nb.sandbox.callbacks._post", fail)
    sandbox = live(world, days=3, callback={"url": listener.url})
    assert len(tried) == 3
    assert sandbox.callbacks["failed"] > 10


def test_callbacks_can_arrive_twice_when_told_to(world: World, listener: Listener) -> None:
    world.habits = Habits(repeated=0.3)
    sandbox = live(world, days=5, callback={"url": listener.url})
    refs = Counter(body["callback_ref_uid"] for body in listener.heard)
    assert set(refs.values()) == {1, 2}
    assert sandbox.callbacks["repeated"] == sum(count == 2 for count in refs.values())


def test_without_a_callback_nothing_is_told(world: World) -> None:
    world.schedules.clear()
    assert live(world, days=3, callback=None).callbacks == {}


def test_what_is_not_on_this_machine_is_counted_and_never_contacted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a name was looked up or a connection made")

    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    world.schedules.clear()
    sandbox = live(world, callback={"url": "https://hooks.example.com/edges", "on": "final"})
    assert sandbox.callbacks == {"not delivered: not loopback": 1}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8700/x", ("127.0.0.1", 8700)),
        ("http://127.8.9.10/", ("127.8.9.10", 80)),
        ("http://localhost:1/", ("127.0.0.1", 1)),
        ("http://LOCALHOST/", ("127.0.0.1", 80)),
        ("http://[::1]:99/", ("::1", 99)),
        ("https://127.0.0.1/", None),
        ("http://127.0.0.1.example.com/", None),
        ("http://127.0.0.1@example.com/", None),
        ("http://localhost.example.com/", None),
        ("http://example.com#@127.0.0.1/", None),
        ("http://example.com\\@127.0.0.1/", None),
        ("http://0.0.0.0/", None),
        ("http://10.0.0.1/", None),
        ("http://169.254.169.254/", None),
        ("http://127.1/", None),
        ("http://2130706433/", None),
        ("http://[::ffff:8.8.8.8]/", None),
        ("http://127.0.0.1:99999/", None),
        ("http:///", None),
        ("file:///etc/passwd", None),
    ],
)
def test_loopback_is_told_by_the_address_alone(url: str, address: tuple[str, int] | None) -> None:
    assert loopback_address(url) == address


def test_moving_the_clock_alone_keeps_callbacks_for_later(world: World, listener: Listener) -> None:
    world.add_schedule(next(iter(world.identities.values())), callback={"url": listener.url, "on": "final"})
    sandbox = Sandbox(world)
    sandbox.clock.advance(DAY)
    Caller(sandbox).get("/runs")
    assert listener.heard == []
    sandbox.advance(timedelta(0))
    assert len(listener.heard) == 1


def test_a_receiver_gets_exactly_what_the_runs_brought(world: World, listener: Listener) -> None:
    world.habits = Habits(repeated=0.5)
    parameters = {"sync_mode": "incremental", "max_results": 250}
    live(world, days=10, callback={"url": listener.url}, parameters=parameters)
    once = {body["callback_ref_uid"]: body for body in listener.heard}
    *_, uid = world.schedules
    brought = {run.uid: run.output_count for run in world.runs.values() if run.scheduled_run_uid == uid}
    got = Counter[str]()
    for body in once.values():
        got[body["run"]["run_uid"]] += len(body["results"])
    assert len(brought) == 10
    assert got == brought
    assert len(listener.heard) > len(once)
