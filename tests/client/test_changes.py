"""A change is sent once, whatever becomes of it, and comes to one of three."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from edges_nb.client import Edges
from edges_nb.errors import BadRequest, LimitReached, RateLimited, Unreachable
from edges_nb.models.api import ScheduleRequest
from edges_nb.transport import Done, Refused, Unknown

from .serving import Scripted, client, failure

REQUEST = ScheduleRequest(
    action="linkedin-extract-connections",
    inputs=[{"linkedin_url": "https://www.linkedin.com/in/nobody"}],
    callback={"url": "https://hooks.example.com/in"},
    identity_ids=["i-1"],
    cron="0 9 * * *",
    timezone="UTC",
    parameters={"sync_mode": "incremental"},
)
CHANGES: dict[str, Callable[[Edges], Any]] = {
    "pause": lambda edges: edges.pause("s-1"),
    "resume": lambda edges: edges.resume("s-1"),
    "cancel": lambda edges: edges.cancel("s-1"),
    "create": lambda edges: edges.create_scheduled_run(REQUEST),
    "run": lambda edges: edges.create_async_run(REQUEST),
    "continue": lambda edges: edges.continue_run("r-1"),
}
UNKNOWN: dict[str, httpx.Response | Exception] = {
    "cut": httpx.RemoteProtocolError("cut"),
    "reset": httpx.ReadError("reset"),
    "late": httpx.ReadTimeout("late"),
    "half-sent": httpx.WriteError("half sent"),
    "408": failure(408),
    "500": failure(500, "GENERIC_ERROR"),
    "502-html": httpx.Response(502, html="<h1>Bad gateway</h1>"),
    "garbage": httpx.Response(200, content=b'{"uid": "'),
    "html": httpx.Response(200, html="<h1>Welcome</h1>"),
    "redirect": httpx.Response(307, headers={"Location": "https://elsewhere.example.com/"}),
}
REFUSED: dict[str, tuple[httpx.Response | Exception, type[Exception]]] = {
    "400": (failure(400, "BAD_INPUT"), BadRequest),
    "424": (failure(424, "MISSING_PARAMETER"), BadRequest),
    "limit": (failure(429, "LIMIT_REACHED"), LimitReached),
    "limit-424": (failure(424, "LIMIT_REACHED"), LimitReached),
    "rate": (failure(429, "STATUS_429", {"Retry-After": "1"}), RateLimited),
    "no-connection": (httpx.ConnectError("refused"), Unreachable),
    "no-connection-in-time": (httpx.ConnectTimeout("late"), Unreachable),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", UNKNOWN)
def test_change_without_a_clear_answer_is_unknown_and_sent_once(kind: str, change: str) -> None:
    server = Scripted(UNKNOWN[kind])
    answer = CHANGES[change](client(server))
    if kind == "redirect":
        assert isinstance(answer, Refused | Unknown)
    else:
        assert isinstance(answer, Unknown)
    assert len(server.requests) == 1


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", REFUSED)
def test_refused_change_says_why_and_is_sent_once(kind: str, change: str) -> None:
    answer_of_server, error = REFUSED[kind]
    server = Scripted(answer_of_server)
    answer = CHANGES[change](client(server))
    assert isinstance(answer, Refused)
    assert isinstance(answer.error, error)
    assert len(server.requests) == 1


def test_request_that_never_left_is_known_not_to_have_had_an_effect() -> None:
    answer = client(Scripted(httpx.ConnectError("refused"))).pause("s-1")
    assert isinstance(answer, Refused)
    assert isinstance(answer.error, Unreachable)
    assert not answer.error.sent


@pytest.mark.parametrize("body", [{}, {"status": "ACTIVE"}, {"scheduled_run_uid": None}, []])
def test_created_schedule_without_a_uid_is_unknown(body: object) -> None:
    answer = client(Scripted(httpx.Response(201, json=body))).create_scheduled_run(REQUEST)
    assert isinstance(answer, Unknown)


@pytest.mark.parametrize("name", ["uid", "scheduled_run_uid"])
def test_created_schedule_has_its_uid_under_both_names(name: str) -> None:
    answer = client(Scripted(httpx.Response(201, json={name: "s-2", "new": 1}))).create_scheduled_run(REQUEST)
    assert isinstance(answer, Done)
    assert answer.value.uid == "s-2"


def test_change_is_done_where_the_answer_shows_no_schedule() -> None:
    answer = client(Scripted(httpx.Response(200, json={"ok": True}))).cancel("s-1")
    assert isinstance(answer, Done)
    assert answer.value is None


def test_request_body_is_the_guides_byte_for_byte() -> None:
    server = Scripted(httpx.Response(201, json={"scheduled_run_uid": "s-2"}))
    client(server).create_scheduled_run(REQUEST)
    assert server.requests[0].content.decode() == (
        '{"inputs":[{"linkedin_url":"https://www.linkedin.com/in/nobody"}],'
        '"callback":{"url":"https://hooks.example.com/in"},"identity_ids":["i-1"],'
        '"cron":"0 9 * * *","timezone":"UTC","parameters":{"sync_mode":"incremental"}}'
    )


def test_async_run_is_sent_without_times() -> None:
    server = Scripted(httpx.Response(201, json={"run_uid": "r-2", "status": "QUEUED"}))
    answer = client(server).create_async_run(REQUEST)
    assert isinstance(answer, Done)
    assert answer.value.run_uid == "r-2"
    assert b"cron" not in server.requests[0].content
    assert b"timezone" not in server.requests[0].content


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "fake-header-value"},
        [{"name": "Authorization", "value": "fake-header-value"}],
        [["Authorization", "fake-header-value"]],
        "fake-header-value",
    ],
    ids=["object", "array", "pairs", "text"],
)
def test_a_refused_create_shows_no_value_of_a_header_whatever_form_headers_have(headers: Any) -> None:
    request = REQUEST.model_copy(update={"callback": {**REQUEST.callback, "headers": headers}})
    refusal = failure(400, "BAD_INPUT", message="body/callback is wrong: fake-header-value")
    with client(Scripted(refusal)) as edges:
        answer = edges.create_scheduled_run(request)
    assert isinstance(answer, Refused)
    assert "fake-header-value" not in str(answer.error)
    assert "callback is wrong" in str(answer.error)


def test_async_run_needs_no_callback() -> None:
    server = Scripted(httpx.Response(201, json={"uid": "r-2", "status": "pending"}))
    answer = client(server).create_async_run(REQUEST.model_copy(update={"callback": {}}))
    assert isinstance(answer, Done)
    assert answer.value.run_uid == "r-2"
    assert b"callback" not in server.requests[0].content
