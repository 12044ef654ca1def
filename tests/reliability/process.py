"""A pretended process: it can die at a chosen request or commit, and nothing of it runs after that."""

import itertools
import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from edges_nb.sandbox.virtual_clock import START

When = Literal["before", "after"]


class Crash(BaseException):
    """The process is dead. No `except Exception` stops this, and whoever goes on gets it again."""


class Clock:
    """A clock that moves when somebody sleeps, and never waits.

    Args:
        ahead: seconds by which it shows too late a time.

    Sleeping longer than a day in all means that something waits for what never comes.
    """

    def __init__(self, ahead: float = 0.0) -> None:
        self._passed, self._ahead = 0.0, ahead
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._passed += max(0.0, seconds)
        if self._passed > 86_400:
            raise AssertionError("slept for a day of the virtual clock: a wait without a bound")

    def utcnow(self) -> datetime:
        return START + timedelta(seconds=self._passed + self._ahead)


LedgerKind = Literal["full", "locked", "crash before", "crash after"]
LEDGER_KINDS: tuple[LedgerKind, ...] = ("full", "locked", "crash before", "crash after")


@dataclass(frozen=True)
class LedgerFault:
    """The nth commit to the ledger fails, or the process dies right before or after it.

    Args:
        kind: `full` (no room at the commit), `locked` (refused at the first statement), or a crash.
        nth: counted from 1; times: how many commits in a row fail.
    """

    kind: LedgerKind
    nth: int
    times: int = 1

    def hits(self, number: int) -> bool:
        return self.nth <= number < self.nth + self.times

    def __str__(self) -> str:
        return f"ledger {self.kind} at {self.nth}" + (f" x{self.times}" if self.times > 1 else "")


class Process:
    """What dies together: a client, the ledger's connections, and the code that uses them.

    Attributes:
        commits: writes that the ledger was asked to commit, failed ones too.
        said: sentences of its plan, beside the items.
        struck: the ledger's faults that came to pass, by kind.
    """

    def __init__(self, *ledger_faults: LedgerFault) -> None:
        self.commits = 0
        self.struck: Counter[str] = Counter()
        self.dead = False
        self.said: list[str] = []
        self._ledger_faults = ledger_faults
        self._lock = threading.Lock()

    def check(self) -> None:
        if self.dead:
            raise Crash

    def die(self) -> None:
        """Die here and now."""
        self.dead = True
        raise Crash

    def fault_at(self, number: int) -> LedgerKind | None:
        return next((fault.kind for fault in self._ledger_faults if fault.hits(number)), None)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the ledgers that this thread opens meanwhile belong to this process."""
        before = running_here()
        _RUNNING.process = self
        try:
            yield
        finally:
            _RUNNING.process = before


def running_here() -> Process | None:
    """The process that this thread is at work for."""
    return getattr(_RUNNING, "process", None)


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *parameters: Any) -> "_Cursor":
        connection: Any = self.connection
        connection.process.check()
        writes = sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE", "REPLAC", "CREATE")
        if writes and connection.begin_writing() == "locked":
            connection.process.struck["ledger locked"] += 1
            raise sqlite3.OperationalError("database is locked")
        super().execute(sql, *parameters)
        return self


class _Connection(sqlite3.Connection):
    process: Process
    _number = 0

    def cursor(self, factory: type[sqlite3.Cursor] = _Cursor) -> sqlite3.Cursor:
        return super().cursor(factory)

    def begin_writing(self) -> LedgerKind | None:
        """Count a transaction at its first write, and tell what is to happen to it."""
        if self._number == 0:
            with self.process._lock:
                self.process.commits += 1
                self._number = self.process.commits
        return self.process.fault_at(self._number)

    def commit(self) -> None:
        process, number, self._number = self.process, self._number, 0
        process.check()
        kind = process.fault_at(number) if number else None
        if kind is not None:
            process.struck[f"ledger {kind}"] += 1
        if kind == "crash before":
            process.die()
        if kind == "full":
            raise sqlite3.OperationalError("database or disk is full")
        super().commit()
        if kind == "crash after":
            process.die()

    def rollback(self) -> None:
        self._number = 0
        super().rollback()


_RUNNING = threading.local()
_owners: "weakref.WeakKeyDictionary[Any, type[_Connection]]" = weakref.WeakKeyDictionary()
_serial = itertools.count()


@sa.event.listens_for(sa.Engine, "do_connect")
def _connect(dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
    # An engine has one dialect: its later connections, from any thread, belong to the first one's process.
    process = running_here()
    if dialect.name == "sqlite" and dialect not in _owners and process is not None:
        _owners[dialect] = type(f"Connection{next(_serial)}", (_Connection,), {"process": process})
    if dialect in _owners:
        options["factory"] = _owners[dialect]
