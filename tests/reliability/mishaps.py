"""What happens to a ledger's file between two runs."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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


MISHAPS: dict[str, Callable[[Path, Path, Path], None]] = {
    "lost": _lost,
    "emptied": _emptied,
    "without its -wal": _wal_left_behind,
    "restored from a backup": _restored,
    "cut in half": _cut_in_half,
    "newer": _newer,
}
