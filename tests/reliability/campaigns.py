"""Series of cases, each with its own workspace and its own bench, and what came of them."""

import itertools
import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from edges_nb.client import Edges
from edges_nb.sandbox import Behaviour

from . import worlds
from .bench import Bench
from .faults import RequestFault
from .process import LEDGER_KINDS, LedgerFault, When
from .wire import Dice

Order = Literal["pause", "guide"]
Names = Literal["kept", "refused", "ignored"]
Dialect = Literal["guide", "reference"]
ORDERS: tuple[Order, ...] = ("pause", "guide")
NAMES: tuple[Names, ...] = ("kept", "refused", "ignored")
DIALECTS: tuple[Dialect, ...] = ("guide", "reference")


@dataclass(frozen=True)
class Setting:
    """A workspace and a server to try on."""

    order: Order = "pause"
    names: Names = "kept"
    dialect: Dialect = "guide"
    count: int = 3
    twins: bool = False
    one_time: bool = False
    lag: int = 0
    workers: int = 1
    window: bool = False

    def bench(self, modes: Collection[str | None] = ()) -> Bench:
        world = worlds.build(self.count, twins=self.twins, one_time=self.one_time)
        behaviour = Behaviour(names=self.names, dialect=self.dialect, list_lag=self.lag)
        return Bench(
            world,
            behaviour,
            order=self.order,
            workers=self.workers,
            window=self.window,
            modes=modes,
        )

    def __str__(self) -> str:
        crowd = f"{self.count}{' twins' if self.twins else ' at one time' if self.one_time else ''}"
        told = f"{self.order}, names {self.names}, {self.dialect}, {crowd}"
        return (
            told
            + (f", lag {self.lag}" if self.lag else "")
            + (f", {self.workers} at once" if self.workers > 1 else "")
        )


SETTINGS = tuple(Setting(*chosen) for chosen in itertools.product(ORDERS, NAMES, DIALECTS))


@dataclass
class Tally:
    """What a series came to. Each of `broken` tells how to play its case again."""

    cases: int = 0
    processes: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, bench: Bench, case: str, found: Iterable[str]) -> None:
        self.cases += 1
        self.processes += len(bench.endings)
        self.requests += len(bench.checker.history)
        for ending in bench.endings:
            self.faults += ending.wire.struck + ending.process.struck
        self.broken += [f"{case}: {sentence}" for sentence in list(found)[:3]]

    def __iadd__(self, other: "Tally") -> "Tally":
        self.cases += other.cases
        self.processes += other.processes
        self.requests += other.requests
        self.faults += other.faults
        self.broken += other.broken
        return self


def planning_requests(setting: Setting) -> int:
    """How many requests planning takes where nothing goes wrong."""
    with setting.bench() as bench:

        def look(edges: Edges, ledger: str) -> None:
            bench.plan(edges, ledger)

        return len(bench.run(task=look).calls)


def all_requests(setting: Setting) -> int:
    """How many requests a migration takes where nothing goes wrong."""
    with setting.bench() as bench:
        return len(bench.run().calls)


def all_commits(setting: Setting) -> int:
    """How many times a migration commits to its ledger where nothing goes wrong."""
    with setting.bench() as bench:
        return bench.run().process.commits


def single_faults(setting: Setting, kind: str, when: When, numbers: Iterable[int]) -> Tally:
    """Let each of these requests in turn go wrong, then run again."""
    tally = Tally()
    for number in numbers:
        fault = RequestFault(kind, when, number)
        play(tally, setting, f"{setting}, {fault}", [[fault]])
    return tally


def ledger_faults(setting: Setting, kinds: Iterable[str] = LEDGER_KINDS) -> Tally:
    """Let each commit in turn go wrong in each way, then run again."""
    tally = Tally()
    commits = all_commits(setting)
    for kind, number in itertools.product(kinds, range(1, commits + 1)):
        fault = LedgerFault(kind, number)  # type: ignore[arg-type]
        with setting.bench() as bench:
            bench.run(ledger_faults=[fault])
            tally.add(bench, f"{setting}, {fault}", bench.violations() or bench.rerun())
    return tally


def pairs(
    setting: Setting, first: tuple[str, When], second: tuple[str, When], numbers: Sequence[int]
) -> Tally:
    """Let every two of these requests go wrong; after a crash, the second of the process that follows."""
    tally = Tally()
    for one, other in itertools.product(numbers, numbers):
        if first[0] != "crash" and other <= one:
            continue
        faults = RequestFault(*first, one), RequestFault(*second, other)
        plan = [[faults[0]], [faults[1]]] if first[0] == "crash" else [list(faults)]
        play(tally, setting, f"{setting}, {faults[0]}, {faults[1]}", plan)
    return tally


def play(tally: Tally, setting: Setting, case: str, faulty: Iterable[Iterable[RequestFault]]) -> None:
    """Run processes with these faults one after the other, judge each, then let it finish."""
    with setting.bench() as bench:
        for faults in faulty:
            bench.run(faults)
            found = bench.violations()
            if found:
                break
        tally.add(bench, case, found or bench.rerun())


def thrown(seed: object, faults: int) -> Tally:
    """Throw dice over workspaces, servers and faults until so many faults came to pass."""
    tally = Tally()
    for number in itertools.count():
        if tally.faults.total() >= faults:
            break
        dice = random.Random(f"setting {seed}/{number}")
        tally += thrown_at(any_setting(dice), f"{seed}/{number}", dice.choice((0.1, 0.25, 0.5)))
    return tally


def thrown_at(setting: Setting, seed: str, chance: float) -> Tally:
    """Run some processes whose requests and commits go wrong by chance, then let the last one finish."""
    tally = Tally()
    dice = random.Random(seed)
    with setting.bench() as bench:
        found: list[str] = []
        for number in range(dice.randint(1, 4)):
            nth, times = dice.randint(1, 12 * setting.count), dice.choice((1, 1, 5))
            commits = [LedgerFault(dice.choice(LEDGER_KINDS), nth, times)]
            bench.run(
                dice=Dice(f"{seed}/{number}", chance, crashes=dice.random() < 0.5),
                ledger_faults=commits if dice.random() < 0.3 else (),
            )
            found = bench.violations()
            if found:
                break
            if dice.random() < 0.5:
                bench.let_a_while_pass()
        tally.add(bench, f"seed {seed}: {setting}, chance {chance}", found or bench.rerun())
    return tally


def any_setting(dice: random.Random) -> Setting:
    count, twins, one_time = dice.choice(
        ((1, False, False), (2, False, False), (3, False, False), (4, True, False), (3, False, True))
    )
    return Setting(
        dice.choice(ORDERS),
        dice.choice(NAMES),
        dice.choice(DIALECTS),
        count,
        twins,
        one_time,
        dice.choice((0, 0, 3)),
    )
