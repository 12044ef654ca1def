"""The sandbox's agency, with every case that a migration has to decide on, read through the real client."""

from __future__ import annotations

import gc
import json
import math

import pytest

from edges_nb.models.api import CONNECTIONS
from edges_nb.models.plan_items import Decision, Item
from edges_nb.planning.digest import digest_of, document
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.overrides import Override
from edges_nb.sandbox import World
from edges_nb.sandbox.demo_world import FAKE_SECRET

from .bench import Bench

SKIPPED = {
    "standard identity": "standard identity",
    "already incremental": "already incremental",
    "one-shot": "one-shot",
    "paused": "not active",
    "cancelled": "not active",
    "completed": "not active",
}
ASKED = {
    "several identities": "several identities",
    "inactive identity": "inactive identity",
    "unknown identity": "identity unknown",
    "no callback": "callback unknown",
}


def agency(**behaviour: object) -> Bench:
    return Bench(World.agency(), **behaviour)


def of_case(bench: Bench, items: dict[str, Item], case: str) -> list[Item]:
    """The items of a case; those of other actions have none."""
    return [items[uid] for uid in bench.world.cases[case] if uid in items]


@pytest.mark.parametrize("in_get", [True, False], ids=["parameters-shown", "parameters-hidden"])
def test_every_case_is_decided_as_it_is_meant(in_get: bool) -> None:
    bench = agency(parameters_in_get=in_get)
    items = bench.migration()

    for case, head in SKIPPED.items():
        found = {(item.decision.value, item.reason.partition(":")[0]) for item in of_case(bench, items, case)}
        assert found == {("skip", head)}, case
    for case, head in ASKED.items():
        found = {(item.decision.value, item.reason.partition(":")[0]) for item in of_case(bench, items, case)}
        assert found == {("needs_input", head)}, case
    assert {item.decision for item in of_case(bench, items, "eligible")} == {Decision.MIGRATE}
    decided = {item.uid for item in items.values() if item.decision is Decision.MIGRATE}
    assert decided == set(bench.world.cases["eligible"])


def test_each_schedule_of_the_action_gets_one_decision() -> None:
    bench = agency()

    items = bench.migration()

    there = [s.uid for s in bench.world.schedules.values() if s.action_name == CONNECTIONS]
    assert sorted(items) == sorted(there)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("twin", "identical"),
        ("due at once", "due_soon"),
        ("loses items", "items_lost"),
    ],
)
def test_what_there_is_to_know_is_told_of_the_right_ones(case: str, code: str) -> None:
    bench = agency()
    items = bench.migration()

    told = {uid for uid, item in items.items() if code in {warning.code for warning in item.warnings}}

    assert told == set(bench.world.cases[case])


def test_the_requests_hold_everything_that_the_schedules_have() -> None:
    bench = agency()

    for item in bench.migration().values():
        if item.request is None:
            continue
        row = bench.world.schedules[item.uid]
        assert item.request.inputs == row.inputs
        assert item.request.callback == row.callback
        assert item.request.identity_ids == row.identity_ids
        assert (item.request.cron, item.request.timezone, item.request.name) == (
            row.cron,
            row.timezone,
            row.name,
        )
        if row.last_executed_at:
            assert item.request.parameters == {**row.parameters, "sync_mode": "incremental"}


def given_identities(bench: Bench) -> dict[str, Override]:
    eligible = bench.world.cases["eligible"]
    owners = {uid: bench.world.schedules[uid].identity_ids[0] for uid in eligible}
    return {
        uid: Override(schedule_uid=uid, place="line 2", identity_uid=owner) for uid, owner in owners.items()
    }


def test_with_the_identities_given_the_same_requests_come_out_of_runs_alone() -> None:
    whole = agency()
    bare = agency(dialect="reference")

    from_get = whole.migration()
    from_runs = bare.migration(overrides=given_identities(bare))

    for uid in whole.world.cases["eligible"]:
        assert from_runs[uid].request == from_get[uid].request
        assert from_runs[uid].original == from_get[uid].original


@pytest.mark.parametrize("dialect", ["guide", "reference"])
@pytest.mark.parametrize("max_limit", [100, 50, 7])
def test_recovery_stays_within_its_budget(dialect: str, max_limit: int) -> None:
    bench = agency(dialect=dialect, max_limit=max_limit)

    listed = len(bench.read().schedules)

    spent = bench.requests["list_runs"] + bench.requests["run_inputs"]
    assert spent <= math.ceil(listed / max_limit) + listed


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param({"envelope": "data"}, id="data"),
        pytest.param({"envelope": "items", "uid_field": "scheduled_run_uid"}, id="items"),
        pytest.param({"max_limit": 7}, id="small-pages"),
        pytest.param({"action_filter": False, "status_filter": False}, id="no-filters"),
        pytest.param({"sort": False}, id="no-sort"),
        pytest.param({"uid_field": "both"}, id="both-uids"),
    ],
)
def test_the_digest_does_not_depend_on_how_the_server_lists(behaviour: dict[str, object]) -> None:
    digests = {
        digest_of(document(draft_migration(bench.read(), action=CONNECTIONS)))
        for bench in (agency(), agency(**behaviour))
    }

    assert len(digests) == 1


@pytest.mark.parametrize("dialect", ["guide", "reference"])
def test_no_secret_is_in_what_is_shown(dialect: str) -> None:
    bench = agency(dialect=dialect)

    shown = json.dumps([item.as_json() for item in bench.migration().values()])

    assert FAKE_SECRET not in shown
    assert bench.sandbox.key not in shown


def test_planning_sends_nothing_but_reads() -> None:
    bench = agency()

    bench.migration()

    assert {call.method for call in bench.sandbox.history} == {"GET"}


def test_garbage_collection_is_left_as_it_was() -> None:
    for set_to, told in ((gc.enable, True), (gc.disable, False)):
        set_to()
        try:
            agency().migration()
            assert gc.isenabled() is told
        finally:
            gc.enable()
