"""A sandbox in a process of its own, which remembers when each request came."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from edges_nb.redaction import Secret
from edges_nb.sandbox import SANDBOX_KEY, World
from edges_nb.settings import Settings
from tests.faults import Behaviour, Sandbox

IDENTITY_EVERY = 4
"""Of so many schedules each gets an identity of its own."""


@dataclass(frozen=True)
class Seen:
    """A request as the server saw it; `at` is in seconds."""

    at: float
    method: str
    path: str
    status: int | None

    @property
    def family(self) -> str:
        """What it is counted with by servers that count by family."""
        return self.path.removeprefix("/v1").split("/")[1]


def everyday(count: int) -> World:
    """A workspace in which every schedule is to be migrated, and has run once."""
    world = World(seed=3)
    hired = world.clock.now() - timedelta(days=90)
    for number in range(count):
        if number % IDENTITY_EVERY == 0:
            owner = world.add_identity(f"Desk {number}", type="engagement", created_at=hired)
        parameters = {"sync_mode": "full", "max_results": 500}
        created = hired + timedelta(seconds=number)
        made = world.add_schedule(owner, parameters=parameters, created_at=created)
        ran = hired + timedelta(days=1, seconds=number)
        world.add_run(made, output_count=400, created_at=ran, started_at=ran, finished_at=ran)
    return world


def settings_for(base_url: str, ledger: Path | None = None) -> Settings:
    """What leads a client to a server."""
    return Settings(Secret(SANDBOX_KEY), base_url, str(ledger or ""), sandbox=True)


class Server:
    """Serves a workspace as long as the context lasts.

    Args:
        make: makes the workspace, in the server's process.
        arguments: for it.
    """

    def __init__(self, behaviour: Behaviour, make: Callable[..., World], *arguments: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, behaviour, make, arguments), daemon=True)

    def __enter__(self) -> Server:
        self._process.start()
        self.base_url: str = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ask("stop")
        self._process.join()

    def behave(self, behaviour: Behaviour) -> None:
        """Change how it answers, from now on."""
        self._ask("behave", behaviour)

    def seen(self) -> list[Seen]:
        """The requests since this was last asked, in their order."""
        return [Seen(*row) for row in self._ask("seen")]

    def _ask(self, what: str, *arguments: object) -> Any:
        self._pipe.send((what, *arguments))
        return self._pipe.recv()


def _serve(
    pipe: Connection, behaviour: Behaviour, make: Callable[..., World], given: tuple[int, ...]
) -> None:
    seen: list[tuple[float, str, str, int | None]] = []
    sandbox = Sandbox(make(*given), behaviour)
    sandbox.on_call = lambda call, phase: (
        seen.append((time.monotonic(), call.method, call.path, call.status)) if phase == "after" else None
    )
    with sandbox:
        pipe.send(sandbox.base_url)
        while True:
            match pipe.recv():
                case ("stop",):
                    pipe.send(None)
                    return
                case ("behave", changed):
                    sandbox.behaviour = changed
                    pipe.send(None)
                case ("seen",):
                    told, seen[:] = seen[:], []
                    pipe.send(told)
