"""Kill real processes, which talk to a sandbox over loopback, at every kind of point; then let them finish.

The processes are forked from one that has loaded everything, so that hundreds of them take no minutes.
Where they die is told by numbers that a seed chooses, never by time. Those that run a notebook through
papermill are killed in `tests/blackbox/test_kill.py`, together with their kernels; they are not run again
here, only counted.
"""

import itertools
import os
import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from edges_nb.sandbox import Fault
from edges_nb.sandbox.api import Api
from edges_nb.sandbox.messages import Call
from edges_nb.sandbox.server import Server
from tests.blackbox.test_kill import KILLS

from . import worlds
from .bench import Bench
from .campaigns import Setting
from .checker import MUTATING
from .faults import FaultsToCome
from .nursery import Ended, Nursery
from .victim import Errand, Kind, Point

SETTINGS = (
    Setting(count=2),
    Setting(count=3, workers=4),
    Setting("guide", count=2),
    Setting(count=2, dialect="reference"),
    Setting(count=2, names="refused"),
    Setting(count=2, names="ignored", dialect="reference"),
    Setting("guide", count=2, names="refused", dialect="reference"),
    Setting(count=2, twins=True, names="refused"),
)

_KINDS: dict[Kind, int] = {
    "before": 6,
    "after": 6,
    "answered": 4,
    "commit before": 3,
    "commit after": 3,
    "torn write": 2,
}
"""Where processes die, and how often."""

_OF_CHANGES = 0.75
"""How often a request at which a process dies is one that changes something."""

_INDEX = 33_000
"""Bytes: no process gets further that dies before this, which the index of the ledger's journal takes."""

_JOURNAL = 90_000
"""Bytes that the journal grows by with each schedule."""

_MEMORY = Path("/dev/shm")  # where there is one, a ledger's many small syncs cost nothing


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


def run(count: int, seed: object, stage: "Stage | None" = None) -> Kills:
    """Kill so many processes; each workspace sees up to three die, and then has to come to its end."""
    if stage is None:
        with Stage() as own:
            return run(count, seed, own)
    kills = Kills()
    for number in itertools.count():
        if kills.count >= count:
            break
        play(stage, kills, f"{seed}/{number}", SETTINGS[number % len(SETTINGS)])
    return kills


def play(stage: "Stage", kills: Kills, seed: str, setting: Setting) -> None:
    """Kill some processes one after the other on one workspace, then run until everything is migrated."""
    dice = random.Random(seed)
    points = [_any_point(dice, setting) for _ in range(dice.choice((1, 2, 3)))]
    with stage.case(setting) as case:
        found: list[str] = []
        for point in points:
            ended, where = case.run(point)
            found = case.judged(ended)
            kills.count += ended.code == -signal.SIGKILL
            kills.by_point += Counter([where] if where else [])
            if found:
                break
        told = ", ".join(map(str, points))
        broken = (found or case.finish())[:3]
        kills.failures += [f"seed {seed}: {setting}, killed at {told}: {sentence}" for sentence in broken]


def _any_point(dice: random.Random, setting: Setting) -> Point:
    calls, commits = _rehearsed(setting)
    kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0]
    if kind.startswith("commit"):
        return Point(kind, dice.randint(1, commits))
    if kind == "torn write":
        return Point(kind, dice.randint(_INDEX, setting.count * _JOURNAL))
    changes = [n for n, operation in enumerate(calls, 1) if operation in MUTATING]
    return Point(kind, dice.choice(changes) if dice.random() < _OF_CHANGES else dice.randint(1, len(calls)))


@cache
def _rehearsed(setting: Setting) -> tuple[tuple[str, ...], int]:
    """The requests of a run that nobody kills, and how often it commits."""
    with setting.bench() as bench:
        ending = bench.run()
        return tuple(call.operation for call in ending.calls), ending.process.commits


class _Killer:
    """Kills a process from the server's side, where its point is one of a request."""

    def __init__(self, case: "Case", point: Point | None) -> None:
        self.pid: Future[int] = Future()
        self.killed_at: Call | None = None
        self._point, self._faults = point, case.faults
        self._start = len(case.bench.sandbox.history)

    def __call__(self, call: Call, phase: str) -> None:
        point = self._point
        if point is None or (phase, call.n - self._start) != (point.kind, point.nth):
            return
        os.kill(self.pid.result(), signal.SIGKILL)
        self.killed_at = call
        if phase == "before":
            self._faults.coming.fault = Fault("any", "cut")
        else:
            call.fault = "crash"  # nobody is there any more to read the answer


class Case:
    """A workspace on a bench, served on loopback, and the ledger of the processes that migrate it."""

    def __init__(self, stage: "Stage", bench: Bench, setting: Setting, folder: Path) -> None:
        self.bench, self.setting = bench, setting
        self._nursery = stage.nursery
        self.faults = FaultsToCome(bench.world)
        bench.sandbox.api.faults = self.faults
        hidden = worlds.planned(bench.world) if setting.dialect == "reference" else []
        self._ledger = folder / "ledger.sqlite"
        self._errand = Errand(
            stage.base_url,
            str(self._ledger),
            setting.order,
            setting.workers,
            {row.uid: row.identity_ids[0] for row in hidden},
        )
        bench.witness.watch(self._ledger)

    def run(self, point: Point | None = None) -> tuple[Ended, str]:
        """Start a process, kill it at the point, and tell how it ended, and where."""
        bench = self.bench
        bench.meanwhile = killer = _Killer(self, point)
        killer.pid.set_result(self._nursery.start(self._errand, point))
        ended = self._nursery.wait()
        bench.meanwhile = None
        # Nobody but the next process may mend what the dead one left of the journal.
        bench.witness.close()
        return ended, self._told(point, killer) if point and ended.dead else ""

    def _told(self, point: Point, killer: _Killer) -> str:
        if killer.killed_at is not None:
            return f"{point.kind} {killer.killed_at.operation}"
        if point.kind == "answered":
            return f"answered {self.bench.sandbox.history[-1].operation}"
        return f"ledger: {point.kind}"

    def judged(self, ended: Ended) -> list[str]:
        """What is wrong after a process that ended or was killed."""
        over = ended.outcome is not None and not ended.outcome.attention
        resting = self.setting.order == "pause" or over
        checker = self.bench.checker
        found = checker.at_rest() if resting else checker.violations()
        if not ended.dead and (ended.code != 0 or ended.outcome is None):
            found.append(f"I7 a process that nobody killed ended with {ended.code}")
        return [*found, *self.bench.witness.found, *self.bench.claims(ended)]  # type: ignore[arg-type]

    def finish(self, most: int = 2) -> list[str]:
        """I7: run again at most so often, and tell what is not finished then, or told wrongly."""
        found: list[str] = ["not run"]
        for number in range(most):
            if not found:
                break
            if number:
                self.bench.let_a_while_pass()
            ended, _ = self.run()
            found = [*self.judged(ended), *self.bench.checker.finished()]
            if ended.outcome is None or ended.outcome.attention:
                found.append(f"I7 {ended.outcome}")
        return found


class Stage:
    """A server in front of one sandbox after the other: starting one for each would take half of the time."""

    def __init__(self) -> None:
        self.api: Api | None = None
        self.nursery = Nursery()
        self._server = Server(self)  # type: ignore[arg-type]
        self.base_url = f"http://127.0.0.1:{self._server.port}/v1"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.api, name)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()
        self.nursery.close()

    @contextmanager
    def case(self, setting: Setting) -> Iterator[Case]:
        folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
        try:
            with setting.bench() as bench:
                self.api = bench.sandbox.api
                yield Case(self, bench, setting, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
