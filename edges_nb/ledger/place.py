"""Where a ledger is kept: a file of this machine, or a database of a team's PostgreSQL server."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from edges_nb.errors import BadInput, LedgerError
from edges_nb.settings.values import ledger_place

MOUNTS = Path("/proc/self/mountinfo")
"""What Linux tells of its file systems."""
_EXAMPLE = "a path, or an address such as postgresql://user:password@host/database"


@dataclass(frozen=True)
class Place:
    """A place that was checked as far as that goes without opening it.

    Attributes:
        url: what SQLAlchemy connects to; it may hold a password.
        shown: what may be told of it.
        file: the real file of an SQLite ledger, None for a server.
    """

    url: sa.URL
    shown: str
    file: Path | None

    @classmethod
    def of(cls, text: str) -> "Place":
        """Read EDGES_LEDGER, or what was given in its place.

        Raises:
            BadInput: it is neither a path nor an address of a supported database.
        """
        if "://" not in text:
            return cls._file(text)
        if text.startswith("sqlite"):
            path = text.partition(":///")[2].partition("?")[0]
            return cls._file("" if path == ":memory:" else path)
        try:
            url = sa.make_url(ledger_place(text))
        except (sa.exc.ArgumentError, ValueError) as error:
            raise BadInput(str(error)) from None
        return cls(url.set(drivername="postgresql+psycopg"), _shown(url), None)

    @classmethod
    def _file(cls, text: str) -> "Place":
        if not text or "\0" in text:
            raise BadInput(f"EDGES_LEDGER does not name a file: write {_EXAMPLE}.")
        path = Path(text).expanduser().absolute()
        # One file has one lock, whichever way leads to its folder.
        path = path.parent.resolve() / path.name
        return cls(sa.URL.create("sqlite", database=str(path)), str(path), path)


@dataclass(frozen=True)
class OpenedFile:
    """What was there when the file of a ledger was opened.

    Attributes:
        was_left_open: whether SQLite's log was there, as a process leaves it that is at work or killed.
        stray_log: where a log was put that belonged to no ledger, None where there was none.
    """

    was_left_open: bool
    stray_log: Path | None


def prepare(path: Path) -> OpenedFile:
    """Make the file of a ledger where there is none, for its owner only."""
    log = path.with_name(f"{path.name}-wal")
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        left, stray = log.exists() and log.stat().st_size > 0, None
        if left and not (path.exists() and path.stat().st_size):
            # SQLite would delete it, and it may be all that is left of what was done.
            stray = log.rename(log.with_name(f"{log.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}"))
        # Before SQLite makes it with the mode of the umask; its side files take the mode of this one.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            links = os.fstat(descriptor).st_nlink
        finally:
            os.close(descriptor)
        path.chmod(0o600)
    except OSError as error:
        raise LedgerError(
            f"The ledger {path} can't be opened ({error.strerror}): set EDGES_LEDGER to a file that you "
            "may write."
        ) from None
    if links > 1:
        # Each name would have a write-ahead log and a lock of its own.
        raise LedgerError(
            f"The ledger {path} has a second name on this disk (a hard link), which would damage it: remove "
            "the other name, or set EDGES_LEDGER to a copy."
        )
    return OpenedFile(left, stray)


def on_network(path: Path) -> bool:
    """Whether a file is on a file system that several machines share, where SQLite's log can't be shared."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    found = (0, "")
    for mount in mounts:
        before, _, after = mount.partition(" - ")
        point = before.split()[4].replace(r"\040", " ")
        if path.is_relative_to(point):
            # Of two mounts on one folder the later one counts.
            found = max(found, (len(point), after.split()[0]), key=lambda one: one[0])
    return found[1].startswith(_SHARED)


_SHARED = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "afs", "vboxsf", "ncpfs")
"""File systems over a network or between a machine and its host, by the beginning of their names."""


def _shown(url: sa.URL) -> str:
    """Tell server and database; everything else may hold a password."""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database or ''}"
