"""A schedule that is not what the plan saw is told field by field, without its secrets."""

from typing import Any

import pytest

from edges_nb.engine.drift import drift
from edges_nb.models.api import Schedule

SEEN: dict[str, Any] = {
    "uid": "s-1",
    "status": "ACTIVE",
    "cron": "0 9 * * *",
    "timezone": "UTC",
    "name": "Weekly",
    "inputs": [{"linkedin_url": "https://www.linkedin.com/in/nobody"}],
    "callback": {"url": "https://hooks.example.com/in?sig=fake-not-a-secret"},
    "identity_ids": ["i-1"],
}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("status", "PAUSED", "status is PAUSED, was ACTIVE"),
        ("cron", "0 10 * * *", "cron is 0 10 * * *, was 0 9 * * *"),
        ("timezone", None, "timezone is None, was UTC"),
        ("name", "Monthly", "name is Monthly, was Weekly"),
        ("identity_ids", ["i-2"], "identity_ids is ['i-2'], was ['i-1']"),
        ("callback", {"url": "https://hooks.example.com/in?sig=fake-other"}, "callback changed"),
        ("inputs", [{"linkedin_url": "https://www.linkedin.com/in/other"}], "inputs changed"),
    ],
)
def test_changed_field_is_named(field: str, value: object, told: str) -> None:
    now = Schedule.model_validate(SEEN | {field: value})
    assert drift(Schedule.model_validate(SEEN), now) == [told]


def test_what_moves_by_itself_is_no_drift() -> None:
    moved = {"next_execution_at": "2026-11-03T09:00:00Z", "updated_at": "2026-11-02T09:00:00Z", "extra": 1}
    assert drift(Schedule.model_validate(SEEN), Schedule.model_validate(SEEN | moved)) == []


def test_field_that_only_one_of_list_and_get_shows_is_no_drift() -> None:
    brief = {key: SEEN[key] for key in ("uid", "status", "cron", "timezone", "name")}
    assert drift(Schedule.model_validate(brief), Schedule.model_validate(SEEN)) == []
    assert drift(Schedule.model_validate(SEEN), Schedule.model_validate(brief)) == []
