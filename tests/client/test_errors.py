"""Every error of the API is a type that says what to do, and that survives pickling."""

from __future__ import annotations

import pickle
from typing import Any

import httpx
import pytest

from edges_nb import errors
from edges_nb.errors import (
    AccountProblem,
    ApiError,
    BadRequest,
    EdgesNbError,
    KeyRefused,
    LimitReached,
    NoAccess,
    NotFound,
    RateLimited,
    Transient,
    Unreachable,
    Unreadable,
)

from .serving import KEY, Scripted, client, failure

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, EdgesNbError)]


@pytest.mark.parametrize(
    ("status", "label", "kind"),
    [
        (400, "BAD_INPUT", BadRequest),
        (400, "BAD_PARAMETERS", BadRequest),
        (424, "MISSING_PARAMETER", BadRequest),
        (402, "NO_ACCESS", NoAccess),
        (424, "STATUS_403", NoAccess),
        (424, "STATUS_404", NotFound),
        (404, "STATUS_404", NotFound),
        (429, "STATUS_429", RateLimited),
        (429, "LIMIT_REACHED", LimitReached),
        (424, "LIMIT_REACHED", LimitReached),
        (424, "NO_VALID_ACCOUNT_CONFIGURED", AccountProblem),
        (424, "INTEGRATION_ERROR", AccountProblem),
        (401, "AUTH_EXPIRED", KeyRefused),
        (424, "GENERIC_ERROR", Transient),
        (500, "GENERIC_ERROR", Transient),
        (424, "LK_ERROR", Transient),
        (424, "LK_524", Transient),
        (424, "PROXY_ERROR", Transient),
        (424, "NO_DATA_LOADED", Transient),
        (424, "UNDEFINED_FIELD", BadRequest),
        (424, "MANDATORY_DATA_MISSING", BadRequest),
        (401, "", KeyRefused),
        (502, "", Transient),
        (408, "", Transient),
        (429, "", RateLimited),
        (429, "GENERIC_ERROR", RateLimited),
        (418, "NEVER_SEEN", ApiError),
    ],
)
def test_label_decides_and_status_only_where_the_label_says_nothing(
    status: int, label: str, kind: type[ApiError]
) -> None:
    edges = client(Scripted(failure(status, label)))
    with pytest.raises(ApiError) as caught:
        edges.schedule("s-1")
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.label, caught.value.error_ref) == (status, label, "ref-1")


def test_error_names_what_was_asked_of_which_schedule() -> None:
    edges = client(Scripted(failure(400, "BAD_INPUT")))
    with pytest.raises(BadRequest, match="s-1") as caught:
        edges.schedule("s-1")
    error = caught.value
    assert (error.method, error.path, error.uid, error.attempt) == ("GET", "/schedules/s-1", "s-1", 1)


def test_limit_tells_until_when() -> None:
    params = {"postponed_until": "2026-11-03T08:00:00Z"}
    edges = client(Scripted(failure(424, "LIMIT_REACHED", params=params)))
    with pytest.raises(LimitReached, match="2026-11-03") as caught:
        edges.schedule("s-1")
    assert caught.value.postponed_until == params["postponed_until"]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        pytest.param(httpx.Response(200), "has no body", id="missing"),
        pytest.param(httpx.Response(200, html="<h1>Sign in</h1>"), "is an HTML page", id="html"),
        pytest.param(httpx.Response(200, content=b'{"uid": "s-'), "is no whole JSON", id="cut"),
        pytest.param(httpx.Response(200, json=[1]), "has no uid", id="something-else"),
    ],
)
def test_body_that_can_not_be_read_is_said_so(answer: httpx.Response, what: str) -> None:
    with pytest.raises(Unreadable, match=what):
        client(Scripted(answer)).schedule("s-1")


def test_error_in_the_clothes_of_a_success_is_an_error() -> None:
    body = {"error_label": "NO_ACCESS", "message": "not yours"}
    with pytest.raises(NoAccess, match="not yours"):
        client(Scripted(httpx.Response(200, json=body))).schedule("s-1")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_error_survives_pickling(kind: type[EdgesNbError]) -> None:
    facts: dict[str, Any] = {"method": "GET", "path": "/schedules/s-1", "uid": "s-1", "attempt": 2}
    if issubclass(kind, ApiError):
        facts |= {"label": "X", "status": 424, "error_ref": "ref-1", "params": {"a": 1}}
    elif not issubclass(kind, Unreachable):
        facts = {}
    error = kind("What failed, and what to do.", **facts)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert {name: getattr(again, name) for name in facts} == facts


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_error_is_documented_in_one_sentence_first(kind: type[EdgesNbError]) -> None:
    first = (kind.__doc__ or "").strip().splitlines()[0]
    assert first.endswith(".")


@pytest.mark.parametrize(
    "message",
    [
        "callback https://hooks.example.com/path-not-a-secret?sig=fake is wrong",
        f"the key {KEY} is wrong",
        "header Bearer fake-token-not-a-secret is wrong",
    ],
)
def test_secret_in_a_servers_message_is_taken_out(message: str) -> None:
    with pytest.raises(ApiError) as caught:
        client(Scripted(failure(400, "BAD_INPUT", message=message))).schedule("s-1")
    told = f"{caught.value} {caught.value!r} {caught.value.__dict__}"
    assert not any(secret in told for secret in ("path-not-a-secret", "sig=fake", KEY, "fake-token"))
