"""A change of any fields over a selection, planned as a migration is."""

from __future__ import annotations

from typing import Any

import pytest

from edges_nb.errors import BadInput
from edges_nb.models.history import Begun, Past, Replaced
from edges_nb.models.name_marks import marked
from edges_nb.models.plan_items import Decision, Item
from edges_nb.planning.changes import draft_changes

from .bench import FULL, Bench, bare, by_uid, evidence, known, reading, request, run, schedule

NEW_URL = {"callback_url": "https://new.example.com/in"}
INCREMENTAL = {"sync_mode": "incremental", "max_results": 500}


def changed(there: Any, uid: str = "schedule-1", **fields: object) -> Item:
    return by_uid(draft_changes(there, fields))[uid]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("callback_url", "https://new.example.com/in", "callback"),
        ("callback_headers", '{"X-Team": "north"}', "callback"),
        ("inputs_json", '[{"linkedin_url": "https://www.linkedin.com/in/new"}]', "inputs"),
        ("cron", "10 5 * * 1", "cron"),
        ("timezone", "UTC", "timezone"),
        ("identity_uid", "identity-2", "identity_ids"),
        ("max_results", 7, "parameters"),
        ("name", "New", "name"),
    ],
)
def test_a_change_changes_what_it_names_and_nothing_else(field: str, value: object, expected: str) -> None:
    there = known(schedule())
    item = changed(there, **{field: value})

    assert item.decision is Decision.MIGRATE
    assert item.request is not None
    assert item.original is not None
    before, after = item.original.body(), item.request.body()
    assert {name for name in before if before[name] != after[name]} == {expected}
    assert before.keys() == after.keys()
    assert [change.field for change in item.changes if not change.kept and change.field != "first_run"]


def test_several_fields_change_together() -> None:
    item = changed(known(schedule()), cron="1 1 * * *", max_results=7, **NEW_URL)

    assert item.request is not None
    assert item.request.cron == "1 1 * * *"
    assert item.request.parameters == {"sync_mode": "full", "max_results": 7}
    assert item.request.callback == {**(schedule().callback or {}), "url": "https://new.example.com/in"}
    assert item.sources["callback.url"] == item.sources["cron"] == "parameter"


@pytest.mark.parametrize("parameters", [FULL, INCREMENTAL, {"max_results": 3}])
def test_the_mode_stays_as_it_is(parameters: dict[str, Any]) -> None:
    found = {"schedule-1": evidence(run(parameters=parameters))}

    item = changed(reading(schedule(), evidence=found), **NEW_URL)

    assert item.request is not None
    assert item.request.parameters == parameters


def test_the_ledger_tells_the_parameters_of_what_this_tool_made() -> None:
    name = marked("Label", "old", incremental=True)
    made = request(parameters=INCREMENTAL)
    past = Past(replaced={"old": Replaced("old", "schedule-1", made, request(), "migration")})

    (item,) = draft_changes(reading(bare(name=name)), NEW_URL, past=past)

    assert item.decision is Decision.MIGRATE
    assert item.request is not None
    assert item.request.parameters == INCREMENTAL
    assert item.request.name == "Label"
    assert item.sources["parameters.sync_mode"] == "ledger"


@pytest.mark.parametrize("fields", [NEW_URL, {"max_results": 7}])
def test_a_mode_that_nobody_can_read_is_not_guessed(fields: dict[str, Any]) -> None:
    item = changed(reading(schedule()), **fields)

    assert item.decision is Decision.NEEDS_INPUT
    assert item.reason.startswith("parameters unknown")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "PAUSED"}, "not active"),
        ({"status": "CANCELLED"}, "not active"),
        ({"cron": None}, "one-shot"),
    ],
)
def test_only_active_recurring_schedules_are_changed(fields: dict[str, Any], reason: str) -> None:
    item = changed(known(schedule(**fields)), **NEW_URL)

    assert (item.decision.value, item.reason.partition(":")[0]) == ("skip", reason)


@pytest.mark.parametrize(
    "fields",
    [
        {"cron": "0 9 * * *"},
        {"timezone": "Europe/Paris"},
        {"identity_uid": "identity-1"},
        {"max_results": 500},
        {"name": "Label schedule-1"},
        {"callback_url": (schedule().callback or {})["url"]},
        {"cron": "0 9 * * *", "max_results": 500},
    ],
)
def test_what_is_already_so_is_skipped(fields: dict[str, Any]) -> None:
    item = changed(known(schedule()), **fields)

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("already so")


def test_a_full_schedule_may_run_as_a_standard_identity() -> None:
    assert changed(known(schedule()), identity_uid="standard-1").decision is Decision.MIGRATE


def test_an_incremental_one_may_not() -> None:
    found = {"schedule-1": evidence(run(parameters=INCREMENTAL))}

    item = changed(reading(schedule(), evidence=found), identity_uid="standard-1")

    assert item.decision is Decision.NEEDS_INPUT
    assert "standard identity" in item.reason


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"identity_ids": None}, "identity unknown"),
        ({"identity_ids": ["identity-1", "identity-2"]}, "several identities"),
        ({"identity_ids": ["idle-1"]}, "inactive identity"),
    ],
)
def test_what_is_missing_is_asked_for(fields: dict[str, Any], missing: str) -> None:
    item = changed(known(schedule(**fields)), cron="1 1 * * *")

    assert item.decision is Decision.NEEDS_INPUT
    assert item.reason.startswith(missing)


def test_a_change_can_give_what_is_missing() -> None:
    item = changed(known(schedule(callback=None, identity_ids=None)), identity_uid="identity-2", **NEW_URL)

    assert item.request is not None
    assert item.request.callback == {"url": "https://new.example.com/in"}
    assert item.original is None


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        (
            {"callback": {"url": "https://crm.example.com/in", "headers": {"Authorization": "****"}}},
            {"callback_headers": '{"Authorization": "fake"}'},
        ),
        (
            {"inputs": [{"linkedin_url": "********"}]},
            {"inputs_json": '[{"linkedin_url": "https://www.linkedin.com/in/new"}]'},
        ),
    ],
)
def test_a_change_can_give_what_the_server_masks(fields: dict[str, Any], given: dict[str, str]) -> None:
    there = known(schedule(**fields))

    assert changed(there, cron="1 1 * * *").decision is Decision.NEEDS_INPUT
    assert changed(there, cron="1 1 * * *", **given).decision is Decision.MIGRATE


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "No change is given"),
        ({"callback": "https://x.example.com"}, "'callback': is not known"),
        ({"callback_url": "x"}, "callback_url: is no address"),
        ({"cron": "x"}, "cron: 'x' is no cron"),
        ({"cron": 5}, "cron: is '5': use a text"),
        ({"timezone": "Paris"}, "timezone: "),
        ({"identity_uid": "nobody"}, "identity_uid: no identity"),
        ({"identity_uid": "idle-1"}, "identity_uid: Desk idle-1 is not active"),
        ({"identity_uid": 5}, "identity_uid: is '5'"),
        ({"max_results": 0}, "max_results: "),
        ({"max_results": True}, "max_results: "),
        ({"name": "x" * 256}, "name: has 256"),
    ],
)
def test_a_change_that_can_not_be_made_is_named(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        draft_changes(known(schedule()), fields)


def test_everything_that_is_wrong_with_a_change_is_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        draft_changes(known(schedule()), {"cron": "x", "max_results": 0, "identity_uid": "nobody", "sync": 1})

    assert all(f"{name}" in str(caught.value) for name in ("cron", "max_results", "identity_uid", "sync"))


def test_only_selects() -> None:
    items = draft_changes(known(*(schedule(f"s{n}") for n in range(3))), NEW_URL, only=["s1"])

    assert [item.uid for item in items] == ["s1"]


def test_a_change_that_was_begun_goes_on_and_other_work_is_left_to_itself() -> None:
    to_create = request(cron="7 7 * * *")
    past = Past(
        begun={
            "s0": Begun("s0", to_create, request(), "change", "paused"),
            "s1": Begun("s1", to_create, request(), "migration", "paused"),
        }
    )
    schedules = [schedule(f"s{n}", status="PAUSED") for n in range(2)]

    first, second = draft_changes(known(*schedules), NEW_URL, past=past)

    assert first.begun
    assert first.request == to_create
    assert second.decision is Decision.SKIP
    assert "migration" in second.reason


def test_the_first_run_can_keep_its_time() -> None:
    (item,) = draft_changes(known(schedule()), NEW_URL, first_run="next")

    assert item.request is not None
    assert item.request.schedule_at == "2026-11-03T08:00:00.000Z"


def test_the_first_run_is_due_by_the_new_cron_where_the_cron_changes() -> None:
    (item,) = draft_changes(known(schedule()), {"cron": "30 12 * * *"}, first_run="next")

    assert item.request is not None
    assert item.request.schedule_at == "2026-11-02T11:30:00.000Z"


def test_the_same_core_warns_of_twins() -> None:
    items = draft_changes(known(schedule("s0"), schedule("s1")), NEW_URL)

    assert all("identical" in {warning.code for warning in item.warnings} for item in items)


def test_an_agency_changes_the_callback_of_everything_that_it_can() -> None:
    bench = Bench()
    owner = bench.world.add_identity("Desk")
    full, incremental, silent = (bench.world.add_schedule(owner, name=f"n{n}") for n in range(3))
    incremental.parameters = {"sync_mode": "incremental"}
    for each in (full, incremental):
        each.last_executed_at = bench.world.clock.now()
        bench.world.add_run(each, output_count=1)

    items = by_uid(draft_changes(bench.read(kind="change"), NEW_URL))

    assert items[full.uid].decision is items[incremental.uid].decision is Decision.MIGRATE
    assert items[silent.uid].decision is Decision.NEEDS_INPUT
