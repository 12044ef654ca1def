"""What somebody has to look at after a migration, and what is no reason for a word."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from edges_nb.models.api import CONNECTIONS, Schedule
from edges_nb.models.name_marks import marked
from edges_nb.monitoring.loss_forecast import Increment, forecast
from edges_nb.monitoring.monitor import Aftermath
from edges_nb.monitoring.schedule_health import URGENCY, Finding, WatchedSchedule
from edges_nb.reports.watch_report import risks_table
from edges_nb.sandbox.virtual_clock import START

from .conftest import DAY, Workspace

DAILY = "0 9 * * *"


def codes(workspace: Workspace, **options: str) -> list[str]:
    return [finding.code for finding in workspace.only(**options).findings]


@pytest.fixture
def child(workspace: Workspace) -> str:
    """The schedule that replaced a daily one."""
    old = workspace.add("Daily", DAILY, growth=9)
    return workspace.migrate(old)[old]


def test_a_workspace_without_incremental_schedules_has_nothing_to_watch(workspace: Workspace) -> None:
    workspace.add("Daily", DAILY)
    assert workspace.look().watched == ()


def test_a_schedule_that_runs_as_it_should_is_no_reason_for_a_word(workspace: Workspace, child: str) -> None:
    workspace.sandbox.advance(10 * DAY)
    assert (workspace.only().uid, codes(workspace)) == (child, [])


def test_without_the_ledger_the_name_tells_what_was_replaced(
    workspace: Workspace, child: str, tmp_path: Path
) -> None:
    watched = workspace.only(ledger=str(tmp_path / "another.sqlite"))
    assert (watched.uid, watched.old_uid) == (child, workspace.only().old_uid)


def test_one_that_was_incremental_before_is_watched_as_well(workspace: Workspace) -> None:
    owner = next(iter(workspace.world.identities.values()))
    schedule = workspace.world.add_schedule(owner, parameters={"sync_mode": "incremental"})
    assert workspace.look().watched == ()
    workspace.sandbox.advance(DAY)
    assert (workspace.only().uid, workspace.only().old_uid) == (schedule.uid, None)


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
def test_one_that_somebody_stopped_is_told(workspace: Workspace, child: str, status: str) -> None:
    workspace.world.schedules[child].status = status
    assert codes(workspace) == ["stopped"]


def test_one_that_is_gone_is_told(workspace: Workspace, child: str) -> None:
    del workspace.world.schedules[child]
    assert codes(workspace) == ["gone"]


def test_an_original_that_is_still_there_is_told(workspace: Workspace, child: str) -> None:
    old = workspace.only().old_uid
    assert old is not None
    workspace.world.schedules[old].status = "ACTIVE"
    assert codes(workspace) == ["both_live"]


def test_one_that_was_due_and_never_ran_is_told(workspace: Workspace) -> None:
    owner = next(iter(workspace.world.identities.values()))
    name = marked("Daily", "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90", incremental=True)
    child = workspace.world.add_schedule(owner, name=name, created_at=workspace.days_ago(3), cron=DAILY)
    assert child.last_executed_at is None
    assert codes(workspace) == ["never_ran"]


def test_one_that_is_not_due_yet_is_not_blamed_for_not_running(workspace: Workspace) -> None:
    owner = next(iter(workspace.world.identities.values()))
    name = marked("Daily", "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90", incremental=True)
    workspace.world.add_schedule(owner, name=name, cron=DAILY)
    assert codes(workspace) == []


def test_what_each_finding_says_of_a_schedule_that_stopped_is_true_of_it(
    workspace: Workspace, child: str
) -> None:
    schedule = workspace.world.schedules[child]
    for status, step in {"PAUSED": "Resume it", "CANCELLED": "create it again"}.items():
        schedule.status = status
        (finding,) = workspace.only().findings
        assert finding.sentence == f"It is {status}, so that it brings nothing."
        assert step in finding.next_step


def test_one_that_never_ran_and_is_not_due_is_told(workspace: Workspace) -> None:
    owner = next(iter(workspace.world.identities.values()))
    name = marked("Daily", "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90", incremental=True)
    child = workspace.world.add_schedule(owner, name=name, cron=DAILY)
    child.next_execution_at = None
    (finding,) = workspace.only().findings
    assert (finding.code, finding.sentence) == ("never_ran", "It never ran and is not due.")


def test_the_row_for_scripts_says_what_the_runs_were(workspace: Workspace, child: str) -> None:
    workspace.sandbox.advance(3 * DAY)
    watched = workspace.only()
    assert watched.saved is not None
    row = watched.as_json()
    uids = [run.uid for run in watched.runs]
    counts = [workspace.world.runs[uid].output_count for uid in uids]
    assert (row["schedule_uid"], row["status"], row["runs"]) == (child, "ACTIVE", len(uids))
    assert (row["items"], row["items_saved"]) == (sum(counts), watched.saved.items)
    assert row["items_in_full_mode"] == row["items"] + row["items_saved"]
    assert row["requests_saved"] == watched.saved.pages > 0
    assert (row["skipped"], row["missed"], row["failures"]) == (0, 0, {})
    assert row["items_now"] < row["items_before"]
    assert row["next_execution"] == "2026-11-05T09:00:00+00:00"


def test_iterations_that_no_run_came_of_are_missed_and_not_skipped(workspace: Workspace, child: str) -> None:
    workspace.sandbox.advance(10 * DAY)
    gone = [uid for uid, run in workspace.world.runs.items() if run.created_at > workspace.days_ago(5)][:2]
    for uid in gone:
        del workspace.world.runs[uid]
    row = workspace.only().as_json()
    assert (row["schedule_uid"], row["missed"], row["skipped"]) == (child, 2, 0)


def test_what_was_taken_back_is_not_watched_any_more(workspace: Workspace, child: str) -> None:
    assert child
    workspace.undo()
    assert workspace.look().watched == ()


def test_what_failures_let_gather_counts_for_the_next_run(workspace: Workspace) -> None:
    old = workspace.add("Daily", DAILY, growth=9)
    workspace.migrate(old, max_results=60)
    workspace.sandbox.advance(10 * DAY)
    assert codes(workspace) == ["first_capped"]
    for run in workspace.world.runs.values():
        if run.created_at > workspace.days_ago(8):
            run.status, run.output_count = "FAILED", 0
    assert "may_lose" in codes(workspace)


def test_a_forecast_takes_the_fullest_stretch_as_long_as_the_wait() -> None:
    days = [START + n * DAY for n in range(5)]
    history = [Increment(*span, items) for span, items in zip(pairwise(days), (1, 9, 8, 2), strict=True)]
    told = forecast(history, 2 * DAY, 10)
    assert told is not None
    assert (told.expected, told.safe_cap, told.safe_wait) == (17, 34, DAY / 2)
    assert told.may_lose(20)
    assert not told.may_lose(21)


def test_a_short_history_stands_for_a_longer_wait_in_proportion() -> None:
    told = forecast([Increment(START, START + DAY, 5)], 7 * DAY, 100)
    assert told is not None
    assert told.expected == 35


def test_without_a_history_nothing_is_foretold() -> None:
    assert forecast([], DAY, 10) is None


def test_what_can_wait_least_stands_first_and_every_code_has_its_place() -> None:
    def seen(code: str) -> WatchedSchedule:
        return WatchedSchedule(
            Schedule(uid=code, name=code), findings=(Finding(code, f"{code} was seen.", "Look."),)
        )

    told = risks_table(Aftermath(CONNECTIONS, START, tuple(seen(code) for code in reversed(URGENCY)))).markup
    places = [told.index(f"{code} was seen.") for code in URGENCY]
    assert places == sorted(places)
