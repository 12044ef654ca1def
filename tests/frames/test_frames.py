"""Frames have the same columns and dtypes whatever is in them, and show no secret."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from edges_nb.frames import (
    IDENTITY_COLUMNS,
    RUN_COLUMNS,
    SCHEDULE_COLUMNS,
    identities_frame,
    runs_frame,
    schedules_frame,
)
from edges_nb.frames.loading import load_identities, load_runs, load_schedules
from edges_nb.models.api import Identity, Run, Schedule

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANNA = Identity(uid="i-anna", name="Anna", type="engagement", is_active=True, timezone="Europe/Paris")


def schedule(**fields: Any) -> Schedule:
    return Schedule(**{"uid": "s-1", "cron": "0 9 * * 1-5", "timezone": "Europe/Paris", **fields})


def only_row(frame: pd.DataFrame) -> Any:
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.parametrize(
    ("empty", "one", "columns"),
    [
        pytest.param(identities_frame([]), identities_frame([ANNA]), IDENTITY_COLUMNS, id="identities"),
        pytest.param(
            schedules_frame([], []), schedules_frame([schedule()], [ANNA]), SCHEDULE_COLUMNS, id="schedules"
        ),
        pytest.param(
            schedules_frame([], []),
            schedules_frame([Schedule(uid="bare")], []),
            SCHEDULE_COLUMNS,
            id="bare schedule",
        ),
        pytest.param(runs_frame([]), runs_frame([Run(uid="r")]), RUN_COLUMNS, id="bare run"),
    ],
)
def test_columns_and_dtypes_are_the_declared_ones(
    empty: pd.DataFrame, one: pd.DataFrame, columns: dict[str, str]
) -> None:
    for frame in (empty, one):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(columns)
    assert (len(empty), len(one)) == (0, 1)


def test_a_schedule_is_joined_with_its_identity() -> None:
    row = only_row(schedules_frame([schedule(identity_ids=["i-anna"])], [ANNA]))
    assert (row.identity_uid, row.identity_name, row.identity_type) == ("i-anna", "Anna", "engagement")
    assert bool(row.identity_active)
    assert row.identities == 1


@pytest.mark.parametrize(
    ("identity_ids", "uid", "count"),
    [
        pytest.param(None, None, None, id="not shown by the server"),
        pytest.param([], None, 0, id="none"),
        pytest.param(["i-anna", "i-ben"], None, 2, id="several"),
        pytest.param(["i-ben"], "i-ben", 1, id="not in the workspace"),
    ],
)
def test_an_identity_that_is_not_certain_is_missing(
    identity_ids: list[str] | None, uid: str | None, count: int | None
) -> None:
    row = only_row(schedules_frame([schedule(identity_ids=identity_ids)], [ANNA]))
    assert pd.isna(row.identity_name)
    assert pd.isna(row.identity_active)
    found = [None if pd.isna(value) else value for value in (row.identity_uid, row.identities)]
    assert found == [uid, count]


def test_times_are_in_utc_and_as_text_in_the_schedules_own_timezone() -> None:
    row = only_row(schedules_frame([schedule(next_execution_at=NOON, last_executed_at=NOON)], []))
    assert row.next_execution == pd.Timestamp(NOON)
    assert row.next_execution_local == "2026-11-02T13:00:00+01:00"
    assert row.last_execution_local == "2026-11-02T13:00:00+01:00"


def test_the_local_time_of_a_schedule_without_timezone_is_utc() -> None:
    row = only_row(schedules_frame([schedule(timezone=None, next_execution_at=NOON)], []))
    assert row.next_execution_local == "2026-11-02T12:00:00+00:00"


def test_cron_is_told_in_words_and_in_runs_a_day() -> None:
    row = only_row(schedules_frame([schedule()], []))
    assert row.cron_words == "At 09:00, Monday through Friday"
    assert row.runs_per_day == pytest.approx(5 / 7)


@pytest.mark.parametrize("fields", [{"cron": "every day"}, {"cron": None}, {"timezone": "Mars/Base"}])
def test_what_can_not_be_read_is_missing_and_no_error(fields: dict[str, Any]) -> None:
    row = only_row(schedules_frame([schedule(**fields, next_execution_at=NOON)], []))
    if "cron" in fields:
        # An expression without words of its own stands for itself.
        assert row.cron_words == "every day" if fields["cron"] else pd.isna(row.cron_words)
        assert pd.isna(row.runs_per_day)
    else:
        assert pd.isna(row.next_execution_local)
    assert row.next_execution == pd.Timestamp(NOON)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hooks.example.com/secret-path?token=secret", "hooks.example.com"),
        ("https://user:secret@hooks.example.com:8443/x", "hooks.example.com"),
        ("https://hooks.example.com?secret", "hooks.example.com"),
        ("https://hooks.example.com#secret", "hooks.example.com"),
        ("https://hooks.example.com\\secret", "hooks.example.com"),
        ("https://[2001:db8::1]:8443/secret", "[2001:db8::1]"),
        ("no address with a secret", None),
        ("", None),
        (None, None),
    ],
)
def test_of_a_callback_only_the_host_is_there(url: str | None, host: str | None) -> None:
    frame = schedules_frame([schedule(callback={"url": url, "headers": {"X": "secret"}})], [])
    row = only_row(frame)
    assert (None if pd.isna(row.callback_host) else row.callback_host) == host
    assert "secret" not in frame.to_csv()


def test_parameters_and_inputs_are_read_where_the_server_shows_them() -> None:
    shown = schedule(inputs=[{}, {}], parameters={"sync_mode": "incremental", "max_results": 250})
    row = only_row(schedules_frame([shown], []))
    assert (row.inputs, row.sync_mode, row.max_results) == (2, "incremental", 250)


def test_an_odd_max_results_is_missing() -> None:
    row = only_row(schedules_frame([schedule(parameters={"max_results": "many"})], []))
    assert pd.isna(row.max_results)


def test_a_run_tells_what_it_brought_and_how_long_it_took() -> None:
    run = Run(
        uid="r-1",
        scheduled_run_uid="s-1",
        status="SUCCEEDED",
        parameters={"sync_mode": "full"},
        output_count=420,
        started_at=NOON,
        finished_at=datetime(2026, 11, 2, 12, 30, tzinfo=UTC),
    )
    row = only_row(runs_frame([run]))
    assert (row.schedule_uid, row["items"], row.minutes, row.sync_mode) == ("s-1", 420, 30.0, "full")


@pytest.mark.parametrize(
    ("error", "label"),
    [
        ({"error_label": "LK_ERROR", "message": "https://hooks.example.com/?token=secret"}, "LK_ERROR"),
        ("GENERIC_ERROR", "GENERIC_ERROR"),
        ("POST https://hooks.example.com/?token=secret", "POST https://hooks.example.com/…"),
        ({}, None),
        (None, None),
    ],
)
def test_a_runs_error_is_its_label(error: object, label: str | None) -> None:
    row = only_row(runs_frame([Run(uid="r", last_error=error)]))
    assert (None if pd.isna(row.error) else row.error) == label


def test_times_with_other_offsets_and_fractions_are_utc() -> None:
    times = ["2026-11-02T13:00:00+01:00", "2026-11-02T12:00:00.5Z", "2026-11-02T12:00:00Z"]
    frame = identities_frame([Identity(uid=time, created_at=time) for time in times])  # type: ignore[arg-type]
    assert str(frame["created"].dtype) == "datetime64[us, UTC]"
    assert frame["created"].dt.hour.tolist() == [12, 12, 12]


def test_loading_asks_for_what_was_asked_and_joins() -> None:
    asked: list[tuple[object, ...]] = []

    def schedules(action: str | None, status: str | None) -> list[Schedule]:
        asked.append((action, status))
        return [schedule(identity_ids=["i-anna"])]

    def runs(action: str | None, **_: object) -> list[Run]:
        asked.append((action,))
        return [Run(uid="r")]

    edges: Any = SimpleNamespace(identities=lambda: [ANNA], schedules=schedules, runs=runs)
    assert load_identities(edges)["name"].tolist() == ["Anna"]
    assert load_schedules(edges, "an-action", "ACTIVE")["identity_name"].tolist() == ["Anna"]
    assert load_runs(edges, "an-action")["run_uid"].tolist() == ["r"]
    assert asked == [("an-action", "ACTIVE"), ("an-action",)]
