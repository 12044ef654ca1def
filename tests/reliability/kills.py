"""Kill real processes, which talk to a sandbox over loopback, at every kind of point; then let them finish.

The processes are forked from one that has loaded everything, so that hundreds of them take no minutes.
Where they die is told by numbers that a seed chooses, never by time. Those that run a notebook through
papermill are killed in `tests/blackbox/test_kill.py`; they are not run again here, only counted.
"""

import itertools
import random
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from edges_nb.errors import LedgerError
from tests.blackbox.test_kill import KILLS

from .checker import MUTATING
from .killing import Case, Stage
from .nursery import Ended
from .setting import Setting
from .victim import Kind, Point

SETTINGS = (
    Setting(count=2),
    Setting(count=5, workers=24),
    Setting("guide", count=2),
    Setting(count=2, dialect="reference"),
    Setting(count=2, names="refused"),
    Setting(count=2, names="ignored", dialect="reference"),
    Setting("guide", count=2, names="refused", dialect="reference"),
    Setting(count=2, twins=True, names="refused"),
)
AT_ONCE = (Setting(count=2), Setting("guide", count=2), Setting(count=3, workers=4))
"""Where two runs begin at once, of which none, one or both die."""

_KINDS: dict[Kind, int] = {
    "before": 6,
    "after": 6,
    "answered": 4,
    "commit before": 3,
    "commit after": 3,
    "torn write": 2,
}
"""Where processes die, and how often."""

_BY_ITSELF: tuple[Kind, ...] = ("answered", "commit before", "commit after")
"""Where a process dies whatever another one does meanwhile."""

_OF_CHANGES = 0.75
"""How often a request at which a process dies is one that changes something."""

_TOGETHER = 8
"""One of so many cases is one of two runs at once."""

_INDEX = 33_000
"""Bytes: no process gets further that dies before this, which the index of the ledger's journal takes."""

_JOURNAL = 90_000
"""Bytes that the journal grows by with each schedule."""


@dataclass
class Kills:
    """What a series of kills came to.

    Attributes:
        count: processes that died by SIGKILL.
        through_papermill: those of `tests/blackbox/test_kill.py`, which come on top.
        by_point: how many died where, those included that the system killed in the middle of a write.
        failures: each tells how to play its case again.
    """

    count: int = 0
    through_papermill: int = sum(len(case.points) for case in KILLS)
    by_point: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, ended: Ended, where: str) -> None:
        self.count += ended.code == -signal.SIGKILL
        if ended.dead:
            self.by_point[where] += 1


def run(count: int, seed: object, stage: Stage | None = None) -> Kills:
    """Kill so many processes; each workspace sees up to three die, and then has to come to its end."""
    if stage is None:
        with Stage() as own:
            return run(count, seed, own)
    kills = Kills()
    for number in itertools.count():
        if kills.count >= count:
            break
        settings: Sequence[Setting] = SETTINGS if number % _TOGETHER else AT_ONCE
        dice = random.Random(f"{seed}/{number}")
        setting = dice.choice(settings)
        with stage.case(setting) as case:
            play = one_by_one if settings is SETTINGS else together
            told, found = play(case, kills, dice)
        kills.failures += [f"seed {seed}/{number}: {setting}, {told}: {sentence}" for sentence in found[:3]]
    return kills


def one_by_one(case: Case, kills: Kills, dice: random.Random) -> tuple[str, list[str]]:
    """Kill some processes one after the other, then run until everything is migrated."""
    points = [_any_point(dice, case.setting) for _ in range(dice.choice((1, 2, 3)))]
    found: list[str] = []
    for point in points:
        ended, where = case.run(point)
        kills.add(ended, where)
        found = case.judged(ended)
        if found:
            break
    return f"killed at {', '.join(map(str, points))}", found or case.finish()


def together(case: Case, kills: Kills, dice: random.Random) -> tuple[str, list[str]]:
    """Begin two runs at once, on one ledger or on two, and kill them; then run both until finished."""
    calls, commits = rehearsed(case.setting)
    points: list[Point | None] = []
    for kind in dice.choices(_BY_ITSELF, k=2):
        last = len(calls) if kind == "answered" else commits
        points.append(Point(kind, dice.randint(1, last)) if dice.random() < 0.8 else None)
    same = dice.random() < 0.5
    found: list[str] = []
    for point, ended in zip(points, case.run_both(points, same_ledger=same), strict=True):
        kills.add(ended, f"two at once: {point.kind}" if point else "")
        if not ended.dead and ended.code != 0 and not (same and isinstance(ended.error, LedgerError)):
            found.append(f"I7 a process that nobody killed ended with {ended.code}: {ended.error}")
    found += [*case.bench.checker.violations(), *case.bench.witness.found]
    told = f"two at once on {'one ledger' if same else 'two ledgers'}, killed at {points[0]} and {points[1]}"
    return told, found or case.finish(ledgers=1 if same else 2)


def _any_point(dice: random.Random, setting: Setting) -> Point:
    calls, commits = rehearsed(setting)
    kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0]
    if kind.startswith("commit"):
        return Point(kind, dice.randint(1, commits))
    if kind == "torn write":
        return Point(kind, dice.randint(_INDEX, setting.count * _JOURNAL))
    changes = [n for n, operation in enumerate(calls, 1) if operation in MUTATING]
    return Point(kind, dice.choice(changes) if dice.random() < _OF_CHANGES else dice.randint(1, len(calls)))


@cache
def rehearsed(setting: Setting) -> tuple[tuple[str, ...], int]:
    """The requests of a run that nobody kills, and how often it commits."""
    with setting.bench() as bench:
        ending = bench.run()
        return tuple(call.operation for call in ending.calls), ending.process.commits
