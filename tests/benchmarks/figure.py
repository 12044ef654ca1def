"""A figure that was measured, and what it is held against."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

Result = TypeVar("Result")

NO_GUIDE = "the guide is not at hand"


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        value: None where it could not be measured; `note` says why.
        bound: what it may be at most, or has to be at least; None for a figure that is only told.
        note: what it is made of, such as the two times of a ratio.
    """

    subject: str
    what: str
    value: float | None
    unit: str = ""
    bound: float | None = None
    side: Literal["at most", "at least"] = "at most"
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether it is within its bound; None where there is nothing to say."""
        if self.value is None or self.bound is None:
            return None
        return self.value <= self.bound if self.side == "at most" else self.value >= self.bound

    @property
    def of_bound(self) -> float | None:
        """The figure in shares of its bound."""
        return self.value / self.bound if self.value is not None and self.bound else None

    def as_json(self) -> dict[str, Any]:
        """The figure as it is kept."""
        return {**asdict(self), "of_bound": self.of_bound, "holds": self.holds}


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds by the clock, and of CPU with all that it started."""

    wall: float
    cpu: float


def cost_of(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a command and tell what it took."""
    before, started = children_cpu(), time.monotonic()
    subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return Cost(time.monotonic() - started, children_cpu() - before)


def usual_cost(commands: Sequence[Sequence[str]], times: int) -> list[Cost]:
    """Run commands in turns, so that each has the same neighbours, and tell the median of each."""
    for command in commands:
        cost_of(command)  # the first run reads from the disk
    rounds = [[cost_of(command) for command in commands] for _ in range(times)]
    return [
        Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs))
        for costs in zip(*rounds, strict=True)
    ]


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a new process, whose memory is its own."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawning) as pool:
        return pool.submit(function, *arguments).result()


def children_cpu() -> float:
    """The seconds of CPU of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
