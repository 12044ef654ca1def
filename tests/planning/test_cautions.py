"""What is told before somebody approves, though it does not stop a replacement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edges_nb.models.api import CONNECTIONS, Run
from edges_nb.models.plan_items import Item
from edges_nb.planning.migration import draft_migration

from .bench import FULL, NOW, evidence, known, migrated, override, reading, run, schedule


def codes(item: Item) -> list[str]:
    return [warning.code for warning in item.warnings]


def sentence(item: Item, code: str) -> str:
    return next(warning.sentence for warning in item.warnings if warning.code == code)


def daily(*counts: int | None, days: int = 1, **fields: Any) -> list[Run]:
    """Runs one cron interval apart, the newest first."""
    return [
        run(
            f"run-{number}",
            output_count=count,
            created_at=(NOW - number * days * timedelta(days=1)).isoformat(),
            **({"parameters": {"sync_mode": "full", "max_results": 100}} | fields),
        )
        for number, count in enumerate(counts)
    ]


def with_runs(*runs: Run, **options: Any) -> Item:
    return migrated(reading(schedule(), evidence={"schedule-1": evidence(*runs)}), **options)


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(daily(1350, 900), id="more-than-the-cap-in-a-day"),
        pytest.param(daily(1360, 1350, 1000), id="once-in-the-past"),
        pytest.param(daily(1201, 1000, days=2), id="more-than-the-cap-a-day-over-two-days"),
        pytest.param(daily(100, 100), id="exactly-the-cap"),
    ],
)
def test_items_that_will_be_lost_are_told(runs: list[Run]) -> None:
    item = with_runs(*runs)

    assert "items_lost" in codes(item)
    assert "100" in sentence(item, "items_lost")


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(daily(1090, 1000), id="less-than-the-cap"),
        pytest.param(daily(1190, 1000, days=2), id="less-than-the-cap-a-day"),
        pytest.param(daily(900, 1350), id="shrinking"),
        pytest.param(daily(1350), id="one-run"),
        pytest.param(daily(1350, 0, status="FAILED"), id="failed"),
        pytest.param(daily(None, 1350), id="not-counted"),
        pytest.param(daily(1350, 900, parameters={"sync_mode": "full"}), id="no-cap"),
    ],
)
def test_no_loss_is_invented(runs: list[Run]) -> None:
    assert "items_lost" not in codes(with_runs(*runs))


def test_a_failed_run_between_two_others_does_not_look_like_a_growth() -> None:
    newer, older = daily(1010, 1000)
    failed = run("failed", output_count=0, status="FAILED", created_at=(NOW - timedelta(hours=2)).isoformat())

    assert "items_lost" not in codes(with_runs(newer, failed, older))


def test_two_runs_within_a_minute_tell_a_growth_of_one_interval() -> None:
    newer, older = daily(1350, 900)
    assert newer.created_at is not None
    older = older.model_copy(update={"created_at": newer.created_at - timedelta(minutes=1)})

    assert "Up to 450 new items came between two runs" in sentence(with_runs(newer, older), "items_lost")


def test_a_run_that_shows_no_parameters_proves_no_cap_that_was_reached() -> None:
    newer, older = daily(50, 100)
    older = older.model_copy(update={"parameters": None})

    assert "items_lost" not in codes(with_runs(newer, older))


def test_the_cap_that_will_be_sent_is_what_counts() -> None:
    assert "items_lost" not in codes(with_runs(*daily(1350, 900), max_results=1000))
    assert "items_lost" in codes(with_runs(*daily(1350, 900), max_results=449))


def test_a_slower_cron_that_is_given_loses_more() -> None:
    assert "items_lost" in codes(with_runs(*daily(1050, 1000), overrides=override(cron="0 9 * * 1")))
    assert "items_lost" not in codes(with_runs(*daily(1050, 1000)))


@pytest.mark.parametrize("fields", [{"cron": "@daily"}, {"timezone": "Mars/Base"}])
def test_a_growth_is_told_where_the_old_time_could_not_be_read(fields: dict[str, Any]) -> None:
    there = reading(schedule(**fields), evidence={"schedule-1": evidence(*daily(1350, 900))})
    given = override(cron="0 9 * * *", timezone="UTC")

    assert "items_lost" in codes(migrated(there, overrides=given))


def test_the_first_run_at_once_is_told_unless_it_is_set() -> None:
    assert "first_run_at_once" in codes(migrated(known(schedule())))
    assert "first_run_at_once" not in codes(migrated(known(schedule()), first_run="next"))


@pytest.mark.parametrize(
    ("seconds", "told"), [(-30, True), (0, True), (120, True), (121, False), (3600, False)]
)
def test_a_next_execution_within_two_minutes_is_told(seconds: int, told: bool) -> None:
    due = (NOW + timedelta(seconds=seconds)).isoformat()

    assert ("due_soon" in codes(migrated(known(schedule(next_execution_at=due))))) is told


def test_a_run_in_progress_is_told_with_its_uid() -> None:
    item = migrated(reading(schedule(), evidence={"schedule-1": evidence(run(), busy_run="run-9")}))

    assert "run-9" in sentence(item, "run_in_progress")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param({"runs": (), "looked": True}, "no run of it is there", id="never-ran"),
        pytest.param({"runs": (), "looked": False}, "too far down", id="not-reached"),
        pytest.param({}, "do not show", id="no-parameters"),
    ],
)
def test_parameters_that_can_not_be_read_are_told_with_the_reason(found: dict[str, Any], why: str) -> None:
    unknown = evidence(run(parameters=None), sources={}, **found)
    there = reading(schedule(), evidence={"schedule-1": unknown})

    item = migrated(there, unknown="full")

    assert item.request is not None
    assert item.request.parameters == {"sync_mode": "incremental"}
    assert why in sentence(item, "max_results_unknown")
    assert "none is sent" in sentence(item, "max_results_unknown")
    assert "5 is sent" in sentence(migrated(there, max_results=5, unknown="full"), "max_results_unknown")


def test_known_parameters_without_max_results_are_known() -> None:
    found = evidence(run(parameters={"sync_mode": "full"}))

    assert "max_results_unknown" not in codes(migrated(reading(schedule(), evidence={"schedule-1": found})))


def test_schedules_that_are_alike_but_for_their_name_are_told_with_their_number() -> None:
    twins = [schedule(f"s{n}", name=f"Label {n}") for n in range(3)]
    others = [schedule("timezone", timezone="UTC"), schedule("input", inputs=[{"a": "b"}])]
    second = {"linkedin_url": "https://www.linkedin.com/in/somebody", "custom_data": 1}
    others.append(schedule("custom-data", inputs=[second]))

    items = draft_migration(known(*twins, *others), action=CONNECTIONS)

    assert [item.uid for item in items if "identical" in codes(item)] == ["s0", "s1", "s2"]
    assert sentence(items[0], "identical").startswith("3 schedules")


def test_parameters_tell_twins_apart() -> None:
    found = {
        "s0": evidence(run(parameters=FULL)),
        "s1": evidence(run(parameters={**FULL, "max_results": 1})),
    }

    items = draft_migration(reading(schedule("s0"), schedule("s1"), evidence=found), action=CONNECTIONS)

    assert not any("identical" in codes(item) for item in items)


def test_what_is_left_alone_is_nobodys_twin() -> None:
    items = draft_migration(known(schedule("s0"), schedule("s1", status="PAUSED")), action=CONNECTIONS)

    assert not any("identical" in codes(item) for item in items)


def test_nothing_is_told_of_what_is_left_alone() -> None:
    found = {"schedule-1": evidence(run(), busy_run="run-9")}

    assert migrated(reading(schedule(status="PAUSED"), evidence=found)).warnings == ()
