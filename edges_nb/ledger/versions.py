"""Make the tables of a new ledger, bring older ones up to date, and refuse those of a newer version."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlalchemy as sa

from edges_nb.errors import LedgerError
from edges_nb.ledger.place import Place
from edges_nb.ledger.schema import ABOUT, METADATA, REVISION, VERSION

FIRST = "0.1.0"
"""The version whose ledgers say nothing of their version."""
OLDER = (FIRST,)
"""Revisions that can be brought up to date; anything else that is not the own one is a newer one."""

_ONE_AT_A_TIME = 0x65646765736E62
"""What those wait for in PostgreSQL who make or change tables at the same time."""


def own_version() -> str:
    """Return the version of edges-nb that runs."""
    try:
        return version("edges-nb")
    except PackageNotFoundError:
        return REVISION


def newer_ledger(place: str, written_by: str, what: str = "") -> LedgerError:
    """Return the error for a ledger that a newer version wrote."""
    told = f" ({what})" if what else ""
    return LedgerError(
        f"The ledger {place} was written by a newer edges-nb{told}, and this is {own_version()}: install "
        f"edges-nb {written_by} or newer. The ledger was left as it is, and nothing was changed."
    )


def bring_up_to_date(engine: sa.Engine, place: Place) -> None:
    """Leave a ledger with the tables of this version.

    Raises:
        LedgerError: a newer version or another program wrote it.
    """
    with engine.connect() as connection:
        if _revision(connection, place) == REVISION:
            return
    with engine.begin() as connection:
        if place.file is None:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        # Somebody else may have done it meanwhile.
        revision = _revision(connection, place)
        if revision is None:
            METADATA.create_all(connection)
            VERSION.create(connection)
            connection.execute(VERSION.insert().values(version_num=REVISION))
        elif revision != REVISION:
            _copy(connection, place, revision)
            _upgrade(connection, revision)
        _note_version(connection)


def note_version(engine: sa.Engine) -> None:
    """Keep which version wrote the ledger last, where it is the newest so far."""
    with engine.connect() as connection:
        if _as_numbers(written_by(connection)) >= _as_numbers(own_version()):
            return
    with engine.begin() as connection:
        _note_version(connection)


def written_by(connection: sa.Connection) -> str:
    """Return the newest version that wrote the ledger, "" where that is not known."""
    return connection.scalar(sa.select(ABOUT.c.value).where(ABOUT.c.name == "written_by")) or ""


def copy_file(source: Path, target: Path) -> None:
    """Copy an SQLite ledger as it is at one moment, also while it is in use, for its owner only."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        # The copy is one file: nothing of it can be left behind in a log beside it.
        new.execute("PRAGMA journal_mode=DELETE")


def _revision(connection: sa.Connection, place: Place) -> str | None:
    """Return the version that the tables have, None where there are none."""
    tables = set(sa.inspect(connection).get_table_names())
    if "replacements" not in tables:
        if "alembic_version" in tables or (tables and place.file is not None):
            raise LedgerError(
                f"The ledger {place.shown} holds tables of another program: set EDGES_LEDGER to a file or a "
                "database of its own. It was left as it is."
            )
        return None
    if "alembic_version" not in tables:
        return FIRST
    revision = connection.scalar(sa.select(VERSION.c.version_num)) or FIRST
    if revision != REVISION and revision not in OLDER:
        wrote = written_by(connection) if "about" in tables else ""
        raise newer_ledger(place.shown, wrote or str(revision), f"its tables have version {revision}")
    return str(revision)


def _copy(connection: sa.Connection, place: Place, revision: str) -> None:
    """Keep what is there before it is changed: a file beside SQLite's, tables beside PostgreSQL's."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    if place.file is not None:
        copy_file(place.file, place.file.with_name(f"{place.file.name}.{revision}-{stamp}.bak"))
        return
    for table in ("replacements", "events", "plans"):
        copy = f"{table}_{revision}_{stamp}"
        connection.exec_driver_sql(f'CREATE TABLE "{copy}" AS TABLE "{table}"')


def _upgrade(connection: sa.Connection, revision: str) -> None:
    # Most ledgers are up to date: Alembic loads for the others only.
    from alembic import command
    from alembic.config import Config

    if not sa.inspect(connection).has_table("alembic_version"):
        VERSION.create(connection)
        connection.execute(VERSION.insert().values(version_num=revision))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def _note_version(connection: sa.Connection) -> None:
    connection.execute(ABOUT.delete().where(ABOUT.c.name == "written_by"))
    connection.execute(ABOUT.insert().values(name="written_by", value=own_version()))


def _as_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
