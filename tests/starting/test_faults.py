"""Whatever goes wrong at whichever request, there is one live schedule after the next run, and no second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from edges_nb.client import Edges
from edges_nb.errors import EdgesNbError
from edges_nb.models.results import Outcome
from edges_nb.planning.start_plan import plan_starts
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
from tests.faults import Behaviour, Fault, Sandbox
from tests.reliability.faults import VARIANTS, RequestFault
from tests.reliability.process import Clock
from tests.reliability.witness import Witness

from .bench import Bench

REQUESTS = 12
"""More than a start makes where nothing goes wrong."""


def settled(bench: Bench) -> list[str]:
    """What is wrong after a process that went wrong and one that did not."""
    again = bench.run()
    wrong = [] if isinstance(again, Outcome) and not again.attention else [f"told {again}"]
    wrong += [f"live: {[row.uid for row in bench.live]}"] * (len(bench.live) != 1)
    plan = bench.plan()
    return wrong + [f"planned: {plan.items}"] * (plan.counts != {"skip": 1})


@pytest.mark.parametrize("turn", range(6))
def test_after_any_fault_at_any_request_the_next_run_leaves_one(memory: Path, turn: int) -> None:
    """Each server gets its share of every second fault: all of them on all servers would take minutes."""
    dialect, names = ("guide", "reference")[turn % 2], ("kept", "refused", "ignored")[turn // 2]
    wrong = []
    for number, fault in enumerate(every_fault()[turn::12]):
        bench = Bench(memory / f"{turn}-{number}", dialect=dialect, names=names, list_lag=number % 4)
        witness = Witness()
        witness.watch(bench.ledger)
        bench.sandbox.on_call = lambda call, phase, witness=witness: phase == "before" and witness.see(call)
        first = bench.run(fault)
        if isinstance(first, Outcome) and "started" in first.counts and len(bench.live) != 1:
            wrong.append(f"{fault}: told {first}")
        wrong += [f"{fault}: {found}" for found in (*settled(bench), *witness.found)]
        witness.close()
    assert wrong == []


def every_fault() -> list[RequestFault]:
    """Each kind at the requests around the create; what comes before it only reads."""
    return [RequestFault(kind, when, n) for n in range(3, REQUESTS) for kind, when in VARIANTS]


def test_two_processes_with_ledgers_of_their_own_leave_one(memory: Path) -> None:
    """The second one starts and ends between any two requests of the first one."""
    for names, lag in (("kept", 3), ("ignored", 0)):
        for moment in range(1, REQUESTS):
            folder = memory / f"{names}-{lag}-{moment}"
            bench = Bench(folder, names=names, list_lag=lag)
            first = interrupted(bench, moment, folder / "other.sqlite")
            assert len(bench.live) == 1, (names, lag, moment)
            assert {result.new_uid for result in first.results} <= {bench.live[0].uid}


def interrupted(bench: Bench, moment: int, other: Path) -> Outcome:
    seen = 0

    def meanwhile(call: object, phase: str) -> None:
        nonlocal seen
        seen += phase == "before"
        if phase == "before" and seen == moment:
            bench.sandbox.on_call = None
            plan_starts(bench.edges(), bench.row(), ledger=str(other)).apply(workers=1)
            bench.sandbox.on_call = meanwhile

    bench.sandbox.on_call = meanwhile
    outcome = bench.run()
    assert isinstance(outcome, Outcome)
    return outcome


def test_what_was_started_between_plan_and_apply_is_found_also_without_names(tmp_path: Path) -> None:
    bench = Bench(tmp_path, names="ignored")
    plan = bench.plan()
    plan_starts(bench.edges(), bench.row(), ledger=str(tmp_path / "other.sqlite")).apply(workers=1)
    bench.sandbox.advance(timedelta(hours=5))
    (result,) = plan.apply(workers=1).results
    assert (result.outcome, [result.new_uid]) == ("skipped", [row.uid for row in bench.live])


@pytest.mark.parametrize(
    ("dialect", "fields"),
    [
        pytest.param("guide", {"parameters": {"sync_mode": "full"}}, id="full"),
        pytest.param("reference", {"inputs": [{"linkedin_url": "x"}], "ran": False}, id="nothing tells"),
    ],
)
def test_what_only_looks_equal_is_not_taken_for_it(
    tmp_path: Path, dialect: str, fields: dict[str, Any]
) -> None:
    bench = Bench(tmp_path, dialect=dialect, names="ignored")
    plan = bench.plan()
    other = bench.by_hand(created_at=bench.world.clock.stamp(), **fields)
    (result,) = plan.apply(workers=1).results
    assert result.outcome == "started"
    assert {row.uid for row in bench.live} == {other.uid, result.new_uid}


def test_after_a_lost_answer_the_only_one_that_may_be_it_is_taken_for_it(tmp_path: Path) -> None:
    """Its list shows neither names nor inputs, and no run tells more."""
    bench = Bench(tmp_path, dialect="reference", names="ignored", first_run_at_once=False)
    bench.sandbox.faults.add(Fault("create", kind="cut", when="after"))
    (result,) = bench.run().results
    assert (result.outcome, [result.new_uid]) == ("started", [row.uid for row in bench.live])
    assert bench.creates == 1


def test_where_one_of_two_is_ours_and_nobody_can_tell_which_a_person_is_asked(tmp_path: Path) -> None:
    bench = Bench(tmp_path, names="ignored")
    number = 1
    while bench.creates == 0:
        bench.run(RequestFault("crash", "after", number))
        number += 1
    bench.by_hand(created_at=bench.world.clock.stamp())
    (result,) = bench.run().results
    assert result.outcome == "needs_attention"
    assert all(row.uid in result.reason for row in bench.live)
    assert (len(bench.live), bench.creates) == (2, 1)
    bench.live[1].status = "CANCELLED"
    (result,) = bench.run().results
    assert (result.outcome, [result.new_uid]) == ("started", [row.uid for row in bench.live])


def test_what_was_begun_is_sent_as_the_preview_of_now_shows_it(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("create", kind="cut", when="before", times=0))
    assert bench.run().results[0].outcome == "needs_attention"
    bench.sandbox.faults.clear()
    bench.run(task=lambda edges: plan_starts(edges, bench.row(name="Now")).apply(workers=1))
    assert [(row.name or "").split(" [")[0] for row in bench.live] == ["Now"]


def test_rows_that_only_their_identity_tells_apart_are_all_started_once(tmp_path: Path) -> None:
    for fault in (RequestFault("cut", "after", 8), RequestFault("crash", "after", 8)):
        bench = Bench(tmp_path / fault.kind, dialect="reference", names="ignored")
        same = {"input": {"linkedin_url": "https://www.linkedin.com/in/all"}, "timezone": "UTC"}
        rows = pd.DataFrame([bench.row(n, **same) for n in range(3)])
        bench.run(fault, task=lambda edges, rows=rows: plan_starts(edges, rows).apply(workers=1))
        bench.run(task=lambda edges, rows=rows: plan_starts(edges, rows).apply(workers=1))
        assert sorted(uid for row in bench.live for uid in row.identity_ids) == sorted(
            desk.uid for desk in bench.desks
        )


def test_somebody_elses_equal_schedule_is_never_cancelled(tmp_path: Path) -> None:
    """It appears while ours is created, and no name tells whose is whose."""
    bench = Bench(tmp_path, names="ignored")

    def meanwhile(call: object, phase: str) -> None:
        if getattr(call, "operation", "") == "create" and phase == "after":
            bench.sandbox.on_call = None
            bench.by_hand(created_at=bench.world.clock.stamp())

    bench.sandbox.on_call = meanwhile
    bench.run()
    assert [row.status for row in bench.world.schedules.values()] == ["ACTIVE"] * 2


def test_a_refusal_is_told_and_nothing_is_left(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", times=0))
    outcome = bench.run()
    (result,) = outcome.results
    assert (result.outcome, result.new_uid) == ("refused", None)
    assert bench.creates == 0
    assert outcome.attention == [result]
    assert bench.plan().counts == {"start": 1}


def test_a_key_that_is_refused_stops_all_before_the_next(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("create", status=401, label="AUTH_EXPIRED", times=0))
    rows = pd.DataFrame([bench.row(n) for n in range(3)])
    outcome = bench.run(task=lambda edges: plan_starts(edges, rows).apply(workers=1))
    assert bench.creates == 0
    assert outcome.attention


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Bench, Sandbox]]:
    bench = Bench(tmp_path)
    with bench.sandbox as sandbox:
        yield bench, sandbox


@pytest.mark.parametrize("names", ["kept", "ignored"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("create", kind="cut", when="after"),
        Fault("create", kind="half", when="after"),
        Fault("create", kind="garbage", when="after"),
        Fault("create", kind="cut", when="before"),
        Fault("create", status=503, when="after"),
        Fault("create", kind="html", status=502),
        Fault("create", status=429, label="STATUS_429", headers={"Retry-After": "1"}),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status} {fault.when}",
)
def test_over_real_sockets_a_lost_answer_leaves_one(
    served: tuple[Bench, Sandbox], names: str, fault: Fault
) -> None:
    bench, sandbox = served
    sandbox.behaviour = Behaviour(names=names, list_lag=2)  # type: ignore[arg-type]
    sandbox.faults.add(fault)
    settings = Settings(Secret(sandbox.key), sandbox.base_url, str(bench.ledger))
    with Edges(settings, clock=Clock()) as edges:
        outcome = plan_starts(edges, bench.row()).apply()
        assert outcome.counts == {"started": 1}
        assert [row.uid for row in bench.live] == [outcome.results[0].new_uid]
        assert plan_starts(edges, bench.row()).counts == {"skip": 1}


def test_an_error_while_planning_changes_nothing(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("list_schedules", status=403, label="NO_ACCESS", times=0))
    assert isinstance(bench.run(), EdgesNbError)
    assert bench.creates == 0
