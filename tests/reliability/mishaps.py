"""What happens to a ledger's file between two runs."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NEWER = "a version from tomorrow"


@dataclass(frozen=True)
class Mishap:
    """A mishap by its name; written into a case as `ledger lost`."""

    kind: str

    def __str__(self) -> str:
        return f"ledger {self.kind}"

    @property
    def passes(self) -> bool:
        """Whether the ledger that was there comes back after a run."""
        return self.kind == "newer"

    @property
    def loses(self) -> bool:
        """Whether something of what was known is gone, so that not everything can be finished."""
        return not self.kind.startswith("of 0.1.0")

    def befall(self, ledger: Path, backup: Path, place: Path) -> None:
        """Put at `place` what becomes of a ledger; `backup` is a copy from before the last process.

        It is another file, because what is dead here still has the old one open.
        """
        MISHAPS[self.kind](ledger, backup, place)


def keep(ledger: Path, backup: Path) -> None:
    """Copy a ledger as a backup does, with everything that is committed."""
    backup.unlink(missing_ok=True)
    if ledger.exists():
        source, target = sqlite3.connect(ledger), sqlite3.connect(backup)
        with suppress(sqlite3.DatabaseError):  # where the original is damaged, so is its copy
            source.backup(target)
        source.close()
        target.close()


def _lost(_ledger: Path, _backup: Path, _place: Path) -> None:
    """There is nothing."""


def _emptied(_ledger: Path, _backup: Path, place: Path) -> None:
    place.touch(mode=0o600)


def _wal_left_behind(ledger: Path, _backup: Path, place: Path) -> None:
    if ledger.exists():
        shutil.copyfile(ledger, place)


def _restored(_ledger: Path, backup: Path, place: Path) -> None:
    if backup.exists():
        shutil.copyfile(backup, place)


def _cut_in_half(ledger: Path, _backup: Path, place: Path) -> None:
    keep(ledger, place)
    if place.exists():
        with place.open("r+b") as file:
            file.truncate(place.stat().st_size // 2)


def _newer(ledger: Path, _backup: Path, place: Path) -> None:
    keep(ledger, place)
    connection = sqlite3.connect(place)
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("DELETE FROM alembic_version")
        connection.execute("INSERT INTO alembic_version VALUES (?)", [_NEWER])
    connection.close()


def _of_0_1_0(address: str) -> Callable[[Path, Path, Path], None]:
    """Rewrite a ledger as 0.1.0 would have written it, under the API's address."""

    def rewrite(ledger: Path, _backup: Path, place: Path) -> None:
        keep(ledger, place)
        if not place.exists():
            return
        with closing(sqlite3.connect(place)) as connection, connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not {"replacements", "about"} <= tables:
                return
            for table in ("leases", "about", "alembic_version"):
                connection.execute(f"DROP TABLE {table}")
            connection.execute("ALTER TABLE events DROP COLUMN event_id")
            for table in ("replacements", "events", "plans"):
                connection.execute(f"UPDATE OR REPLACE {table} SET workspace = ?", [address])
            for row, memo in connection.execute("SELECT rowid, memo FROM replacements").fetchall():
                kept = _memo_of_0_1_0(json.loads(memo))
                connection.execute(
                    "UPDATE replacements SET memo = ? WHERE rowid = ?", [json.dumps(kept), row]
                )

    return rewrite


def _memo_of_0_1_0(memo: dict[str, Any]) -> dict[str, Any]:
    same = ("creates", "named", "removed", "busy_run", "refusal", "syncs", "before")
    gone: dict[str, Any] = {"since": None, "known": [], "cancels": 0, "resumes": 0, "removals": 0}
    told = {"lock_sent": memo["stops"], "unsure": memo["shared"], "vanished": ""}
    return told | gone | {name: memo[name] for name in same}


MISHAPS: dict[str, Callable[[Path, Path, Path], None]] = {
    "lost": _lost,
    "emptied": _emptied,
    "without its -wal": _wal_left_behind,
    "restored from a backup": _restored,
    "cut in half": _cut_in_half,
    "newer": _newer,
    "of 0.1.0": _of_0_1_0("http://127.0.0.1/v1"),
    "of 0.1.0 spelt otherwise": _of_0_1_0("http://127.0.0.1:80/V1/"),
}
