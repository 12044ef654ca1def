"""Tell real commands to end at moments that a seed chooses, and judge what they leave.

Each is `edges-nb apply`, or papermill on the same notebook, against a server in another process. A signal
comes at one of its requests or, while it starts, at a second; another one or SIGKILL may follow.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import psutil  # type: ignore[import-untyped,unused-ignore]

from edges_nb.models.results import Outcome, Result
from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.wire_types import Call
from tests.leaks import traces_in

from . import claims, worlds
from .killing import Case, Stage
from .kills import rehearsed
from .nursery import Ended
from .setting import Setting, Tally

How = Literal["edges-nb", "papermill"]
Then = Literal["", "again", "SIGKILL"]

NUMBERS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SETTINGS = (
    Setting(count=3),
    Setting(count=9),
    Setting(count=30),
    Setting("guide", count=9),
    Setting(count=9, names="refused"),
    Setting("guide", names="ignored", count=3),
    Setting(count=9, dialect="reference"),
)
_TOP = Path(__file__).parents[2]
_SOON = ("-c", "import sys; sys.modules['rfc3987_syntax'] = None; ")  # a grammar that costs a second
_COMMANDS: dict[How, str] = {
    "edges-nb": "from edges_nb.cli import main; main()",
    "papermill": "from papermill.__main__ import papermill; papermill()",
}
_AT_ONCE = 24
"""Schedules that a run works at together: so many may begin at the moment of a signal."""

_SLOWLY = 0.03
"""Real seconds that a change takes, so that some are under way when a signal comes."""

_HANGS = 90
"""Real seconds after which a run that was told to end hangs."""


@dataclass(frozen=True)
class Blow:
    """When a run is told to end, and by what.

    Attributes:
        nth: the request, from 1, that the signal comes with; 0 where a second after the start does it.
        late: real seconds after that request or the start.
        then: what follows half a second later at the most: the same signal, SIGKILL, or nothing.
    """

    how: How
    number: signal.Signals
    nth: int
    late: float
    then: Then = ""

    @classmethod
    def thrown(cls, dice: random.Random, requests: int) -> "Blow":
        how: How = dice.choice(("edges-nb", "edges-nb", "papermill"))
        nth = dice.randint(1, requests) if dice.random() < 0.8 else 0
        late = dice.uniform(0, 0.1) if nth else dice.uniform(0, 4)
        return cls(how, dice.choice(NUMBERS), nth, late, dice.choice(("", "", "again", "SIGKILL")))

    @property
    def codes(self) -> tuple[int, ...]:
        """What it may exit with, as a shell tells it."""
        told = [128 + self.number]
        # Papermill notices no other, and has one code for all that went wrong.
        told += [1] * ((self.how, self.number) == ("papermill", signal.SIGINT))
        return (*told, *[128 + signal.SIGKILL] * (self.then == "SIGKILL"))

    def __str__(self) -> str:
        when = f"request {self.nth}" if self.nth else "the start"
        then = f", then {self.then}" if self.then else ""
        return f"{self.how} told {self.number.name} {self.late:.2f} s after {when}{then}"


@dataclass
class _Run:
    """One run of a command that is told to end."""

    case: Case
    blow: Blow
    folder: Path
    struck_at: int | None = None
    _process: psutil.Popen | None = None
    _striking: list[threading.Thread] = field(default_factory=list)

    def play(self) -> int:
        """Run it until nothing of it is left; returns its exit code, as a shell tells it."""
        self.case.bench.meanwhile = self._hook
        self._start = len(self.case.bench.sandbox.history)
        log = self.folder / "terminal.txt"
        with log.open("wb") as terminal:
            self._process = psutil.Popen(
                self._command(), cwd=_TOP, env=self._environment(), stdout=terminal, stderr=subprocess.STDOUT
            )
        if not self.blow.nth:
            self._strike_later()
        code = self._process.wait(_HANGS)
        for thread in self._striking:
            thread.join()
        _, alive = psutil.wait_procs(self._kernels(), timeout=_HANGS)
        for process in alive:
            process.kill()
        assert alive == [], "a kernel outlives its run"
        self.case.bench.meanwhile = None
        self.case.bench.witness.close()
        return 128 - code if code < 0 else code

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def _command(self) -> list[str]:
        given = {"out_dir": str(self.out), "order": self.case.setting.order, "approve": "all"}
        if self.case.errand.identities:
            overrides = self.folder / "overrides.csv"
            worlds.identities(self.case.bench.world).to_csv(overrides, index=False)
            given["overrides"] = str(overrides)
        start = [sys.executable, *_SOON[:1], _SOON[1] + _COMMANDS[self.blow.how]]
        if self.blow.how == "edges-nb":
            options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
            return [*start, "apply", *options]
        pairs = [part for name, value in given.items() for part in ("-p", name, value)]
        notebooks = ["notebooks/02_migrate.ipynb", str(self.folder / "executed.ipynb")]
        return [*start, *notebooks, "--no-progress-bar", "-p", "mode", "apply", *pairs]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(_TOP),
            "EDGES_API_KEY": SANDBOX_KEY,
            "EDGES_API_BASE": self.case.errand.base_url,
            "EDGES_LEDGER": self.case.errand.ledger,
        }

    def _hook(self, call: Call, phase: str) -> None:
        if phase == "before":
            if call.n - self._start == self.blow.nth:
                self._strike_later()
            if call.operation in ("pause", "create", "cancel"):
                time.sleep(_SLOWLY)

    def _strike_later(self) -> None:
        self._striking.append(threading.Thread(target=self._strike))
        self._striking[-1].start()

    def _strike(self) -> None:
        time.sleep(self.blow.late)
        assert self._process is not None
        kernels = self._kernels()
        with suppress(psutil.NoSuchProcess):
            if not self._process.is_running():
                return
            self.struck_at = len(self.case.bench.sandbox.history)
            self._process.send_signal(self.blow.number)
            if self.blow.then:
                time.sleep(self.blow.late * 5 % 0.5)
                self._process.send_signal(signal.SIGKILL if self.blow.then == "SIGKILL" else self.blow.number)
        for kernel in kernels if self.blow.then == "SIGKILL" else ():
            with suppress(psutil.NoSuchProcess):
                kernel.kill()

    def _kernels(self) -> list[psutil.Process]:
        """Processes of this run, whoever their parent is: its ledger is in their environment."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                mine = process.environ().get("EDGES_LEDGER") == self.case.errand.ledger
                if mine and self._process is not None and process.pid != self._process.pid:
                    found.append(process)
        return found


def thrown_once(stage: Stage, seed: str) -> Tally:
    """Tell one or two runs on a workspace to end, then let a clean one finish."""
    dice, tally = random.Random(f"signals {seed}"), Tally(cases=1)
    setting = dice.choice(SETTINGS)
    told: list[str] = []
    with stage.case(replace(setting, workers=_AT_ONCE)) as case, _heard():
        for _ in range(dice.choice((1, 1, 2))):
            blow = Blow.thrown(dice, len(rehearsed(setting)[0]))
            told.append(str(blow))
            with tempfile.TemporaryDirectory(prefix="signals", ignore_cleanup_errors=True) as folder:
                run = _Run(case, blow, Path(folder))
                found = list(_judged(run, run.play()))
            tally.processes += 1
            tally.faults.update(_struck(run))
            if found:
                break
        found = found or case.finish()
        tally.requests = len(case.bench.checker.history)
    tally.broken = [f"signals {seed}: {setting}, {'; '.join(told)}: {sentence}" for sentence in found[:3]]
    return tally


def _struck(run: _Run) -> list[str]:
    if run.struck_at is None:
        return []
    blow = run.blow
    then = {"": "", "again": ", twice", "SIGKILL": ", then SIGKILL"}[blow.then]
    return [f"{blow.number.name} to {blow.how}{then}"]


def _judged(run: _Run, code: int) -> Iterator[str]:
    """What is wrong with a run that was told to end."""
    bench, blow = run.case.bench, run.blow
    results = run.out / "results.json"
    begun_before, begun = (_begun(run, until) for until in (run.struck_at, None))
    ended = _ended(results)
    gently = not blow.then
    # Killed, or told twice, it may leave what it began as any killed process does.
    resting = run.case.setting.order == "pause" or gently
    yield from bench.checker.at_rest() if resting else bench.checker.violations()
    yield from bench.witness.found
    yield from traces_in(run.folder, worlds.SECRETS)
    if run.struck_at is not None and code not in blow.codes and not _was_over(run, code):
        terminal = (run.folder / "terminal.txt").read_text("utf-8", "replace")
        yield f"I7 it ended with {code}, not {blow.codes}: {terminal[-500:]}"
    if len(begun) > (len(begun_before) + _AT_ONCE if begun_before else 1):
        yield f"I7 {len(begun) - len(begun_before)} were begun after the signal"
    if not gently:
        return
    # Where papermill ends between two cells, nobody is left to write a report.
    wanted = ("results.json", "report.html")[: 2 if blow.how == "edges-nb" else 1]
    if begun and (missing := [name for name in wanted if not (run.out / name).exists()]):
        yield f"I10 of {len(begun)} that were begun, no {' and no '.join(missing)} was left"
    yield from bench.claims(ended)  # type: ignore[arg-type]
    told = ended.outcome.results if ended.outcome else ()
    yield from claims.untold(told, (), bench.checker.stopped())


def _begun(run: _Run, until: int | None) -> set[str]:
    """Schedules of the plan that something was done to, before a request or at all."""
    planned = set(run.case.bench.checker.planned)
    calls = run.case.bench.sandbox.history[run._start : until]
    return {call.subject for call in calls if call.effect and call.subject in planned}


def _was_over(run: _Run, code: int) -> bool:
    """Whether everything was done when the signal came."""
    return run.struck_at == len(run.case.bench.sandbox.history) and code == 0


def _ended(results: Path) -> Ended:
    if not results.exists():
        return Ended(0, None)
    rows = json.loads(results.read_text(encoding="utf-8"))
    return Ended(0, Outcome(tuple(Result(**row) for row in rows)))


@contextmanager
def _heard() -> Iterator[None]:
    """Let processes that begin meanwhile hear signals, which those of a shell's background ignore."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGTERM)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def played(seed: str, cases: int) -> Tally:
    """Play some workspaces."""
    tally = Tally()
    with Stage() as stage:
        for number in range(cases):
            tally += thrown_once(stage, f"{seed}/{number}")
    return tally
