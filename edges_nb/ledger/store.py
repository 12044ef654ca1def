"""The durable record of what was seen, what was going to be done, and what came of it.

An intent is committed before its request leaves and a result after its answer came, so that whoever runs
next, in this process or after its death, knows what may have happened. SQLite by default (one file, mode
0600), PostgreSQL for a team.

The bodies kept here hold callback secrets: this file is the only place for them.
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from edges_nb.errors import LedgerError
from edges_nb.ledger.group_commit import Together
from edges_nb.ledger.locks import LedgerBusyError, RunLock, file_lock, lock_key
from edges_nb.ledger.records import Memo, Record
from edges_nb.ledger.states import BEGUN, State
from edges_nb.models.api import Schedule, ScheduleRequest
from edges_nb.models.history import Begun, Past, Replaced, Started
from edges_nb.models.plan_items import STARTS

_METADATA = sa.MetaData()

_REPLACEMENTS = sa.Table(
    "replacements",
    _METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("old_uid", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("order", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("old", sa.Text, nullable=False),
    sa.Column("original", sa.Text),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("new_uid", sa.Text),
    sa.Column("memo", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
)
_EVENTS = sa.Table(
    "events",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("old_uid", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("events_of", "workspace", "old_uid"),
)
_PLANS = sa.Table(
    "plans",
    _METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
_UPDATE = _REPLACEMENTS.update().where(
    _REPLACEMENTS.c.workspace == sa.bindparam("of"), _REPLACEMENTS.c.old_uid == sa.bindparam("which")
)
_INSERT = _REPLACEMENTS.insert()
_ADD_EVENT = _EVENTS.insert()


class Ledger:
    """Records, events and plans of all workspaces. Safe to use from several threads.

    Every method raises LedgerError where the ledger can't be read or written.
    """

    def __init__(self, engine: sa.Engine, place: str, file: Path | None) -> None:
        self.place = place
        self._engine = engine
        self._file = file
        self._writing = threading.Lock()
        self._saving = Together(self._save)
        with self._told("opened"):
            _METADATA.create_all(engine)

    @classmethod
    def open(cls, place: str | Path) -> "Ledger":
        """Open the ledger at a path or an SQLAlchemy URL, and make it where there is none."""
        text = str(place)
        if "://" in text and not text.startswith("sqlite:"):
            return cls(sa.create_engine(text), sa.make_url(text).render_as_string(hide_password=True), None)
        path = Path(sa.make_url(text).database or "" if "://" in text else text).expanduser().absolute()
        _prepare(path)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", _make_durable)
        return cls(engine, str(path), path)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def lock(self, workspace: str) -> RunLock:
        """Return the lock that one run holds on a workspace; the system frees it when the process dies."""
        if self._file is not None:
            return file_lock(self._file, workspace)
        return self._database_lock(workspace)

    @contextmanager
    def _database_lock(self, workspace: str) -> Iterator[None]:
        """Take PostgreSQL's advisory lock, which its server frees when the connection ends."""
        key = int.from_bytes(lock_key(workspace), signed=True)
        with self._told("locked"):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            free = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key)))
        try:
            if not free:
                raise LedgerBusyError
            yield
        finally:
            # The lock belongs to the connection, which the pool would keep.
            connection.invalidate()
            connection.close()

    def save(self, record: Record, step: str, phase: str, detail: str = "") -> None:
        """Commit a record together with the event that brought it there, and return once it is durable."""
        row = _row(record)
        key = {"of": record.workspace, "which": record.old_uid}
        event = {
            "workspace": record.workspace,
            "old_uid": record.old_uid,
            "at": row["updated_at"],
            "step": step,
            "phase": phase,
            "detail": detail,
        }
        self._saving.hand_in((row, key, event))

    def _save(self, entries: Sequence[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]) -> None:
        with self._writer() as connection:
            for row, key, event in entries:
                if connection.execute(_UPDATE, row | key).rowcount == 0:
                    connection.execute(_INSERT, row)
                connection.execute(_ADD_EVENT, event)

    def record(self, workspace: str, old_uid: str) -> Record | None:
        """Return the replacement of a schedule, None where there was none."""
        return next(iter(self._records(workspace, _REPLACEMENTS.c.old_uid == old_uid)), None)

    def records(self, workspace: str) -> dict[str, Record]:
        """Return the replacements of a workspace by the uid of the schedule that is replaced."""
        return {record.old_uid: record for record in self._records(workspace)}

    def past(self, workspace: str) -> Past:
        """Return what earlier runs left, as planning needs it; a read-only query."""
        begun, replaced, restored, started = {}, {}, {}, {}
        for record in self._records(workspace):
            if record.kind in STARTS:
                started[record.old_uid] = Started(
                    record.old_uid, record.kind, record.request, record.new_uid, record.state in BEGUN
                )
            elif record.state in BEGUN:
                begun[record.old_uid] = Begun(
                    record.old_uid,
                    record.request,
                    record.original,
                    record.kind,
                    record.state.value,
                    record.new_uid,
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
            sa.select(_EVENTS.c.at, _EVENTS.c.step, _EVENTS.c.phase, _EVENTS.c.detail)
            .where(_EVENTS.c.workspace == workspace, _EVENTS.c.old_uid == old_uid)
            .order_by(_EVENTS.c.id)
        )
        with self._told("read"), self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def save_plan(self, workspace: str, digest: str, document: Mapping[str, Any]) -> None:
        """Keep a plan, so that a later one can be told apart from it field by field."""
        with self._writer() as connection:
            known = sa.select(_PLANS.c.digest).where(
                _PLANS.c.workspace == workspace, _PLANS.c.digest == digest
            )
            if connection.execute(known).first() is None:
                row = {
                    "workspace": workspace,
                    "digest": digest,
                    "at": _now(),
                    "document": json.dumps(document),
                }
                connection.execute(_PLANS.insert().values(row))

    def plan(self, workspace: str, digest: str) -> dict[str, Any] | None:
        """Return a plan that was kept, None where it was not."""
        query = sa.select(_PLANS.c.document).where(_PLANS.c.workspace == workspace, _PLANS.c.digest == digest)
        with self._told("read"), self._engine.connect() as connection:
            found = connection.execute(query).scalar()
        return json.loads(found) if found else None

    def _records(self, workspace: str, *conditions: sa.ColumnElement[bool]) -> Iterable[Record]:
        query = sa.select(_REPLACEMENTS).where(_REPLACEMENTS.c.workspace == workspace, *conditions)
        with self._told("read"), self._engine.connect() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    @contextmanager
    def _writer(self) -> Iterator[sa.Connection]:
        # One writer at a time: SQLite would make the others wait anyway, by polling.
        with self._writing, self._told("written"), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _told(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError, ValueError) as error:
            # The driver's message ends with the statement's values, which are bodies.
            cause = getattr(error, "orig", None) or type(error).__name__
            raise LedgerError(
                f"The ledger {self.place} could not be {verb} ({cause}): check that its disk has room and "
                "that EDGES_LEDGER names a ledger of this tool, then run the same command again."
            ) from None


def _prepare(path: Path) -> None:
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        # Before SQLite makes it with the mode of the umask; its side files take the mode of this one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise LedgerError(
            f"The ledger {path} can't be opened ({error.strerror}): set EDGES_LEDGER to a file that you "
            "may write."
        ) from None


def _make_durable(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # In WAL mode only FULL survives a power cut; an intent that vanishes would be a request nobody knows of.
    connection.execute("PRAGMA synchronous=FULL")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _row(record: Record) -> dict[str, Any]:
    return {
        "workspace": record.workspace,
        "old_uid": record.old_uid,
        "kind": record.kind,
        "order": record.order,
        "state": record.state.value,
        "plan": record.plan,
        "old": record.old.model_dump_json(),
        "original": record.original.model_dump_json() if record.original else None,
        "request": record.request.model_dump_json(),
        "new_uid": record.new_uid,
        "memo": json.dumps(vars(record.memo)),
        "updated_at": _now(),
    }


def _record(row: Any) -> Record:
    original = row["original"]
    return Record(
        workspace=row["workspace"],
        old=Schedule.model_validate_json(row["old"]),
        request=ScheduleRequest.model_validate_json(row["request"]),
        kind=row["kind"],
        order=row["order"],
        state=State(row["state"]),
        plan=row["plan"],
        original=ScheduleRequest.model_validate_json(original) if original else None,
        new_uid=row["new_uid"],
        memo=Memo(**json.loads(row["memo"])),
    )
