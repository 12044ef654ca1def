"""Runs papermill on a notebook, as people do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped,unused-ignore]

from tests.forked import Forked
from tests.leaks import traces_in

from .checker import snapshot
from .foreign_server import API_KEY, ForeignServer, Switches, Workspace

REPO = Path(__file__).parents[2]
NOTEBOOK = "notebooks/02_migrate.ipynb"
PATIENCE = 300  # seconds after which a run counts as hanging


@dataclass
class Finished:
    """What one run left behind."""

    code: int
    output: str
    out_dir: Path
    notebook: Path
    ledger: Path

    def read(self, name: str) -> Any:
        return json.loads((self.out_dir / name).read_text(encoding="utf-8"))

    @property
    def decisions(self) -> dict[str, str]:
        return {item["schedule_uid"]: item["decision"] for item in self.read("plan.json")["items"]}

    @property
    def outcomes(self) -> dict[str, str]:
        return {item["schedule_uid"]: item["outcome"] for item in self.read("results.json")}

    def leaks(self, secrets: Iterable[str]) -> list[str]:
        """Where a secret can be read, in any file but the ledger."""
        return traces_in(self.out_dir.parent, secrets)


@dataclass
class Stage:
    """A server, a ledger and a folder: what one scenario needs.

    Attributes:
        kernel: whether papermill is started as people do, and starts a kernel, which takes five seconds.
    """

    root: Path
    home: Path
    server: ForeignServer
    before: Workspace
    environment: dict[str, str] = field(default_factory=dict)
    kernel: bool = False
    process: subprocess.Popen[bytes] | Forked | None = None
    runs: int = 0

    def __post_init__(self) -> None:
        (self.root / "private").mkdir()

    def start(
        self, *, notebook: str = NOTEBOOK, ledger_name: str = "ledger.sqlite", **parameters: Any
    ) -> Running:
        """Start a run and don't wait for it."""
        self.runs += 1
        place = self.root / f"run{self.runs}"
        place.mkdir()
        ledger = self.root / "private" / ledger_name
        given = {"out_dir": place / "out", **parameters}
        if given.get("mode") in ("apply", "undo"):
            given.setdefault("approve", "all")
        arguments = [notebook, str(place / "executed.ipynb"), "--no-progress-bar"]
        for name, value in given.items():
            arguments += ["-p", name, str(value)]
        environment = self._environment(ledger)
        process = self._process(arguments, environment, place / "terminal.txt")
        self.process = process
        return Running(process, place, Path(environment["EDGES_LEDGER"]))

    def _process(
        self, arguments: list[str], environment: dict[str, str], terminal: Path
    ) -> subprocess.Popen[bytes] | Forked:
        if not self.kernel:
            return Forked("papermill", arguments, REPO, environment, terminal)
        command = [sys.executable, "-m", "papermill", *arguments]
        with terminal.open("wb") as output:
            return subprocess.Popen(
                command, cwd=REPO, env=environment, stdout=output, stderr=subprocess.STDOUT, umask=0o022
            )

    def migrate(self, mode: str = "apply", **parameters: Any) -> Finished:
        return self.start(mode=mode, **parameters).wait()

    def _environment(self, ledger: Path) -> dict[str, str]:
        kept = {
            key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR") if key in os.environ
        }
        return {
            **kept,
            "HOME": str(self.home),
            "EDGES_API_KEY": API_KEY,
            "EDGES_API_BASE": self.server.base_url,
            "EDGES_LEDGER": str(ledger),
            **self.environment,
        }

    def kill(self) -> None:
        """SIGKILL the run and its kernel, which lives in a session of its own."""
        assert self.process is not None
        top = psutil.Process(self.process.pid)
        victims = [*top.children(recursive=True), top]
        for victim in victims:
            victim.send_signal(signal.SIGKILL)


@dataclass
class Running:
    """A run that was started."""

    process: subprocess.Popen[bytes] | Forked
    place: Path
    ledger: Path

    def wait(self) -> Finished:
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            for victim in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
                victim.kill()
            raise
        output = (self.place / "terminal.txt").read_text("utf-8", "replace")
        return Finished(code, output, self.place / "out", self.place / "executed.ipynb", self.ledger)


@contextmanager
def stage(
    root: Path,
    home: Path,
    workspace: Workspace,
    switches: Switches | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Stage]:
    with ForeignServer(workspace, switches) as server:
        yield Stage(root, home, server, snapshot(server), environment or {})
