"""The durable record of what was seen, what was going to be done, and what came of it.

An intent is committed before its request leaves and a result after its answer came, so that whoever runs
next, in this process or after its death, knows what may have happened. SQLite by default (one file, mode
0600), PostgreSQL for a team.

The bodies kept here hold callback secrets: this file is the only place for them.
"""

import json
import threading
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from edges_nb.ledger.failures import LedgerLostError, passes, told
from edges_nb.ledger.group_commit import Together
from edges_nb.ledger.locks import Lease, RunLock, file_lock
from edges_nb.ledger.place import Place, on_network, prepare
from edges_nb.ledger.records import Record, UnknownToThisVersion, record_of, row_of
from edges_nb.ledger.schema import ABOUT, EVENTS, PLANS, REPLACEMENTS
from edges_nb.ledger.states import BEGUN, State
from edges_nb.ledger.versions import bring_up_to_date, newer_ledger, note_version, written_by
from edges_nb.models.history import Begun, Past, Replaced, Started
from edges_nb.models.plan_items import STARTS

if TYPE_CHECKING:
    from edges_nb.transport import Clock

T = TypeVar("T")
Entry = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""A record's row, what tells the row apart, and the event."""

_PATIENCE = 60.0
"""Seconds for which a server is waited for that went away while a run is at work."""
_SMALL, _CHECKABLE = 16 << 20, 256 << 20
"""Bytes of a file that is checked each time it is opened, and of one that is after it was not closed well."""

_UPDATE = REPLACEMENTS.update().where(
    REPLACEMENTS.c.workspace == sa.bindparam("of"), REPLACEMENTS.c.old_uid == sa.bindparam("which")
)
_INSERT = REPLACEMENTS.insert()
_ADD_EVENT = EVENTS.insert()


class Ledger:
    """Records, events and plans of all workspaces. Safe to use from several threads.

    Every method raises LedgerError where the ledger can't be read or written.

    Attributes:
        place: what may be told of where it is.
        file: the real file, None for a server.
        engine: SQLAlchemy's, for what looks after a ledger as a whole.
        stray_log: where SQLite's log was put that lay beside a ledger that was missing; None where none lay.
    """

    def __init__(self, place: Place, clock: "Clock") -> None:
        self.place, self.file = place.shown, place.file
        self._clock = clock
        self._writing = threading.Lock()
        self._saving = Together(self._save)
        self._leases: dict[str, Lease] = {}
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
    def open(cls, place: str | Path, clock: "Clock | None" = None) -> "Ledger":
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

    @property
    def created_at(self) -> datetime | None:
        """When it was made; None where that is not known."""
        for row in self.rows(sa.select(ABOUT.c.value).where(ABOUT.c.name == "created_at")):
            return datetime.fromisoformat(row["value"])
        return None

    def is_same_file(self) -> bool:
        """Whether the file that was opened is still the one in its place; always, on a server."""
        return self.file is None or identity_of(self.file) == self._identity

    @contextmanager
    def lock(self, workspace: str) -> Iterator[None]:
        """Hold what one run holds on a workspace; at the end the ledger has to be where it was."""
        with self._run_lock(workspace):
            yield
            self._check_file()

    def _run_lock(self, workspace: str) -> RunLock:
        return self._leased(workspace) if self.file is None else file_lock(self.file, workspace)

    @contextmanager
    def _leased(self, workspace: str) -> Iterator[None]:
        lease = Lease(self.engine, workspace)
        with self.told("locked"):
            lease.take(self._patiently, self._clock.sleep)
        self._leases[workspace] = lease
        try:
            with lease.held():
                yield
        finally:
            del self._leases[workspace]

    def save(self, record: Record, step: str, phase: str, detail: str = "") -> None:
        """Commit a record together with the event that brought it there, and return once it is durable."""
        row = row_of(record)
        key = {"of": record.workspace, "which": record.old_uid}
        event = {
            "workspace": record.workspace,
            "old_uid": record.old_uid,
            "at": row["updated_at"],
            "step": step,
            "phase": phase,
            "detail": detail,
            "event_id": uuid.uuid4().hex,
        }
        self._saving.hand_in((row, key, event))

    def _save(self, entries: Sequence[Entry]) -> None:
        tried = False

        def commit(connection: sa.Connection) -> None:
            nonlocal tried
            for workspace in {row["workspace"] for row, _, _ in entries}:
                if workspace in self._leases:
                    self._leases[workspace].confirm(connection)
            # A commit whose answer was lost may have taken place.
            there = _event_ids(connection, entries) if tried else set()
            tried = True
            for row, key, event in entries:
                if connection.execute(_UPDATE, row | key).rowcount == 0:
                    connection.execute(_INSERT, row)
                if event["event_id"] not in there:
                    connection.execute(_ADD_EVENT, event)

        self.write(commit)

    def record(self, workspace: str, old_uid: str) -> Record | None:
        """Return the replacement of a schedule, None where there was none."""
        return next(iter(self._records(workspace, REPLACEMENTS.c.old_uid == old_uid)), None)

    def records(self, workspace: str) -> dict[str, Record]:
        """Return the replacements of a workspace by the uid of the schedule that is replaced."""
        return {record.old_uid: record for record in self._records(workspace)}

    def uids(self, workspace: str) -> set[str]:
        """Return the uids of all that was to be replaced or created in a workspace."""
        query = sa.select(REPLACEMENTS.c.old_uid, REPLACEMENTS.c.new_uid)
        rows = self.rows(query.where(REPLACEMENTS.c.workspace == workspace))
        return {uid for row in rows for uid in row.values() if uid}

    def past(self, workspace: str) -> Past:
        """Return what earlier runs left, as planning needs it; a read-only query."""
        begun, replaced, restored, started = {}, {}, {}, {}
        for record in self._records(workspace):
            if record.kind in STARTS:
                started[record.old_uid] = Started(
                    record.old_uid,
                    record.kind,
                    record.request,
                    record.new_uid,
                    record.state in BEGUN,
                    *record.doubts,
                )
            elif record.state in BEGUN:
                begun[record.old_uid] = Begun(
                    record.old_uid,
                    record.request,
                    record.original,
                    record.kind,
                    record.state.value,
                    record.new_uid,
                    *record.doubts,
                )
            elif record.state is State.MIGRATED and record.new_uid:
                replaced[record.old_uid] = Replaced(
                    record.old_uid, record.new_uid, record.request, record.original, record.kind
                )
            elif record.state is State.ROLLED_BACK and record.new_uid:
                restored[record.new_uid] = Replaced(
                    record.old_uid, record.new_uid, record.restored, record.original, record.kind
                )
        return Past(begun, replaced, restored, started)

    def events(self, workspace: str, old_uid: str) -> list[dict[str, str]]:
        """Return the events of one replacement, oldest first: at, step, phase, detail."""
        query = (
            sa.select(EVENTS.c.at, EVENTS.c.step, EVENTS.c.phase, EVENTS.c.detail)
            .where(EVENTS.c.workspace == workspace, EVENTS.c.old_uid == old_uid)
            .order_by(EVENTS.c.id)
        )
        return [dict(row) for row in self.rows(query)]

    def save_plan(self, workspace: str, digest: str, document: Mapping[str, Any]) -> None:
        """Keep a plan, so that a later one can be told apart from it field by field."""
        row = {"workspace": workspace, "digest": digest, "at": _now(), "document": json.dumps(document)}
        known = sa.select(PLANS.c.digest).where(PLANS.c.workspace == workspace, PLANS.c.digest == digest)

        def keep(connection: sa.Connection) -> None:
            if connection.execute(known).first() is None:
                connection.execute(PLANS.insert().values(row))

        self.write(keep)

    def plan(self, workspace: str, digest: str) -> dict[str, Any] | None:
        """Return a plan that was kept, None where it was not."""
        query = sa.select(PLANS.c.document).where(PLANS.c.workspace == workspace, PLANS.c.digest == digest)
        return next((json.loads(row["document"]) for row in self.rows(query)), None)

    def _records(self, workspace: str, *conditions: sa.ColumnElement[bool]) -> Iterable[Record]:
        query = sa.select(REPLACEMENTS).where(REPLACEMENTS.c.workspace == workspace, *conditions)
        rows = self.rows(query)
        try:
            with self.told("read"):
                return [record_of(row) for row in rows]
        except UnknownToThisVersion as error:
            with self.told("read"), self.engine.connect() as connection:
                raise newer_ledger(self.place, written_by(connection), str(error)) from None

    def rows(self, query: sa.Select[Any]) -> Sequence[Mapping[Any, Any]]:
        """Return what a query finds."""

        def read() -> Sequence[Mapping[Any, Any]]:
            with self.engine.connect() as connection:
                return connection.execute(query).mappings().all()

        with self.told("read"):
            return self._patiently(read)

    def write(self, work: Callable[[sa.Connection], None]) -> None:
        """Do something in a transaction of its own, and again where a server was away for a short while."""

        def transaction() -> None:
            self._check_file()
            with self.engine.begin() as connection:
                work(connection)

        # One writer at a time: SQLite would make the others wait anyway, by polling.
        with self._writing, self.told("written"):
            self._patiently(transaction)

    def _patiently(self, work: Callable[[], T]) -> T:
        deadline = None
        while True:
            try:
                return work()
            except SQLAlchemyError as error:
                now = self._clock.monotonic()
                deadline = now + _PATIENCE if deadline is None else deadline
                # SQLite waits by itself for whoever writes.
                if self.file is not None or not passes(error) or now >= deadline:
                    raise
            self._clock.sleep(0.5)

    def told(self, verb: str) -> AbstractContextManager[None]:
        """Turn whatever the database raises into one sentence, in which nothing of a row stands."""
        return told(self.place, verb, server=self.file is None)

    def _check_file(self) -> None:
        if not self.is_same_file():
            raise LedgerLostError(
                f"The ledger {self.place} was deleted, moved or replaced while it was in use, so that "
                "nothing more was sent: put the file back, then run the same command again."
            )

    def _check_integrity(self, path: Path, was_left_open: bool) -> None:
        if path.stat().st_size > (_CHECKABLE if was_left_open else _SMALL):
            return
        with self.engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
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
    mode = "DELETE" if on_network(path) else "WAL"
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != mode.lower():
            connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")


def _event_ids(connection: sa.Connection, entries: Sequence[Entry]) -> set[str]:
    """Return the ids of those events of the entries that are in the ledger."""
    there = set[str]()
    for _, _, event in entries:
        same = EVENTS.c.workspace == event["workspace"], EVENTS.c.old_uid == event["old_uid"]
        found = sa.select(EVENTS.c.event_id).where(*same, EVENTS.c.event_id == event["event_id"])
        there.update(connection.execute(found).scalars())
    return there


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
