"""Bringing back what was there before, with the ledger and without it."""

from __future__ import annotations

from typing import Any

import pytest

from edges_nb.models.api import Schedule, ScheduleRequest
from edges_nb.models.history import Begun, Past, Replaced
from edges_nb.models.name_marks import marked
from edges_nb.models.plan_items import Decision, Item, Kind
from edges_nb.planning.undo import draft_undo
from edges_nb.sandbox import World

from .bench import FULL, Bench, bare, by_uid, evidence, known, reading, request, run, schedule

INCREMENTAL = {"sync_mode": "incremental", "max_results": 500}
ORIGINAL = request(name="Original", parameters={"max_results": 3})


def replaced(
    old: str, new: str, kind: Kind = "migration", original: ScheduleRequest | None = ORIGINAL
) -> Replaced:
    return Replaced(old, new, request(parameters=INCREMENTAL), original, kind)


def past(*steps: Replaced) -> Past:
    return Past(replaced={step.old_uid: step for step in steps})


def child(uid: str = "new", origin: str = "old", **fields: Any) -> Schedule:
    return schedule(uid, **({"name": marked("Label", origin, incremental=True)} | fields))


def cancelled(uid: str = "old", **fields: Any) -> Schedule:
    return schedule(uid, **({"status": "CANCELLED", "next_execution_at": None} | fields))


def undone(there: Any, uid: str = "new", **options: Any) -> Item:
    return by_uid(draft_undo(there, **options))[uid]


def codes(item: Item) -> list[str]:
    return [warning.code for warning in item.warnings]


def test_the_original_comes_back_as_the_ledger_knows_it() -> None:
    item = undone(known(cancelled(), child()), past=past(replaced("old", "new")))

    assert item.decision is Decision.MIGRATE
    assert item.request == ORIGINAL
    assert item.uid == "new"
    assert item.original is not None
    assert item.original.name == "Label"
    assert set(item.sources.values()) == {"ledger"}
    assert "original_unknown" not in codes(item)
    assert "old" in item.reason


def test_a_change_is_taken_back_in_its_own_mode() -> None:
    before = request(parameters=INCREMENTAL)

    item = undone(known(child("new", "b")), past=past(replaced("b", "new", "change", before)))

    assert item.request == before


def test_only_what_is_there_is_undone() -> None:
    there = known(cancelled(), child(status="CANCELLED"), schedule("other"))

    assert draft_undo(there, past=past(replaced("old", "new"))) == []


def test_a_replacement_that_somebody_paused_is_left_to_them() -> None:
    item = undone(known(cancelled(), child(status="PAUSED")), past=past(replaced("old", "new")))

    assert (item.decision, item.reason) == (Decision.SKIP, "not active: it is PAUSED")


@pytest.mark.parametrize("only", [["old"], ["new"], ["old", "new"]])
def test_only_takes_originals_and_their_replacements(only: list[str]) -> None:
    steps = past(replaced("old", "new"), replaced("old-2", "new-2"))
    there = known(cancelled(), child(), cancelled("old-2"), child("new-2", "old-2"))

    items = draft_undo(there, past=steps, only=only)

    assert [item.uid for item in items] == ["new"]


@pytest.mark.parametrize("only", ["a", "b", "c"])
def test_only_takes_any_link_of_a_chain(only: str) -> None:
    steps = past(replaced("a", "b"), replaced("b", "c", "change"))

    items = draft_undo(known(cancelled("b"), child("c", "b")), past=steps, only=[only])

    assert [item.uid for item in items] == ["c"]


def test_what_was_named_and_can_not_be_undone_says_why() -> None:
    there = known(schedule("other"), cancelled(), child(status="CANCELLED"))

    items = by_uid(draft_undo(there, past=past(replaced("old", "new")), only=["other", "old", "new"]))

    assert items["other"].reason == "nothing to undo: this tool did not make it"
    assert items["old"].reason.startswith("nothing to undo: it is CANCELLED")
    assert items["new"].reason.startswith("nothing to undo: it is CANCELLED")
    assert {item.decision for item in items.values()} == {Decision.SKIP}


def test_the_latest_of_several_replacements_is_taken_back_first() -> None:
    steps = past(replaced("a", "b"), replaced("b", "c", "change", request(name="As b was")))

    item = undone(known(child("c", "b")), "c", past=steps)

    assert item.request is not None
    assert item.request.name == "As b was"


def test_after_an_undo_comes_what_was_done_before_it() -> None:
    steps = past(
        replaced("a", "b", "migration", request(name="As a was")),
        replaced("b", "c", "change", request(name="As b was")),
        replaced("c", "d", "undo"),
    )

    item = undone(known(child("d", "c", name=marked("x", "c", incremental=False))), "d", past=steps)

    assert item.request is not None
    assert item.request.name == "As a was"


def test_what_was_brought_back_is_not_undone_again() -> None:
    steps = past(replaced("a", "b"), replaced("b", "c", "undo"))

    item = undone(known(child("c", "b", name=marked("x", "b", incremental=False))), "c", past=steps)

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("nothing to undo")


def test_an_old_configuration_that_was_created_again_has_nothing_to_undo() -> None:
    copy = child("copy", name=marked("Label", "old", incremental=False))
    there = known(cancelled(), copy)

    item = undone(there, "copy", past=Past(restored={"copy": replaced("old", "copy")}))

    assert item.decision is Decision.SKIP
    assert item.reason == "nothing to undo: it is an old configuration, created again"


def test_an_undo_that_was_begun_goes_on() -> None:
    begun = Begun("new", ORIGINAL, request(), "undo", "paused")
    there = known(cancelled(), child(status="PAUSED"))

    item = undone(there, past=Past({"new": begun}, {"old": replaced("old", "new")}))

    assert item.begun
    assert item.request == ORIGINAL


@pytest.mark.parametrize("uid", ["new", "old"])
def test_a_migration_that_was_begun_is_not_undone_in_the_midst(uid: str) -> None:
    begun = Begun(uid, ORIGINAL, request(), "migration", "created")

    item = undone(known(cancelled(), child()), past=Past({uid: begun}))

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("not ended")


def test_an_identity_that_is_not_active_any_more_is_told() -> None:
    original = request(identity_ids=["idle-1"])

    item = undone(known(child()), past=past(replaced("old", "new", original=original)))

    assert item.decision is Decision.NEEDS_INPUT
    assert item.reason == "inactive identity: Desk idle-1 can't run"


def test_without_the_ledger_the_listed_original_is_put_together_from_all_that_is_shown() -> None:
    old = cancelled(
        cron="7 7 * * *", name="Original", timezone="UTC", callback={"url": "https://old.example.com"}
    )
    found = {
        "old": evidence(run("run-old", parameters={"max_results": 3})),
        "new": evidence(run("run-new", parameters=INCREMENTAL)),
    }

    item = undone(reading(old, child(), evidence=found))

    assert item.request is not None
    assert item.request.body() == {
        "inputs": old.inputs,
        "callback": {"url": "https://old.example.com"},
        "identity_ids": ["identity-1"],
        "cron": "7 7 * * *",
        "timezone": "UTC",
        "parameters": {"max_results": 3},
        "name": "Original",
    }
    assert "original_unknown" not in codes(item)
    assert item.sources["parameters.max_results"] == "run run-old"
    assert item.sources["cron"] == "schedule old"


def test_without_the_ledger_what_only_the_replacement_knows_is_used_and_told() -> None:
    found = {"new": evidence(run("run-new", parameters=INCREMENTAL))}

    item = undone(reading(child(cron="8 8 * * *"), evidence=found))

    assert item.request is not None
    assert item.request.parameters == {"max_results": 500}
    assert item.request.cron == "8 8 * * *"
    assert item.request.name == "Label"
    assert "max_results" in next(w.sentence for w in item.warnings if w.code == "original_unknown")
    assert item.sources["cron"] == "schedule new"


def test_without_the_ledger_an_original_that_was_incremental_stays_so() -> None:
    found = {"old": evidence(run("run-old", parameters=INCREMENTAL))}

    item = undone(reading(cancelled(), child(cron="8 8 * * *"), evidence=found))

    assert item.request is not None
    assert item.request.parameters == INCREMENTAL


def test_without_the_ledger_a_copy_can_be_a_change_or_an_undo() -> None:
    item = undone(known(child(name=marked("x", "old", incremental=False))))

    assert item.decision is Decision.SKIP
    assert "without the ledger" in item.reason


def test_without_the_ledger_an_identity_that_nothing_shows_is_asked_for() -> None:
    there = reading(bare("new", name=marked("x", "old", incremental=True)))

    item = undone(there)

    assert item.decision is Decision.NEEDS_INPUT
    assert "identity unknown" in item.reason


def test_a_ledger_that_does_not_know_the_original_is_helped_out() -> None:
    old = cancelled(callback={"url": "https://old.example.com"})
    found = {"new": evidence(run("run-new", parameters=INCREMENTAL))}

    item = undone(reading(old, child(), evidence=found), past=past(replaced("old", "new", original=None)))

    assert item.request is not None
    assert item.request.callback == {"url": "https://old.example.com"}
    assert "max_results" in next(w.sentence for w in item.warnings if w.code == "original_unknown")


@pytest.mark.parametrize("dialect", ["guide", "reference"])
def test_a_workspace_is_undone_after_its_ledger_is_gone(dialect: str) -> None:
    world = World(seed=1)
    owner = world.add_identity("Desk")
    old = world.add_schedule(owner, name="Label", parameters=FULL, status="CANCELLED")
    new = world.add_schedule(
        owner, name=marked("Label", old.uid, incremental=True), parameters=INCREMENTAL, inputs=old.inputs
    )
    for each in (old, new):
        each.last_executed_at = world.clock.now()
        world.add_run(each, output_count=1)
    bench = Bench(world, dialect=dialect)

    (item,) = draft_undo(bench.read(kind="undo"))

    if dialect == "reference":  # where nothing but the ledger can tell the identity
        assert item.decision is Decision.NEEDS_INPUT
        return
    assert item.request is not None
    assert item.request.parameters == FULL
    assert item.request.inputs == old.inputs
    assert item.request.identity_ids == old.identity_ids


def test_undo_that_was_refused_and_rolled_back_can_be_tried_again() -> None:
    # Order guide had cancelled the replacement, and created it again when the original was refused.
    known_past = Past({}, {"old": replaced("old", "new")}, {"again": replaced("new", "again", "undo")})
    there = reading(cancelled("new"), child("again", "new"))

    item = by_uid(draft_undo(there, past=known_past))["again"]

    assert item.decision is Decision.MIGRATE
    assert item.request is not None
    assert item.request.parameters == ORIGINAL.parameters
