"""The agency's workspace: believable, and with every case that a migration has to decide on."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest

from edges_nb.sandbox import World
from edges_nb.sandbox.entities import CONNECTIONS, INCREMENTAL_ACTIONS, StoredRun, StoredSchedule


@pytest.fixture(scope="module")
def agency() -> World:
    return World.agency()


def case(agency: World, name: str) -> list[StoredSchedule]:
    return [agency.schedules[uid] for uid in agency.cases[name]]


def past(agency: World, schedule: StoredSchedule) -> list[StoredRun]:
    return [run for run in agency.runs.values() if run.scheduled_run_uid == schedule.uid]


def test_it_has_25_identities_and_60_schedules(agency: World) -> None:
    assert (len(agency.identities), len(agency.schedules)) == (25, 60)
    assert len({identity.name for identity in agency.identities.values()}) == 25
    assert {identity.type for identity in agency.identities.values()} == {"engagement", "standard"}
    assert sum(not identity.is_active for identity in agency.identities.values()) == 3
    assert len({identity.timezone for identity in agency.identities.values()}) >= 6


def test_every_schedule_is_of_one_kind(agency: World) -> None:
    kinds = (
        "eligible",
        "standard identity",
        "already incremental",
        "one-shot",
        "paused",
        "cancelled",
        "completed",
        "other incremental action",
        "action without incremental mode",
        "several identities",
        "inactive identity",
        "unknown identity",
        "no callback",
    )
    uids = [uid for kind in kinds for uid in agency.cases[kind]]
    assert sorted(uids) == sorted(agency.schedules)


def test_the_eligible_ones_can_be_migrated(agency: World) -> None:
    eligible = case(agency, "eligible")
    assert len(eligible) == 34
    for schedule in eligible:
        (uid,) = schedule.identity_ids
        identity = agency.identities[uid]
        assert (identity.type, identity.is_active) == ("engagement", True)
        assert (schedule.status, schedule.action_name) == ("ACTIVE", CONNECTIONS)
        assert schedule.cron
        assert schedule.callback
        assert schedule.parameters.get("sync_mode", "full") == "full"


@pytest.mark.parametrize(("name", "status"), [("paused", "PAUSED"), ("cancelled", "CANCELLED")])
def test_some_are_not_active(agency: World, name: str, status: str) -> None:
    assert [schedule.status for schedule in case(agency, name)] == [status] * len(agency.cases[name])


def test_some_happen_only_once(agency: World) -> None:
    for schedule in case(agency, "one-shot"):
        assert schedule.cron is None
        assert schedule.next_execution_at == schedule.schedule_at
    assert [s.status for s in case(agency, "completed")] == ["COMPLETED"] * 2


def test_some_identities_make_a_migration_impossible(agency: World) -> None:
    idle = [agency.identities[s.identity_ids[0]].is_active for s in case(agency, "inactive identity")]
    kinds = [agency.identities[s.identity_ids[0]].type for s in case(agency, "standard identity")]
    assert not any(idle)
    assert set(kinds) == {"standard"}
    assert all(s.identity_ids[0] not in agency.identities for s in case(agency, "unknown identity"))
    for schedule in case(agency, "several identities"):
        assert {agency.identities[uid].type for uid in schedule.identity_ids} == {"engagement", "standard"}


def test_incremental_ones_say_so_in_their_runs(agency: World) -> None:
    for schedule in case(agency, "already incremental"):
        assert {run.parameters["sync_mode"] for run in past(agency, schedule)} == {"incremental"}


def test_other_actions_are_with_and_without_incremental_mode(agency: World) -> None:
    with_it = {schedule.action_name for schedule in case(agency, "other incremental action")}
    without = {schedule.action_name for schedule in case(agency, "action without incremental mode")}
    assert with_it == INCREMENTAL_ACTIONS - {CONNECTIONS}
    assert not without & INCREMENTAL_ACTIONS


def test_four_twins_differ_in_nothing_that_was_configured(agency: World) -> None:
    fields = ("name", "cron", "timezone", "inputs", "callback", "identity_ids", "parameters")
    twins = [json.dumps([getattr(s, field) for field in fields]) for s in case(agency, "twin")]
    assert len(twins) == 4
    assert len(set(twins)) == 1


def test_only_one_is_due_within_two_minutes(agency: World) -> None:
    soon = agency.clock.now() + timedelta(minutes=2)
    due = [uid for uid, s in agency.schedules.items() if s.next_execution_at and s.next_execution_at <= soon]
    assert due == agency.cases["due at once"]


def test_only_one_brings_more_in_an_interval_than_its_cap(agency: World) -> None:
    losing = []
    for schedule in case(agency, "eligible"):
        counts = [run.output_count for run in past(agency, schedule) if run.status == "SUCCEEDED"]
        gains = [later - earlier for earlier, later in itertools.pairwise(counts)]
        if max(gains, default=0) > schedule.parameters.get("max_results", 10**9):
            losing.append(schedule.uid)
    assert losing == agency.cases["loses items"]


def test_secrets_are_obvious_fakes(agency: World) -> None:
    headers = [s.callback["headers"] for s in case(agency, "callback headers") if s.callback]
    urls = [s.callback["url"] for s in case(agency, "callback query") if s.callback]
    assert {h["Authorization"] for h in headers} == {"Bearer sandbox-not-a-secret"}
    assert all(url.endswith("?token=sandbox-not-a-secret") for url in urls)


def test_callbacks_inputs_and_names_come_in_every_variety(agency: World) -> None:
    assert {s.callback["on"] for s in case(agency, "callback on") if s.callback} == {"all", "final"}
    assert all("custom_data" in s.inputs[0] for s in case(agency, "custom data"))
    assert [len(s.inputs) for s in case(agency, "several inputs")] == [2, 3]
    assert {s.name for s in case(agency, "unnamed")} == {None}
    assert {s.parameters["max_results"] for s in case(agency, "capped")} == {2500}
    assert [s.callback for s in case(agency, "no callback")] == [None]


def test_most_have_a_past_of_at_most_ninety_days(agency: World) -> None:
    counts = {uid: len(past(agency, schedule)) for uid, schedule in agency.schedules.items()}
    assert all(count <= 6 for count in counts.values())
    without = {uid for uid, count in counts.items() if not count}
    assert without == {*agency.cases["one-shot"]}
    oldest = agency.clock.now() - timedelta(days=90)
    for run in agency.runs.values():
        schedule = agency.schedules[run.scheduled_run_uid or ""]
        assert max(oldest, schedule.created_at) <= run.created_at <= agency.clock.now()
        assert run.started_at
        assert run.finished_at


def test_some_runs_failed_and_say_why(agency: World) -> None:
    failed = [run for run in agency.runs.values() if run.status == "FAILED"]
    assert len(failed) >= 5
    assert all(run.last_error and run.last_error["error_label"] for run in failed)


def test_no_run_ends_in_the_future(agency: World) -> None:
    assert all(run.finished_at and run.finished_at <= agency.clock.now() for run in agency.runs.values())
