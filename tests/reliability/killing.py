"""A stage for real processes: a server on loopback, a ledger in a file, and somebody who kills."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from edges_nb.sandbox.request_handler import Api, CallHook
from edges_nb.sandbox.server import Server
from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault

from . import worlds
from .bench import Bench
from .faults import FaultsToCome
from .nursery import Ended, Nursery
from .setting import Setting
from .victim import Errand, Point

_MEMORY = Path("/dev/shm")  # where there is one, a ledger's many small syncs cost nothing


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
    """A workspace on a bench, served on loopback, and the ledgers of the processes that migrate it."""

    def __init__(self, stage: "Stage", bench: Bench, setting: Setting, folder: Path) -> None:
        self.bench, self.setting = bench, setting
        self._stage = stage
        self.faults = FaultsToCome(bench.world)
        bench.sandbox.faults = self.faults
        hidden = worlds.planned(bench.world) if setting.dialect == "reference" else []
        identities = {row.uid: row.identity_ids[0] for row in hidden}
        ledgers = [folder / name for name in ("ledger.sqlite", "other.sqlite")]
        self._errands = [
            Errand(stage.base_url, str(ledger), setting.order, setting.workers, identities)
            for ledger in ledgers
        ]
        for ledger in ledgers:
            bench.witness.watch(ledger)

    @property
    def errand(self) -> Errand:
        """What the processes of its first operator do."""
        return self._errands[0]

    def keep_ledger_at(self, address: str, hurry: float) -> None:
        """Give the first operator a ledger on a server, and processes that wait longer for it."""
        self._errands[0] = replace(self.errand, ledger=address, hurry=hurry)

    def run(
        self, point: Point | None = None, *, ledger: int = 0, beside: CallHook | None = None
    ) -> tuple[Ended, str]:
        """Start a process, kill it at the point, and tell how it ended, and where.

        Args:
            beside: called at each request, too.
        """
        bench, killer = self.bench, _Killer(self, point)

        def meanwhile(call: Call, phase: str) -> None:
            if beside is not None:
                beside(call, phase)
            killer(call, phase)

        bench.meanwhile = meanwhile
        killer.pid.set_result(self._stage.nursery.start(self._errands[ledger], point))
        ended = self._stage.nursery.wait()
        bench.meanwhile = None
        # Nobody but the next process may mend what the dead one left of the journal.
        bench.witness.close()
        return ended, self._told(point, killer) if point and ended.dead else ""

    def run_both(self, points: Sequence[Point | None], *, same_ledger: bool) -> list[Ended]:
        """Start two processes at once, each of which dies by itself at its point."""
        nurseries = self._stage.nursery, self._stage.second_nursery
        for number, (nursery, point) in enumerate(zip(nurseries, points, strict=True)):
            nursery.start(self._errands[0 if same_ledger else number], point)
        ended = [nursery.wait() for nursery in nurseries]
        self.bench.witness.close()
        return ended

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
            found.append(f"I7 a process that nobody killed ended with {ended.code}: {ended.error}")
        return [*found, *self.bench.witness.found, *self.bench.claims(ended)]  # type: ignore[arg-type]

    def finish(self, most: int = 2, *, ledgers: int = 1) -> list[str]:
        """I7: run again at most so often, and tell what is not finished then, or told wrongly.

        Args:
            ledgers: how many were used: what a process left halfway only its own ledger can explain.
        """
        found: list[str] = ["not run"]
        for number in range(most):
            if not found:
                break
            if number:
                self.bench.let_a_while_pass()
            ends = [self.run(ledger=ledger)[0] for ledger in range(ledgers)]
            found = [*self.judged(ends[-1]), *self.bench.checker.finished()]
            attention = [result for ended in ends if ended.outcome for result in ended.outcome.attention]
            found += [f"I7 {result}" for result in attention if number or ledgers == 1]
        return found


class Stage:
    """A server in front of one sandbox after the other: starting one for each would take half of the time."""

    def __init__(self) -> None:
        self.api: Api | None = None
        self.nursery = Nursery()
        self._also: list[Nursery] = []
        self._server = Server(self)  # type: ignore[arg-type]
        self.base_url = f"http://127.0.0.1:{self._server.port}/v1"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.api, name)

    @cached_property
    def second_nursery(self) -> Nursery:
        self._also.append(Nursery())
        return self._also[0]

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()
        for nursery in (self.nursery, *self._also):
            nursery.close()

    @contextmanager
    def case(self, setting: Setting) -> Iterator[Case]:
        folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
        try:
            with setting.bench() as bench:
                self.api = bench.sandbox.api
                yield Case(self, bench, setting, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
