"""A workspace on a bench: pretended processes migrate it, go wrong as told, and are judged."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from edges_nb.client import Edges
from edges_nb.errors import EdgesNbError
from edges_nb.models.results import NEEDS_ATTENTION, Outcome, Result, outcome_until
from edges_nb.planning.plan import Plan, plan_changes, plan_migration, plan_undo
from edges_nb.redaction import Secret
from edges_nb.sandbox import SANDBOX_KEY, World
from edges_nb.sandbox.request_handler import CallHook
from edges_nb.sandbox.wire_types import Call, Request
from edges_nb.settings import Settings
from tests.faults import Behaviour, Sandbox

from . import claims, worlds
from .checker import Checker, Expected
from .faults import RequestFault
from .mishaps import Mishap, keep
from .process import Clock, Crash, LedgerFault, Process, running_here
from .weather import RIGHT, LastingFault, Times, Weather
from .wire import Dice, Wire
from .witness import Witness

AS_THE_GUIDE = Behaviour()
BASE_URL = "http://127.0.0.1/v1"
STRUCK: Counter[str] = Counter()
"""Every fault that came to pass in this Python process, by kind and time."""

_MEMORY = Path("/dev/shm")  # where there is one, a ledger's many small syncs cost nothing

Doing = Literal["migrate", "undo", "change"]

_CHANGED = 7
"""What a change makes of `max_results`."""

Task = Callable[[Edges, str], Any]
"""What a process does, with its client and the place of its ledger."""


@dataclass
class Ending:
    """How a process ended: with an outcome, an error that it told, or dead."""

    outcome: Outcome | None
    error: Exception | None
    process: Process
    wire: Wire
    ledger: str
    mode: str | None
    calls: Sequence[Call] = field(default_factory=list)
    planned_all: bool = False

    @property
    def dead(self) -> bool:
        return self.process.dead

    @property
    def faults(self) -> int:
        return self.wire.struck.total() + self.process.struck.total()

    @property
    def outcomes(self) -> dict[str, str]:
        return {r.schedule_uid: r.outcome for r in self.outcome.results} if self.outcome else {}


class Bench:
    """A sandbox, ledgers beside it, and the judges.

    Attributes:
        folder: of its ledgers, and key of its operators; those of several workspaces may share a folder.
        backups: whether each process begins with a copy of its ledger.
        new_ones_run: whether what was created has run when a while has passed.
        meanwhile: called at each request, before and after its effect; it may run other processes.

    Args:
        order: of the replacements.
        doing: what its processes do, where they are not told anything else.
        window, modes: see `Expected`.
        times: how wrong the clocks are.
    """

    def __init__(
        self,
        world: World,
        behaviour: Behaviour = AS_THE_GUIDE,
        *,
        order: Literal["pause", "guide"] = "pause",
        doing: Doing = "migrate",
        workers: int = 1,
        window: bool = False,
        modes: Collection[str | None] = (),
        times: Times = RIGHT,
    ) -> None:
        self.world, self.order, self.doing, self.workers = world, order, doing, workers
        self.sandbox = Sandbox(world, behaviour)
        # Order guide brings a refused schedule back by creating it again.
        strict = order == "pause" and doing == "migrate"
        modes = modes or (("incremental",) if strict else ("incremental", "full", None))
        self.expected = Expected(
            order=order,
            names=behaviour.names == "kept",
            modes=modes,
            intended={"max_results": _CHANGED} if doing == "change" else {},
            window=window,
        )
        self.checker = Checker(self.sandbox, world.cases["planned"], self.expected)
        self.witness = Witness()
        self.times, self.clock = times, Clock(times.client)
        self.weather = Weather(self.clock.monotonic, lambda: list(world.schedules))
        self.sandbox.on_call = self._on_call
        self.endings: list[Ending] = []
        self.meanwhile: CallHook | None = None
        self.backups = self.new_ones_run = False
        self.key = SANDBOX_KEY
        self._places: dict[str, Path] = {}
        self._halfway: set[tuple[str, str | None]] = set()
        self.folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
        self.overrides = worlds.identities(world) if behaviour.dialect == "reference" else None

    def __enter__(self) -> "Bench":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.witness.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def plan(self, edges: Edges, ledger: str) -> Plan:
        return self._heard(plan_migration(edges, overrides=self.overrides, ledger=ledger))

    def migrate(self, edges: Edges, ledger: str) -> Outcome:
        return self.plan(edges, ledger).apply(order=self.order, workers=self.workers)

    def undo(self, edges: Edges, ledger: str) -> Outcome:
        return self._heard(plan_undo(edges, ledger=ledger)).apply(order=self.order, workers=self.workers)

    def change(self, edges: Edges, ledger: str) -> Outcome:
        plan = plan_changes(edges, only=self.world.cases["planned"], max_results=_CHANGED, ledger=ledger)
        return self._heard(plan).apply(order=self.order, workers=self.workers)

    def _heard(self, plan: Plan) -> Plan:
        process = running_here()
        if process is not None:
            process.said.append(plan.ledger_state.trouble)
        return plan

    def run(
        self,
        faults: Iterable[RequestFault] = (),
        *,
        ledger_faults: Iterable[LedgerFault] = (),
        lasting: Iterable[LastingFault] = (),
        mishap: Mishap | None = None,
        dice: Dice | None = None,
        task: Task | None = None,
        ledger: str = "ledger.sqlite",
        gate: Callable[[], None] | None = None,
        mode: str | None = "",
        whole: bool = True,
    ) -> Ending:
        """Run a process from its start to its end, however it ends.

        Args:
            lasting: faults that last, also into the processes that come later.
            mishap: what happens to its ledger before.
            gate: see `Wire`.
            mode: of the schedules that it makes, as far as it is known; "" for that of what a bench does.
            whole: whether it also goes on with everything of its kind that was left halfway.
        """
        mode = mode if mode != "" else "incremental" if self.doing == "migrate" else None
        process = Process(*ledger_faults)
        shared = {"weather": self.weather, "lasting": lasting, "times": self.times, "key": self.key}
        wire = Wire(self.sandbox, process, self.clock, faults, dice, gate, **shared)
        place = self._place_of(ledger, mishap)
        self.witness.watch(place)
        start = len(self.sandbox.history)
        ending = Ending(None, None, process, wire, ledger, mode, planned_all=task is None)
        try:
            with process.running():
                edges = Edges(self._settings(place), clock=self.clock, http=wire)
                ending.outcome = (task or getattr(self, self.doing))(edges, str(place))
        except Crash:
            assert process.dead
        except EdgesNbError as error:
            ending.error = error
        assert ending.outcome is None or not process.dead, "a dead process came to an end"
        ending.calls = self.sandbox.history[start:]
        self.endings.append(ending)
        if ending.outcome is None or NEEDS_ATTENTION in ending.outcomes.values():
            self._halfway.add((ledger, mode))
        elif whole:
            self._halfway.discard((ledger, mode))
        STRUCK.update(wire.struck + process.struck)
        return ending

    def _settings(self, place: Path) -> Settings:
        return Settings(
            key=Secret(self.key), base_url=BASE_URL, ledger=str(place), max_rps=None, sandbox=True
        )

    def _place_of(self, ledger: str, mishap: Mishap | None) -> Path:
        place = was = self._places.get(ledger, self.folder / ledger)
        backup = self.folder / f"{ledger}.backup"
        if mishap is not None:
            place = self.folder / f"{mishap.kind} {ledger}"
            mishap.befall(was, backup, place)
            if not mishap.passes:
                self._places[ledger] = place
        if self.backups:
            keep(place, backup)
        return place

    def after_mishap(self) -> list[str]:
        """What the judges find where a ledger is not what it was: nothing has to be finished, but told."""
        ending = self.endings[-1]
        found = [*self.checker.violations(), *self.witness.found, *self.claims(ending), *self.untold(ending)]
        if ending.error is not None and (changed := [call.n for call in ending.calls if call.effect]):
            found.append(f"I6 requests {changed} changed something, and it ended with {ending.error}")
        return found

    def violations(self) -> list[str]:
        """What the judges find after the last process, which was alone."""
        ending = self.endings[-1]
        return [*self.broken(), *self.claims(ending), *self.untold(ending)]

    def broken(self) -> list[str]:
        """What the judges find of what the server and the ledgers saw, whoever did it."""
        resting = not self._halfway or (self.order == "pause" and not self.expected.window)
        found = self.checker.at_rest() if resting else self.checker.violations()
        return [*found, *self.witness.found]

    def claims(self, ending: Ending) -> list[str]:
        """What a process told that is not so, and what it should not have told."""
        return [*self._untrue(ending), *leaks_of(ending)]

    def rerun(self, most: int = 2) -> list[str]:
        """I7: run again without faults, at most so often, and tell what is not finished or not right.

        The first comes at once, the next a little later: lists have caught up, and runs have ended.
        """
        found: list[str] = ["not run"]
        self._let_weather_end()
        for number in range(most):
            if not found:
                break
            if number:
                self.let_a_while_pass()
            ending = self.run()
            aim = "incremental" if self.doing == "migrate" else "full"
            found = [*self.violations(), *self.checker.finished(aim)]
            if ending.outcome is None or ending.outcome.attention:
                found.append(f"I7 {ending.error or ending.outcome}")
        return found

    def let_a_while_pass(self) -> None:
        """Let what lasts be over, lists show what was created, and runs end; the server's clock stays."""
        self._let_weather_end()
        for _ in range(self.sandbox.behaviour.list_lag):
            self.sandbox.api.handle(Request("GET", "/v1/schedules", {"x-api-key": SANDBOX_KEY}))
        ran = {run.scheduled_run_uid for run in self.world.runs.values()}
        for row in list(self.world.schedules.values()) if self.new_ones_run else ():
            if row.uid not in self.checker.before and row.uid not in ran and row.status == "ACTIVE":
                self.world.add_run(row)
        for run in self.world.runs.values():
            run.status, run.finished_at = "SUCCEEDED", self.world.clock.now()

    def _let_weather_end(self) -> None:
        self.clock.sleep(max(0.0, self.weather.ends_at - self.clock.monotonic()))

    def _untrue(self, ending: Ending) -> Iterator[str]:
        schedules = self.world.schedules
        touched = {call.subject for call in getattr(ending, "calls", ()) if call.effect}
        results = _results(ending)
        # What was brought back may have been replaced since, by the same run or by another, and that may
        # have stopped halfway, which is told of what was brought back.
        open_ends = {each.schedule_uid for each in results if each.outcome == NEEDS_ATTENTION}
        for result in results:
            if result.new_uid in open_ends:
                continue
            uid = result.schedule_uid
            if uid not in schedules:
                yield f"I9 {result.outcome} was told of {uid}, which is not in this workspace"
                continue
            seen = claims.Seen(
                schedules[uid],
                schedules.get(result.new_uid or ""),
                self.checker.members(uid),
                changed=uid in touched,
            )
            yield from claims.untrue(result, seen, () if ending.mode is None else (ending.mode,))

    def untold(self, ending: Ending) -> Iterator[str]:
        """What a run that came to its end left without a live schedule, and did not tell of."""
        if ending.outcome is None or ending.wire.sent == 0 or self.checker.was_meddled_with:
            return
        results = _results(ending)
        told = {row.schedule_uid for row in results}
        stopped = [uids for uids in self.checker.stopped() if ending.planned_all or told & {*uids}]
        yield from claims.untold(results, ending.process.said, stopped)

    def _on_call(self, call: Call, phase: str) -> None:
        if phase == "before" and call.n not in self.checker.foreign:
            self.witness.see(call)
        if self.meanwhile is not None:
            self.meanwhile(call, phase)


def _results(ending: Ending) -> tuple[Result, ...]:
    """What it told of the schedules, also where an error broke it off."""
    if ending.outcome is None and ending.error is not None:
        return outcome_until(ending.error).results
    return ending.outcome.results if ending.outcome else ()


def leaks_of(ending: Ending) -> list[str]:
    """I8: secrets in what a process told."""
    told = f"{_results(ending)!r} {ending.outcome!r} {ending.error!r} {ending.error}"
    return [f"I8 {secret} was told" for secret in worlds.SECRETS if secret in told]
