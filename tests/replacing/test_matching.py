"""What a schedule and its runs show is compared with what was requested; what they hide decides nothing."""

from typing import Any

import pytest

from edges_nb.engine.matching import agreement, differences, stock_of, stopped_since
from edges_nb.ledger.records import Record
from edges_nb.models.api import Run, RunInput, Schedule, ScheduleRequest

INPUTS = [{"linkedin_url": "https://www.linkedin.com/in/a"}]
REQUEST = ScheduleRequest(
    action="linkedin-extract-connections",
    inputs=INPUTS,
    callback={"url": "https://hooks.example.com/a"},
    identity_ids=["desk"],
    cron="0 9 * * *",
    timezone="UTC",
    parameters={"sync_mode": "incremental"},
)


class Server:
    """Shows the inputs of a run."""

    def __init__(self, inputs: list[dict[str, Any]]) -> None:
        self.inputs = inputs

    def run_inputs(self, _uid: str) -> list[RunInput]:
        return [RunInput(input_data=each) for each in self.inputs]


def agreed(child: dict[str, Any], run: dict[str, Any] | None, inputs: list[dict[str, Any]] = INPUTS) -> Any:
    runs = [] if run is None else [Run(uid="run", scheduled_run_uid="child", **run)]
    return agreement(Server(inputs), Schedule(uid="child", **child), REQUEST, runs)  # type: ignore[arg-type]


INCREMENTAL = {"parameters": {"sync_mode": "incremental"}}
CASES: list[tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]], bool | None]] = [
    ({}, None, INPUTS, None),
    ({}, {}, INPUTS, True),
    ({}, INCREMENTAL, INPUTS, True),
    ({}, {"parameters": {"sync_mode": "full"}}, INPUTS, False),
    ({}, {"parameters": {}}, INPUTS, False),
    ({}, {"callback": {"url": "https://hooks.example.com/a"}}, INPUTS, True),
    ({}, {"callback": {"url": "https://hooks.example.com/b"}}, INPUTS, False),
    ({}, INCREMENTAL, [{"linkedin_url": "https://www.linkedin.com/in/b"}], False),
    ({}, INCREMENTAL, [], None),
    ({"inputs": INPUTS}, None, [], True),
    ({"inputs": INPUTS, **INCREMENTAL}, None, [], True),
    ({"inputs": INPUTS, "parameters": {"sync_mode": "full"}}, None, [], False),
    ({"inputs": INPUTS}, {"parameters": {"sync_mode": "full"}}, [], False),
]


@pytest.mark.parametrize(("child", "run", "inputs", "wanted"), CASES)
def test_a_run_tells_whether_it_is_what_was_requested_where_it_shows_enough(
    child: dict[str, Any], run: dict[str, Any] | None, inputs: list[dict[str, Any]], wanted: bool | None
) -> None:
    assert agreed(child, run, inputs) is wanted


def test_only_fields_that_are_shown_can_differ() -> None:
    assert differences(Schedule(uid="x"), REQUEST) == []
    shown = {
        "cron": "1 9 * * *",
        "timezone": "Asia/Tokyo",
        "inputs": [],
        "callback": {"url": "https://hooks.example.com/b"},
        "identity_ids": ["other"],
    }
    for name, value in shown.items():
        assert differences(Schedule(uid="x", **{name: value}), REQUEST) == [name]


def test_stock_is_everything_with_the_cron_of_the_old_or_the_new_schedule() -> None:
    old = Schedule(uid="old", cron="5 5 * * *", status="ACTIVE")
    rows = [
        old,
        Schedule(uid="same as new", cron="0 9 * * *", timezone="Asia/Tokyo", status="PAUSED"),
        Schedule(uid="same as old", cron="5 5 * * *"),
        Schedule(uid="other", cron="6 6 * * *", status="ACTIVE"),
    ]
    assert stock_of(rows, Record("w", old, REQUEST)) == {"same as new": "PAUSED", "same as old": ""}


def test_what_ran_and_does_not_run_any_more_was_stopped_by_somebody() -> None:
    stock = {"paused": "ACTIVE", "cancelled": "ACTIVE", "runs": "ACTIVE", "was paused": "PAUSED"}
    now = {"paused": "PAUSED", "cancelled": "CANCELLED", "runs": "ACTIVE", "was paused": "PAUSED"}
    rows = [Schedule(uid=uid, status=status) for uid, status in {**now, "new": "PAUSED"}.items()]
    assert stopped_since(rows, stock) == ["paused", "cancelled"]
