"""Which schedules are migrated, which are left alone, and about which somebody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS, Schedule
from edges_nb.models.history import Begun, Past, Replaced
from edges_nb.models.name_marks import marked
from edges_nb.models.plan_items import Decision
from edges_nb.planning.migration import draft_migration

from .bench import (
    FULL,
    NOW,
    bare,
    by_uid,
    evidence,
    identity,
    known,
    migrated,
    override,
    reading,
    request,
    run,
    schedule,
)

INCREMENTAL = {"sync_mode": "incremental", "max_results": 500}


def decided(each: Schedule, **options: Any) -> tuple[str, str]:
    """The decision on a schedule whose runs are known, and the head of its reason."""
    item = migrated(known(each), each.uid, **options)
    return item.decision.value, item.reason.partition(":")[0]


def test_an_eligible_schedule_is_migrated_with_all_that_it_has() -> None:
    item = migrated(known(schedule()))

    assert item.decision is Decision.MIGRATE
    assert item.request is not None
    assert item.request.body() == {
        "inputs": schedule().inputs,
        "callback": schedule().callback,
        "identity_ids": ["identity-1"],
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "parameters": {"sync_mode": "incremental", "max_results": 500},
        "name": "Label schedule-1",
    }
    assert item.identity is not None
    assert item.identity.uid == "identity-1"


def test_parameters_that_nobody_knows_of_here_are_kept() -> None:
    found = {"schedule-1": evidence(run(parameters={"max_results": 9, "depth": {"of": [1]}}))}

    item = migrated(reading(schedule(), evidence=found))

    assert item.request is not None
    assert item.request.parameters == {"sync_mode": "incremental", "max_results": 9, "depth": {"of": [1]}}


def test_parameters_that_the_schedule_shows_go_before_those_of_its_runs() -> None:
    found = {"schedule-1": evidence(run(parameters={"max_results": 9}))}

    item = migrated(reading(schedule(parameters={"max_results": 7}), evidence=found))

    assert item.request is not None
    assert item.request.parameters == {"sync_mode": "incremental", "max_results": 7}
    assert item.sources["parameters.max_results"] == "schedule"


def test_what_get_leaves_out_is_taken_from_a_run_and_said_to_be() -> None:
    recovered = evidence(run(callback={"url": "https://hooks.example.com"}), inputs=[{"linkedin_url": "x"}])

    item = migrated(
        reading(bare(), evidence={"schedule-1": recovered}), overrides=override(identity_uid="identity-2")
    )

    assert item.request is not None
    assert item.request.inputs == [{"linkedin_url": "x"}]
    assert item.request.callback == {"url": "https://hooks.example.com"}
    assert {item.sources[name] for name in ("inputs", "callback", "parameters.max_results")} == {"run run-1"}
    assert item.sources["identity_ids"] == "override"
    assert item.sources["cron"] == "schedule"
    assert item.sources["parameters.sync_mode"] == "plan"


@pytest.mark.parametrize("shown", [{}, {"on": "all"}, {"url": ""}])
def test_a_callback_without_an_address_is_looked_for_in_runs(shown: dict[str, Any]) -> None:
    found = {"schedule-1": evidence(run(callback={"url": "https://hooks.example.com"}))}

    item = migrated(reading(schedule(callback=shown), evidence=found))

    assert item.request is not None
    assert item.request.callback == {
        **({"on": "all"} if "on" in shown else {}),
        "url": "https://hooks.example.com",
    }


def test_a_shown_identity_mode_is_kept() -> None:
    item = migrated(known(schedule(identity_mode="direct")))

    assert item.request is not None
    assert item.request.identity_mode == "direct"


def test_a_mode_of_choosing_an_identity_ends_where_one_is_given() -> None:
    item = migrated(known(schedule(identity_mode="auto")), overrides=override(identity_uid="identity-2"))

    assert item.request is not None
    assert (item.request.identity_mode, item.request.identity_ids) == ("direct", ["identity-2"])


def test_nulls_that_a_server_shows_are_not_sent_back() -> None:
    callback = {"url": "https://hooks.example.com", "headers": None, "on": None}
    shown = run(callback=callback, parameters={"max_results": None, "sync_mode": None})
    recovered = evidence(shown, inputs=[{"linkedin_url": "x", "note": None}])
    given = override(identity_uid="identity-1")

    whole = schedule(callback=callback, inputs=recovered.inputs, parameters={"max_results": None})
    for each in (bare(), whole):
        request = migrated(reading(each, evidence={"schedule-1": recovered}), overrides=given).request
        assert request is not None
        assert request.callback == {"url": "https://hooks.example.com"}
        assert request.parameters == {"sync_mode": "incremental"}
        assert request.inputs == [{"linkedin_url": "x", "note": None}]


@pytest.mark.parametrize("given", [{"limit": -1}, {"max_results": -1}])
def test_a_negative_number_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(given))):
        migrated(known(schedule()), **given)


def test_a_full_mode_that_the_server_shows_goes_before_a_name() -> None:
    named = schedule(name=marked("x", "old", incremental=True), parameters=FULL)

    assert decided(named)[0] == "migrate"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "PAUSED"}, "not active"),
        ({"status": "CANCELLED"}, "not active"),
        ({"status": "COMPLETED", "cron": None}, "not active"),
        ({"cron": None}, "one-shot"),
        ({"identity_ids": ["standard-1"]}, "standard identity"),
        ({"identity_ids": ["standard-1", "standard-2"]}, "standard identity"),
        ({"parameters": INCREMENTAL}, "already incremental"),
        ({"name": marked("x", "old", incremental=True)}, "already incremental"),
    ],
)
def test_what_there_is_nothing_to_do_for_is_skipped(fields: dict[str, Any], reason: str) -> None:
    assert decided(schedule(**fields)) == ("skip", reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"identity_ids": None}, "identity unknown"),
        ({"identity_ids": []}, "identity unknown"),
        ({"identity_ids": ["left-the-company"]}, "identity unknown"),
        ({"identity_ids": ["identity-1", "identity-2"]}, "several identities"),
        ({"identity_ids": ["identity-1", "standard-1"]}, "several identities"),
        ({"identity_ids": ["idle-1"]}, "inactive identity"),
        ({"identity_ids": ["odd-1"]}, "identity type unknown"),
        ({"callback": None}, "callback unknown"),
        ({"callback": {}}, "callback unknown"),
        ({"callback": {"url": ""}}, "callback unknown"),
        ({"callback": {"on": "all"}}, "callback unknown"),
        ({"identity_mode": "auto"}, "identity mode"),
        ({"identity_mode": "managed"}, "identity mode"),
    ],
)
def test_what_only_a_person_can_know_is_asked(fields: dict[str, Any], reason: str) -> None:
    assert decided(schedule(**fields)) == ("needs_input", reason)


@pytest.mark.parametrize(("kind", "told"), [("visitor", "is of type visitor"), (None, "has no type")])
def test_an_identity_of_no_known_type_is_told_with_what_it_has(kind: str | None, told: str) -> None:
    people = (identity("odd-1", type=kind),)
    item = migrated(known(schedule(identity_ids=["odd-1"]), identities=people))

    assert f"Desk odd-1 {told}" in item.reason


def test_what_is_asked_for_names_all_that_is_missing_and_how_to_give_it() -> None:
    item = migrated(reading(bare()))

    assert item.reason.endswith(
        "; give identity_uid, callback_url, decision=migrate, max_results in the overrides"
    )
    assert item.request is None
    assert item.original is None


def test_a_schedule_without_a_timezone_keeps_having_none() -> None:
    item = migrated(known(schedule(timezone=None)))

    assert item.request is not None
    assert "timezone" not in item.request.body()


def test_a_run_tells_that_a_schedule_is_incremental() -> None:
    found = {"schedule-1": evidence(run(parameters=INCREMENTAL))}

    item = migrated(reading(schedule(), evidence=found))

    assert (item.decision, item.reason) == (Decision.SKIP, "already incremental: run run-1 says so")


def test_the_ledger_tells_that_a_schedule_is_incremental() -> None:
    replaced = Replaced("old", "schedule-1", request(parameters=INCREMENTAL), request(), "migration")

    item = migrated(known(schedule()), past=Past(replaced={"old": replaced}))

    assert (item.decision, item.reason) == (Decision.SKIP, "already incremental: it replaced old")


def test_what_an_undo_brought_back_is_migrated_again() -> None:
    replaced = Replaced("old", "schedule-1", request(), request(parameters=INCREMENTAL), "undo")
    name = marked("Label", "old", incremental=False)

    item = migrated(known(schedule(name=name)), past=Past(replaced={"old": replaced}))

    assert item.decision is Decision.MIGRATE
    assert item.request is not None
    assert item.request.name == "Label"


def test_the_ledger_fills_in_what_neither_get_nor_runs_tell_of_what_it_made() -> None:
    made = request(parameters={"max_results": 3})
    replaced = Replaced("old", "schedule-1", made, request(), "undo")

    item = migrated(reading(bare()), past=Past(replaced={"old": replaced}))

    assert item.request is not None
    assert item.request.identity_ids == made.identity_ids
    assert item.sources["identity_ids"] == item.sources["parameters.max_results"] == "ledger"


@pytest.mark.parametrize("action", ["linkedin-search-people", "linkedin-extract-company"])
def test_an_action_without_incremental_mode_is_skipped(action: str) -> None:
    item = migrated(known(schedule(action_name=action), action=action))

    assert (item.decision.value, item.reason.partition(":")[0]) == ("skip", "no incremental mode")


@pytest.mark.parametrize("action", ["linkedin-extract-messages", "linkedin-extract-page-followers"])
def test_the_other_incremental_actions_are_migrated(action: str) -> None:
    item = migrated(known(schedule(action_name=action), action=action))

    assert item.request is not None
    assert item.request.action == action


def test_no_incremental_request_ever_runs_as_anything_but_one_engagement_identity() -> None:
    owners = [
        [],
        ["standard-1"],
        ["identity-1", "standard-1"],
        ["odd-1"],
        ["identity-1"],
        ["nobody"],
        ["idle-1"],
    ]
    schedules = [schedule(f"s{n}", identity_ids=ids) for n, ids in enumerate(owners)]

    items = draft_migration(known(*schedules), action=CONNECTIONS)

    assert [item.request.identity_ids for item in items if item.request] == [["identity-1"]]


def test_what_was_replaced_names_its_replacement() -> None:
    old, new = schedule("old", status="CANCELLED"), schedule("new", name=marked("x", "old", incremental=True))
    replaced = Replaced("gone", "new-2", request(), request(), "migration")
    gone = schedule("gone", status="CANCELLED")

    items = by_uid(
        draft_migration(known(old, new, gone), action=CONNECTIONS, past=Past(replaced={"gone": replaced}))
    )

    assert items["old"].reason == "replaced: new took its place"
    assert items["gone"].reason == "replaced: new-2 took its place"


def test_an_original_that_runs_beside_its_replacement_is_not_replaced_twice() -> None:
    old, new = schedule("old"), schedule("new", name=marked("x", "old", incremental=True))

    second = schedule("second", name=new.name)

    item = migrated(known(old, new, second), "old")

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("already replaced: new")


def begun(kind: Any = "migration", **fields: Any) -> Past:
    to_create = request(parameters=INCREMENTAL, name="As it was begun", **fields)
    return Past(begun={"schedule-1": Begun("schedule-1", to_create, request(), kind, "paused")})


@pytest.mark.parametrize("status", ["ACTIVE", "PAUSED", "CANCELLED"])
def test_what_was_begun_goes_on_as_it_was_begun(status: str) -> None:
    past = begun()

    item = migrated(
        known(schedule(status=status)), past=past, max_results=7, overrides=override(cron="1 1 * * *")
    )

    assert item.begun
    assert item.decision is Decision.MIGRATE
    assert item.reason.startswith("goes on")
    assert item.request == past.begun["schedule-1"].request
    assert item.original == past.begun["schedule-1"].original


def test_what_was_begun_and_is_excluded_by_hand_is_left() -> None:
    item = migrated(known(schedule(status="PAUSED")), past=begun(), overrides=override(decision="skip"))

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("excluded by hand")


@pytest.mark.parametrize("kind", ["change", "undo"])
def test_what_was_begun_as_something_else_is_left_to_that(kind: str) -> None:
    item = migrated(known(schedule()), past=begun(kind))

    assert item.decision is Decision.SKIP
    assert kind in item.reason


def test_a_replacement_whose_original_is_not_finished_is_left_alone() -> None:
    copy = schedule("copy", name=marked("x", "schedule-1", incremental=False))

    item = migrated(known(copy), "copy", past=begun("undo"))

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("not ended")


def test_only_plans_for_those_alone() -> None:
    schedules = [schedule(f"s{n}") for n in range(4)]

    items = draft_migration(known(*schedules), action=CONNECTIONS, only=["s2", "s1"])

    assert [item.uid for item in items] == ["s1", "s2"]


def test_the_limit_leaves_the_rest_for_later() -> None:
    schedules = [schedule("s0", status="PAUSED"), *(schedule(f"s{n}") for n in range(1, 5))]

    items = by_uid(draft_migration(known(*schedules), action=CONNECTIONS, limit=2))

    assert [uid for uid, item in items.items() if item.request] == ["s1", "s2"]
    assert items["s3"].decision is Decision.SKIP
    assert items["s3"].reason == "left for a later run: the limit is 2"
    assert items["s3"].changes == ()


def test_what_was_begun_comes_first_within_the_limit() -> None:
    schedules = [schedule("s1"), schedule("schedule-1", status="PAUSED"), schedule("s2")]

    items = draft_migration(known(*schedules), action=CONNECTIONS, limit=1, past=begun())

    assert [item.uid for item in items if item.request] == ["schedule-1"]


def test_max_results_for_all_replaces_what_was() -> None:
    item = migrated(known(schedule()), max_results=7)

    assert item.request is not None
    assert item.request.parameters == {"sync_mode": "incremental", "max_results": 7}
    assert item.sources["parameters.max_results"] == "parameter"


def test_the_first_run_is_left_to_the_api_unless_it_is_asked_for() -> None:
    item = migrated(known(schedule()))

    assert item.request is not None
    assert item.request.schedule_at is None


@pytest.mark.parametrize(
    "due", ["2026-11-03T08:00:00.000Z", "2026-11-03T08:00:00.123Z", "2026-11-03T08:00:00.123456Z"]
)
def test_the_first_run_can_be_the_old_next_execution(due: str) -> None:
    item = migrated(known(schedule(next_execution_at=due)), first_run="next")

    assert item.request is not None
    assert item.request.schedule_at == due


def test_a_next_execution_that_has_passed_is_the_following_one() -> None:
    late = schedule(next_execution_at="2026-11-02T07:59:00.000Z", cron="0 9 * * *", timezone="UTC")

    item = migrated(known(late), first_run="next")

    assert item.request is not None
    assert item.request.schedule_at == "2026-11-02T09:00:00.000Z"


def test_a_next_execution_that_is_not_told_is_not_invented() -> None:
    item = migrated(known(schedule(next_execution_at=None)), first_run="next")

    assert item.request is not None
    assert item.request.schedule_at is None


@pytest.mark.parametrize(
    ("field", "given"),
    [
        pytest.param("parameters.max_results", {"max_results": 4}, id="max_results"),
        pytest.param("parameters.depth", {"decision": "migrate"}, id="any-parameter"),
    ],
)
def test_runs_that_differ_are_asked_about_until_somebody_settles_it(
    field: str, given: dict[str, Any]
) -> None:
    found = {"schedule-1": evidence(run(), differing=(field,))}
    there = reading(schedule(), evidence=found)

    asked = migrated(there)

    assert asked.decision is Decision.NEEDS_INPUT
    assert f"its runs do not agree on {field}" in asked.reason
    assert all(column in asked.reason for column in given)
    assert migrated(there, overrides=override(**given)).decision is Decision.MIGRATE


def test_runs_that_differ_in_what_the_schedule_shows_do_not_matter() -> None:
    found = {"schedule-1": evidence(run(), differing=("callback.url",))}

    assert migrated(reading(schedule(), evidence=found)).decision is Decision.MIGRATE


def test_a_callback_on_which_runs_differ_can_be_given() -> None:
    differing = evidence(
        run(callback={"url": "https://a.example.com"}), inputs=[{"a": "b"}], differing=("callback.url",)
    )
    there = reading(bare(identity_mode=None), evidence={"schedule-1": differing})
    given = {"identity_uid": "identity-1"}

    assert "do not agree on callback.url" in migrated(there, overrides=override(**given)).reason
    given["callback_url"] = "https://b.example.com"
    assert migrated(there, overrides=override(**given)).decision is Decision.MIGRATE


def test_the_original_is_what_was_there() -> None:
    item = migrated(known(schedule()), max_results=7, overrides=override(cron="1 1 * * *", name="New"))

    assert item.original is not None
    assert item.original.body() == {
        "inputs": schedule().inputs,
        "callback": schedule().callback,
        "identity_ids": ["identity-1"],
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "parameters": FULL,
        "name": "Label schedule-1",
    }


def test_an_identity_that_was_given_is_the_originals_too_and_that_is_said() -> None:
    item = migrated(known(schedule(identity_ids=None)), overrides=override(identity_uid="identity-2"))

    assert item.original is not None
    assert item.original.identity_ids == ["identity-2"]
    assert item.sources["original.identity_ids"] == "override"


def test_other_things_that_were_given_are_not_taken_for_the_original() -> None:
    given = override(callback_url="https://hooks.example.com")

    item = migrated(known(schedule(callback=None)), overrides=given)

    assert item.decision is Decision.MIGRATE
    assert item.original is None


def test_a_busy_run_is_noted_on_the_item() -> None:
    found = {"schedule-1": evidence(run(), busy_run="run-9")}

    assert migrated(reading(schedule(), evidence=found)).busy_run == "run-9"


def test_an_empty_workspace_gives_an_empty_plan() -> None:
    assert draft_migration(reading(now=NOW), action=CONNECTIONS) == []
