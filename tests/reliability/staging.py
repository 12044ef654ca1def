"""How a story goes: requests go wrong by what they are, runs are judged by what they tell and leave."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault

from . import process
from .bench import Bench, Ending
from .faults import FaultsToCome
from .process import When
from .setting import Setting


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


def mistold(bench: Bench, ending: Ending, told: str | None) -> list[str]:
    wanted = dict.fromkeys(bench.world.cases["planned"], told)
    right = told is None or ending.outcomes == wanted
    return [] if right else [f"TOLD {ending.error or ending.outcomes}, not {told} of each"]


def finished(bench: Bench) -> list[str]:
    """Run until everything is finished; what is not, and what a run after that still does or has to say."""
    return bench.rerun() or unsettled(bench)


def unsettled(bench: Bench, ledger: str = "ledger.sqlite") -> list[str]:
    """What is wrong after a later run, where nothing goes wrong any more, or what it still does or says."""
    bench.meanwhile = None
    bench.let_a_while_pass()
    ending = bench.run(ledger=ledger)
    return [*bench.violations(), *told_later(ending)]


def told_later(ending: Ending) -> list[str]:
    """What a later run still does or has to say."""
    trouble = ending.outcome.attention if ending.outcome else [ending.error]
    return [*effects(ending), *(f"LATER {each}" for each in trouble)]


def effects(ending: Ending) -> list[str]:
    return [f"TOUCHED {call.operation} {call.subject}" for call in ending.calls if call.method == "POST"]
