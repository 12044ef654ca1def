"""Whole migrations with a ledger in PostgreSQL, whose server goes away at moments that a seed chooses.

Processes are real, and some of them are killed; the server is one of its own, with a PgBouncer before it.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from edges_nb.errors import LedgerError
from edges_nb.sandbox.wire_types import Call
from tests.ledger.postgres_server import Server, pooling, serving

from .killing import Case, Stage
from .kills import rehearsed
from .nursery import Ended
from .setting import Setting, Tally
from .victim import Kind, Point

SETTINGS = (
    Setting(count=3),
    Setting(count=9, workers=24),
    Setting("guide", count=3),
    Setting(count=3, names="refused"),
    Setting("guide", count=3, names="ignored", dialect="reference"),
)
_HURRY = 20.0
"""Seconds that pass for the tool while it sleeps for one: a server is waited for for three real ones."""

_LONG = 4.0
"""Real seconds, longer than is waited."""

_AT_REQUESTS: tuple[Kind, ...] = ("before", "after", "answered")


@contextmanager
def _killed(server: Server, _url: str) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start_again()


@contextmanager
def _stopped(server: Server, _url: str) -> Iterator[None]:
    with server.stopped():
        yield


@contextmanager
def _read_only(server: Server, url: str) -> Iterator[None]:
    database = f"ALTER DATABASE {sa.make_url(url).database} SET default_transaction_read_only"
    for value in ("on", "off"):
        server.execute(f"{database} = {value}")
        server.end_connections(url)
        if value == "on":
            yield


@contextmanager
def _cut_off(server: Server, url: str) -> Iterator[None]:
    server.end_connections(url)
    yield


OUTAGES: dict[str, Callable[[Server, str], AbstractContextManager[None]]] = {
    "killed": _killed,
    "stopped": _stopped,
    "read-only": _read_only,
    "connections ended": _cut_off,
}


@dataclass
class _Outage:
    """One that begins at a request, and lasts for a while; told every request."""

    server: Server
    url: str
    kind: str
    nth: int
    phase: str
    late: float
    lasts: float
    came: bool = False
    _seen: int = 0
    _lasting: list[threading.Thread] = field(default_factory=list)

    def __call__(self, _call: Call, phase: str) -> None:
        self._seen += phase == self.phase
        if self._seen == self.nth and phase == self.phase and not self.came:
            self.came = True
            self._lasting.append(threading.Thread(target=self._last))
            self._lasting[0].start()

    def _last(self) -> None:
        time.sleep(self.late)
        with OUTAGES[self.kind](self.server, self.url):
            time.sleep(self.lasts)

    def end(self) -> None:
        """Wait until it is over."""
        for thread in self._lasting:
            thread.join()

    def __str__(self) -> str:
        return f"{self.kind} for {self.lasts:.2f} s, {self.late:.3f} s {self.phase} request {self.nth}"


def thrown_once(stage: Stage, server: Server, port: int, seed: str) -> Tally:
    """Migrate in up to three processes while the ledger's server goes away, then let clean ones finish."""
    dice, tally = random.Random(f"outages {seed}"), Tally(cases=1)
    setting, pooled = dice.choice(SETTINGS), dice.random() < 0.3
    url = server.database()
    through = f"postgresql://postgres@127.0.0.1:{port}/{sa.make_url(url).database}"
    told = ["behind PgBouncer"] * pooled
    found: list[str] = []
    with stage.case(setting) as case:
        case.keep_ledger_at(through if pooled else url, _HURRY)
        case.bench.witness.watch(url)
        for _ in range(dice.choice((1, 2, 3))):
            point, outage = _point(dice, setting), _outage(dice, setting, server, url)
            told.append(f"{outage}, client killed {point}" if point else str(outage))
            ended, _ = case.run(point, beside=outage)
            if ended.dead or dice.random() < 0.7:
                outage.end()
            found = _judged(case, ended)
            tally.processes += 1
            tally.faults.update(_struck(outage, ended, pooled=pooled))
            if found:
                break
            outage.end()
            _expire_leases(server, url)
        outage.end()
        _expire_leases(server, url)
        found = found or case.finish()
        tally.requests = len(case.bench.checker.history)
    tally.broken = [f"outages {seed}: {setting}, {'; '.join(told)}: {sentence}" for sentence in found[:3]]
    return tally


def _point(dice: random.Random, setting: Setting) -> Point | None:
    if dice.random() < 0.5:
        return None
    return Point(dice.choice(_AT_REQUESTS), dice.randint(1, len(rehearsed(setting)[0])))


def _outage(dice: random.Random, setting: Setting, server: Server, url: str) -> _Outage:
    lasts = _LONG if dice.random() < 0.2 else dice.uniform(0, 0.5)
    nth, phase = dice.randint(1, len(rehearsed(setting)[0])), dice.choice(("before", "after"))
    return _Outage(server, url, dice.choice(sorted(OUTAGES)), nth, phase, dice.uniform(0, 0.02), lasts)


def _struck(outage: _Outage, ended: Ended, *, pooled: bool) -> Iterator[str]:
    where = "PostgreSQL behind PgBouncer" if pooled else "PostgreSQL"
    if outage.came:
        yield f"{where} {outage.kind}{' for long' if outage.lasts == _LONG else ''}"
    if ended.dead:
        yield f"{where}: client killed"


def _judged(case: Case, ended: Ended) -> list[str]:
    """What is wrong with a process; where its ledger was away for long, it may end with an error of it."""
    ended_early = isinstance(ended.error, LedgerError)
    return [
        sentence
        for sentence in case.judged(ended)
        if not (ended_early and sentence.startswith("I7 a process that nobody killed"))
    ]


def _expire_leases(server: Server, url: str) -> None:
    """Let the time pass that a dead holder's lease lasts."""
    with suppress(sa.exc.ProgrammingError):  # there is no table yet
        server.execute("UPDATE leases SET expires_at = clock_timestamp() - interval '1 second'", url)


def played(seed: str, cases: int) -> Tally:
    """Play some workspaces on a server of their own."""
    tally = Tally()
    with Stage() as stage, serving() as server, pooling(server) as port:
        for number in range(cases):
            tally += thrown_once(stage, server, port, f"{seed}/{number}")
    return tally
