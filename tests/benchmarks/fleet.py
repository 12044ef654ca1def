"""What a fleet costs above its parts, and how much memory it takes while it is at work."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]

from tests.fleet.workspaces import Workspaces

from .figure import Figure, children_cpu

SUBJECT = "fleet"
WORKSPACES, SCHEDULES, AT_ONCE = 200, 50, 8
START = 1.3
_SINGLES = 3
_GLANCE = 0.2
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class _Spent:
    """Seconds by the clock and of CPU, and the most memory at one time in MB: of the command, and of all."""

    wall: float
    cpu: float
    own: float
    whole: float


def figures(workspaces: int = WORKSPACES) -> Iterator[Figure]:
    """Preview single workspaces, then all of them as a fleet."""
    names = [f"w{number}" for number in range(workspaces)]
    with (
        tempfile.TemporaryDirectory(prefix="edges-nb-") as folder,
        Workspaces(names, Path(folder), SCHEDULES) as served,
    ):
        served.command("preview", "--workspace", names[0], "--out-dir", "first")  # it reads from the disk
        singles = [
            _spent(served.start("preview", "--workspace", name, "--out-dir", f"single/{name}"))
            for name in names[:_SINGLES]
        ]
        fleet = _spent(served.start("fleet", "preview", "-j", str(AT_ONCE), "--out-dir", "all"))
    cpu, wall = (sorted(getattr(one, name) for one in singles)[_SINGLES // 2] for name in ("cpu", "wall"))
    of_each = f"{workspaces} workspaces of {SCHEDULES} schedules, -j {AT_ONCE}"
    note = f"{fleet.cpu / workspaces:.2f} s against {cpu:.2f} s; {of_each}"
    what = "CPU for each workspace of a fleet, against a single edges-nb preview"
    yield Figure(SUBJECT, what, fleet.cpu / workspaces / cpu, "×", START, note=note)
    note = f"{fleet.wall:.0f} s in all; a single preview takes {wall:.1f} s"
    yield Figure(SUBJECT, "time for each workspace by the clock", fleet.wall / workspaces, "s", note=note)
    yield Figure(SUBJECT, "memory of the command itself at the most", fleet.own, "MB")
    note = f"{max(one.whole for one in singles):.0f} MB for a single preview"
    yield Figure(SUBJECT, "memory of all its processes at the most", fleet.whole, "MB", note=note)


def _spent(process: subprocess.Popen[str]) -> _Spent:
    """Look at a command until it ends."""
    before, began = children_cpu(), time.monotonic()
    own = whole = 0.0
    while process.poll() is None:
        try:
            command = psutil.Process(process.pid)
            used = [_memory(one) for one in (command, *command.children(recursive=True))]
            own, whole = max(own, used[0]), max(whole, sum(used))
        except psutil.NoSuchProcess:
            pass
        time.sleep(_GLANCE)
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(errors)
    return _Spent(time.monotonic() - began, children_cpu() - before, own, whole)


def _memory(process: psutil.Process) -> float:
    """What is its own, shared pages by their share."""
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0
