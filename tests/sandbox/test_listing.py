"""Lists in every dialect: pages, filters, order, envelopes, lag, and the cursor of run inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from edges_nb.sandbox import World

from .caller import Caller

DOCUMENTED = {
    "uid",
    "name",
    "action_id",
    "action_name",
    "user_uid",
    "workspace_uid",
    "status",
    "postponed_until",
    "cron",
    "timezone",
    "next_execution_at",
    "last_executed_at",
    "created_at",
    "updated_at",
}


@pytest.fixture
def many(world: World) -> list[str]:
    """120 schedules in the order they were created."""
    identity = next(iter(world.identities.values()))
    for _ in range(119):
        world.add_schedule(identity)
    return list(world.schedules)


def test_a_page_has_ten_rows_unless_asked(caller: Caller, many: list[str]) -> None:
    assert len(caller.get("/schedules").json) == 10


def test_pages_by_offset_give_every_row_once(caller: Caller, many: list[str]) -> None:
    pages = [caller.get(f"/schedules?sort=created_at&limit=50&offset={n}").json for n in (0, 50, 100, 150)]
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    assert [row["uid"] for page in pages for row in page] == many


def test_lists_are_newest_first_unless_sorted(caller: Caller, many: list[str]) -> None:
    assert _uids(caller.get("/schedules?limit=100")) == many[:-101:-1]
    assert _uids(caller.get("/schedules?limit=100&sort=-created_at")) == many[:-101:-1]
    assert _uids(caller.get("/schedules?limit=100&sort=created_at")) == many[:100]


def test_a_server_that_does_not_sort_stays_newest_first(
    caller_for: Callable[..., Caller], many: list[str]
) -> None:
    assert _uids(caller_for(sort=False).get("/schedules?limit=3&sort=created_at")) == many[:-4:-1]


def test_a_change_moves_a_schedule_to_the_end_by_updated_at(caller: Caller, many: list[str]) -> None:
    caller.post(f"/schedules/{many[5]}/pause")
    assert _uids(caller.get("/schedules?limit=1&sort=-updated_at")) == [many[5]]


@pytest.mark.parametrize("change", ["status", "updated_at", "new", "gone"])
def test_a_list_shows_each_change_at_once_whoever_made_it(
    caller: Caller, world: World, many: list[str], change: str
) -> None:
    path = "/schedules?limit=100&status=ACTIVE&sort=-updated_at"
    assert _uids(caller.get(path)) == many[:-101:-1]
    expected = many[::-1]
    if change == "status":
        world.schedules[many[-1]].status = "PAUSED"
        expected = expected[1:]
    elif change == "updated_at":
        world.schedules[many[0]].updated_at = world.clock.stamp()
        expected = [many[0], *expected[:-1]]
    elif change == "new":
        expected = [world.add_schedule("somebody").uid, *expected]
    else:
        del world.schedules[many[-1]]
        expected = expected[1:]
    assert _uids(caller.get(path)) == expected[:100]


def test_different_lists_in_turn_are_each_in_their_own_order(caller: Caller, many: list[str]) -> None:
    for _ in range(2):
        assert _uids(caller.get("/schedules?limit=2&sort=created_at")) == many[:2]
        assert _uids(caller.get("/schedules?limit=2&sort=-created_at")) == many[:-3:-1]
        assert _uids(caller.get("/schedules?status=PAUSED")) == []


def test_schedules_and_runs_are_not_mixed_up_where_there_are_as_many(
    caller: Caller, world: World, schedule_uid: str
) -> None:
    run = world.add_run(world.schedules[schedule_uid]).uid
    assert [_uids(caller.get(path)) for path in ("/schedules", "/runs")] == [[schedule_uid], [run]]


def test_a_server_can_cap_the_page_silently(caller_for: Callable[..., Caller], many: list[str]) -> None:
    assert len(caller_for(max_limit=25).get("/schedules?limit=100").json) == 25


def test_filters_are_obeyed(caller: Caller, world: World, schedule_uid: str) -> None:
    identity = next(iter(world.identities.values()))
    other = world.add_schedule(identity, action_name="linkedin-search-people").uid
    paused = world.add_schedule(identity, status="PAUSED").uid
    assert _uids(caller.get("/schedules?action_name=linkedin-search-people")) == [other]
    assert _uids(caller.get("/schedules?status=PAUSED")) == [paused]
    active = "/schedules?status=ACTIVE&action_name=linkedin-extract-connections"
    assert _uids(caller.get(active)) == [schedule_uid]
    assert _uids(caller.get("/schedules?action_name=never-heard-of")) == []


def test_filters_can_be_ignored(caller_for: Callable[..., Caller], schedule_uid: str) -> None:
    caller = caller_for(action_filter=False, status_filter=False)
    assert _uids(caller.get("/schedules?action_name=other&status=CANCELLED")) == [schedule_uid]


def test_the_guide_shows_what_the_reference_leaves_out(
    caller_for: Callable[..., Caller], schedule_uid: str
) -> None:
    for path in (f"/schedules/{schedule_uid}", "/schedules"):
        guide, reference = caller_for().get(path).json, caller_for(dialect="reference").get(path).json
        guide, reference = (rows[0] if isinstance(rows, list) else rows for rows in (guide, reference))
        assert set(reference) == DOCUMENTED
        assert set(guide) - DOCUMENTED == {"inputs", "callback", "identity_ids"}


def test_the_guide_leaves_out_a_callback_that_is_not_there(caller: Caller, world: World) -> None:
    uid = world.add_schedule("somebody", callback=None).uid
    assert "callback" not in caller.get(f"/schedules/{uid}").json


def test_the_guide_shows_a_first_time(caller: Caller, body: dict[str, Any]) -> None:
    uid = caller.create(body | {"schedule_at": "2026-12-01T00:00:00Z"}).json["schedule_uid"]
    assert caller.get(f"/schedules/{uid}").json["schedule_at"] == "2026-12-01T00:00:00.000000Z"


@pytest.mark.parametrize("dialect", ["guide", "reference"])
def test_parameters_can_be_read_back_only_where_the_server_shows_them(
    caller_for: Callable[..., Caller], schedule_uid: str, dialect: str
) -> None:
    path = f"/schedules/{schedule_uid}"
    assert "parameters" not in caller_for(dialect=dialect).get(path).json
    assert caller_for(dialect=dialect, parameters_in_get=True).get(path).json["parameters"] == {}


@pytest.mark.parametrize(
    ("uid_field", "in_get", "in_create"),
    [
        ("uid", {"uid"}, {"scheduled_run_uid"}),
        ("scheduled_run_uid", {"scheduled_run_uid"}, {"scheduled_run_uid"}),
        ("both", {"uid", "scheduled_run_uid"}, {"scheduled_run_uid"}),
    ],
)
def test_a_schedules_uid_goes_by_the_name_the_server_uses(
    caller_for: Callable[..., Caller],
    body: dict[str, Any],
    uid_field: str,
    in_get: set[str],
    in_create: set[str],
) -> None:
    caller, names = (
        caller_for(uid_field=uid_field, created_uid="scheduled_run_uid"),
        {"uid", "scheduled_run_uid"},
    )
    created = caller.create(body).json
    (newest, _) = caller.get("/schedules").json
    assert names & set(created) == in_create
    assert names & set(newest) == in_get
    assert {newest[name] for name in in_get} == {created["scheduled_run_uid"]}


@pytest.mark.parametrize("path", ["/schedules", "/identities", "/runs", "/runs/{run}/inputs"])
def test_lists_come_in_the_servers_envelope(
    caller_for: Callable[..., Caller], world: World, schedule_uid: str, path: str
) -> None:
    path = path.format(run=world.add_run(world.schedules[schedule_uid]).uid)
    rows = caller_for().get(path).json
    assert isinstance(rows, list)
    assert rows
    assert caller_for(envelope="data").get(path).json == {"data": rows}
    assert caller_for(envelope="items").get(path).json == {"items": rows}


def test_a_list_can_lag_behind_a_create(caller_for: Callable[..., Caller], body: dict[str, Any]) -> None:
    caller = caller_for(list_lag=2)
    uid = caller.create(body).json["schedule_uid"]
    seen = [uid in _uids(caller.get("/schedules?limit=100")) for _ in range(4)]
    assert seen == [False, False, True, True]
    assert caller.get(f"/schedules/{uid}").status == 200


def test_identities_show_what_the_reference_documents(caller: Caller) -> None:
    (first, idle, standard) = caller.get("/identities").json
    assert set(first) == {
        "uid",
        "name",
        "type",
        "timezone",
        "workspace_uid",
        "created_at",
        "integrations",
    }
    assert (first["type"], standard["type"]) == ("engagement", "standard")
    assert caller.get(f"/identities/{idle['uid']}").json == idle | {"is_active": "false"}


@pytest.mark.parametrize("limit", [1, 2, 7, 500])
def test_run_inputs_page_by_cursor(caller: Caller, world: World, limit: int) -> None:
    inputs = [{"linkedin_url": f"https://www.linkedin.com/in/{n}"} for n in range(7)]
    run = world.add_run(world.add_schedule("somebody", inputs=inputs))
    pages: list[list[Any]] = []
    path: str | None = f"/runs/{run.uid}/inputs?limit={limit}"
    while path:
        reply = caller.get(path)
        pages.append(reply.json)
        following = reply.headers.get("X-Pagination-Next")
        path = following and following[following.index("/runs") :]
        assert following is None or urlsplit(following).scheme == "http"
    assert [row["input_data"] for page in pages for row in page] == inputs
    assert all(pages)


@pytest.mark.parametrize("query", ["limit=501", "limit=0", "cursor=nonsense", "cursor=YWZ0ZXI6eA=="])
def test_run_inputs_refuse_a_wrong_cursor_or_limit(caller: Caller, world: World, query: str) -> None:
    run = world.add_run(world.add_schedule("somebody"))
    reply = caller.get(f"/runs/{run.uid}/inputs?{query}")
    assert (reply.status, reply.json["error_label"]) == (400, "BAD_INPUT")


def _uids(reply: Any) -> list[str]:
    return [row["uid"] for row in reply.json]
