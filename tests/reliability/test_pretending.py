"""What the other tests stand on: requests without sockets, time that passes at once, and deaths that last."""

import sqlite3
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from edges_nb.sandbox import SANDBOX_KEY
from tests.faults import Sandbox

from . import worlds
from .faults import VARIANTS, RequestFault
from .process import LEDGER_KINDS, Clock, Crash, LedgerFault, Process
from .wire import PATIENCE, Dice, Wire

ERRORS = {
    "cut": httpx.ReadError,
    "half": httpx.RemoteProtocolError,
    "hang": httpx.ReadTimeout,
    "unreachable": httpx.ConnectError,
    "connect timeout": httpx.ConnectTimeout,
    "crash": Crash,
}


class Caller:
    """A client over a wire, and a schedule to pause through it."""

    def __init__(self, *faults: RequestFault, dice: Dice | None = None) -> None:
        self.sandbox = Sandbox(worlds.build(1))
        self.process, self.clock = Process(), Clock()
        self.wire = Wire(self.sandbox, self.process, self.clock, faults, dice)
        self.client = httpx.Client(
            transport=self.wire, base_url="http://127.0.0.1/v1", headers={"X-API-Key": SANDBOX_KEY}
        )
        (self.row,) = worlds.planned(self.sandbox.world)

    def pause(self) -> httpx.Response:
        return self.client.post(f"/schedules/{self.row.uid}/pause")


def test_request_without_a_fault_is_answered_by_the_sandbox() -> None:
    caller = Caller()
    assert caller.pause().json()["status"] == "PAUSED"
    assert [call.operation for call in caller.sandbox.history] == ["pause"]


@pytest.mark.parametrize(("kind", "when"), VARIANTS)
def test_each_fault_spoils_its_request_and_no_other(kind: str, when: str) -> None:
    caller = Caller(RequestFault(kind, when, 2))
    caller.client.get("/identities").raise_for_status()
    if kind in ERRORS:
        with pytest.raises(ERRORS[kind]):
            caller.pause()
    else:
        reply = caller.pause()
        assert reply.status_code != 200 or not reply.text.endswith("}")
    assert caller.row.status == ("PAUSED" if when == "after" else "ACTIVE")
    assert caller.wire.struck == {f"{kind} {when}": 1}
    if kind != "crash":
        assert caller.client.get("/identities").status_code == 200


@pytest.mark.parametrize("kind", ["cut", "half", "crash", "500"])
def test_history_tells_an_answer_that_nobody_got(kind: str) -> None:
    caller = Caller(RequestFault(kind, "after", 1))
    with suppress(httpx.RequestError, Crash):
        caller.pause()
    assert caller.sandbox.history[0].fault is not None


def test_dead_process_sends_nothing_any_more() -> None:
    caller = Caller(RequestFault("crash", "before", 1))
    for _ in range(2):
        with pytest.raises(Crash):
            caller.pause()
    assert caller.sandbox.history == []


def test_waiting_takes_virtual_time_only() -> None:
    caller = Caller(RequestFault("hang", "before", 1))
    caller.client.timeout = None
    with pytest.raises(httpx.ReadTimeout):
        caller.pause()
    assert caller.clock.monotonic() == PATIENCE


def test_waiting_without_a_bound_is_noticed() -> None:
    with pytest.raises(AssertionError, match="without a bound"):
        Clock().sleep(100_000)


def test_dice_fall_the_same_for_the_same_seed() -> None:
    first, again, other = ([Dice(seed, 0.5).throw(n) for n in range(50)] for seed in (1, 1, 2))
    assert first == again != other


class Book:
    """A table that a process writes to, on a file that others can read."""

    def __init__(self, path: Path, *faults: LedgerFault) -> None:
        self.path, self.process = path, Process(*faults)
        self.engine = sa.create_engine(f"sqlite:///{path}")
        with self.process.running(), self.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE entries (n INTEGER)")

    def write(self, n: int) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO entries VALUES ({n})")

    def committed(self) -> list[int]:
        reader = sqlite3.connect(self.path)
        rows = reader.execute("SELECT n FROM entries").fetchall()
        reader.close()
        return [n for (n,) in rows]


@pytest.mark.parametrize("kind", LEDGER_KINDS)
def test_ledger_fault_spoils_the_commit_it_is_meant_for(tmp_path: Path, kind: str) -> None:
    book = Book(tmp_path / "book", LedgerFault(kind, 3))
    book.write(1)
    with pytest.raises(Crash if kind.startswith("crash") else sa.exc.OperationalError):
        book.write(2)
    assert book.committed() == ([1, 2] if kind == "crash after" else [1])
    assert book.process.struck == {f"ledger {kind}": 1}


def test_ledger_works_again_after_its_fault(tmp_path: Path) -> None:
    book = Book(tmp_path / "book", LedgerFault("full", 2))
    with pytest.raises(sa.exc.OperationalError):
        book.write(1)
    book.write(2)
    assert book.committed() == [2]


def test_dead_process_neither_reads_nor_writes_its_ledger(tmp_path: Path) -> None:
    book = Book(tmp_path / "book", LedgerFault("crash after", 2))
    with pytest.raises(Crash):
        book.write(1)
    with pytest.raises(Crash):
        book.write(2)
    with pytest.raises(Crash), book.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert book.committed() == [1]


def test_ledgers_of_two_processes_are_told_apart(tmp_path: Path) -> None:
    one, other = Book(tmp_path / "one", LedgerFault("crash before", 2)), Book(tmp_path / "other")
    with pytest.raises(Crash):
        one.write(1)
    other.write(1)
    assert (one.committed(), other.committed()) == ([], [1])
