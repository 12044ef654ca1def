"""The sandbox over real HTTP: sockets that break, the control path, and its life from start to stop."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import edges_nb.sandbox
from edges_nb.sandbox import SANDBOX_KEY, World, shared_sandbox
from tests.faults import Behaviour, Fault, Sandbox

# httpcore can close a kept connection that another thread has just taken, unless all may be kept.
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64)


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as sandbox:
        yield sandbox


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"X-API-Key": sandbox.key}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, limits=LIMITS, timeout=20) as http:
        yield http


def test_it_answers_over_http_as_its_core_does(http: httpx.Client, schedule_uid: str) -> None:
    response = http.get(f"/schedules/{schedule_uid}")
    assert response.status_code == 200
    assert response.json()["uid"] == schedule_uid
    assert response.headers["Date"] == "Mon, 02 Nov 2026 08:00:00 GMT"
    assert response.headers.get_list("Date") == ["Mon, 02 Nov 2026 08:00:00 GMT"]


def test_a_create_goes_through(http: httpx.Client, body: dict[str, Any], sandbox: Sandbox) -> None:
    response = http.post("/actions/linkedin-extract-connections/run/schedule", json=body)
    assert response.status_code == 201
    assert response.json()["schedule_uid"] in sandbox.world.schedules


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    response = httpx.get(sandbox.base_url + "/schedules", headers={"X-API-Key": "nobody-s"})
    assert response.status_code == 401


def test_the_next_page_of_inputs_is_a_full_url(http: httpx.Client, world: World) -> None:
    inputs = [{"linkedin_url": str(n)} for n in range(3)]
    run = world.add_run(world.add_schedule("somebody", inputs=inputs))
    first = http.get(f"/runs/{run.uid}/inputs", params={"limit": 2})
    second = http.get(first.headers["X-Pagination-Next"])
    assert [row["input_data"] for row in first.json() + second.json()] == inputs
    assert "X-Pagination-Next" not in second.headers


def test_a_cut_connection_gives_no_byte(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind="cut"))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        http.get("/schedules")
    assert http.get("/schedules").status_code == 200


def test_half_an_answer_ends_in_the_middle_of_its_body(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind="half", when="after"))
    with http.stream("GET", "/schedules") as response:
        assert response.status_code == 200
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            response.read()
    assert http.get("/schedules").status_code == 200


def test_a_hanging_request_ends_with_the_clients_patience(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind="hang"))
    with pytest.raises(httpx.ReadTimeout):
        http.get("/schedules", timeout=0.05)
    assert http.get("/schedules").status_code == 200


def test_stopping_ends_a_hanging_request(sandbox: Sandbox, http: httpx.Client) -> None:
    arrived = threading.Event()
    sandbox.faults.add(Fault(kind="hang"))
    sandbox.on_call = lambda call, phase: arrived.set()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(http.get, "/schedules")
        arrived.wait(10)
        sandbox.stop()
        assert isinstance(waiting.exception(10), httpx.TransportError)


def test_html_and_errors_arrive_as_sent(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind="html", status=503))
    response = http.get("/schedules")
    assert (response.status_code, response.headers["Content-Type"]) == (503, "text/html; charset=utf-8")


def test_parallel_requests_are_each_answered_once(
    http: httpx.Client, sandbox: Sandbox, body: dict[str, Any]
) -> None:
    def create(number: int) -> str:
        entry = body | {"name": f"n{number % 10}"}
        uid: str = http.post("/actions/linkedin-extract-connections/run/schedule", json=entry).json()[
            "schedule_uid"
        ]
        return uid

    with ThreadPoolExecutor(16) as pool:
        uids = list(pool.map(create, range(100)))
    assert len(set(uids)) == 100
    assert set(uids) < set(sandbox.world.schedules)
    assert sorted(call.n for call in sandbox.history) == list(range(1, 101))


def test_a_hook_can_hold_one_request_while_others_go_on(
    http: httpx.Client, sandbox: Sandbox, schedule_uid: str
) -> None:
    held, release = threading.Event(), threading.Event()
    released = []

    def hold(call: Any, phase: str) -> None:
        if (call.operation, phase) == ("pause", "after"):
            held.set()
            released.append(release.wait(10))

    sandbox.on_call = hold
    with ThreadPoolExecutor(1) as pool:
        pausing = pool.submit(http.post, f"/schedules/{schedule_uid}/pause")
        held.wait(10)
        assert http.get(f"/schedules/{schedule_uid}").json()["status"] == "PAUSED"
        release.set()
        assert pausing.result(10).status_code == 200
    assert released == [True]


def test_latency_delays_an_answer_beyond_a_clients_patience(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.behaviour = Behaviour(latency=5)
    with pytest.raises(httpx.ReadTimeout):
        http.get("/schedules", timeout=0.05)


def test_the_clock_can_be_set_from_another_process(sandbox: Sandbox) -> None:
    clock = sandbox.base_url.removesuffix("/v1") + "/sandbox/clock"
    assert httpx.post(clock, json={"advance_seconds": 90}).json() == {"now": "2026-11-02T08:01:30.000000Z"}
    assert sandbox.history == []


@pytest.mark.parametrize("content", ["{}", "no json", '{"advance_seconds": -1}'])
def test_the_clock_explains_what_it_can_not_do(sandbox: Sandbox, content: str) -> None:
    response = httpx.post(sandbox.base_url.removesuffix("/v1") + "/sandbox/clock", content=content)
    assert response.status_code == 400
    assert response.json()["message"]


def test_a_stopped_sandbox_has_no_address_but_keeps_its_history(world: World) -> None:
    with Sandbox(world) as sandbox:
        address = sandbox.base_url
        httpx.get(address + "/schedules", headers={"X-API-Key": SANDBOX_KEY})
    assert len(sandbox.history) == 1
    with pytest.raises(RuntimeError, match="not started"):
        _ = sandbox.base_url
    with pytest.raises(httpx.ConnectError):
        httpx.get(address + "/schedules")


def test_the_shared_sandbox_is_one_per_process_and_holds_the_agency() -> None:
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(lambda _: shared_sandbox(), range(4))
    assert all(other is first for other in others)
    headers = {"X-API-Key": first.key}
    assert len(httpx.get(first.base_url + "/schedules?limit=100", headers=headers).json()) == 60


def test_its_names_are_sorted_and_complete() -> None:
    assert edges_nb.sandbox.__all__ == [
        "SANDBOX_KEY",
        "Behaviour",
        "Habits",
        "Sandbox",
        "World",
        "shared_sandbox",
    ]


def test_importing_it_loads_neither_pandas_nor_a_server_nor_the_client() -> None:
    code = """if True:
        import sys
        import edges_nb
        before = set(sys.modules)
        import edges_nb.sandbox
        names = {n for n in set(sys.modules) - before if n.startswith("edges_nb.")}
        print(sorted(n for n in names if not n.startswith("edges_nb.sandbox")))
        print([n for n in ("pandas", "httpx", "uvicorn", "starlette", "matplotlib") if n in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
