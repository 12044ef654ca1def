"""Short stories, each about one thing that can go wrong; each gives what is broken at its end."""

import io
import os
import tempfile
import threading
from collections import Counter
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edges_nb.client import Edges
from edges_nb.ledger.store import Ledger
from edges_nb.models.plan_items import Decision
from edges_nb.models.results import MIGRATED, NEEDS_ATTENTION, ROLLED_BACK, WAITING, Outcome
from edges_nb.notebook.migrate import Migration
from edges_nb.notebook.parameters import MigrateParameters
from edges_nb.planning.plan import Plan, plan_undo
from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.wire_types import Call, Request
from tests.faults import Fault

from . import worlds
from .process import LedgerFault
from .setting import Setting
from .situations import WRONG, all_brought_back, make_wrongly
from .staging import Death, effects, finished, killing, mistold, stage, told_later, unsettled

ONE = Setting(count=1)
GUIDE = Setting("guide", count=1)
NAMELESS = Setting(names="refused", count=1)
BRIEF = Setting(dialect="reference", count=1)
TWINS = Setting(names="refused", count=2, twins=True)
LAGGING = Setting(count=1, lag=3)
LAGGING_LONG = Setting(count=1, lag=12, window=True)
REFUSED = Fault("create", status=400, label="BAD_INPUT")

_ENDLESS = 200
"""Requests for one schedule after which nothing more can come of it."""


def play(setting: Setting, *faults: Fault, death: Death | None = None, told: str | None = None) -> list[str]:
    """Migrate while this goes wrong, then run again until it is finished.

    Args:
        told: the outcome that the first run should tell of each schedule.
    """
    with stage(setting, *faults, death=death) as bench:
        ending = bench.run()
        found = bench.violations() + mistold(bench, ending, told)
        bench.sandbox.faults.clear()
        return found or finished(bench)


def undisturbed(setting: Setting) -> list[str]:
    """Nothing goes wrong, and one run does it all."""
    return play(setting, told=MIGRATED)


def endless(setting: Setting, *faults: Fault) -> list[str]:
    """Requests never get a clear answer: one run gives up in the end, the next one goes on."""
    with stage(setting, *(replace(fault, times=0) for fault in faults)) as bench:
        bench.meanwhile = _not_for_ever
        ending = bench.run()
        found = bench.violations() + mistold(bench, ending, NEEDS_ATTENTION)
        bench.sandbox.faults.clear()
        return found or finished(bench)


def _not_for_ever(call: Call, _phase: str) -> None:
    if call.n > _ENDLESS:
        raise AssertionError("it goes round in circles")


def wrong_child_that_resists(setting: Setting, fault: Fault) -> list[str]:
    """The server makes something else than it was asked for, and removing that goes wrong once."""
    with stage(setting, fault) as bench:
        make_wrongly(bench, WRONG["another cron"])
        bench.meanwhile = _not_for_ever
        return all_brought_back(bench, bench.run())


def wrong_child_before_a_death(setting: Setting, death: Death) -> list[str]:
    """The server makes something else than it was asked for, that is removed, and the process dies."""
    with stage(setting, death=death) as bench:
        make_wrongly(bench, WRONG["another cron"])
        bench.run()
        return all_brought_back(bench, bench.run())


def removed_child_that_lists_show_late(setting: Setting) -> list[str]:
    """A faulty one was removed, the next run died before its create, and lists show the first only then."""
    with stage(setting) as bench:
        make_wrongly(bench, WRONG["another cron"])
        bench.run()
        del bench.world.insert
        bench.meanwhile = killing(bench, Death("create", "before"))
        bench.run()
        ending = bench.run()
        return bench.claims(ending) + mistold(bench, ending, MIGRATED) or told_later(bench.run())


def pause_that_arrives_late(setting: Setting) -> list[str]:
    """A request to pause that nobody answered has its effect only when the next one is sent."""
    with stage(setting, Fault("pause", "hang")) as bench:
        asked: list[Call] = []

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("pause", "before"):
                asked.append(call)
                if len(asked) == 2:
                    bench.sandbox.api.handle(Request("POST", call.path, {"x-api-key": SANDBOX_KEY}))

        bench.meanwhile = meanwhile
        ending = bench.run()
        bench.meanwhile = None
        return bench.violations() + mistold(bench, ending, MIGRATED) or finished(bench)


def run_in_progress(setting: Setting) -> list[str]:
    """A run of it is in progress when it is planned: it is left alone until that has ended."""
    with stage(setting) as bench:
        bench.world.add_run(worlds.planned(bench.world)[0], status="RUNNING")
        ending = bench.run()
        found = [*bench.violations(), *mistold(bench, ending, WAITING), *effects(ending)]
        bench.let_a_while_pass()
        return found or finished(bench)


def full_disk(setting: Setting) -> list[str]:
    """From some commit on, the ledger can't be written any more."""
    for number in range(2, 9):
        with stage(setting) as bench:
            bench.run(ledger_faults=[LedgerFault("full", number, times=99)])
            if found := bench.violations() or finished(bench):
                return found
    return []


def key_refused(setting: Setting) -> list[str]:
    """The key is taken back in the middle: nothing more is asked, and what was not begun waits."""
    with stage(setting, Fault("any", status=401, label="AUTH_EXPIRED", nth=15, times=0)) as bench:
        ending = bench.run()
        ends = [ending.outcomes[uid] for uid in bench.world.cases["planned"]]
        told = [] if ends == [MIGRATED, NEEDS_ATTENTION, WAITING] else [f"TOLD {ends}"]
        asked = sum(call.fault is not None for call in ending.calls)
        bench.sandbox.faults.clear()
        # Once to do something, once to see what became of it.
        more = [f"KEY {asked} requests with a refused key"] if asked != 2 else []
        return [*bench.violations(), *told, *more] or finished(bench)


def nothing_tells_the_callback(setting: Setting) -> list[str]:
    """Neither the server nor a run shows the callback: it is asked for, and nothing is touched."""
    with stage(setting) as bench:
        for run in bench.world.runs.values():
            run.callback = None
        plans: list[Plan] = []
        for _ in range(2):
            bench.run(task=lambda edges, ledger: plans.append(bench.plan(edges, ledger)))
            ending = bench.run()
            if found := [*bench.violations(), *effects(ending)]:
                return found
        asked = {item.decision for plan in plans for item in plan.items if item.uid in bench.checker.planned}
        return [] if asked == {Decision.NEEDS_INPUT} else [f"TOLD {asked}"]


def due_soon_comes_last(setting: Setting) -> list[str]:
    """What is due within two minutes is replaced when the others are."""
    with stage(setting) as bench:
        uids = bench.world.cases["planned"]
        bench.world.schedules[uids[0]].next_execution_at = bench.world.clock.now() + timedelta(minutes=1)
        ending = bench.run()
        paused = [call.subject for call in ending.calls if call.operation == "pause"]
        late = [] if paused[-1] == uids[0] else [f"DUE {paused}"]
        return [*bench.violations(), *mistold(bench, ending, MIGRATED), *late] or unsettled(bench)


def stopped_by_hand(setting: Setting) -> list[str]:
    """Somebody presses stop during the first replacement: it is ended, and the others are not begun."""
    with stage(setting) as bench:
        stop = threading.Event()

        def apply(edges: Edges, ledger: str) -> Outcome:
            return bench.plan(edges, ledger).apply(workers=1, stop=stop, on_progress=lambda _: stop.set())

        ending = bench.run(task=apply)
        ends = [ending.outcomes[uid] for uid in bench.world.cases["planned"]]
        told = [] if ends == [MIGRATED, WAITING, WAITING] else [f"STOP {ends}"]
        return [*bench.violations(), *told] or finished(bench)


def redirected(setting: Setting) -> list[str]:
    """The server redirects a pause to another schedule's: nobody follows."""
    with stage(setting) as bench:
        bystander = next(uid for uid in bench.world.schedules if uid not in bench.world.cases["planned"])
        to = {"Location": f"/v1/schedules/{bystander}/cancel"}
        bench.sandbox.faults.add(Fault("pause", status=307, label="", headers=to))
        ending = bench.run()
        return bench.violations() + mistold(bench, ending, MIGRATED) or finished(bench)


def undone(setting: Setting, *faults: Fault) -> list[str]:
    """What was migrated is brought back."""
    with stage(setting) as bench:
        bench.expected = replace(bench.expected, modes=("incremental", "full", None))
        bench.checker.expected = bench.expected
        bench.run()
        for fault in faults:
            bench.sandbox.faults.add(fault)

        def undo(edges: Edges, ledger: str) -> Outcome:
            return plan_undo(edges, ledger=ledger).apply(order=bench.order, workers=bench.workers)

        done = bench.run(task=undo, mode=None)
        told = [f"TOLD {done.outcomes}"] if set(done.outcomes.values()) != {MIGRATED} and not faults else []
        again = bench.run(task=undo, mode=None)
        told += effects(again) if not faults else []
        return [*bench.violations(), *told, *bench.checker.finished("full")]


def one_of_three_fails(setting: Setting) -> list[str]:
    """The first of three schedules can't be paused: the others are replaced all the same."""
    with stage(setting, Fault("pause", status=424, label="NO_VALID_ACCOUNT_CONFIGURED")) as bench:
        ending = bench.run()
        ends = [ending.outcomes[uid] for uid in bench.world.cases["planned"]]
        told = [] if ends == [ROLLED_BACK, MIGRATED, MIGRATED] else [f"TOLD {ends}"]
        return [*bench.violations(), *told] or finished(bench)


def private_ledger() -> list[str]:
    """Whatever the umask says, only its owner can read a ledger."""
    before = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "ledger.sqlite"
            Ledger.open(place).close()
            mode = place.stat().st_mode & 0o777
    finally:
        os.umask(before)
    return [] if mode == 0o600 else [f"I8 others can read the ledger: {mode:o}"]


def one_twin_in_doubt(setting: Setting) -> list[str]:
    """Whether the first of two twins got its replacement stays open: the second one waits."""
    with stage(setting, Fault("create", "cut", nth=2, times=0)) as bench:
        ending = bench.run()
        ends = [ending.outcomes[uid] for uid in bench.world.cases["planned"]]
        found = bench.violations() + ([] if ends == [NEEDS_ATTENTION, WAITING] else [f"DOUBT {ends}"])
        bench.sandbox.faults.clear()
        return found or finished(bench)


def first_one_fails(setting: Setting) -> list[str]:
    """In the notebook, the first schedule can't be replaced: the others are not tried."""
    with stage(setting, Fault("create", status=400, label="BAD_INPUT", times=0)) as bench:

        def in_cells(edges: Edges, _ledger: str) -> Outcome:
            migration = Migration(edges, MigrateParameters(mode="apply"))
            for cell in (migration.load, migration.keep, migration.canary, migration.rest):
                cell()
            results = migration.outcome.results if migration.outcome else ()
            return Outcome(tuple(r for r in results if r.schedule_uid in bench.world.cases["planned"]))

        with redirect_stderr(io.StringIO()):  # where a bar shows the progress
            ending = bench.run(task=in_cells)
        tried = {call.subject for call in ending.calls if call.operation == "pause"}
        found = bench.violations()
        ends = Counter(ending.outcomes.values())
        told = [] if ends == {ROLLED_BACK: 1, WAITING: 2} else [f"TOLD {ends}"]
        bench.sandbox.faults.clear()
        more = [f"CANARY {len(tried)} were tried"] if len(tried) != 1 else []
        return [*found, *told, *more] or finished(bench)


def no_pause_offered(setting: Setting) -> list[str]:
    """The server knows no pause: nothing is changed, and it is told which order needs none."""
    with stage(setting) as bench:
        bench.sandbox.behaviour = replace(bench.sandbox.behaviour, pause=False)
        ending = bench.run()
        results = ending.outcome.results if ending.outcome else ()
        silent = [f"TOLD {each.reason}" for each in results if "order=guide" not in each.reason]
        changed = [f"TOUCHED {call.operation}" for call in ending.calls if call.effect]
        return [*bench.violations(), *mistold(bench, ending, ROLLED_BACK), *silent, *changed]
