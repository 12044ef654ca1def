"""What can go wrong with one workspace of a fleet: five of them, each in its own way, until it is over."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from tests.fleet.workspaces import Workspaces

ODD = ("refused", "limited", "slow", "killed", "swapped")


class Trouble:
    """Makes trouble for the workspaces that are named in `ODD`; `acme` is one of the others.

    Attributes:
        killed: whether the processes of `killed` were ended in the middle of its changes.
    """

    def __init__(self, fleet: Workspaces) -> None:
        self._fleet, self._right = fleet, dict(fleet.keys)
        self._limited, self.killed = 8, False
        self._slowly = threading.Event()
        fleet.before = self._before
        fleet.keys |= {"refused": "fake-key-of-nobody", "swapped": fleet.keys["acme"]}

    def end(self) -> None:
        """Put the right keys in their places; what else goes wrong is over by itself."""
        self._fleet.keys |= self._right

    def _before(self, name: str, method: str) -> Response | None:
        if name == "limited" and self._limited:
            self._limited -= 1
            return _slower()
        if name == "slow":
            self._slowly.wait(0.05)
        if name == "killed" and not self.killed and self._fleet.changes(name) >= 3:
            self.killed = True
            for pid in processes_with(self._fleet.keys["killed"], without=self._fleet.keys["acme"]):
                os.kill(pid, signal.SIGKILL)
        return None


class Amid:
    """Holds some workspaces in the middle of their changes, and tells when all of them are there.

    Attributes:
        over: set it to let them go on.
    """

    def __init__(self, fleet: Workspaces, names: Collection[str]) -> None:
        self._fleet, self._names, self._waiting = fleet, names, set(names)
        self._there, self.over = threading.Barrier(len(names) + 1), threading.Event()
        self._before_now = {name: fleet.changes(name) for name in names}
        fleet.before = self._before

    def reached(self) -> None:
        """Wait for it."""
        self._there.wait(240)

    def _before(self, name: str, method: str) -> Response | None:
        if name not in self._names or method == "GET" or self.over.is_set():
            return None
        if self._fleet.changes(name) < self._before_now[name] + 3:
            return None
        if name in self._waiting:
            self._waiting.discard(name)
            self._there.wait(240)
        # Twenty times are tried: long enough for whoever else has to come meanwhile.
        return _slower(seconds=5)


def told(fleet: Workspaces, folder: str) -> dict[str, dict[str, Any]]:
    """What `fleet.json` tells, by workspace."""
    rows = json.loads((fleet.folder / folder / "fleet.json").read_text())
    return {row["workspace"]: row for row in rows}


def processes_with(key: str, *, without: str) -> list[int]:
    """The processes whose environment holds one key and not the other: those of one workspace."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            known = (folder / "environ").read_bytes() if folder.name.isdecimal() else b""
        except OSError:
            continue
        if f"={key}\0".encode() in known and f"={without}\0".encode() not in known:
            found.append(int(folder.name))
    return found


def _slower(seconds: int = 1) -> Response:
    refused = {"error_label": "STATUS_429", "status_code": 429, "message": "slower"}
    return JSONResponse(refused, 429, {"Retry-After": str(seconds)})
