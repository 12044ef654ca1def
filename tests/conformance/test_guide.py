"""The vendor's guide, run as it stands, works on the sandbox as it says, and shows its known defects."""

from __future__ import annotations

from typing import Any

import pytest

from edges_nb.sandbox import World
from edges_nb.sandbox.entities import CONNECTIONS, StoredSchedule
from tests.faults import Behaviour, Sandbox

from .guide import Guide

MIGRATE = "migrateExtractConnectionsSchedulesToIncremental"
MIGRATED = ("eligible", "already incremental", "one-shot")
LOST = ("inactive identity", "no callback")


@pytest.fixture
def lost(sandbox: Sandbox) -> set[str]:
    """Schedules that the script cancels but whose create is refused."""
    cases = sandbox.world.cases
    mixed = {u for u in cases["several identities"] if sandbox.world.schedules[u].action_name == CONNECTIONS}
    return mixed | {uid for case in LOST for uid in cases[case]}


@pytest.fixture
def migrated(sandbox: Sandbox) -> set[str]:
    """Schedules that the script cancels and creates again."""
    return {uid for case in MIGRATED for uid in sandbox.world.cases[case]}


def test_all_of_the_guides_code_is_lifted(guide: Guide) -> None:
    assert guide.base == "https://api.edges.run/v1"
    assert set(guide.functions) == {
        "edgesRequest",
        "createIncrementalExtractConnectionsSchedule",
        "runExtractConnectionsIncrementalAsync",
        "continueIncrementalRun",
        "getEngagementIdentityIds",
        "listExtractConnectionsSchedules",
        "filterSchedulesByEngagementIdentities",
        "getSchedule",
        "cancelSchedule",
        "migrateScheduleToIncremental",
        MIGRATE,
    }


def test_a_schedule_is_created_in_incremental_mode(guide: Guide, sandbox: Sandbox) -> None:
    options = _options(sandbox) | {"maxResults": 50}
    created = _call(guide, sandbox, "createIncrementalExtractConnectionsSchedule", options)
    schedule = sandbox.world.schedules[created["schedule_uid"]]
    assert schedule.parameters == {"sync_mode": "incremental", "max_results": 50}
    assert (schedule.cron, schedule.timezone, schedule.status) == ("0 9 * * *", "Europe/Paris", "ACTIVE")
    assert schedule.identity_ids == [options["identityId"]]


def test_an_async_run_is_continued_once_it_has_ended(guide: Guide, sandbox: Sandbox) -> None:
    started = _call(guide, sandbox, "runExtractConnectionsIncrementalAsync", _options(sandbox))
    run = sandbox.world.runs[started["run_uid"]]
    assert run.parameters == {"sync_mode": "incremental"}
    with pytest.raises(RuntimeError, match="A QUEUED run can't be continued"):
        _call(guide, sandbox, "continueIncrementalRun", run.uid)
    run.status = "SUCCEEDED"
    continued = _call(guide, sandbox, "continueIncrementalRun", run.uid)
    assert (continued["uid"], continued["status"]) == (run.uid, "SCHEDULED")


def test_the_guide_sees_the_apis_own_message(guide: Guide, sandbox: Sandbox) -> None:
    standard = next(i.uid for i in sandbox.world.identities.values() if i.type == "standard" and i.is_active)
    options = _options(sandbox) | {"identityId": standard}
    with pytest.raises(RuntimeError, match="sync_mode incremental requires an engagement identity"):
        _call(guide, sandbox, "createIncrementalExtractConnectionsSchedule", options)


def test_the_full_script_replaces_active_schedules_of_engagement_identities(
    guide: Guide, sandbox: Sandbox, migrated: set[str]
) -> None:
    world = sandbox.world
    others = set(world.schedules) - migrated
    outcome = guide.run(sandbox.base_url, sandbox.key, guide.closing)
    assert {line.split()[-1] for line in outcome.stdout.splitlines() if line.startswith("Migrated")} == (
        migrated
    )
    assert "Migration results: [" in outcome.stdout
    children = [s for uid, s in world.schedules.items() if uid not in migrated | others]
    assert len(children) == len(migrated) == 39
    assert {world.schedules[uid].status for uid in migrated} == {"CANCELLED"}
    assert {child.parameters["sync_mode"] for child in children} == {"incremental"}
    assert {child.status for child in children} == {"ACTIVE"}


def test_what_the_guide_reads_is_carried_over(guide: Guide, sandbox: Sandbox) -> None:
    for old, new in _pairs(guide, sandbox):
        fields = ("inputs", "callback", "identity_ids", "cron", "timezone", "schedule_at", "action_name")
        assert [getattr(old, field) for field in fields] == [getattr(new, field) for field in fields]


def test_the_guide_drops_max_results_and_names(guide: Guide, sandbox: Sandbox) -> None:
    pairs = _pairs(guide, sandbox)
    assert sum("max_results" in old.parameters for old, _ in pairs) >= 5
    assert sum(old.name is not None for old, _ in pairs) >= 10
    assert not any("max_results" in new.parameters or new.name for _, new in pairs)


def test_the_guide_loses_what_can_not_be_created_again(
    guide: Guide, sandbox: Sandbox, lost: set[str]
) -> None:
    outcome = guide.run(sandbox.base_url, sandbox.key, guide.closing)
    failed = {line.split()[3].rstrip(":") for line in outcome.stderr.splitlines() if "Failed to" in line}
    assert failed == lost
    assert len(lost) == 4
    assert {sandbox.world.schedules[uid].status for uid in lost} == {"CANCELLED"}


def test_the_guide_migrates_its_own_schedules_again(
    guide: Guide, sandbox: Sandbox, migrated: set[str]
) -> None:
    first = _pairs(guide, sandbox)
    second = _pairs(guide, sandbox)
    assert {old.uid for old, _ in second} == {new.uid for _, new in first}
    assert len(second) == len(migrated)


def test_the_guide_leaves_everything_else_untouched(
    guide: Guide, sandbox: Sandbox, migrated: set[str], lost: set[str]
) -> None:
    untouched = set(sandbox.world.schedules) - migrated - lost
    guide.run(sandbox.base_url, sandbox.key, guide.closing)
    assert {uid: s for uid, s in World.agency().schedules.items() if uid in untouched} == {
        uid: sandbox.world.schedules[uid] for uid in untouched
    }


@pytest.mark.parametrize("envelope", ["data", "items"])
@pytest.mark.parametrize("uid_field", ["scheduled_run_uid", "both"])
def test_the_guide_reads_every_envelope_and_uid(
    guide: Guide, sandbox: Sandbox, migrated: set[str], envelope: Any, uid_field: Any
) -> None:
    sandbox.behaviour = Behaviour(envelope=envelope, uid_field=uid_field)
    assert {old.uid for old, _ in _pairs(guide, sandbox)} == migrated


def test_where_get_shows_the_documented_fields_only_the_guide_finds_nothing(
    guide: Guide, sandbox: Sandbox
) -> None:
    sandbox.behaviour = Behaviour(dialect="reference")
    assert _call(guide, sandbox, MIGRATE) == []
    assert not any(call.effect for call in sandbox.history)


def test_where_get_shows_the_documented_fields_only_the_guide_loses_what_it_is_told_to_migrate(
    guide: Guide, sandbox: Sandbox
) -> None:
    sandbox.behaviour = Behaviour(dialect="reference")
    uid = sandbox.world.cases["plain"][0]
    with pytest.raises(RuntimeError, match="must NOT have fewer than 1 items"):
        _call(guide, sandbox, "migrateScheduleToIncremental", uid)
    assert sandbox.world.schedules[uid].status == "CANCELLED"
    assert len(sandbox.world.schedules) == 60


def _call(guide: Guide, sandbox: Sandbox, function: str, *arguments: object) -> Any:
    return guide.call(sandbox.base_url, sandbox.key, function, *arguments).value


def _pairs(guide: Guide, sandbox: Sandbox) -> list[tuple[StoredSchedule, StoredSchedule]]:
    """Run the whole migration; old and new schedule of each one that succeeded."""
    schedules = sandbox.world.schedules
    return [
        (schedules[result["uid"]], schedules[result["newSchedule"]["schedule_uid"]])
        for result in _call(guide, sandbox, MIGRATE)
        if "newSchedule" in result
    ]


def _options(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "identityId": next(iter(sandbox.world.identities)),
        "linkedinUrl": "https://www.linkedin.com/in/somebody",
        "callbackUrl": "https://hooks.example.com/edges",
    }
