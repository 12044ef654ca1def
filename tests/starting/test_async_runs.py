"""An async run is started once, waited for within bounds, and continued only when that is allowed."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from edges_nb.async_runs import continue_run, load_outputs, load_syncs, start_run, syncs_frame, wait
from edges_nb.client import Edges
from edges_nb.engine.run_starter import check_continuable
from edges_nb.errors import BadInput, NeedsAttention, StillRunning
from edges_nb.ledger.store import Ledger
from edges_nb.models.api import CONTINUABLE, Run
from edges_nb.planning.start_plan import plan_starts
from edges_nb.redaction import Secret
from edges_nb.sandbox.entities import RUN_STATUSES
from edges_nb.settings import Settings
from tests.faults import Fault
from tests.reliability.faults import VARIANTS, RequestFault

from .bench import Bench, MovingClock


@pytest.fixture
def moving(bench: Bench) -> Bench:
    """A workspace in which time passes while somebody sleeps."""
    bench.clock = MovingClock(bench.sandbox)
    return bench


def started(bench: Bench, edges: Edges | None = None) -> Run:
    row = {name: cell for name, cell in bench.row().items() if name != "cron"}
    return start_run(edges or bench.edges(), row)


def runs(bench: Bench) -> list[str]:
    return list(bench.world.runs)


def test_a_run_is_waited_for_with_growing_gaps_and_brings_the_whole_network(moving: Bench) -> None:
    edges, seen = moving.edges(), list[float]()
    run = started(moving)
    ended = wait(edges, run.uid, on_progress=lambda run, waited: seen.append(waited))
    assert (run.status, ended.status) == ("QUEUED", "SUCCEEDED")
    gaps = [later - sooner for sooner, later in pairwise(seen)]
    assert gaps == sorted(gaps)
    assert (gaps[0], max(gaps)) == (2.0, 60.0)
    outputs = load_outputs(edges, run.uid)
    assert len(outputs) == ended.output_count
    assert len(outputs) > 100, "it takes more than one page"
    assert outputs["linkedin_profile_url"].is_unique


def test_waiting_gives_up_with_the_runs_uid_and_the_way_to_go_on(bench: Bench) -> None:
    run = started(bench)
    looks = len(bench.sandbox.history)
    with pytest.raises(StillRunning, match=f"{run.uid} is still QUEUED after 10 minutes") as caught:
        wait(bench.edges(), run.uid, at_most=600)
    assert caught.value.uid == run.uid
    assert "by the same notebook" in str(caught.value)
    assert 600 <= bench.clock.monotonic() < 601
    assert len(bench.sandbox.history) - looks < 25


def test_the_same_run_is_not_started_a_second_time(moving: Bench) -> None:
    run = started(moving)
    assert started(moving).uid == run.uid
    moving.ledger.unlink()
    assert started(moving).uid == run.uid
    assert runs(moving) == [run.uid]


def test_a_schedule_and_a_run_of_the_same_row_are_two_things(moving: Bench) -> None:
    moving.start(moving.edges())
    assert started(moving).scheduled_run_uid is None
    assert len(moving.live) == 1


def test_each_continuation_brings_what_is_new_and_the_syncs_are_compared(moving: Bench) -> None:
    edges = moving.edges()
    run = wait(edges, started(moving).uid)
    for _ in range(2):
        moving.sandbox.advance(timedelta(days=7))
        continued = continue_run(edges, run.uid)
        assert (continued.uid, continued.status) == (run.uid, "SCHEDULED")
        wait(edges, run.uid)
    syncs = load_syncs(edges, run.uid)
    assert syncs["sync"].tolist() == ["first full sync", "continuation 1", "continuation 2"]
    assert syncs["items"].sum() == syncs["items_in_all"].iloc[-1] == len(load_outputs(edges, run.uid))
    assert (syncs["items"].iloc[1:] < syncs["items"].iloc[0] / 10).all()
    assert syncs["ended"].is_monotonic_increasing


def test_the_end_of_a_run_is_not_written_while_another_run_is_at_work(bench: Bench) -> None:
    uid = started(bench).uid
    bench.world.runs[uid].status = "SUCCEEDED"
    bench.world.runs[uid].finished_at = bench.world.clock.now()
    with closing(Ledger.open(bench.ledger)) as ledger, ledger.lock(bench.edges().workspace_key):
        assert len(load_syncs(bench.edges(), uid)) == 0
    assert len(load_syncs(bench.edges(), uid)) == 1


def test_syncs_of_a_server_that_counts_anew_are_not_taken_off() -> None:
    frame = syncs_frame({"2026-11-02T09:00:00+00:00": 900, "2026-11-09T09:00:00+00:00": 12})
    assert frame["items"].tolist() == [900, 12]
    assert list(syncs_frame({}).dtypes.astype(str)) == list(frame.dtypes.astype(str))


@pytest.mark.parametrize("status", sorted(set(RUN_STATUSES) - set(CONTINUABLE)))
def test_a_run_whose_status_does_not_allow_it_is_not_continued_and_nothing_is_sent(
    bench: Bench, status: str
) -> None:
    run = bench.world.runs[started(bench).uid]
    run.status = status
    with pytest.raises(BadInput, match=f"{run.uid} is {status}"):
        continue_run(bench.edges(), run.uid)
    assert posts(bench) == ["run_async"]


@pytest.mark.parametrize("status", CONTINUABLE)
def test_a_run_whose_status_allows_it_is_continued(bench: Bench, status: str) -> None:
    run = bench.world.runs[started(bench).uid]
    run.status = status
    assert continue_run(bench.edges(), run.uid).status == "SCHEDULED"


def test_only_what_a_run_shows_keeps_it_from_being_continued() -> None:
    check_continuable(Run(uid="shows no parameters", status="SUCCEEDED"))
    with pytest.raises(BadInput, match="not incremental"):
        check_continuable(Run(uid="full", status="SUCCEEDED", parameters={}))


def test_a_full_run_is_not_continued_and_one_that_others_started_is(bench: Bench) -> None:
    full = bench.world.add_run(bench.by_hand(ran=False), status="SUCCEEDED", parameters={})
    with pytest.raises(BadInput, match="is not incremental"):
        continue_run(bench.edges(), full.uid)
    run = bench.world.runs[started(bench).uid]
    run.status = "SUCCEEDED"
    bench.ledger.unlink()
    assert continue_run(bench.edges(), run.uid).status == "SCHEDULED"


@pytest.mark.parametrize("turn", range(3))
def test_after_any_fault_at_any_request_the_next_run_leaves_one_run(memory: Path, turn: int) -> None:
    wrong = []
    faults = [RequestFault(kind, when, n) for n in range(1, 7) for kind, when in VARIANTS]
    for number, fault in enumerate(faults[turn::7]):
        names = ("kept", "refused", "ignored")[number % 3]
        bench = Bench(memory / f"{turn}-{number}", names=names)
        bench.run(fault, task=lambda edges, bench=bench: started(bench, edges))
        again = bench.run(task=lambda edges, bench=bench: started(bench, edges))
        if not isinstance(again, Run) or runs(bench) != [again.uid]:
            wrong.append(f"{fault}, names {names}: {again!r}, {len(runs(bench))} runs")
    assert wrong == []


def test_a_run_that_may_have_been_started_is_not_sent_again_before_it_was_looked_for(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("run_async", kind="cut", when="before"))
    with pytest.raises(NeedsAttention, match="not clear, and none can be found"):
        started(bench)
    assert posts(bench) == ["run_async"]
    started(bench)
    assert posts(bench) == ["run_async", "run_async"]
    assert len(runs(bench)) == 1


def test_a_run_whose_answer_was_lost_is_found_at_once(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault("run_async", kind="cut", when="after"))
    assert [started(bench).uid] == runs(bench)


def test_a_run_that_was_there_before_is_not_taken_for_the_lost_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, names="ignored")
    start_run(bench.edges(), bench.row(), ledger=str(tmp_path / "other.sqlite"))
    bench.sandbox.faults.add(Fault("run_async", kind="cut", when="before"))
    with pytest.raises(NeedsAttention, match="none can be found"):
        started(bench)


CONTINUED = [
    pytest.param(Fault("continue_run", kind="cut", when="after"), True, id="answer lost"),
    pytest.param(Fault("continue_run", status=502, when="after"), True, id="502 after"),
    pytest.param(Fault("continue_run", kind="cut", when="before"), False, id="never arrived"),
    pytest.param(Fault("continue_run", status=424, label="LK_ERROR", when="before"), False, id="refused"),
]


@pytest.mark.parametrize(("fault", "goes_on"), CONTINUED)
def test_an_unknown_answer_to_continue_is_settled_by_looking(
    bench: Bench, fault: Fault, goes_on: bool
) -> None:
    run = bench.world.runs[started(bench).uid]
    run.status = "SUCCEEDED"
    bench.sandbox.faults.add(fault)
    told = bench.run(task=lambda edges: continue_run(edges, run.uid))
    assert posts(bench) == ["run_async", "continue_run"]
    assert isinstance(told, Run) == goes_on
    assert isinstance(told, NeedsAttention) != goes_on
    again = bench.run(task=lambda edges: continue_run(edges, run.uid))
    assert bench.world.runs[run.uid].attempt == 1 + 1
    assert isinstance(again, BadInput if goes_on else Run)


@pytest.mark.parametrize("ended", [False, True])
def test_a_process_that_dies_after_continue_does_not_make_the_next_one_continue_twice(
    bench: Bench, ended: bool
) -> None:
    run = bench.world.runs[started(bench).uid]
    run.status = "SUCCEEDED"
    requests = iter(range(1, 9))
    while not bench.died:
        fault = RequestFault("crash", "after", next(requests))
        bench.run(fault, task=lambda edges: continue_run(edges, run.uid))
        if "continue_run" in posts(bench):
            break
        bench.died = False
    if ended:
        run.status, run.finished_at = "SUCCEEDED", bench.world.clock.now()
    again = bench.run(task=lambda edges: continue_run(edges, run.uid))
    assert isinstance(again, Run)
    assert posts(bench) == ["run_async", "continue_run"]


def test_the_same_row_again_continues_where_a_run_has_ended_and_waits_where_it_is_at_work(
    moving: Bench,
) -> None:
    row, edges = moving.row(), moving.edges()

    def applied() -> tuple[str, str]:
        plan = plan_starts(edges, row, way="async")
        (result,) = plan.apply().results
        return plan.items[0].decision.value, result.outcome

    assert applied() == ("start", "started")
    assert applied() == ("continue", "continued")
    assert posts(moving) == ["run_async"]
    wait(edges, runs(moving)[0])
    assert applied() == ("continue", "continued")
    assert posts(moving) == ["run_async", "continue_run"]


def test_a_run_that_was_archived_is_started_anew_and_that_is_told(bench: Bench) -> None:
    gone = started(bench).uid
    del bench.world.runs[gone]
    (item,) = plan_starts(bench.edges(), bench.row(), way="async").items
    assert (item.decision.value, item.found) == ("start", None)
    assert f"archived: {gone}" in item.reason
    assert started(bench).uid != gone


def test_on_a_sandbox_waiting_moves_its_clock(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.sandbox as sandbox:
        settings = Settings(Secret(sandbox.key), sandbox.base_url, str(bench.ledger), sandbox=True)
        with Edges(settings) as edges:
            assert wait(edges, started(bench, edges).uid).status == "SUCCEEDED"


def posts(bench: Bench) -> list[str]:
    return [call.operation or "" for call in bench.sandbox.history if call.method == "POST"]


def test_a_run_without_a_callback_is_started_and_found_again(moving: Bench) -> None:
    row = {name: cell for name, cell in moving.row().items() if name in ("identity_uid", "input")}
    run = start_run(moving.edges(), row)
    assert start_run(moving.edges(), row).uid == run.uid
    assert runs(moving) == [run.uid]
