"""What can go wrong with one workspace of a fleet: five of them, each in its own way, until it is over."""

from __future__ import annotations

import json
import os
import signal
import threading
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

    def _before(self, name: str) -> Response | None:
        if name == "limited" and self._limited:
            self._limited -= 1
            refused = {"error_label": "STATUS_429", "status_code": 429, "message": "slower"}
            return JSONResponse(refused, 429, {"Retry-After": "1"})
        if name == "slow":
            self._slowly.wait(0.05)
        if name == "killed" and not self.killed and self._fleet.changes(name) >= 3:
            self.killed = True
            for pid in _kernels(self._fleet.environment()["KEY_KILLED"]):
                os.kill(pid, signal.SIGKILL)
        return None


def told(fleet: Workspaces, folder: str) -> dict[str, dict[str, Any]]:
    """What `fleet.json` tells, by workspace."""
    rows = json.loads((fleet.folder / folder / "fleet.json").read_text())
    return {row["workspace"]: row for row in rows}


def _kernels(key: str) -> list[int]:
    """The processes that know one key only: the command of a workspace and its kernel."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            known = (folder / "environ").read_bytes() if folder.name.isdecimal() else b""
            if f"={key}\0".encode() in known and b"KEY_ACME" not in known:
                found.append(int(folder.name))
        except OSError:
            continue
    return found
