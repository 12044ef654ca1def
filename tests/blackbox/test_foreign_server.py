"""The server and the checker judge the product, so they are judged first: by migrations written by hand."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.leaks import traces

from .checker import Expected, children_of, snapshot, violations, wanted
from .create_rules import CONNECTIONS, RefusedError, next_time
from .foreign_server import API_KEY, ForeignServer, Phase, Switches, Workspace
from .workspace import HEADER_SECRET, INELIGIBLE, build, large

KINDS = ["standard", "eligible", "eligible", "twin", "eligible"]


@dataclass
class Hand:
    """Migrates by raw requests, rightly or wrongly."""

    server: ForeignServer
    http: httpx.Client
    before: Workspace
    expected: Expected

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self.http.post(path, json=body)

    def verb(self, uid: str, verb: str) -> None:
        self.post(f"/schedules/{uid}/{verb}").raise_for_status()

    def body(self, uid: str) -> dict[str, Any]:
        row = wanted(self.before.schedules[uid], self.expected)
        most = row.pop("max_results")
        row.pop("action_name")
        row["parameters"] = {"sync_mode": "incremental"} | ({"max_results": most} if most else {})
        if self.expected.names:
            row["name"] = f"{(self.before.schedules[uid]['name'] or '')[:200]} [{uid}]"
        return row

    def create(self, body: dict[str, Any]) -> str:
        answer = self.post(f"/actions/{CONNECTIONS}/run/schedule", body)
        return str(answer.raise_for_status().json()["uid"])

    def migrate(self, uid: str, change: Callable[[dict[str, Any]], None] = lambda body: None) -> None:
        body = self.body(uid)
        change(body)
        self.verb(uid, "pause")
        self.create(body)
        self.verb(uid, "cancel")

    def found(self) -> list[str]:
        return sorted({problem[:2] for problem in violations(self.before, self.server, self.expected)})


@pytest.fixture(params=[True, False], ids=["names", "no-names"])
def hand(request: pytest.FixtureRequest) -> Iterator[Hand]:
    workspace, kinds = build(KINDS, names=request.param)
    replaced = frozenset(uid for uid, kind in kinds.items() if kind in ("eligible", "twin"))
    with ForeignServer(workspace, Switches(names=request.param)) as server, client(server) as http:
        yield Hand(server, http, snapshot(server), Expected(replaced, names=request.param))


def client(server: ForeignServer) -> httpx.Client:
    return httpx.Client(base_url=server.base_url, headers={"X-API-Key": API_KEY})


def uids(hand: Hand) -> list[str]:
    return [uid for uid in hand.before.schedules if uid in hand.expected.replaced]


def test_a_right_migration_breaks_nothing(hand: Hand) -> None:
    for uid in uids(hand):
        hand.migrate(uid)
    assert violations(hand.before, hand.server, hand.expected) == []
    assert sum(map(len, children_of(hand.before, hand.server, hand.expected).values())) >= 4


def test_a_migration_in_the_midst_is_no_loss_but_not_finished(hand: Hand) -> None:
    first, second, *_ = uids(hand)
    hand.verb(first, "pause")
    hand.create(hand.body(first))
    hand.verb(second, "pause")
    midst = replace(hand.expected, finished=False)
    assert violations(hand.before, hand.server, midst) == []
    assert hand.found() == ["I1"]


def test_an_original_cancelled_first_is_seen_even_when_a_replacement_follows(hand: Hand) -> None:
    first, *rest = uids(hand)
    for uid in rest:
        hand.migrate(uid)
    hand.verb(first, "cancel")
    hand.create(hand.body(first))
    assert hand.found() == ["I4"]
    hand.expected = replace(hand.expected, order="guide")
    assert hand.found() == []


def test_a_lost_schedule_is_seen(hand: Hand) -> None:
    for uid in uids(hand)[1:]:
        hand.migrate(uid)
    hand.verb(uids(hand)[0], "cancel")
    assert "I1" in hand.found()


def test_a_second_replacement_is_seen_even_when_it_is_cancelled_later(hand: Hand) -> None:
    for uid in uids(hand):
        hand.migrate(uid)
    second = hand.create(hand.body(uids(hand)[-1]))
    assert "I2" in hand.found()
    hand.verb(second, "cancel")
    assert hand.found() == ["I2"]


def test_a_replacement_beside_a_running_original_is_seen(hand: Hand) -> None:
    for uid in uids(hand)[1:]:
        hand.migrate(uid)
    hand.create(hand.body(uids(hand)[0]))
    assert "I2" in hand.found()


def drop_headers(body: dict[str, Any]) -> None:
    del body["callback"]["headers"]


def drop_custom_data(body: dict[str, Any]) -> None:
    body["inputs"] = [{k: v for k, v in row.items() if k != "custom_data"} for row in body["inputs"]]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(drop_headers, id="headers"),
        pytest.param(drop_custom_data, id="custom_data"),
        pytest.param(lambda body: body["callback"].pop("on"), id="on"),
        pytest.param(lambda body: body.pop("timezone"), id="timezone"),
        pytest.param(lambda body: body["parameters"].pop("max_results"), id="max_results"),
        pytest.param(lambda body: body["parameters"].pop("sync_mode"), id="sync_mode"),
        pytest.param(lambda body: body.update(cron="0 10 * * *"), id="cron"),
        pytest.param(lambda body: None, id="nothing"),
    ],
)
def test_a_setting_that_changed_is_seen(
    hand: Hand, spoil: Callable[[dict[str, Any]], None], request: pytest.FixtureRequest
) -> None:
    rich = uids(hand)[1]  # it has headers, on, custom_data, max_results and another timezone than UTC
    for uid in uids(hand):
        hand.migrate(uid, spoil if uid == rich else lambda body: None)
    harmless = "nothing" in request.node.name
    assert ("I3" in hand.found()) is not harmless


def test_a_touch_outside_the_plan_is_seen_even_when_it_is_undone_or_refused(hand: Hand) -> None:
    for uid in uids(hand):
        hand.migrate(uid)
    outside = next(uid for uid in hand.before.schedules if uid not in hand.expected.replaced)
    assert hand.post(f"/schedules/{outside}/resume").status_code == 400
    assert hand.found() == ["I6"]
    hand.verb(outside, "pause")
    hand.verb(outside, "resume")
    assert hand.found() == ["I6"]


@pytest.mark.parametrize("envelope", ["array", "data", "items"])
@pytest.mark.parametrize("uid_field", ["uid", "scheduled_run_uid"])
def test_a_silent_cap_shortens_pages_and_an_empty_page_ends_the_list(envelope: Any, uid_field: Any) -> None:
    workspace, _ = large(120)
    switches = Switches(envelope=envelope, uid_field=uid_field, page_cap=50)
    with ForeignServer(workspace, switches) as server, client(server) as http:
        pages: list[list[dict[str, Any]]] = []
        for offset in (0, 50, 100, 150):
            answer = http.get(
                "/schedules", params={"limit": 100, "offset": offset, "sort": "created_at"}
            ).json()
            pages.append(answer if envelope == "array" else answer[envelope])
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    assert [row[uid_field] for page in pages for row in page] == list(workspace.schedules)


def test_reference_fields_leave_out_what_runs_tell() -> None:
    workspace, kinds = build(["eligible"])
    (uid,) = kinds
    switches = Switches(fields="reference", inputs_cap=2)
    with ForeignServer(workspace, switches) as server, client(server) as http:
        row = http.get(f"/schedules/{uid}").json()
        run = next(run for run in workspace.runs.values() if run["scheduled_run_uid"] == uid)
        page = http.get(f"/runs/{run['uid']}/inputs", params={"limit": 500})
        rest = http.get(page.url.join(page.headers["X-Pagination-Next"]))
    assert not {"inputs", "callback", "identity_ids", "parameters"} & set(row)
    told = [row["input_data"] for row in [*page.json(), *rest.json()]]
    assert told == workspace.schedules[uid]["inputs"]
    assert "X-Pagination-Next" not in rest.headers


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"colour": "red"}, 400),
        ({"name": "x"}, 400),
        ({"callback": {"url": "https://a.example", "on": None}}, 400),
        ({"callback": {"headers": {}}}, 400),
        ({"inputs": []}, 400),
        ({"identity_ids": []}, 400),
        ({"identity_ids": ["nobody"]}, 424),
        ({"cron": "61 * * * *"}, 400),
        ({"cron": "* * * *"}, 400),
        ({"timezone": "Mars/Olympus"}, 400),
        ({"schedule_at": "2020-01-01T00:00:00Z"}, 400),
        ({}, 201),
    ],
)
def test_create_refuses_what_the_description_does(change: dict[str, Any], status: int) -> None:
    workspace, kinds = build(["eligible"])
    with ForeignServer(workspace, Switches(names=False)) as server, client(server) as http:
        hand = Hand(server, http, snapshot(server), Expected(frozenset(kinds), names=False))
        answer = hand.post(f"/actions/{CONNECTIONS}/run/schedule", hand.body(next(iter(kinds))) | change)
    assert answer.status_code == status
    assert len(workspace.schedules) == 1 + (status == 201)


def test_rate_limit_answers_429_with_retry_after_and_has_no_effect() -> None:
    workspace, kinds = build(["eligible"])
    with ForeignServer(workspace, Switches(per_second=0.001, burst=2)) as server, client(server) as http:
        answers = [
            http.post(f"/schedules/{next(iter(kinds))}/{verb}") for verb in ("pause", "resume", "cancel")
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert [entry.effect for entry in server.history] == [True, True, False]


def test_hook_can_lose_a_request_or_its_answer_or_refuse_it() -> None:
    workspace, kinds = build(["eligible"])
    uid = next(iter(kinds))
    verdicts: dict[tuple[int, Phase], Any] = {
        (1, "before"): "drop",
        (2, "before"): RefusedError(403, "NO_ACCESS"),
        (3, "after"): "drop",
    }
    with ForeignServer(workspace) as server, client(server) as http:
        server.on_request = lambda n, method, path, phase: verdicts.get((n, phase))
        with pytest.raises(httpx.RemoteProtocolError):
            http.post(f"/schedules/{uid}/pause")
        assert http.post(f"/schedules/{uid}/pause").status_code == 403
        assert workspace.schedules[uid]["status"] == "ACTIVE"
        with pytest.raises(httpx.RemoteProtocolError):
            http.post(f"/schedules/{uid}/pause")
        assert workspace.schedules[uid]["status"] == "PAUSED"
        assert http.get("/schedules", headers={"X-API-Key": "another"}).status_code == 401
    assert [(entry.status, entry.effect) for entry in server.history] == [
        *((None, False), (403, False), (None, True)),
        (401, False),
    ]


@pytest.mark.parametrize(
    ("cron", "zone", "due"),
    [
        ("0 9 * * *", "Europe/Paris", "2026-11-25T08:00Z"),
        ("*/20 10-12 * * *", "UTC", "2026-11-24T10:20Z"),
        ("5 12 1,15 * *", "Asia/Kolkata", "2026-12-01T06:35Z"),
        ("0 0 13 * 5", "UTC", "2026-11-27T00:00Z"),
        ("0 0 * * 7", "UTC", "2026-11-29T00:00Z"),
        ("0 0 29 2 *", "UTC", "2028-02-29T00:00Z"),
    ],
)
def test_next_time_follows_posix(cron: str, zone: str, due: str) -> None:
    after = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert next_time(cron, zone, after) == datetime.fromisoformat(due)


def test_large_workspace_has_every_kind_on_several_pages() -> None:
    workspace, kinds = large(230)
    assert len(workspace.schedules) == 230
    assert set(kinds.values()) == {"eligible", "twin", *INELIGIBLE}
    assert len(workspace.runs) > 200
    assert {len(row["inputs"]) for row in workspace.schedules.values()} == {1, 4}


@pytest.mark.parametrize(
    "hide",
    [
        lambda secret: secret,
        lambda secret: str(httpx.QueryParams({"q": secret})),
        lambda secret: secret.replace("/", "\\/"),
        lambda secret: secret.replace("&", "&amp;"),
        lambda secret: base64.b64encode(f"Bearer {secret}-7".encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(f"xx{secret}".encode()).decode(),
    ],
)
def test_a_secret_is_traced_however_it_is_written(hide: Callable[[str], str]) -> None:
    assert traces(f"… {hide(HEADER_SECRET)} …".encode(), [HEADER_SECRET])
    assert not traces(b"nothing here", [HEADER_SECRET])


def get(switches: Switches, path: str, **query: Any) -> httpx.Response:
    """One GET on a workspace with 65 identities and one schedule."""
    workspace, _ = build(["eligible", "standard"])
    with ForeignServer(workspace, switches) as server, client(server) as http:
        return http.get(path, params=query)


@pytest.mark.parametrize(
    ("by", "query", "status", "rows"),
    [
        ("offset", {"limit": 50, "offset": 50}, 200, 15),
        ("offset", {"page": 4}, 200, 20),
        ("page", {"page": 4}, 200, 5),
        ("page", {"page": 1, "limit": 100, "offset": 7}, 200, 20),
        ("page alone", {"page": 5}, 200, 0),
        ("page alone", {"page": 1, "retrieve_accounts": "true"}, 200, 20),
        ("page alone", {"limit": 20}, 400, None),
    ],
)
def test_identities_are_paged_as_the_switch_says(by: Any, query: Any, status: int, rows: int | None) -> None:
    answer = get(Switches(identities_by=by), "/identities", **query)
    assert answer.status_code == status
    assert rows is None or len(answer.json()) == rows


@pytest.mark.parametrize(("active", "listed"), [("boolean", True), ("text", "true"), ("in GET", None)])
def test_identities_tell_whether_they_are_active_as_the_switch_says(active: Any, listed: Any) -> None:
    (row, *_) = get(Switches(active=active), "/identities", retrieve_accounts="true").json()
    assert row.get("is_active") == listed
    assert row["accounts"][0]["status"] == "VALID"
    assert get(Switches(active=active), f"/identities/{row['uid']}").json()["is_active"] in (True, "true")


@pytest.mark.parametrize(("obeyed", "rows"), [(True, 2), (False, 3)])
def test_schedules_are_filtered_by_repeated_uids_where_that_is_obeyed(obeyed: bool, rows: int) -> None:
    workspace, kinds = build(["eligible", "standard", "eligible"])
    with ForeignServer(workspace, Switches(uid_filter=obeyed)) as server, client(server) as http:
        answer = http.get("/schedules", params={"uid": list(kinds)[:2], "status": ["ACTIVE", "PAUSED"]})
    assert len(answer.json()) == rows


@pytest.mark.parametrize(("there", "status"), [(True, 200), (False, 404)])
def test_the_workspace_is_told_where_the_endpoint_exists(there: bool, status: int) -> None:
    assert get(Switches(workspaces=there), "/workspaces").status_code == status


def test_families_have_windows_of_their_own() -> None:
    workspace, _ = build(["eligible"])
    switches = Switches(window={"runs": 1, "schedules": 2}, window_seconds=3600)
    with ForeignServer(workspace, switches) as server, client(server) as http:
        answers = [http.get(path) for path in ("/runs", "/schedules", "/runs", "/schedules", "/identities")]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200, 200]
    assert answers[2].headers["X-RateLimit-Type"] == "/v1/runs"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 3600


def test_only_the_documented_modes_can_be_filtered_by() -> None:
    assert get(Switches(), "/runs", execution_mode="ASYNC").status_code == 200
    assert get(Switches(), "/runs", execution_mode="async").status_code == 400


def test_names_that_are_taken_and_not_shown_are_told_nowhere() -> None:
    rows = get(Switches(names_shown=False), "/schedules").json()
    runs = get(Switches(names_shown=False), "/runs").json()
    assert {row["name"] for row in rows} == {run["scheduled_run_name"] for run in runs} == {None}
