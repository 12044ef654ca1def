"""Planned runs, deliveries and recent runs as frames, from servers that answer in different ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest

from edges_nb import Edges, load_calendar, load_callbacks, load_runs
from edges_nb.errors import BadInput
from edges_nb.frames.deliveries import CALLBACK_COLUMNS
from edges_nb.frames.planned_runs import CALENDAR_COLUMNS
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

NOW = {"Date": "Mon, 02 Nov 2026 12:00:00 GMT"}


def connected(app: Callable[[httpx.Request], httpx.Response]) -> Edges:
    settings = Settings(Secret("fake-key"), "https://api.example.com/v1", "unused.sqlite")
    return Edges(settings, http=httpx.MockTransport(app))


def paged(rows: list[Any], request: httpx.Request) -> httpx.Response:
    query = request.url.params
    start = int(query.get("offset", 0)) + 100 * (int(query.get("page", 1)) - 1)
    return httpx.Response(200, headers=NOW, json=rows[start : start + int(query.get("limit", 10))])


def workspace(*schedules: dict[str, Any]) -> Edges:
    identities = [{"uid": "i-1", "name": "Ana"}]
    rows = [{"status": "ACTIVE", "timezone": "UTC", **schedule} for schedule in schedules]
    return connected(lambda r: paged(identities if r.url.path.endswith("identities") else rows, r))


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_calendar_has_a_row_for_each_planned_run_and_the_next_comes_first() -> None:
    daily = {"uid": "s-1", "cron": "0 9 * * *", "timezone": "Europe/Paris", "identity_ids": ["i-1"]}
    hourly = {"uid": "s-2", "cron": "30 * * * *", "next_execution_at": "2026-11-02T15:30:00Z"}
    frame = load_calendar(workspace(daily, hourly), days=1)
    assert types(frame) == dict(CALENDAR_COLUMNS)
    assert list(frame["run_at"]) == sorted(frame["run_at"])
    assert frame["schedule_uid"].value_counts().to_dict() == {"s-2": 21, "s-1": 1}
    (row,) = frame[frame["schedule_uid"] == "s-1"].to_dict("records")
    assert row["run_at"] == pd.Timestamp("2026-11-03T08:00:00Z")
    assert (row["run_at_local"], row["identity_name"]) == ("2026-11-03T09:00:00+01:00", "Ana")


def test_calendar_shows_what_is_known_of_a_schedule_that_can_not_be_read() -> None:
    odd = [
        {"uid": "s-1", "cron": "@daily", "next_execution_at": "2026-11-03T00:00:00Z"},
        {"uid": "s-2", "cron": "0 9 * * *", "timezone": "Europe/Nowhere"},
        {"uid": "s-3", "cron": None, "next_execution_at": "2026-11-04T00:00:00Z"},
        {"uid": "s-4", "cron": "0 9 * * *", "status": "PAUSED"},
        {"uid": "s-5", "cron": ["0 9 * * *"]},
    ]
    frame = load_calendar(workspace(*odd))
    assert list(frame["schedule_uid"]) == ["s-1", "s-3"]


def test_calendar_of_a_schedule_that_runs_each_minute_is_whole() -> None:
    assert len(load_calendar(workspace({"uid": "s-1", "cron": "* * * * *"}), days=1)) == 1440


@pytest.mark.parametrize("days", [0, -1, 367])
def test_days_that_can_not_be_used_are_refused(days: int) -> None:
    with pytest.raises(BadInput, match="days"):
        load_calendar(workspace(), days)


def test_frames_without_rows_have_their_columns_and_dtypes() -> None:
    edges = workspace()
    assert types(load_calendar(edges)) == dict(CALENDAR_COLUMNS)
    assert types(load_callbacks(edges)) == dict(CALLBACK_COLUMNS)


@pytest.mark.parametrize("most", [20, 100])
def test_callbacks_are_read_also_where_a_server_gives_few_rows_a_page(most: int) -> None:
    shown = {"run_uid": "r-1", "http_status": 500, "retry_count": "2"}
    shown |= {"callback_url": "https://user:pass@hooks.example.com/secret?key=fake"}
    rows = [{**shown, "uid": f"c-{n:03d}", "status": "FAILED" if n % 2 else "SUCCESS"} for n in range(130)]

    def app(request: httpx.Request) -> httpx.Response:
        if int(request.url.params["limit"]) > most:
            return httpx.Response(400, json={"error_label": "BAD_INPUT"})
        return paged(rows, request)

    frame = load_callbacks(connected(app))
    assert types(frame) == dict(CALLBACK_COLUMNS)
    assert list(frame["callback_uid"]) == [row["uid"] for row in rows]
    assert set(frame["callback_host"]) == {"hooks.example.com"}
    assert set(frame["retries"]) == {2}
    # The server ignores the filter.
    assert len(load_callbacks(connected(app), status="FAILED")) == 65


class Runs:
    """A run a minute, the newest first, or in an order that the server chose."""

    def __init__(self, order: int) -> None:
        self.rows = [
            {"uid": f"r-{n}", "created_at": f"2026-11-01T{n // 60:02d}:{n % 60:02d}:00Z"} for n in range(600)
        ][::order]
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return paged(self.rows, request)


@pytest.mark.parametrize("order", [-1, 1])
@pytest.mark.parametrize("since", ["2026-11-01T09:00:00Z", "2026-11-01T09:00", "2026-11-01T10:00:00+01:00"])
def test_runs_since_a_moment_are_read_and_no_more_than_needed(order: int, since: str) -> None:
    server = Runs(order)
    frame = load_runs(connected(server), since=since)
    assert list(frame["run_uid"]) == [f"r-{n}" for n in range(599, 539, -1)]
    assert server.asked == 1 or order == 1


def test_newest_runs_are_read_without_the_rest() -> None:
    server = Runs(-1)
    assert len(load_runs(connected(server), newest=150)) >= 150
    assert server.asked == 2


def test_moment_that_can_not_be_read_is_refused() -> None:
    with pytest.raises(BadInput, match="yesterday"):
        load_runs(workspace(), since="yesterday")
