"""What is carried over is what was there: list, GET, runs and ledger merged, and nothing guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edges_nb.models.api import CONNECTIONS, Run, RunInput, Schedule
from edges_nb.models.history import Begun, Past, Replaced
from edges_nb.models.plan_items import Decision, Item
from edges_nb.models.reasons import Reason, Remedy
from edges_nb.planning.changes import draft_changes
from edges_nb.planning.details import looked_at
from edges_nb.planning.masking import is_masked
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.recovery import recover

from .bench import (
    FULL,
    NOW,
    SECRET,
    bare,
    by_uid,
    evidence,
    known,
    migrated,
    override,
    reading,
    request,
    run,
    schedule,
)

HEADERS = [{"name": "Authorization", "value": f"Bearer {SECRET}"}]
URL = "https://hooks.example.com/in"
MASKS = ["********", "•••", "<redacted>", "[hidden]", "xxxxxx", f"Bearer {'*' * 8}", "[REDACTED]", "(masked)"]


def sent(item: Item) -> dict[str, Any]:
    assert item.request is not None, item.reason
    return item.request.body()


def test_header_arrays_stay_arrays() -> None:
    each = schedule(callback={"url": URL, "headers": HEADERS})

    assert sent(migrated(known(each)))["callback"] == {"url": URL, "headers": HEADERS}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("place", ["header", "header-array", "url", "input", "cap", "other-parameter"])
def test_a_masked_value_is_asked_for_and_never_sent(mask: str, place: str) -> None:
    fields: dict[str, dict[str, Any]] = {
        "header": {"callback": {"url": URL, "headers": {"X-Key": mask}}},
        "header-array": {"callback": {"url": URL, "headers": [{"name": "X-Key", "value": mask}]}},
        "url": {"callback": {"url": mask}},
        "input": {"inputs": [{"linkedin_url": "x", "custom_data": {"deep": [mask]}}]},
        "cap": {"parameters": {"sync_mode": "full", "max_results": mask}},
        "other-parameter": {"parameters": {"sync_mode": "full", "filter": {"a": mask}}},
    }

    item = migrated(reading(schedule(**({"parameters": {"sync_mode": "full"}} | fields[place]))))

    assert (item.decision, item.code) == (Decision.NEEDS_INPUT, Reason.MASKED)
    assert item.request is None


def test_a_masked_value_is_taken_from_a_run_that_shows_it() -> None:
    masked = schedule(callback={"url": URL, "headers": {"X-Key": "****"}, "on": "final"})
    shows = evidence(run(callback={"url": URL, "headers": {"X-Key": SECRET}}))

    item = migrated(reading(masked, evidence={"schedule-1": shows}))

    assert sent(item)["callback"] == {"url": URL, "headers": {"X-Key": SECRET}, "on": "final"}
    assert item.sources["callback.headers"] == "run run-1"


def test_headers_that_are_masked_can_be_given() -> None:
    masked = schedule(callback={"url": URL, "headers": {"X-Key": "****"}})
    there = known(masked)

    assert migrated(there).remedies == (Remedy.CALLBACK_HEADERS,)
    item = migrated(there, overrides=override(callback_headers={"X-Key": SECRET}))
    assert sent(item)["callback"] == {"url": URL, "headers": {"X-Key": SECRET}}


def test_a_run_of_another_address_adds_nothing_to_the_callback() -> None:
    old = evidence(run(callback={"url": "https://old.example.com", "headers": {"X-Key": SECRET}}))

    item = migrated(reading(schedule(callback={"url": URL}), evidence={"schedule-1": old}))

    assert sent(item)["callback"] == {"url": URL}


@pytest.mark.parametrize("text", ["www", "*/*", "application/json", "https://a.example.com/***a", "111", "-"])
def test_only_masks_are_masks(text: str) -> None:
    assert is_masked(text) is ("***" in text or text == "www")


def test_deep_values_are_looked_through() -> None:
    deep: Any = "****"
    for _ in range(5_000):
        deep = [deep]

    assert is_masked(deep)


@pytest.mark.parametrize(
    "fields",
    [
        {"cron": "@daily"},
        {"cron": "0 0 9 * * *"},
        {"cron": "0 9 ? * 1"},
        {"timezone": "europe/paris"},
        {"timezone": "GMT+2"},
    ],
)
@pytest.mark.parametrize("due", [None, "2026-11-02T07:59:00Z", "2026-11-03T08:00:00Z"])
def test_what_the_server_runs_is_carried_over_as_it_is(fields: dict[str, Any], due: str | None) -> None:
    ran = [run(f"r{n}", output_count=100 - n, created_at=f"2026-11-0{2 - n}T08:00:00Z") for n in range(2)]
    there = reading(schedule(**fields, next_execution_at=due), evidence={"schedule-1": evidence(*ran)})

    item = migrated(there, first_run="next")

    assert {name: sent(item)[name] for name in fields} == fields
    assert all(isinstance(change.new, str | None) for change in item.changes)


@pytest.mark.parametrize("given", [{"cron": "@daily"}, {"timezone": "europe/Nowhere"}])
def test_what_a_person_gives_anew_is_checked_strictly(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        override(**given)


@pytest.mark.parametrize("action", [CONNECTIONS, "linkedin-extract-profile-viewers"])
def test_actions_without_inputs_are_asked_nothing_about_them(action: str) -> None:
    there = reading(schedule(inputs=None, parameters=FULL), action=action)

    assert sent(migrated(there))["inputs"] == [{}]


def test_other_actions_are_asked_for_their_inputs() -> None:
    there = reading(schedule(inputs=[], parameters=FULL), action="linkedin-extract-messages")

    assert migrated(there).code is Reason.INPUTS_UNKNOWN


@pytest.mark.parametrize(
    ("options", "decision"),
    [
        ({}, Decision.NEEDS_INPUT),
        ({"unknown": "full"}, Decision.MIGRATE),
        ({"overrides": override(decision="migrate")}, Decision.MIGRATE),
        ({"overrides": override(max_results=5)}, Decision.NEEDS_INPUT),
        ({"max_results": 5}, Decision.NEEDS_INPUT),
    ],
)
@pytest.mark.parametrize("shown", [{}, {"parameters": {}}])
def test_parameters_that_nothing_shows_are_not_guessed(
    options: dict[str, Any], decision: Decision, shown: dict[str, Any]
) -> None:
    item = migrated(reading(schedule(**shown)), **options)

    assert item.decision is decision
    if decision is Decision.NEEDS_INPUT:
        assert item.code is Reason.PARAMETERS_UNKNOWN
        assert "full or incremental, and its cap?" in item.reason


def test_a_run_that_was_started_without_parameters_says_that_it_was_full() -> None:
    item = migrated(reading(schedule(), evidence={"schedule-1": evidence(run(parameters={}))}))

    assert sent(item)["parameters"] == {"sync_mode": "incremental"}


def test_a_mode_that_is_neither_is_asked_about() -> None:
    assert migrated(reading(schedule(parameters={"sync_mode": 5}))).code is Reason.PARAMETERS_UNKNOWN
    shown = migrated(reading(schedule(parameters={"sync_mode": "INCREMENTAL"})))
    assert shown.code is Reason.ALREADY_INCREMENTAL


@pytest.mark.parametrize(
    "name", ["name", "cron", "timezone", "inputs", "callback", "identity_ids", "identity_mode", "parameters"]
)
@pytest.mark.parametrize("odd", [5, True, 1.5, ["x", 5]])
def test_a_field_that_can_not_be_read_is_no_ground_to_migrate(name: str, odd: Any) -> None:
    row = schedule().model_dump(mode="json", exclude_none=True) | {name: odd}

    item = migrated(known(Schedule.read(row)))

    assert item.decision is Decision.NEEDS_INPUT


@pytest.mark.parametrize("name", ["status", "action_name"])
def test_a_schedule_of_which_nobody_knows_whether_it_runs_is_asked_about(name: str) -> None:
    row = schedule().model_dump(mode="json", exclude_none=True) | {name: 5}

    assert migrated(known(Schedule.read(row))).code is Reason.UNREADABLE


class Server:
    """Shows of a schedule what its GET shows."""

    def __init__(self, *shown: Schedule) -> None:
        self.shown = {each.uid: each for each in shown}
        self.asked: list[str] = []

    def schedule(self, uid: str) -> Schedule:
        self.asked.append(uid)
        return self.shown[uid]


def read_from(server: Server, *listed: Schedule) -> dict[str, Schedule]:
    return looked_at(server, listed)[0]  # type: ignore[arg-type]


def test_the_identity_that_only_the_list_shows_stays_when_get_is_asked() -> None:
    listed = [schedule(f"s{n}", inputs=None, callback=None) for n in range(3)]
    server = Server(*(schedule(f"s{n}", identity_ids=None) for n in range(3)))

    found = read_from(server, *listed)

    assert {uid: each.identity_ids for uid, each in found.items()} == {
        f"s{n}": ["identity-1"] for n in range(3)
    }
    assert all(each.callback == schedule().callback for each in found.values())


def test_a_field_that_list_or_get_show_in_a_form_to_read_is_read() -> None:
    row = schedule(inputs=None).model_dump(mode="json", exclude_none=True)
    odd_in_list, odd_in_get = Schedule.read(row | {"cron": 5}), Schedule.read(row | {"timezone": 5})

    (found,) = read_from(Server(odd_in_get), odd_in_list).values()

    assert (found.cron, found.timezone, found.unreadable) == ("0 9 * * *", "Europe/Paris", ())


def test_a_masked_value_of_the_list_is_shown_by_get() -> None:
    listed = schedule(callback={"url": URL, "headers": {"X": "****"}})
    whole = schedule(callback={"url": URL, "headers": {"X": SECRET}})

    assert read_from(Server(whole), listed)["schedule-1"].callback == whole.callback


def test_inputs_of_a_run_that_can_not_be_read_are_unknown() -> None:
    class Runs:
        def runs_page(self, offset: int, action: str | None = None) -> list[Run]:
            return [run()] if offset == 0 else []

        def run_inputs(self, uid: str) -> list[RunInput]:
            return [RunInput.read({"input_data": 5})]

    found = recover(Runs(), CONNECTIONS, [bare()], listed=9, spent=0)

    item = migrated(reading(schedule(inputs=None), evidence=found))
    assert (item.decision, item.code) == (Decision.NEEDS_INPUT, Reason.UNREADABLE)


def doubted(**fields: Any) -> Past:
    wanted = request(name="Label schedule-1", inputs=schedule().inputs, callback=schedule().callback)
    given: dict[str, Any] = {"doubtful": (wanted,), "younger_than": NOW - timedelta(days=1)}
    return Past(begun={"old": Begun("old", wanted, None, "migration", "creating", **(given | fields))})


@pytest.mark.parametrize(
    ("fields", "past", "doubt"),
    [
        pytest.param({}, {}, True, id="alike-and-younger"),
        pytest.param({"created_at": None}, {}, True, id="of-unknown-age"),
        pytest.param({"name": None, "inputs": None, "callback": None}, {}, True, id="hardly-shown"),
        pytest.param({"created_at": "2026-06-01T00:00:00Z"}, {}, False, id="older"),
        pytest.param({}, {"seen_before": frozenset({"schedule-1"})}, False, id="seen-before"),
        pytest.param({"cron": "1 1 * * *"}, {}, False, id="another-cron"),
        pytest.param({"name": "Another"}, {}, False, id="another-name"),
        pytest.param({"identity_ids": ["identity-2"]}, {}, False, id="another-identity"),
        pytest.param({}, {"doubtful": ()}, False, id="nothing-in-doubt"),
    ],
)
def test_what_may_be_the_child_of_a_broken_off_run_is_nobodys_schedule(
    fields: dict[str, Any], past: dict[str, Any], doubt: bool
) -> None:
    there = known(schedule(**({"created_at": (NOW - timedelta(hours=1)).isoformat()} | fields)))

    for items in (
        draft_migration(there, action=CONNECTIONS, past=doubted(**past)),
        draft_changes(there, {"max_results": 9}, past=doubted(**past)),
    ):
        assert (by_uid(items)["schedule-1"].code is Reason.IN_DOUBT) is doubt


def test_beside_a_paused_twin_an_unknown_one_is_in_doubt_whatever_it_is_taken_for() -> None:
    twin = schedule("paused", status="PAUSED", created_at="2026-01-01T00:00:00Z", name="Label schedule-1")

    item = migrated(reading(twin, schedule()), unknown="full")

    assert item.code is Reason.IN_DOUBT
    assert "paused" in item.reason
    assert migrated(known(twin, schedule())).decision is Decision.MIGRATE


def test_what_the_ledger_knows_is_whole() -> None:
    wanted = request(parameters=None, callback={"url": URL})
    past = Past(replaced={"old": Replaced("old", "schedule-1", wanted, None, "undo")})
    more = evidence(run(callback={"url": URL, "on": "all"}, parameters={"depth": 9}))

    item = migrated(reading(bare(), evidence={"schedule-1": more}), past=past)

    assert sent(item)["callback"] == {"url": URL}
    assert sent(item)["parameters"] == {"sync_mode": "incremental"}
