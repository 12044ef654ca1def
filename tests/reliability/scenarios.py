"""Short stories, each about one thing that can go wrong; each gives what is broken at its end."""

import io
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from edges_nb.client import Edges
from edges_nb.ledger.store import Ledger
from edges_nb.models.results import MIGRATED, NEEDS_ATTENTION, ROLLED_BACK, WAITING, Outcome
from edges_nb.notebook.migrate import Migration
from edges_nb.notebook.parameters import MigrateParameters
from edges_nb.planning.plan import plan_undo
from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.wire_types import Call, Request
from tests.faults import Fault

from . import process, worlds
from .bench import Bench, Ending
from .faults import FaultsToCome
from .process import LedgerFault, When
from .setting import Setting
from .situations import WRONG, all_brought_back, make_wrongly

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


@dataclass(frozen=True)
class Death:
    """The process dies before or after the effect of the nth request of its kind."""

    operation: str
    when: When
    nth: int = 1


@contextmanager
def stage(setting: Setting, *faults: Fault, death: Death | None = None) -> Iterator[Bench]:
    """A bench whose requests go wrong by what they are, not by their number."""
    with setting.bench() as bench:
        bench.sandbox.faults = FaultsToCome(bench.world)
        for fault in faults:
            bench.sandbox.faults.add(fault)
        bench.meanwhile = killing(bench, death) if death else None
        yield bench


def killing(bench: Bench, death: Death) -> Callable[[Call, str], None]:
    met = 0

    def kill(call: Call, phase: str) -> None:
        nonlocal met
        met += (call.operation, phase) == (death.operation, death.when)
        if met == death.nth:
            bench.meanwhile = None
            call.fault = "crash"
            dying = process.running_here()
            assert dying is not None
            dying.die()

    return kill


def play(setting: Setting, *faults: Fault, death: Death | None = None, told: str | None = None) -> list[str]:
    """Migrate while this goes wrong, then run again until it is finished.

    Args:
        told: the outcome that the first run should tell of each schedule.
    """
    with stage(setting, *faults, death=death) as bench:
        ending = bench.run()
        found = bench.violations() + mistold(bench, ending, told)
        bench.sandbox.faults.clear()
        return found or bench.rerun()


def mistold(bench: Bench, ending: Ending, told: str | None) -> list[str]:
    wanted = dict.fromkeys(bench.world.cases["planned"], told)
    right = told is None or ending.outcomes == wanted
    return [] if right else [f"TOLD {ending.error or ending.outcomes}, not {told} of each"]


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
        return found or bench.rerun()


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
        return bench.claims(ending) + mistold(bench, ending, MIGRATED)


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
        return bench.violations() + mistold(bench, ending, MIGRATED) or bench.rerun()


def run_in_progress(setting: Setting) -> list[str]:
    """A run of it is in progress when it is planned: it is left alone until that has ended."""
    with stage(setting) as bench:
        bench.world.add_run(worlds.planned(bench.world)[0], status="RUNNING")
        ending = bench.run()
        found = [*bench.violations(), *mistold(bench, ending, WAITING), *effects(ending)]
        bench.let_a_while_pass()
        return found or bench.rerun()


def full_disk(setting: Setting) -> list[str]:
    """From some commit on, the ledger can't be written any more."""
    for number in range(2, 9):
        with stage(setting) as bench:
            bench.run(ledger_faults=[LedgerFault("full", number, times=99)])
            if found := bench.violations() or bench.rerun():
                return found
    return []


def effects(ending: Ending) -> list[str]:
    return [f"TOUCHED {call.operation} {call.subject}" for call in ending.calls if call.method == "POST"]


def key_refused(setting: Setting) -> list[str]:
    """The key is taken back in the middle: nothing more is asked, and what was not begun waits."""
    refused = Fault("get_schedule", status=401, label="AUTH_EXPIRED", nth=3, times=0)
    with stage(setting, refused) as bench:
        ending = bench.run()
        asked = sum(call.fault is not None for call in ending.calls)
        found = bench.violations()
        return [*found, *([f"KEY {asked} requests with a refused key"] if asked > 1 else [])]


def nothing_tells_the_callback(setting: Setting) -> list[str]:
    """Neither the server nor a run shows the callback: nothing is touched."""
    with stage(setting) as bench:
        for run in bench.world.runs.values():
            run.callback = None
        ending = bench.run()
        return [*bench.violations(), *effects(ending)]


def due_soon_comes_last(setting: Setting) -> list[str]:
    """What is due within two minutes is replaced when the others are."""
    with stage(setting) as bench:
        uids = bench.world.cases["planned"]
        bench.world.schedules[uids[0]].next_execution_at = bench.world.clock.now() + timedelta(minutes=1)
        ending = bench.run()
        paused = [call.subject for call in ending.calls if call.operation == "pause"]
        return bench.violations() + ([] if paused[-1] == uids[0] else [f"DUE {paused}"])


def stopped_by_hand(setting: Setting) -> list[str]:
    """Somebody presses stop during the first replacement: it is ended, and the others are not begun."""
    with stage(setting) as bench:
        stop = threading.Event()

        def apply(edges: Edges, ledger: str) -> Outcome:
            return bench.plan(edges, ledger).apply(workers=1, stop=stop, on_progress=lambda _: stop.set())

        ending = bench.run(task=apply)
        ends = [ending.outcomes[uid] for uid in bench.world.cases["planned"]]
        told = [] if ends == [MIGRATED, WAITING, WAITING] else [f"STOP {ends}"]
        return [*bench.violations(), *told]


def redirected(setting: Setting) -> list[str]:
    """The server redirects a pause to another schedule's: nobody follows."""
    with stage(setting) as bench:
        bystander = next(uid for uid in bench.world.schedules if uid not in bench.world.cases["planned"])
        to = {"Location": f"/v1/schedules/{bystander}/cancel"}
        bench.sandbox.faults.add(Fault("pause", status=307, label="", headers=to))
        bench.run()
        return bench.violations() or bench.rerun()


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

        bench.run(task=undo, mode=None)
        bench.run(task=undo, mode=None)
        return [*bench.violations(), *bench.checker.finished("full")]


def one_of_three_fails(setting: Setting) -> list[str]:
    """The first of three schedules can't be paused: the others are replaced all the same."""
    with stage(setting, Fault("pause", status=424, label="NO_VALID_ACCOUNT_CONFIGURED")) as bench:
        ending = bench.run()
        ends = [ending.outcomes[uid] for uid in bench.world.cases["planned"]]
        told = [] if ends == [ROLLED_BACK, MIGRATED, MIGRATED] else [f"TOLD {ends}"]
        return [*bench.violations(), *told] or bench.rerun()


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
        return found or bench.rerun()


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
        return [*found, *([f"CANARY {len(tried)} were tried"] if len(tried) != 1 else [])]


def no_pause_offered(setting: Setting) -> list[str]:
    """The server knows no pause: nothing is changed, and it is told which order needs none."""
    with stage(setting) as bench:
        bench.sandbox.behaviour = replace(bench.sandbox.behaviour, pause=False)
        ending = bench.run()
        results = ending.outcome.results if ending.outcome else ()
        silent = [f"TOLD {each.reason}" for each in results if "order=guide" not in each.reason]
        changed = [f"TOUCHED {call.operation}" for call in ending.calls if call.effect]
        return [*bench.violations(), *mistold(bench, ending, ROLLED_BACK), *silent, *changed]
