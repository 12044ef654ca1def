"""What the API refuses, with which status, label and words, and that a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edges_nb.sandbox import World

from .caller import Caller

NOWHERE = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("key", ["", "another-key", "sandbox-key-not-a-secret "])
def test_a_wrong_or_missing_key_gets_401(caller: Caller, key: str) -> None:
    reply = caller.get("/schedules", key=key)
    assert (reply.status, reply.json["error_label"]) == (401, "AUTH_EXPIRED")


def test_an_error_body_has_every_documented_field(caller: Caller) -> None:
    reply = caller.get(f"/schedules/{NOWHERE}")
    assert set(reply.json) == {
        "error_label",
        "error_scope",
        "error_ref",
        "message",
        "status_code",
        "params",
    }
    assert reply.json["status_code"] == reply.status == 404
    assert reply.json["params"] == {"uid": NOWHERE}


def test_each_error_has_a_reference_of_its_own(caller: Caller) -> None:
    refs = {caller.get(f"/runs/{NOWHERE}").json["error_ref"] for _ in range(3)}
    assert len(refs) == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/schedules/{}"),
        ("get", "/identities/{}"),
        ("get", "/runs/{}"),
        ("get", "/runs/{}/inputs"),
        ("get", "/runs/{}/outputs"),
        ("post", "/schedules/{}/pause"),
        ("post", "/schedules/{}/resume"),
        ("post", "/schedules/{}/cancel"),
        ("post", "/runs/{}/continue"),
    ],
)
def test_an_unknown_uid_gets_404(caller: Caller, method: str, path: str) -> None:
    reply = getattr(caller, method)(path.format(NOWHERE))
    assert (reply.status, reply.json["error_label"]) == (404, "STATUS_404")


@pytest.mark.parametrize("path", ["/schedule", "/schedules/a/b/c", "/actions/x/run/later"])
def test_an_unknown_route_gets_404(caller: Caller, path: str) -> None:
    reply = caller.post(path)
    assert (reply.status, reply.json["error_label"]) == (404, "STATUS_404")


SHAPES = [
    pytest.param({"colour": "red"}, "body must NOT have additional properties (colour)", id="unknown"),
    pytest.param({"inputs": []}, "body/inputs must NOT have fewer than 1 items", id="no inputs"),
    pytest.param({"inputs": None}, "body/inputs: Input should be a valid list", id="inputs null"),
    pytest.param({"inputs": ["x"]}, "body/inputs/0: Input should be a valid dictionary", id="input a string"),
    pytest.param({"callback": {}}, "body/callback must have required property 'url'", id="no url"),
    pytest.param({"callback": {"url": "nowhere"}}, 'body/callback/url must match format "uri"', id="bad url"),
    pytest.param({"callback": {"url": "ftp://x"}}, 'body/callback/url must match format "uri"', id="ftp"),
    pytest.param(
        {"callback": {"url": "https://x.example", "on": "never"}},
        "body/callback/on: Input should be 'all' or 'final'",
        id="callback on",
    ),
    pytest.param(
        {"callback": {"url": "https://x.example", "retries": 3}},
        "body/callback must NOT have additional properties (retries)",
        id="callback unknown",
    ),
    pytest.param(
        {"parameters": {"depth": 2}},
        "body/parameters must NOT have additional properties (depth)",
        id="depth",
    ),
    pytest.param(
        {"parameters": {"max_results": 0}},
        "body/parameters/max_results: Input should be greater than or equal to 1",
        id="no results",
    ),
    pytest.param(
        {"parameters": {"max_results": "5"}},
        "body/parameters/max_results: Input should be a valid integer",
        id="results as text",
    ),
    pytest.param({"name": "x" * 256}, "body/name must NOT have more than 255 characters", id="long name"),
]


@pytest.mark.parametrize(("change", "message"), SHAPES)
def test_a_create_of_the_wrong_shape_gets_bad_input(
    caller: Caller, body: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    _assert_refused(caller, body | change, 400, "BAD_INPUT", message)


@pytest.mark.parametrize("missing", ["inputs", "callback"])
def test_a_create_without_inputs_or_callback_gets_bad_input(
    caller: Caller, body: dict[str, Any], missing: str
) -> None:
    del body[missing]
    _assert_refused(caller, body, 400, "BAD_INPUT", f"body must have required property '{missing}'")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"'])
def test_a_create_without_a_json_object_gets_bad_input(caller: Caller, content: bytes) -> None:
    _assert_refused(caller, content, 400, "BAD_INPUT", "body must be object")


MEANINGS = [
    pytest.param({"cron": "0 9 * *"}, "cron is invalid: 0 9 * *", id="four fields"),
    pytest.param({"cron": "0 0 9 * * *"}, "cron is invalid: 0 0 9 * * *", id="six fields"),
    pytest.param({"cron": "61 9 * * *"}, "cron is invalid: 61 9 * * *", id="minute 61"),
    pytest.param({"cron": "0 9 30 2 *"}, "cron is invalid: 0 9 30 2 *", id="30 February"),
    pytest.param({"cron": ""}, "cron or schedule_at is required", id="no time at all"),
    pytest.param({"timezone": "Europe/Atlantis"}, "timezone is invalid: Europe/Atlantis", id="no such zone"),
    pytest.param({"timezone": "Europe"}, "timezone is invalid: Europe", id="a folder of zones"),
    pytest.param({"timezone": "../etc"}, "timezone is invalid: ../etc", id="a path"),
    pytest.param({"schedule_at": "tomorrow"}, "schedule_at is invalid: tomorrow", id="tomorrow"),
    pytest.param(
        {"schedule_at": "2026-11-02T07:59:59Z"},
        "schedule_at must be a time in the future, with its offset from UTC",
        id="past",
    ),
    pytest.param(
        {"schedule_at": "2027-01-01T00:00:00"},
        "schedule_at must be a time in the future, with its offset from UTC",
        id="no offset",
    ),
]


@pytest.mark.parametrize(("change", "message"), MEANINGS)
def test_a_create_with_impossible_times_gets_bad_parameters(
    caller: Caller, body: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    _assert_refused(caller, body | change, 400, "BAD_PARAMETERS", message)


def test_incremental_is_refused_for_a_standard_identity(
    caller: Caller, body: dict[str, Any], world: World
) -> None:
    body |= {"identity_ids": [_uid(world, "Research desk")], "parameters": {"sync_mode": "incremental"}}
    message = "sync_mode incremental requires an engagement identity"
    _assert_refused(caller, body, 400, "BAD_PARAMETERS", message)
    body["parameters"] = {"sync_mode": "full"}
    assert caller.create(body).status == 201


def test_incremental_is_refused_for_an_action_without_it(caller: Caller, body: dict[str, Any]) -> None:
    body["parameters"] = {"sync_mode": "incremental"}
    action = "linkedin-search-people"
    message = f"sync_mode incremental is not supported by {action}"
    _assert_refused(caller, body, 400, "BAD_PARAMETERS", message, action)


def test_the_connections_action_takes_exactly_one_identity(
    caller: Caller, body: dict[str, Any], world: World
) -> None:
    body["identity_ids"] = [_uid(world, "Outreach desk Paris"), _uid(world, "Research desk")]
    message = "linkedin-extract-connections takes exactly one identity"
    _assert_refused(caller, body, 400, "BAD_PARAMETERS", message)
    assert caller.create(body, "linkedin-extract-messages").status == 201


@pytest.mark.parametrize("change", [{"identity_ids": []}, {"identity_ids": [], "identity_mode": "auto"}])
def test_an_identity_left_out_is_a_missing_parameter(
    caller: Caller, body: dict[str, Any], change: dict[str, Any]
) -> None:
    _assert_refused(caller, body | change, 424, "MISSING_PARAMETER", "identity_ids is missing")


def test_other_actions_choose_an_identity_themselves_in_auto_mode(
    caller: Caller, body: dict[str, Any]
) -> None:
    body |= {"identity_ids": [], "identity_mode": "auto"}
    assert caller.create(body, "linkedin-search-people").status == 201


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("linkedin-extract-messages", "linkedin_thread_url"),
        ("linkedin-extract-page-followers", "linkedin_company_url"),
    ],
)
def test_an_input_without_what_its_action_needs_is_a_missing_parameter(
    caller: Caller, body: dict[str, Any], action: str, name: str
) -> None:
    body["inputs"] = [{name: "https://www.linkedin.com/x"}, {"custom_data": {}}]
    refused = caller.create(body, action)
    told = (refused.status, refused.json["error_label"], refused.json["message"])
    assert told == (424, "MISSING_PARAMETER", f"inputs/1: {name} is missing")


@pytest.mark.parametrize("inputs", [[{}], [{"linkedin_url": "https://www.linkedin.com/in/x"}]])
def test_connections_need_no_input(
    caller: Caller, body: dict[str, Any], inputs: list[dict[str, Any]]
) -> None:
    assert caller.create(body | {"inputs": inputs}).status == 201


def test_an_inactive_identity_has_no_valid_account(
    caller: Caller, body: dict[str, Any], world: World
) -> None:
    body["identity_ids"] = [_uid(world, "Outreach desk idle")]
    message = "No valid LinkedIn account is configured for this identity"
    _assert_refused(caller, body, 424, "NO_VALID_ACCOUNT_CONFIGURED", message)


def test_an_unknown_identity_fails_the_create(caller: Caller, body: dict[str, Any]) -> None:
    body["identity_ids"] = [NOWHERE]
    _assert_refused(caller, body, 424, "STATUS_404", f"Identity {NOWHERE} not found")


def test_an_unknown_action_gets_404(caller: Caller, body: dict[str, Any]) -> None:
    message = "Action linkedin-dance not found"
    _assert_refused(caller, body, 404, "STATUS_404", message, "linkedin-dance")


@pytest.mark.parametrize("field", ["cron", "schedule_at", "timezone"])
def test_an_async_run_takes_no_times(caller: Caller, body: dict[str, Any], field: str) -> None:
    del body["cron"], body["timezone"]
    reply = caller.post("/actions/linkedin-extract-connections/run/async", body | {field: "UTC"})
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_INPUT")
    assert reply.json["message"] == f"body must NOT have additional properties ({field})"
    assert not caller.world.runs


@pytest.mark.parametrize(
    ("before", "refused"),
    [
        ((), "resume"),
        (("pause",), "pause"),
        (("cancel",), "cancel"),
        (("cancel",), "pause"),
        (("cancel",), "resume"),
        (("pause", "cancel"), "resume"),
    ],
)
def test_a_transition_that_the_state_does_not_allow_is_refused(
    caller: Caller, schedule_uid: str, before: tuple[str, ...], refused: str
) -> None:
    for step in before:
        assert caller.post(f"/schedules/{schedule_uid}/{step}").status == 200
    status = caller.world.schedules[schedule_uid].status
    reply = caller.post(f"/schedules/{schedule_uid}/{refused}")
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_PARAMETERS")
    assert caller.world.schedules[schedule_uid].status == status
    assert not caller.sandbox.history[-1].effect


@pytest.mark.parametrize("step", ["pause", "cancel"])
def test_a_transition_can_be_accepted_again_without_effect(
    caller_for: Callable[..., Caller], schedule_uid: str, step: str
) -> None:
    caller = caller_for(repeat="accepted")
    replies = [caller.post(f"/schedules/{schedule_uid}/{step}") for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].json == replies[1].json
    assert [call.effect for call in caller.sandbox.history] == [True, False]


def test_a_resume_of_an_active_schedule_can_be_accepted_but_not_of_a_cancelled_one(
    caller_for: Callable[..., Caller], schedule_uid: str
) -> None:
    caller = caller_for(repeat="accepted")
    steps = ("resume", "cancel", "resume", "pause")
    assert [caller.post(f"/schedules/{schedule_uid}/{step}").status for step in steps] == [200, 200, 400, 400]


@pytest.mark.parametrize(
    ("status", "label"), [(404, "STATUS_404"), (409, "BAD_PARAMETERS"), (422, "BAD_PARAMETERS")]
)
def test_a_transition_can_be_refused_with_another_status(
    caller_for: Callable[..., Caller], schedule_uid: str, status: int, label: str
) -> None:
    caller = caller_for(refusal_status=status)
    caller.post(f"/schedules/{schedule_uid}/cancel")
    reply = caller.post(f"/schedules/{schedule_uid}/cancel")
    assert (reply.status, reply.json["error_label"], reply.json["status_code"]) == (status, label, status)


def test_a_completed_schedule_can_not_be_moved(caller: Caller, schedule_uid: str) -> None:
    caller.world.schedules[schedule_uid].status = "COMPLETED"
    statuses = [
        caller.post(f"/schedules/{schedule_uid}/{step}").status for step in ("pause", "resume", "cancel")
    ]
    assert statuses == [400, 400, 400]


@pytest.mark.parametrize("path", ["/schedules", "/runs", "/runs/callbacks"])
@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=ten", "limit=-1", "offset=-1", "offset=x"])
def test_a_page_out_of_bounds_is_refused(caller: Caller, path: str, query: str) -> None:
    reply = caller.get(f"{path}?{query}")
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_INPUT")


@pytest.mark.parametrize("query", ["status=SLEEPING", "sort=colour", "sort=-"])
@pytest.mark.parametrize("path", ["/schedules", "/runs"])
def test_an_unknown_status_or_order_is_refused(caller: Caller, path: str, query: str) -> None:
    reply = caller.get(f"{path}?{query}")
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_INPUT")


def _uid(world: World, name: str) -> str:
    return next(identity.uid for identity in world.identities.values() if identity.name == name)


def _assert_refused(
    caller: Caller,
    body: object,
    status: int,
    label: str,
    message: str,
    action: str = "linkedin-extract-connections",
) -> None:
    reply = caller.create(body, action)
    assert (reply.status, reply.json["error_label"]) == (status, label)
    assert reply.json["message"] == message
    assert len(caller.world.schedules) == 1
    assert not caller.world.runs
    assert not caller.sandbox.history[-1].effect
