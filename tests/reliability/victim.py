"""What a process does that is going to be killed: a migration, over real sockets and on a real ledger."""

import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn

import pandas as pd

from edges_nb.client import Edges
from edges_nb.models.results import Outcome
from edges_nb.planning.plan import plan_migration
from edges_nb.redaction import Secret
from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.settings import Settings
from edges_nb.transport.http import Transport

from .process import LedgerFault, Process

Kind = Literal["before", "after", "answered", "commit before", "commit after", "torn write"]


@dataclass(frozen=True)
class Point:
    """Where a process dies.

    Attributes:
        kind: the server kills it `before` or `after` the effect of a request; it kills itself when a request
            is `answered`, or at a commit to its ledger; or the system kills it in the middle of a write.
        nth: which request or commit, from 1; for a torn write the byte of the file after which it dies.
    """

    kind: Kind
    nth: int

    def __str__(self) -> str:
        return f"{self.kind} {self.nth}"


@dataclass(frozen=True)
class Errand:
    """What a process is to do.

    Attributes:
        identities: identity by schedule, for servers that show none.
        hurry: seconds that pass for the tool while it sleeps for one.
    """

    base_url: str
    ledger: str
    order: Literal["pause", "guide"]
    workers: int
    identities: dict[str, str]
    hurry: float = 200.0


class HurriedClock:
    """A real clock, but for sleeping, which takes hardly any time."""

    def __init__(self, hurry: float) -> None:
        self._hurry, self._skipped = hurry, 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._hurry)
        self._skipped += seconds

    def utcnow(self) -> datetime:
        return datetime.now(UTC)


class Mortal(Process):
    """A process that really dies."""

    def die(self) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody outlives SIGKILL")


def run(errand: Errand, point: Point | None) -> Outcome:
    """Plan and apply as `notebooks/02_migrate.ipynb` does, up to the point."""
    process = Mortal(*_ledger_faults(point))
    _hurry_timers(errand.hurry)
    if point is not None and point.kind == "torn write":
        _die_at_byte(point.nth)
    if point is not None and point.kind == "answered":
        _die_when_answered(process, point.nth)
    settings = Settings(Secret(SANDBOX_KEY), errand.base_url, errand.ledger, max_rps=None, sandbox=True)
    overrides = None
    if errand.identities:
        overrides = pd.DataFrame(errand.identities.items(), columns=["schedule_uid", "identity_uid"])
    with process.running(), Edges(settings, clock=HurriedClock(errand.hurry)) as edges:
        plan = plan_migration(edges, overrides=overrides)
        return plan.apply(order=errand.order, workers=errand.workers)


def _hurry_timers(hurry: float) -> None:
    """Let what is bounded by real time end as much sooner as sleeping does, in all of this process."""

    class Hurried(threading.Timer):
        def __init__(self, interval: float, *arguments: Any) -> None:
            super().__init__(interval / hurry, *arguments)

    threading.Timer = Hurried  # type: ignore[misc]


def _ledger_faults(point: Point | None) -> list[LedgerFault]:
    match point:
        case Point("commit before", nth):
            return [LedgerFault("crash before", nth)]
        case Point("commit after", nth):
            return [LedgerFault("crash after", nth)]
    return []


def _die_at_byte(length: int) -> None:
    """Let the system kill this process when it makes a file longer: what fits is written, the rest is not."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, length))


def _die_when_answered(process: Mortal, nth: int) -> None:
    exchange: Callable[..., Any] = Transport._exchange
    answered = 0

    def exchange_and_die(self: Transport, asked: Any) -> Any:
        nonlocal answered
        heard = exchange(self, asked)
        answered += 1
        if answered == nth:
            process.die()
        return heard

    Transport._exchange = exchange_and_die  # type: ignore[method-assign]
