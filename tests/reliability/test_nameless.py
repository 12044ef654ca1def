"""Where a server shows no names: what is certain is done, and what is not is left to a person."""

from dataclasses import replace
from typing import Any

import pytest

from edges_nb.client import Edges
from edges_nb.engine.executor import Engine
from edges_nb.ledger.store import Ledger
from edges_nb.models.results import DRIFTED, MIGRATED, NEEDS_ATTENTION, Outcome
from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault

from . import worlds
from .bench import Bench
from .faults import RequestFault
from .meetings import OTHER
from .setting import Names, Setting
from .staging import stage

names = pytest.mark.parametrize("names", ["refused", "ignored"])


def by_hand(bench: Bench, original: StoredSchedule, **fields: Any) -> StoredSchedule:
    """Somebody schedules by hand what looks like the replacement."""
    given = {
        "inputs": original.inputs,
        "callback": original.callback,
        "cron": original.cron,
        "timezone": original.timezone,
        "parameters": {**original.parameters, "sync_mode": "incremental"},
        "created_at": bench.world.clock.stamp(),
    }
    return bench.world.add_schedule(bench.world.identities[original.identity_ids[0]], **(given | fields))


@names
def test_equal_schedule_made_during_a_lost_create_is_neither_adopted_nor_cancelled(names: Names) -> None:
    setting = Setting(names=names, count=1)
    with stage(setting, Fault("create", "cut", "after", nth=1 + (names == "refused"))) as bench:
        (original,) = worlds.planned(bench.world)
        copies: list[StoredSchedule] = []

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("create", "after") and call.created:
                bench.meanwhile = None
                copies.append(by_hand(bench, original))

        bench.meanwhile = meanwhile
        ending = bench.run()
        assert ending.outcome is not None
        (result,) = (r for r in ending.outcome.results if r.schedule_uid == original.uid)
        assert result.outcome == NEEDS_ATTENTION
        assert copies[0].uid in result.reason
        assert "nothing tells which" in result.reason
        assert (copies[0].status, original.status) == ("ACTIVE", "PAUSED")
        copies[0].status = "CANCELLED"
        assert bench.run().outcomes[original.uid] == MIGRATED
        assert bench.run().outcomes.get(original.uid) != NEEDS_ATTENTION


@names
def test_schedule_whose_run_shows_other_inputs_is_not_adopted(names: Names) -> None:
    setting = Setting(names=names, dialect="reference", count=1)
    with stage(setting, Fault("create", "cut", "before", nth=1 + (names == "refused"))) as bench:
        (original,) = worlds.planned(bench.world)
        strangers: list[StoredSchedule] = []

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("pause", "after"):
                bench.meanwhile = None
                stranger = by_hand(bench, original, inputs=[{"linkedin_url": "https://example.com/other"}])
                bench.world.add_run(stranger, status="SUCCEEDED")
                strangers.append(stranger)

        bench.meanwhile = meanwhile
        ending = bench.run()
        assert ending.outcomes[original.uid] == MIGRATED
        assert ending.outcome is not None
        assert strangers[0].uid not in {result.new_uid for result in ending.outcome.results}
        assert strangers[0].status == "ACTIVE"
        assert bench.violations() == []


@names
@pytest.mark.parametrize("when", ["before", "after"])
def test_twin_that_another_operator_replaces_during_a_lost_create_loses_and_doubles_nothing(
    names: Names, when: Any
) -> None:
    setting = Setting(names=names, count=2, twins=True, window=True)
    with stage(setting, Fault("create", "cut", when, nth=1 + (names == "refused"))) as bench:
        first, second = bench.world.cases["planned"]

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("create", "after") and call.fault:
                bench.meanwhile = None
                bench.run(ledger=OTHER, task=other)

        def other(edges: Edges, ledger: str) -> Outcome:
            return bench.plan(edges, ledger).apply(uids=[second], workers=1)

        bench.meanwhile = meanwhile
        ending = bench.run()
        assert bench.broken() == []
        assert ending.outcomes[first] == NEEDS_ATTENTION
        assert ending.outcome is not None
        assert second in next(r.reason for r in ending.outcome.results if r.schedule_uid == first)


def test_list_that_never_settles_creates_nothing_more() -> None:
    with stage(Setting(names="refused", count=1), Fault("create", "cut", "after", nth=2)) as bench:
        (original,) = worlds.planned(bench.world)
        made: list[StoredSchedule] = []

        def meanwhile(call: Call, phase: str) -> None:
            listing = (call.operation, phase) == ("list_schedules", "before") and call.query.get(
                "offset", "0"
            ) == "0"
            if listing and original.status == "PAUSED":
                made.append(by_hand(bench, original))

        bench.meanwhile = meanwhile
        ending = bench.run()
        assert ending.outcomes[original.uid] == NEEDS_ATTENTION
        assert ending.outcome is not None
        assert "kept changing" in next(
            r.reason for r in ending.outcome.results if r.schedule_uid == original.uid
        )
        assert sum(call.created is not None for call in ending.calls) == 1
        assert {row.status for row in made} == {"ACTIVE"}


@pytest.mark.parametrize(
    ("status", "outcome", "told"),
    [
        (
            "PAUSED",
            NEEDS_ATTENTION,
            "If {0} is to run instead of it, cancel it; if not",
        ),
        ("CANCELLED", DRIFTED, "Preview again, then apply."),
    ],
)
def test_place_that_somebody_else_took_is_left_and_told_by_what_lives_there(
    status: str, outcome: str, told: str
) -> None:
    with stage(Setting(names="refused", count=1), Fault("pause", "hang", "after")) as bench:
        (original,) = worlds.planned(bench.world)
        made: list[StoredSchedule] = []

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("pause", "after"):
                made.append(by_hand(bench, original))
            if (call.operation, phase) == ("list_schedules", "before") and made:
                original.status = status

        bench.meanwhile = meanwhile
        ending = bench.run()
        bench.meanwhile = None
        assert ending.outcome is not None
        (result,) = (r for r in ending.outcome.results if r.schedule_uid == original.uid)
        assert (result.outcome, result.new_uid) == (outcome, None)
        said = f"It is {status}, and somebody else put {made[0].uid} in its place. {told.format(made[0].uid)}"
        assert result.reason.startswith(said)
        assert [call.operation for call in ending.calls if call.created] == []


@names
@pytest.mark.parametrize("dialect", ["guide", "reference"])
def test_same_cron_means_one_after_the_other_whatever_labels_say(names: Names, dialect: Any) -> None:
    groups: list[int] = []
    with stage(Setting(names=names, dialect=dialect, count=4, one_time=True)) as bench:
        for number, row in enumerate(worlds.planned(bench.world)):
            row.name = f"Label {number}"

        def group(edges: Edges, place: str) -> None:
            engine = Engine(edges, Ledger.open(place))
            groups.extend(len(each) for each in engine._groups(bench.plan(edges, place).to_replace))

        bench.run(task=group)
    assert groups == [4]


@pytest.mark.parametrize("names", ["refused", "ignored", "kept"])
@pytest.mark.parametrize("at", range(9, 45, 4))
def test_many_at_once_and_a_death_lose_and_double_nothing(names: Names, at: int) -> None:
    setting = Setting(names=names, dialect="reference", count=9, one_time=at % 8 == 1, workers=8)
    lost = RequestFault("cut", "after", at + 5)
    with replace(setting, twins=at % 3 == 0).bench() as bench:
        bench.run([RequestFault("crash", "after", at), lost])
        assert [*bench.violations(), *bench.rerun()] == []
        assert set(bench.run().outcomes.values()) <= {"skipped"}
