"""A workspace to start schedules and runs in: pretended processes go wrong as told, on a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from edges_nb.client import Edges
from edges_nb.errors import EdgesNbError
from edges_nb.models.api import CONNECTIONS
from edges_nb.models.name_marks import mark_of
from edges_nb.models.results import Outcome
from edges_nb.planning.start_plan import StartPlan, plan_starts
from edges_nb.redaction import Secret
from edges_nb.sandbox import SANDBOX_KEY, World
from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.settings import Settings
from tests.faults import Behaviour, Sandbox
from tests.reliability.faults import FaultsToCome, RequestFault
from tests.reliability.process import Clock, Crash, Process
from tests.reliability.wire import Wire

SECRET = "fake-secret-for-tests"


class MovingClock(Clock):
    """Moves the sandbox's clock when somebody sleeps."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._sandbox.advance(timedelta(seconds=seconds))


class Bench:
    """Three engagement identities and one of each kind that can't be used; nothing is scheduled."""

    def __init__(self, folder: Path, **behaviour: Any) -> None:
        self.world = World(seed=5)
        zones = ("Europe/Paris", "Europe/Berlin", "America/Chicago")
        self.desks = [self.world.add_identity(f"Desk {n}", timezone=zone) for n, zone in enumerate(zones, 1)]
        self.standard = self.world.add_identity("Scout", type="standard")
        self.idle = self.world.add_identity("Idle", is_active=False)
        self.sandbox = Sandbox(self.world, Behaviour(**behaviour))
        self.sandbox.faults = FaultsToCome(self.world)
        self.ledger = folder / "ledger.sqlite"
        self.clock = Clock()
        self.died = False

    def row(self, number: int = 0, **cells: Any) -> dict[str, Any]:
        """A row for one of the desks."""
        return {
            "identity_uid": self.desks[number].uid,
            "input": {"linkedin_url": f"https://www.linkedin.com/in/desk-{number}"},
            "callback_url": "https://hooks.example.com/edges",
            "callback_headers": {"Authorization": f"Bearer {SECRET}"},
            "cron": "0 9 * * *",
            **cells,
        }

    def edges(self, faults: Iterable[RequestFault] = (), process: Process | None = None) -> Edges:
        wire = Wire(self.sandbox, process or Process(), self.clock, faults)
        settings = Settings(Secret(SANDBOX_KEY), "http://127.0.0.1/v1", str(self.ledger))
        return Edges(settings, clock=self.clock, http=wire)

    def plan(self, rows: Any = None, **options: Any) -> StartPlan:
        return plan_starts(self.edges(), self.row() if rows is None else rows, **options)

    def run(self, *faults: RequestFault, task: Callable[[Edges], Any] | None = None) -> Any:
        """Run a process to its end, however it ends; return what came of it, or the error it told."""
        process = Process()
        try:
            with process.running():
                return (task or self.start)(self.edges(faults, process))
        except Crash:
            self.died = True
            return None
        except EdgesNbError as error:
            return error

    def start(self, edges: Edges) -> Outcome:
        return plan_starts(edges, self.row()).apply(workers=1)

    @property
    def live(self) -> list[StoredSchedule]:
        """What is scheduled and can run, the oldest first."""
        live = [row for row in self.world.schedules.values() if row.status in ("ACTIVE", "PAUSED")]
        return sorted(live, key=lambda row: row.created_at)

    @property
    def creates(self) -> int:
        """Schedules and runs that were created."""
        return sum(call.created is not None for call in self.sandbox.history)

    def is_named(self) -> bool:
        mark = mark_of(self.live[0].name)
        return mark is not None and not mark.replaces

    def by_hand(self, number: int = 0, *, ran: bool = True, **fields: Any) -> StoredSchedule:
        """What somebody scheduled without this tool, as a desk's row asks for."""
        given = {
            "action_name": CONNECTIONS,
            "inputs": [self.row(number)["input"]],
            "callback": {"url": "https://hooks.example.com/edges", "headers": self.row()["callback_headers"]},
            "parameters": {"sync_mode": "incremental"},
            "cron": "0 9 * * *",
            "timezone": self.desks[number].timezone,
        }
        schedule = self.world.add_schedule(self.desks[number], **(given | fields))
        if ran:
            self.world.add_run(schedule, status="SUCCEEDED")
        return schedule
