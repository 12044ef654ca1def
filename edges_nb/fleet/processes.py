"""One process for each workspace, so many at a time, all of them told when this one is told to end."""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from edges_nb.fleet.members import Members
from edges_nb.fleet.outcome import LeftFiles, WorkspaceOutcome

_MAIN = "from edges_nb.cli import main; main()"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Processes:
    """Runs a command for several workspaces.

    Attributes:
        command: of `edges-nb`, such as `preview`.
        folder: in which each workspace has its own.
        needs_approval: whether it changes something, so that what nobody approved is left alone.
        stopped: the signal that came, 0 where none did.
    """

    command: str
    members: Members
    folder: Path
    needs_approval: bool = False
    stopped: int = 0
    _alive: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self, approved: Mapping[str, str], at_once: int, tell: Callable[[WorkspaceOutcome], None]
    ) -> list[WorkspaceOutcome]:
        """Run all, and return what became of each, in the order of the file.

        Args:
            approved: what goes in as `--approve`, by workspace.
            at_once: how many processes there are at a time.
            tell: is told each as it ends.
        """
        ended: dict[str, WorkspaceOutcome] = {}
        with self._passing_signals_on(), ThreadPoolExecutor(at_once) as pool:
            begun = [pool.submit(self._one, name, approved.get(name, "")) for name in self.members.names]
            for future in as_completed(begun):
                outcome = future.result()
                ended[outcome.workspace] = outcome
                tell(outcome)
        return [ended[name] for name in self.members.names]

    def _one(self, name: str, approve: str) -> WorkspaceOutcome:
        if self.stopped:
            return WorkspaceOutcome(name, "failed", "It was not begun: the fleet was told to end.", code=1)
        if self.needs_approval and not approve:
            told = "It is not among the approvals: nothing was changed there."
            return WorkspaceOutcome(name, "attention", told, code=1)
        folder = self.folder / name
        left = LeftFiles(folder)
        more = ["--approve", approve] if approve else []
        child = subprocess.Popen(  # noqa: S603 - our own command, and no shell
            [
                *(sys.executable, "-c", _MAIN, "--quiet", self.command),
                *("--workspace", name, "--out-dir", str(folder), *more),
            ],
            env=self.members.environment(name),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # Ctrl-C reaches it once, from here.
            start_new_session=True,
        )
        with self._lock:
            self._alive.add(child.pid)
            if self.stopped:
                _signal(child.pid, self.stopped)
        assert child.stderr is not None  # noqa: S101 - a pipe was asked for
        last = deque((line.strip() for line in child.stderr if line.strip()), maxlen=1)
        code = child.wait()
        with self._lock:
            self._alive.discard(child.pid)
        told = (last or [""])[0].removeprefix("edges-nb: ")
        return left.outcome(name, code, told.replace("EDGES_API_KEY", self.members.place_of_key(name)))

    @contextmanager
    def _passing_signals_on(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def told(number: int, frame: FrameType | None) -> None:
            self.stopped = self.stopped or number
            for pid in tuple(self._alive):
                _signal(pid, number)

        # What is ignored, as SIGHUP is after nohup, stays so.
        taken = [number for number in _ENDING if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, told) for number in taken}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _signal(pid: int, number: int) -> None:
    with suppress(OSError):
        os.kill(pid, number)
