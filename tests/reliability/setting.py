"""A workspace and a server to try on, and what the trying comes to."""

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from edges_nb.client import Edges
from tests.faults import Behaviour

from . import worlds
from .bench import Bench, Doing
from .weather import CLOCKS

Order = Literal["pause", "guide"]
Names = Literal["kept", "refused", "ignored"]
Dialect = Literal["guide", "reference"]
ORDERS: tuple[Order, ...] = ("pause", "guide")
NAMES: tuple[Names, ...] = ("kept", "refused", "ignored")
DIALECTS: tuple[Dialect, ...] = ("guide", "reference")

_DOCUMENTED: dict[str, Any] = {
    "created_uid": "schedule_uid",
    "identity_paging": "page",
    "active_shown": "documented",
    "empty_custom_data": "object",
}
"""What the reference has otherwise than the guide, besides the fields of a schedule."""

_WRITTEN = re.compile(
    r"(?:(undo|change), )?(pause|guide), names (kept|refused|ignored), (guide|reference), (\d+)"
    r"( twins| in pairs)?( at one time)?(?:, lag (\d+))?(?:, (\d+) at once)?(?:, clock (.+))?"
)


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
    doing: Doing = "migrate"
    pairs: bool = False
    clock: str = "right"

    @classmethod
    def read(cls, text: str) -> "Setting":
        """Read what `str` wrote."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"{text!r} is no setting: write it like {Setting()}")
        doing, order, names, dialect, count, crowd, one_time, lag, workers, clock = written.groups()
        return cls(
            order,
            names,
            dialect,
            int(count),
            crowd == " twins",
            bool(one_time),
            int(lag or 0),
            int(workers or 1),
            doing=doing or "migrate",
            pairs=crowd == " in pairs",
            clock=clock or "right",
        )

    @property
    def alike(self) -> int:
        """How many schedules look the same."""
        return self.count if self.twins else 2 if self.pairs else 1

    def bench(self, modes: Collection[str | None] = (), *, seed: int = 1) -> Bench:
        world = worlds.build(self.count, seed=seed, alike=self.alike, one_time=self.one_time)
        shapes = _DOCUMENTED if self.dialect == "reference" else {}
        behaviour = Behaviour(names=self.names, dialect=self.dialect, list_lag=self.lag, **shapes)
        bench = Bench(
            world,
            behaviour,
            order=self.order,
            doing=self.doing,
            workers=self.workers,
            window=self.window,
            modes=modes,
            times=CLOCKS[self.clock],
        )
        if self.doing == "undo":
            bench.run(task=bench.migrate, mode="incremental")
            bench.endings.clear()
        return bench

    def __str__(self) -> str:
        alike = " twins" if self.twins else " in pairs" if self.pairs else ""
        crowd = f"{self.count}{alike}{' at one time' if self.one_time else ''}"
        doing = "" if self.doing == "migrate" else f"{self.doing}, "
        told = f"{doing}{self.order}, names {self.names}, {self.dialect}, {crowd}"
        return (
            told
            + (f", lag {self.lag}" if self.lag else "")
            + (f", {self.workers} at once" if self.workers > 1 else "")
            + (f", clock {self.clock}" if self.clock != "right" else "")
        )


SETTINGS = tuple(Setting(*chosen) for chosen in itertools.product(ORDERS, NAMES, DIALECTS))
"""Every order, with every way to treat names, and with every way to answer."""

OTHER_SETTINGS = (
    *(replace(setting, doing="undo") for setting in SETTINGS),
    # Where nothing shows an identity, a change has to be told it, and tells the same one to all.
    *(replace(setting, doing="change") for setting in SETTINGS if setting.dialect == "guide"),
)
"""The same for what is done with the same care as a migration."""


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


@functools.cache
def planning_requests(setting: Setting) -> int:
    """How many requests planning takes where nothing goes wrong."""
    with setting.bench() as bench:

        def look(edges: Edges, ledger: str) -> None:
            bench.plan(edges, ledger)

        return len(bench.run(task=look).calls)


@functools.cache
def all_requests(setting: Setting) -> int:
    """How many requests a migration takes where nothing goes wrong."""
    with setting.bench() as bench:
        return len(bench.run().calls)


@functools.cache
def all_commits(setting: Setting) -> int:
    """How many times a migration commits to its ledger where nothing goes wrong."""
    with setting.bench() as bench:
        return bench.run().process.commits


Play = Callable[[str], Tally]
"""Plays the case of a seed."""


def series(play: Play, seed: str, cases: int) -> Tally:
    """Play some cases of a kind, each with a seed of its own."""
    tally = Tally()
    for number in range(cases):
        tally += play(f"{seed}/{number}")
    return tally
