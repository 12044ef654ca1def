"""Reads are tried again while the error is one that passes, within bounds, and not for what lasts."""

from __future__ import annotations

import httpx
import pytest

from edges_nb.errors import EdgesNbError, LimitReached, NotFound, RateLimited, Transient, Unreachable
from edges_nb.models.api import RunInput, Schedule

from .serving import Scripted, client, failure
from .virtual import VirtualTime

SHOWN = httpx.Response(200, json={"uid": "s-1", "status": "ACTIVE"})
PASSING: dict[str, httpx.Response | Exception] = {
    "429": failure(429, "STATUS_429"),
    "generic": failure(424, "GENERIC_ERROR"),
    "linkedin": failure(424, "LK_524"),
    "500": failure(500),
    "502-html": httpx.Response(502, html="<h1>Bad gateway</h1>"),
    "cut": httpx.RemoteProtocolError("cut"),
    "late": httpx.ReadTimeout("late"),
    "no-connection": httpx.ConnectError("refused"),
    "garbage": httpx.Response(200, content=b'{"uid": "'),
}
LASTING: dict[str, httpx.Response | Exception] = {
    "400": failure(400, "BAD_INPUT"),
    "401": failure(401, "AUTH_EXPIRED"),
    "402": failure(402, "NO_ACCESS"),
    "404": failure(404, "STATUS_404"),
    "403-as-424": failure(424, "STATUS_403"),
    "limit": failure(429, "LIMIT_REACHED", {"Retry-After": "1"}),
    "limit-424": failure(424, "LIMIT_REACHED"),
    "redirect": httpx.Response(302, headers={"Location": "https://elsewhere.example.com/v1/schedules/s-1"}),
}


@pytest.mark.parametrize("kind", PASSING)
def test_error_that_passes_is_outlasted(kind: str) -> None:
    server = Scripted(PASSING[kind], PASSING[kind], SHOWN)
    assert client(server).schedule("s-1").status == "ACTIVE"
    assert len(server.requests) == 3


@pytest.mark.parametrize("kind", LASTING)
def test_error_that_does_not_pass_is_told_at_once(kind: str) -> None:
    server = Scripted(LASTING[kind], SHOWN)
    with pytest.raises(EdgesNbError):
        client(server).schedule("s-1")
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", PASSING)
def test_read_is_given_up_within_two_minutes(kind: str) -> None:
    time, server = VirtualTime(), Scripted(PASSING[kind])
    with pytest.raises(EdgesNbError) as caught:
        client(server, time=time).schedule("s-1")
    assert 1 < len(server.requests) <= 20
    assert time.monotonic() <= 120
    assert isinstance(caught.value, RateLimited | Transient | Unreachable) or kind == "garbage"


@pytest.mark.parametrize("header", ["7", "Mon, 02 Nov 2026 11:30:07 GMT"])
def test_server_that_asks_to_wait_is_obeyed_by_its_own_clock(header: str) -> None:
    time = VirtualTime()
    date = {"Date": "Mon, 02 Nov 2026 11:30:00 GMT"}
    server = Scripted(failure(503, headers={"Retry-After": header} | date), SHOWN)
    client(server, time=time).schedule("s-1")
    assert 7 <= time.monotonic() < 20


def test_server_that_asks_to_wait_for_an_hour_is_not_waited_for() -> None:
    time, server = VirtualTime(), Scripted(failure(503, headers={"Retry-After": "3600"}), SHOWN)
    with pytest.raises(Transient):
        client(server, time=time).schedule("s-1")
    assert time.monotonic() <= 120


def test_limit_is_told_and_not_waited_for() -> None:
    time, server = VirtualTime(), Scripted(failure(429, "LIMIT_REACHED", {"Retry-After": "60"}))
    with pytest.raises(LimitReached):
        client(server, time=time).schedule("s-1")
    assert time.monotonic() < 1


def test_answer_about_another_schedule_is_not_taken_for_this_one() -> None:
    with pytest.raises(EdgesNbError, match="something else"):
        client(Scripted(SHOWN)).schedule("s-2")


@pytest.mark.parametrize("uid", ["../identities", "s-1/cancel", "s-1?x=1", "a b"])
def test_odd_uid_does_not_leave_its_place_in_the_path(uid: str) -> None:
    server = Scripted(failure(404, "STATUS_404"))
    with pytest.raises(NotFound):
        client(server).schedule(uid)
    path = server.requests[0].url.raw_path.decode()
    assert path.startswith("/v1/schedules/")
    assert path.count("/") == 3
    assert "?" not in path


def test_servers_time_is_the_latest_it_told() -> None:
    dates = ["Mon, 02 Nov 2026 09:00:00 GMT", "Mon, 02 Nov 2026 08:59:59 GMT"]
    answers = [httpx.Response(200, headers={"Date": d}, json={"uid": "s-1"}) for d in dates]
    edges = client(Scripted(*answers))
    edges.schedule("s-1")
    edges.schedule("s-1")
    assert edges.now().isoformat() == "2026-11-02T09:00:00+00:00"


def test_inputs_are_read_over_all_pages_by_the_servers_links() -> None:
    link = {"X-Pagination-Next": "https://api.example.com/v1/runs/r-1/inputs?limit=500&cursor=c1"}
    first = httpx.Response(200, headers=link, json=[{"input_data": {"n": 1}, "custom_data": {"k": "ä"}}])
    server = Scripted(first, httpx.Response(200, json=[{"input_data": {"n": 2}, "custom_data": None}]))
    inputs = client(server).run_inputs("r-1")
    assert [entry.sent for entry in inputs] == [{"n": 1, "custom_data": {"k": "ä"}}, {"n": 2}]
    assert server.requests[1].url.params["cursor"] == "c1"


@pytest.mark.parametrize(
    "link",
    [
        *("?cursor=c1", "inputs?cursor=c1", "/v1/runs/r-1/inputs?cursor=c1", "/runs/r-1/inputs?cursor=c1"),
        "//api.example.com/v1/runs/r-1/inputs?cursor=c1",
        "http://api.example.com:8080/v1/runs/r-1/inputs?cursor=c1",
    ],
)
@pytest.mark.parametrize("name", ["inputs", "outputs"])
def test_link_is_resolved_against_the_address_asked(name: str, link: str) -> None:
    headers = {"X-Pagination-Next": link.replace("inputs", name)}
    first = httpx.Response(200, headers=headers, json=[{"input_data": {"n": 1}}])
    server = Scripted(first, httpx.Response(200, json=[{"input_data": {"n": 2}}]))
    edges = client(server)
    assert len(edges.run_inputs("r-1") if name == "inputs" else edges.run_outputs("r-1")) == 2
    second = server.requests[1].url
    assert (second.scheme, second.path, second.params["cursor"]) == ("https", f"/v1/runs/r-1/{name}", "c1")


@pytest.mark.parametrize("link", ["//[::1", "http://", "https://api.example.com:port/x"])
def test_link_that_is_no_address_is_told(link: str) -> None:
    server = Scripted(httpx.Response(200, headers={"X-Pagination-Next": link}, json=[{"input_data": {}}]))
    with pytest.raises(EdgesNbError, match="Edges' support"):
        client(server).run_inputs("r-1")


def test_links_in_a_circle_are_not_taken_for_the_end() -> None:
    server = Scripted(httpx.Response(200, headers={"X-Pagination-Next": "?cursor=c"}, json=[{}]))
    with pytest.raises(EdgesNbError, match="in a circle"):
        client(server).run_inputs("r-1")


def test_outputs_are_read_by_offset_where_the_server_links_no_pages() -> None:
    rows = [{"n": number} for number in range(250)]

    def app(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        if int(query["limit"]) > 100:
            return failure(400, "BAD_INPUT")
        start = int(query.get("offset", 0))
        return httpx.Response(200, json=rows[start : start + 100])

    assert client(app).run_outputs("r-1") == rows


class ByUid:
    """Schedules on a server that filters by uid as it likes."""

    def __init__(self, habit: str) -> None:
        self.habit = habit
        self.urls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        if self.habit == "refused":
            return failure(400, "BAD_INPUT")
        asked = request.url.params.get_list("uid")
        if self.habit == "ignored":
            asked = [f"other-{number}" for number in range(10)]
        rows = [{"uid": uid, "status": "ACTIVE"} for uid in asked if uid != "gone"]
        return httpx.Response(200, json=rows[:20] if self.habit == "capped" else rows[:100])


UIDS = [f"0e6f2a9c-0000-4000-8000-{number:012d}" for number in range(120)]


@pytest.mark.parametrize("habit", ["obeyed", "capped"])
def test_many_schedules_are_read_by_few_requests(habit: str) -> None:
    server = ByUid(habit)
    found = client(server).schedules_by_uid([*UIDS, "gone"])
    assert found is not None
    assert sorted(found) == UIDS
    assert max(map(len, server.urls)) < 2100
    assert habit != "obeyed" or len(server.urls) <= 4


@pytest.mark.parametrize("habit", ["refused", "ignored"])
def test_filter_that_is_not_obeyed_is_noticed(habit: str) -> None:
    server = ByUid(habit)
    assert client(server).schedules_by_uid(UIDS) is None
    assert len(server.urls) == 1


def test_link_to_another_host_is_not_followed() -> None:
    link = {"X-Pagination-Next": "https://elsewhere.example.com/v1/runs/r-1/inputs?cursor=c1"}
    server = Scripted(httpx.Response(200, headers=link, json=[{"input_data": {"n": 1}}]))
    with pytest.raises(EdgesNbError, match="elsewhere"):
        client(server).run_inputs("r-1")
    assert {request.url.host for request in server.requests} == {"api.example.com"}


def test_server_that_gives_the_same_outputs_on_every_page_does_not_keep_anybody_for_ever() -> None:
    server = Scripted(httpx.Response(200, json=[{"linkedin_profile_id": n} for n in range(40)]))
    assert len(client(server).run_outputs("r-1")) == 40
    assert len(server.requests) == 2


def test_limit_of_outputs_does_not_slow_down_anything_else() -> None:
    time = VirtualTime()
    refused = failure(429, "STATUS_429", {"Retry-After": "30", "X-RateLimit-Remaining": "0"})

    def app(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/outputs") and time.monotonic() < 30:
            return httpx.Response(429, headers=refused.headers, content=refused.content)
        return httpx.Response(200, json=[] if request.url.path.endswith("/outputs") else {"uid": "s-1"})

    edges = client(app, time=time)
    seconds: list[float] = []

    def read_schedule() -> None:
        time.sleep(1)
        edges.schedule("s-1")
        seconds.append(time.monotonic())

    time.run(lambda: edges.run_outputs("r-1"), read_schedule)
    assert seconds[0] < 2
    assert time.monotonic() >= 30


def test_time_without_a_zone_is_taken_for_utc() -> None:
    row = {"uid": "s-1", "created_at": "2026-11-02T08:00:00", "updated_at": "2026-11-02T09:00:00+01:00"}
    schedule = client(Scripted(httpx.Response(200, json=row))).schedule("s-1")
    assert schedule.created_at == schedule.updated_at
    assert schedule.updated_at is not None
    assert schedule.updated_at.isoformat() == "2026-11-02T08:00:00+00:00"


@pytest.mark.parametrize("empty", [None, {}, [], ""])
def test_empty_custom_data_of_a_run_was_never_sent(empty: object) -> None:
    assert RunInput.read({"input_data": {"n": 1}, "custom_data": empty}).sent == {"n": 1}


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"])
def test_the_first_and_the_last_year_stand_for_no_time(never: str) -> None:
    read = Schedule.read({"uid": "s", "next_execution_at": never, "last_executed_at": never})

    assert (read.next_execution_at, read.last_executed_at, read.unreadable) == (None, None, ())


def test_a_field_that_can_not_be_read_is_named_and_the_others_are_there() -> None:
    read = Schedule.read({"uid": "s", "name": 5, "cron": ["0 9 * * *"], "status": "ACTIVE"})

    assert (read.name, read.cron, read.status) == (None, None, "ACTIVE")
    assert read.unreadable == ("cron", "name")
