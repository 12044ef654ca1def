"""The database that a ledger is kept in: opened with care, and written with patience.

SQLite is one file of this machine, checked when it is opened and watched while it is used; PostgreSQL is a
server that may be away for a short while.
"""

import os
import socket
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from edges_nb.ledger.failures import LedgerLostError, passes, told
from edges_nb.ledger.place import Place, on_network, prepare
from edges_nb.ledger.schema import REPLACEMENTS
from edges_nb.ledger.versions import bring_up_to_date, note_version

if TYPE_CHECKING:
    from edges_nb.transport import Clock

T = TypeVar("T")

_PATIENCE = 60.0
"""Seconds for which a server is waited for that went away while a run is at work."""
_SMALL = 16 << 20
"""Bytes of a file that is checked as a whole each time it is opened."""


class Database:
    """An open database with the tables of this version. Safe to use from several threads.

    Attributes:
        place: what may be told of where it is.
        file: the real file, None for a server.
        engine: SQLAlchemy's, for what looks after a ledger as a whole.
        stray_log: where SQLite's log was put that lay beside a ledger that was missing; None where none lay.
        clock: what an outage is waited for by.
    """

    def __init__(self, place: Place, clock: "Clock") -> None:
        self.place, self.file = place.shown, place.file
        self.clock = clock
        self._writing = threading.Lock()
        self._identity: tuple[int, int] | None = None
        self.stray_log: Path | None = None
        if place.file is None:
            self.engine = sa.create_engine(place.url, connect_args=_SERVER_ARGUMENTS)
        else:
            found = prepare(place.file)
            self.stray_log = found.stray_log
            self._identity = identity_of(place.file)
            self.engine = sa.create_engine(place.url, connect_args={"timeout": 30})
            sa.event.listen(self.engine, "connect", _make_durable)
        # psycopg complains of a connection that nobody closed.
        self._closing = weakref.finalize(self, self.engine.dispose)
        try:
            with self.told("opened"):
                if place.file is not None:
                    self._check_integrity(place.file, found.was_left_open)
                bring_up_to_date(self.engine, place)
                note_version(self.engine)
                if place.file is not None:
                    _set_journal(self.engine, place.file)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, place: str | Path, clock: "Clock | None" = None) -> Self:
        """Open the ledger at a path or an SQLAlchemy URL, and make it where there is none.

        Args:
            clock: what an outage of a server is waited for by; the machine's when absent.

        Raises:
            BadInput: the place is neither a path nor an address.
        """
        if clock is None:
            from edges_nb.transport.clock import SystemClock

            clock = SystemClock()
        return cls(Place.of(str(place)), clock)

    def close(self) -> None:
        """Let go of the connections."""
        self._closing()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return not self._closing.alive

    def is_same_file(self) -> bool:
        """Whether the file that was opened is still the one in its place; always, on a server."""
        return self.file is None or identity_of(self.file) == self._identity

    def rows(self, query: sa.Select[Any]) -> Sequence[Mapping[Any, Any]]:
        """Return what a query finds."""

        def read() -> Sequence[Mapping[Any, Any]]:
            with self.engine.connect() as connection, self._bounded(connection):
                return connection.execute(query).mappings().all()

        with self.told("read"):
            return self.patiently(read)

    def write(self, work: Callable[[sa.Connection], None]) -> None:
        """Do something in a transaction of its own, and again where a server was away for a short while."""

        def transaction() -> None:
            self.check_file()
            with self.engine.connect() as connection, self._bounded(connection), connection.begin():
                work(connection)

        # One writer at a time: SQLite would make the others wait anyway, by polling.
        with self._writing, self.told("written"):
            self.patiently(transaction)

    def patiently(self, work: Callable[[], T]) -> T:
        """Do something, and again while a server is away for a short while."""
        deadline = None
        while True:
            try:
                return work()
            except SQLAlchemyError as error:
                now = self.clock.monotonic()
                deadline = now + _PATIENCE if deadline is None else deadline
                # SQLite waits by itself for whoever writes.
                if self.file is not None or not passes(error) or now >= deadline:
                    raise
            self.clock.sleep(0.5)

    @contextmanager
    def _bounded(self, connection: sa.Connection) -> Iterator[None]:
        """Hang up on a server that is there and does not answer, which no setting of the driver bounds."""
        if self.file is not None:
            yield
            return
        number = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]
        timer = threading.Timer(_PATIENCE, _hang_up, [number])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def told(self, verb: str) -> AbstractContextManager[None]:
        """Turn whatever the database raises into one sentence, in which nothing of a row stands."""
        return told(self.place, verb, server=self.file is None)

    def check_file(self) -> None:
        """Raise LedgerLostError where the file is not the one that was opened."""
        if not self.is_same_file():
            raise LedgerLostError(
                f"The ledger {self.place} was deleted, moved or replaced while it was in use, so that "
                "nothing more was sent: put the file back, then run the same command again."
            )

    def _check_integrity(self, path: Path, was_left_open: bool) -> None:
        small = path.stat().st_size <= _SMALL
        if not (small or was_left_open):
            return
        # Of a large one, the table that the next request depends on.
        what = "1" if small else REPLACEMENTS.name
        with self.engine.connect() as connection:
            if connection.exec_driver_sql(f"PRAGMA quick_check({what})").scalar() != "ok":
                raise sa.exc.DatabaseError("PRAGMA quick_check", None, OSError("malformed"))


_SERVER_ARGUMENTS: Mapping[str, Any] = {
    # A pooler in transaction mode gives each transaction another session, which knows no prepared statement.
    "prepare_threshold": None,
    "connect_timeout": 10,
    # A server that vanishes without a word is noticed.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def _hang_up(number: int) -> None:
    # The descriptor stays the driver's to close.
    with suppress(OSError), closing(socket.socket(fileno=os.dup(number))) as connection:
        connection.shutdown(socket.SHUT_RDWR)


def identity_of(path: Path) -> tuple[int, int] | None:
    """Return what tells a file apart from another one in its place; None where there is none."""
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_durable(connection: Any, _: object) -> None:
    # In WAL mode only FULL survives a power cut; an intent that vanishes would be a request nobody knows of.
    connection.execute("PRAGMA synchronous=FULL")


def _set_journal(engine: sa.Engine, path: Path) -> None:
    # A write-ahead log is shared by memory, which machines on a network do not have in common.
    mode = "WAL"
    if on_network(path):
        mode = "DELETE"
        warnings.warn(
            f"The ledger {path} is on a file system that machines share: it is written more slowly, and two "
            "runs are kept apart only as far as that system's locks reach. A disk of this machine, or "
            "PostgreSQL, has neither limit.",
            UserWarning,
            stacklevel=2,
        )
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != mode.lower():
            connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")
