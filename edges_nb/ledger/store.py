"""The durable record of what was seen, what was going to be done, and what came of it.

An intent is committed before its request leaves and a result after its answer came, so that whoever runs
next, in this process or after its death, knows what may have happened. SQLite by default (one file, mode
0600), PostgreSQL for a team.

The bodies kept here hold callback secrets: this file is the only place for them.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from edges_nb.ledger.database import Database
from edges_nb.ledger.group_commit import Together
from edges_nb.ledger.locks import Lease, RunLock, file_lock
from edges_nb.ledger.place import Place
from edges_nb.ledger.records import Record, UnknownToThisVersion, record_of, row_of
from edges_nb.ledger.schema import ABOUT, EVENTS, PLANS, REPLACEMENTS
from edges_nb.ledger.states import BEGUN, State
from edges_nb.ledger.versions import newer_ledger, written_by
from edges_nb.models.history import Begun, Past, Replaced, Started
from edges_nb.models.plan_items import STARTS

if TYPE_CHECKING:
    from edges_nb.transport import Clock

Entry = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""A record's row, what tells the row apart, and the event."""

_UPDATE = REPLACEMENTS.update().where(
    REPLACEMENTS.c.workspace == sa.bindparam("of"), REPLACEMENTS.c.old_uid == sa.bindparam("which")
)
_INSERT = REPLACEMENTS.insert()
_ADD_EVENT = EVENTS.insert()


_PIN = "workspace named "


class Ledger(Database):
    """Records, events and plans of all workspaces. Safe to use from several threads.

    Every method raises LedgerError where the ledger can't be read or written.
    """

    def __init__(self, place: Place, clock: "Clock") -> None:
        self._saving = Together(self._save)
        self._leases: dict[str, Lease] = {}
        super().__init__(place, clock)

    def first_use(self, workspace: str, now: datetime) -> datetime | None:
        """Return when a ledger was first used for a workspace, by the server's clock; that is now at first.

        None for a workspace of which it had rows before that was kept.
        """
        name = f"first use for {workspace}"
        query = sa.select(ABOUT.c.value).where(ABOUT.c.name == name)
        kept = self.rows(query)
        if not kept:
            value = "" if self.uids(workspace) else now.isoformat()
            self.write(lambda connection: _keep_once(connection, name, value))
            kept = self.rows(query)
        value = kept[0]["value"]
        return datetime.fromisoformat(value) if value else None

    def pinned(self, name: str, workspace: str) -> str:
        """Return the workspace that a name stood for when it was first used; that is `workspace` at first."""
        kept = _PIN + name
        self.write(lambda connection: _keep_once(connection, kept, workspace))
        return str(self.rows(sa.select(ABOUT.c.value).where(ABOUT.c.name == kept))[0]["value"])

    def names_of(self, workspace: str) -> list[str]:
        """Return the names that a workspace was used by."""
        query = sa.select(ABOUT.c.name).where(ABOUT.c.value == workspace, ABOUT.c.name.startswith(_PIN))
        return [str(row["name"]).removeprefix(_PIN) for row in self.rows(query)]

    @contextmanager
    def lock(self, workspace: str) -> Iterator[None]:
        """Hold what one run holds on a workspace; at the end the ledger has to be where it was."""
        with self._run_lock(workspace):
            yield
            self.check_file()

    def _run_lock(self, workspace: str) -> RunLock:
        return self._leased(workspace) if self.file is None else file_lock(self.file, workspace)

    @contextmanager
    def _leased(self, workspace: str) -> Iterator[None]:
        lease = Lease(self.engine, workspace)
        with self.told("locked"):
            lease.take(self.patiently, self.clock.sleep)
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

    def unended(self, workspace: str) -> list[tuple[str, str]]:
        """Return what was begun and not ended, as uid and kind; it reads no more of a large ledger."""
        query = sa.select(REPLACEMENTS.c.old_uid, REPLACEMENTS.c.kind).order_by(REPLACEMENTS.c.old_uid)
        open_ends = REPLACEMENTS.c.state.in_([state.value for state in BEGUN])
        rows = self.rows(query.where(REPLACEMENTS.c.workspace == workspace, open_ends))
        return [(row["old_uid"], row["kind"]) for row in rows]

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
                    record.old_uid,
                    record.new_uid,
                    record.request,
                    record.original,
                    record.kind,
                    datetime.fromisoformat(record.saved_at),
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

    def save_plan(self, workspace: str, digest: str, document: str) -> None:
        """Keep a plan in JSON, so that a later one can be told apart from it field by field."""
        row = {"workspace": workspace, "digest": digest, "at": _now(), "document": document}
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


def _keep_once(connection: sa.Connection, name: str, value: str) -> None:
    # Whoever comes at the same time is not overwritten.
    there = sa.select(sa.literal(1)).where(ABOUT.c.name == name).exists()
    row = sa.select(sa.literal(name), sa.literal(value)).where(~there)
    connection.execute(ABOUT.insert().from_select(["name", "value"], row))


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
