"""The process is killed between two requests; the same command, run again, loses and doubles nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from .checker import Expected
from .foreign_server import Phase, Switches
from .runner import Stage, stage
from .scenario import Outcome, eligible, operation, plays
from .workspace import SECRETS, build

KINDS = ("eligible", "standard", "eligible", "twin", "incremental", "eligible", "eligible", "several")


@dataclass(frozen=True)
class Point:
    """The nth request of an operation: before its effect, which then doesn't happen, or after it."""

    operation: str
    nth: int
    phase: Phase

    def __str__(self) -> str:
        return f"{self.phase}-{self.operation}-{self.nth}"


class Killer:
    """A hook that kills the run once, when it comes to the point."""

    def __init__(self, place: Stage, point: Point) -> None:
        self.place, self.point = place, point
        self.fired = False
        self._changed = False
        self._numbers: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def __call__(self, n: int, method: str, path: str, phase: Phase) -> Any:
        with self._lock:
            if self.fired:
                return None
            for name in self._names(method, path):
                numbers = self._numbers.setdefault(name, [])
                if phase == "before":
                    numbers.append(n)
                if n in numbers and Point(name, numbers.index(n) + 1, phase) == self.point:
                    self.fired = True
                    self.place.kill()
                    return "drop"
            self._changed = self._changed or method == "POST"
            return None

    def _names(self, method: str, path: str) -> list[str]:
        """A GET after the first change is surely no part of planning: it counts as a reread, too."""
        name = operation(method, path)
        return [name, "reread"] if name == "get" and self._changed else [name]


@dataclass(frozen=True)
class Killed:
    """Killed at each point in turn, then left to finish."""

    points: tuple[Point, ...]
    names: bool = True
    order: Literal["pause", "guide"] = "pause"
    kernel: bool = False

    @property
    def name(self) -> str:
        return "-then-".join(map(str, self.points)) + ("" if self.names else "-no-names") + f"-{self.order}"

    def __call__(self, root: Path, home: Path) -> Outcome:
        workspace, kinds = build(KINDS, names=self.names)
        expected = Expected(eligible(kinds), order=self.order, names=self.names)
        with stage(root, home, workspace, Switches(names=self.names)) as place:
            outcome = Outcome(place, kinds, replace(expected, finished=False))
            outcome.notes["midst"] = []
            place.kernel = self.kernel
            for point in self.points:
                killer = Killer(place, point)
                place.server.on_request = killer
                outcome.add(place.migrate(order=self.order))
                outcome.notes[str(point)] = killer.fired
                outcome.notes["midst"] += outcome.broken
            place.kernel = False
            place.server.on_request = None
            outcome.add(place.migrate(order=self.order))
        outcome.expected = expected
        return outcome


POINTS: tuple[tuple[str, int, Phase], ...] = (
    ("get", 1, "after"),
    ("reread", 1, "before"),
    ("pause", 1, "before"),
    ("pause", 1, "after"),
    ("create", 1, "before"),
    ("create", 1, "after"),
    ("cancel", 1, "before"),
    ("cancel", 1, "after"),
    ("pause", 3, "after"),
    ("create", 3, "before"),
    ("create", 3, "after"),
    ("cancel", 3, "after"),
)
KILLS = (
    *(Killed((Point(*point),)) for point in POINTS),
    Killed((Point("create", 1, "after"), Point("cancel", 1, "before")), kernel=True),
    Killed((Point("create", 2, "after"),), names=False),
    Killed((Point("create", 4, "before"), Point("pause", 1, "after")), names=False),
    Killed((Point("cancel", 2, "after"),), order="guide"),
    Killed((Point("create", 2, "after"),), order="guide"),
)


@plays(*KILLS)
def test_killed_run_finishes_when_it_is_run_again(outcome: Outcome) -> None:
    *killed, last = outcome.runs
    assert [note for key, note in outcome.notes.items() if key != "midst"] == [True] * len(killed)
    assert [run.code for run in killed] == [-9] * len(killed)
    assert outcome.broken == []
    assert last.code == 0, last.output[-3000:]


@plays(*(case for case in KILLS if case.order == "pause"))
def test_killed_run_leaves_every_schedule_there_or_replaced(outcome: Outcome) -> None:
    assert outcome.notes["midst"] == []


@plays(*KILLS)
def test_killed_run_leaves_no_secret_behind(outcome: Outcome) -> None:
    assert [leak for run in outcome.runs for leak in run.leaks(SECRETS)] == []
