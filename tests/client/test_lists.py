"""Lists are read whole, each row once, however the server wraps, caps, filters and shifts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from edges_nb.errors import EdgesNbError

from .serving import client

Row = dict[str, Any]


def rows(count: int) -> list[Row]:
    return [
        {
            "uid": f"s-{n:04d}",
            "action_name": "linkedin-extract-connections" if n % 3 else "linkedin-search-people",
            "status": "ACTIVE" if n % 2 else "PAUSED",
            "created_at": f"2026-01-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z",
        }
        for n in range(count)
    ]


class Listing:
    """A list on a server; `shift` may change it before each page."""

    def __init__(self, count: int, **habits: Any) -> None:
        self.rows = rows(count)
        self.cap: int = habits.get("cap", 100)
        self.envelope: str = habits.get("envelope", "")
        self.filters: bool = habits.get("filters", True)
        self.uid: str = habits.get("uid", "uid")
        self.shift: Callable[[Listing, int], None] = habits.get("shift", lambda *_: None)
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        self.shift(self, self.asked)
        query = request.url.params
        found = self.rows
        if self.filters:
            found = [
                r for r in found if all(r[k] == query[k] for k in ("action_name", "status") if k in query)
            ]
        offset, limit = int(query["offset"]), min(int(query["limit"]), self.cap)
        page = [
            {self.uid: r["uid"], **{k: v for k, v in r.items() if k != "uid"}}
            for r in found[offset : offset + limit]
        ]
        return httpx.Response(200, json={self.envelope: page} if self.envelope else page)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 230])
@pytest.mark.parametrize("cap", [1, 7, 50, 100])
def test_every_row_is_read_once_whatever_a_page_holds(count: int, cap: int) -> None:
    edges = client(Listing(count, cap=cap))
    assert [s.uid for s in edges.schedules()] == [row["uid"] for row in rows(count)]


@pytest.mark.parametrize("envelope", ["", "data", "items"])
@pytest.mark.parametrize("uid", ["uid", "scheduled_run_uid"])
def test_every_envelope_and_uid_is_read(envelope: str, uid: str) -> None:
    edges = client(Listing(130, envelope=envelope, uid=uid))
    assert len({s.uid for s in edges.schedules()}) == 130


@pytest.mark.parametrize("filters", [True, False])
def test_filter_holds_also_where_the_server_ignores_it(filters: bool) -> None:
    edges = client(Listing(230, filters=filters))
    found = edges.schedules("linkedin-extract-connections", "ACTIVE")
    wanted = [
        r["uid"] for r in rows(230) if r["action_name"].endswith("connections") and r["status"] == "ACTIVE"
    ]
    assert [s.uid for s in found] == wanted


def test_rows_that_vanish_while_the_list_is_read_hide_no_other() -> None:
    def cancel_some(listing: Listing, number: int) -> None:
        if number in (2, 3):
            del listing.rows[:5]

    listing = Listing(450, shift=cancel_some)
    found = {s.uid for s in client(listing).schedules()}
    assert {row["uid"] for row in listing.rows} <= found


def test_rows_that_come_while_the_list_is_read_double_no_other() -> None:
    def add_in_front(listing: Listing, number: int) -> None:
        if number in (2, 4):
            listing.rows.insert(0, {**rows(1)[0], "uid": f"new-{number}"})

    listing = Listing(450, shift=add_in_front)
    found = [s.uid for s in client(listing).schedules()]
    assert len(found) == len(set(found))
    assert {row["uid"] for row in rows(450)} <= set(found)


def test_server_that_ignores_the_offset_does_not_keep_anybody_for_ever() -> None:
    asked = 0

    def always_the_first(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json=rows(100))

    edges = client(always_the_first)
    try:
        found = edges.schedules()
    except EdgesNbError:
        found = []
    assert len(found) in (0, 100)
    assert asked < 50


def test_small_list_takes_few_requests() -> None:
    listing = Listing(60)
    client(listing).schedules()
    assert listing.asked <= 2


def test_unknown_fields_are_kept_and_missing_ones_survived() -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json=[] if offset else [{"uid": "s-1", "mood": "good", "cron": None}])

    (schedule,) = client(odd).schedules()
    assert (schedule.model_extra or {})["mood"] == "good"
    assert (schedule.cron, schedule.status, schedule.inputs) == (None, None, None)
