"""Look after a ledger as a whole: show what is in it, check it, copy it, and remove what is old and done."""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from edges_nb.errors import BadInput, LedgerError, NotWritten
from edges_nb.ledger.place import Place
from edges_nb.ledger.records import UnknownToThisVersion, record_of
from edges_nb.ledger.schema import ABOUT, EVENTS, PLANS, REPLACEMENTS, REVISION
from edges_nb.ledger.states import BEGUN
from edges_nb.ledger.store import Ledger
from edges_nb.ledger.versions import copy_file, newer_ledger, written_by

_OPEN = REPLACEMENTS.c.state.in_([state.value for state in BEGUN])
_BODIES = ("old", "original", "request", "memo")
_BATCH = 1000


def open_existing(place: str) -> Ledger:
    """Open a ledger that is there already.

    Raises:
        BadInput: there is none.
    """
    file = Place.of(place).file
    if file is not None and not file.exists():
        raise BadInput(f"There is no ledger at {file} yet: a run makes it, or correct EDGES_LEDGER.")
    return Ledger.open(place)


def show(ledger: Ledger, *, with_secrets: bool = False) -> dict[str, Any]:
    """Return what is in a ledger.

    Args:
        with_secrets: with the full bodies of what is open, in which callbacks hold secrets.

    Returns:
        `ledger`, `version`, `workspaces`: for each its `workspace`, `states` (how many are in which) and
        `open` (what was begun and not ended).
    """
    counts: dict[str, Counter[str]] = {}
    grouped = sa.select(REPLACEMENTS.c.workspace, REPLACEMENTS.c.state, sa.func.count().label("number"))
    for row in ledger.rows(grouped.group_by(REPLACEMENTS.c.workspace, REPLACEMENTS.c.state)):
        counts.setdefault(row["workspace"], Counter())[row["state"]] = row["number"]
    names = ("workspace", "old_uid", "new_uid", "kind", "order", "state", "plan", "updated_at")
    columns = [REPLACEMENTS.c[name] for name in names + _BODIES * with_secrets]
    begun: dict[str, list[dict[str, Any]]] = {}
    for row in ledger.rows(sa.select(*columns).where(_OPEN).order_by(REPLACEMENTS.c.updated_at)):
        with ledger.told("read"):
            one = {name: json.loads(row[name] or "null") if name in _BODIES else row[name] for name in row}
        begun.setdefault(one.pop("workspace"), []).append(one)
    return {
        "ledger": ledger.place,
        "version": REVISION,
        "workspaces": [
            {"workspace": name, "states": dict(sorted(counts[name].items())), "open": begun.get(name, [])}
            for name in sorted(counts)
        ],
    }


def check(ledger: Ledger) -> dict[str, int]:
    """Read a ledger through, and return how many rows each of its tables has.

    Raises:
        LedgerError: something in it is damaged, or a newer version wrote it.
    """
    if ledger.file is not None:
        with ledger.told("read"), ledger.engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
                raise sa.exc.DatabaseError("PRAGMA integrity_check", None, OSError("malformed"))
    for row in ledger.rows(sa.select(REPLACEMENTS)):
        try:
            with ledger.told("read"):
                record_of(row)
        except UnknownToThisVersion as error:
            with ledger.engine.connect() as connection:
                raise newer_ledger(ledger.place, written_by(connection), str(error)) from None
    tables = (REPLACEMENTS, EVENTS, PLANS)
    return {
        table.name: ledger.rows(sa.select(sa.func.count().label("number")).select_from(table))[0]["number"]
        for table in tables
    }


def backup(ledger: Ledger, target: Path) -> None:
    """Write a copy of a ledger as it is at one moment, also while it is in use: an SQLite ledger in one file.

    Raises:
        BadInput: the file is there already.
        NotWritten: it can't be written.
    """
    target = target.expanduser().absolute()
    if target.exists() or target.is_symlink():
        raise BadInput(f"{target} is there already: choose another name for the copy.")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with ledger.told("copied"):
            if ledger.file is not None:
                copy_file(ledger.file, partial)
            else:
                _copy_rows(ledger, partial)
        partial.rename(target)
    except (OSError, LedgerError) as error:
        if isinstance(error, LedgerError) and target.parent.is_dir():
            raise
        raise NotWritten(f"{target} can't be written: choose a folder that is there and has room.") from None
    finally:
        for left in (partial, *target.parent.glob(f"{partial.name}*")):
            with suppress(OSError):
                left.unlink()


def prune(ledger: Ledger, before: date) -> dict[str, int]:
    """Remove what ended before a date, with its events, and plans that are older; never what is open.

    Returns:
        How many rows of each table were removed.

    Raises:
        LedgerBusyError: a run is at work.
    """
    limit, removed = before.isoformat(), dict[str, int]()
    old = REPLACEMENTS.c.updated_at < limit, ~_OPEN
    kept = sa.select(REPLACEMENTS.c.old_uid).where(
        REPLACEMENTS.c.workspace == EVENTS.c.workspace, REPLACEMENTS.c.old_uid == EVENTS.c.old_uid, _OPEN
    )
    needed = sa.select(REPLACEMENTS.c.plan).where(
        REPLACEMENTS.c.workspace == PLANS.c.workspace, REPLACEMENTS.c.plan == PLANS.c.digest, _OPEN
    )
    statements = {
        "replacements": REPLACEMENTS.delete().where(*old),
        "events": EVENTS.delete().where(EVENTS.c.at < limit, ~kept.exists()),
        "plans": PLANS.delete().where(PLANS.c.at < limit, ~needed.exists()),
    }

    def work(connection: sa.Connection) -> None:
        for name, statement in statements.items():
            removed[name] = connection.execute(statement).rowcount

    with ExitStack() as held:
        for row in ledger.rows(sa.select(REPLACEMENTS.c.workspace).distinct()):
            held.enter_context(ledger.lock(row["workspace"]))
        ledger.write(work)
    if ledger.file is not None:
        with ledger.told("written"), ledger.engine.connect() as connection:
            # What was removed held secrets, and is to leave the file too.
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed


def _copy_rows(ledger: Ledger, target: Path) -> None:
    """Copy all rows of a server's ledger, as they are at one moment, into a new SQLite ledger."""
    tables: Sequence[sa.Table] = (REPLACEMENTS, EVENTS, PLANS, ABOUT)
    with closing(Ledger.open(target)) as copy, ledger.engine.connect() as source:
        source = source.execution_options(isolation_level="REPEATABLE READ", stream_results=True)
        with copy.engine.begin() as connection:
            for table in tables:
                connection.execute(table.delete())
                for rows in source.execute(sa.select(table)).mappings().partitions(_BATCH):
                    connection.execute(table.insert(), [dict(row) for row in rows])
