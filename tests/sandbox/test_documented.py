"""What the reference documents, and where sources disagree: each variant is a switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edges_nb.sandbox import World
from tests.faults import WindowLimit

from .caller import Caller

For = Callable[..., Caller]
ASYNC = "/actions/linkedin-extract-connections/run/async"


@pytest.fixture
def people(world: World) -> World:
    """A workspace of thirty identities."""
    for number in range(30 - len(world.identities)):
        world.add_identity(f"Desk {number}")
    return world


def uids(caller: Caller, query: str) -> list[str]:
    return [row["uid"] for row in caller.get(f"/identities?{query}").json]


@pytest.mark.parametrize("paging", ["page", "strict", "both"])
def test_identities_go_by_page(caller_for: For, people: World, paging: str) -> None:
    caller = caller_for(identity_paging=paging, identity_page=20)
    pages = [uids(caller, f"page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 10, 0]
    assert pages[0] + pages[1] == list(people.identities)


@pytest.mark.parametrize(("paging", "start"), [("page", 0), ("offset", 7), ("both", 7)])
def test_an_offset_is_obeyed_or_ignored(caller_for: For, people: World, paging: str, start: int) -> None:
    caller = caller_for(identity_paging=paging, identity_page=20)
    assert uids(caller, "limit=100&offset=7")[0] == list(people.identities)[start]


def test_a_strict_server_refuses_what_it_does_not_know(caller_for: For, people: World) -> None:
    refused = caller_for(identity_paging="strict").get("/identities?limit=100")
    assert (refused.status, refused.json["error_label"]) == (400, "BAD_INPUT")


@pytest.mark.parametrize(
    ("shown", "listed", "alone"),
    [("documented", None, "true"), ("boolean", True, True), ("nowhere", None, None)],
)
def test_whether_an_identity_is_active_is_shown_in_three_ways(
    caller_for: For, world: World, shown: str, listed: object, alone: object
) -> None:
    caller, uid = caller_for(active_shown=shown), next(iter(world.identities))
    assert caller.get("/identities").json[0].get("is_active") == listed
    assert caller.get(f"/identities/{uid}").json.get("is_active") == alone


def test_accounts_are_shown_where_they_are_asked_for(caller: Caller, world: World) -> None:
    lost = world.add_identity("Desk", connected=False)
    assert "accounts" not in caller.get(f"/identities/{lost.uid}").json
    (account,) = caller.get(f"/identities/{lost.uid}?retrieve_accounts=true").json["accounts"]
    assert account["status"] == "INVALID"
    assert caller.get(f"/identities/{lost.uid}/integrations/linkedin").json["status"] == "INVALID"


def test_the_workspace_tells_its_name_plan_and_credits(caller_for: For, world: World) -> None:
    told = caller_for().get("/workspaces").json
    assert told["uid"] == world.workspace_uid
    assert {"name", "plan_name", "credits_left", "credits_max", "identities_remaining"} <= set(told)
    assert caller_for(workspaces=False).get("/workspaces").status == 404


def test_schedules_can_be_asked_for_by_several_uids_and_statuses(caller_for: For, world: World) -> None:
    made = [world.add_schedule("somebody", status=status) for status in ("ACTIVE", "PAUSED", "CANCELLED")]
    query = "&".join(f"uid={schedule.uid}" for schedule in made[:2])
    rows = caller_for().get(f"/schedules?{query}&sort=created_at").json
    assert [row["uid"] for row in rows] == [schedule.uid for schedule in made[:2]]
    ignored = caller_for(uid_filter=False).get(f"/schedules?{query}").json
    assert len(ignored) == len(world.schedules)
    both = caller_for().get("/schedules?status=PAUSED&status=CANCELLED").json
    assert {row["status"] for row in both} == {"PAUSED", "CANCELLED"}


@pytest.mark.parametrize(
    ("where", "listed", "alone"), [("both", True, True), ("get", False, True), ("list", True, False)]
)
def test_optional_fields_are_where_the_server_shows_them(
    caller_for: For, schedule_uid: str, where: str, listed: bool, alone: bool
) -> None:
    caller = caller_for(optional_fields=where)
    assert ("identity_ids" in caller.get(f"/schedules?uid={schedule_uid}").json[0]) is listed
    assert ("identity_ids" in caller.get(f"/schedules/{schedule_uid}").json) is alone


@pytest.mark.parametrize("name", ["schedule_uid", "scheduled_run_uid", "uid"])
def test_a_create_calls_its_uid_as_the_server_does(caller_for: For, body: dict[str, Any], name: str) -> None:
    created = caller_for(created_uid=name).create(body).json
    assert {"schedule_uid", "scheduled_run_uid", "uid"} & set(created) == {name}


def test_an_async_run_needs_no_callback(caller_for: For, body: dict[str, Any]) -> None:
    given = {name: body[name] for name in ("inputs", "identity_ids")}
    started = caller_for(run_created_uid="uid").post(ASYNC, given)
    assert (started.status, set(started.json)) == (201, {"uid", "status"})


def test_headers_of_a_callback_may_be_an_array(caller: Caller, body: dict[str, Any]) -> None:
    headers = [{"name": "Authorization", "value": "Bearer fake-token-for-tests"}]
    created = caller.create(body | {"callback": {"url": "https://hooks.example.com/x", "headers": headers}})
    shown = caller.get(f"/schedules/{created.json['schedule_uid']}").json
    assert shown["callback"]["headers"] == headers


@pytest.mark.parametrize(("empty", "shown"), [("object", {}), ("null", None)])
def test_missing_custom_data_is_shown_as_the_server_does(
    caller_for: For, world: World, empty: str, shown: object
) -> None:
    run = world.add_run(world.add_schedule("somebody"))
    (row,) = caller_for(empty_custom_data=empty).get(f"/runs/{run.uid}/inputs").json
    assert row["custom_data"] == shown


def test_a_server_may_know_no_filter_by_mode(caller_for: For) -> None:
    assert caller_for(mode_filter=False).get("/runs?execution_mode=ASYNC").status == 400
    assert caller_for().get("/runs?execution_mode=async").status == 400


@pytest.mark.parametrize("sliding", [False, True])
def test_each_family_has_a_limit_of_its_own(caller_for: For, sliding: bool) -> None:
    limit = WindowLimit(schedules=2, runs=1, seconds=60, sliding=sliding)
    caller = caller_for(window_limit=limit)
    statuses = [
        caller.get(path).status for path in ("/schedules", "/runs", "/schedules", "/runs", "/identities")
    ]
    assert statuses == [200, 200, 200, 429, 200]
    refused = caller.get("/schedules")
    assert (refused.status, refused.headers["X-RateLimit-Type"]) == (429, "/v1/schedules")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
