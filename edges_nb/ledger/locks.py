"""One run at a time on one workspace of one ledger.

SQLite's lock is a file's, and dies with its process. PostgreSQL's is a lease: a row with an end that its
holder puts off while it lives, because a lock of a session is lost in a pooler that shares sessions.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from edges_nb.errors import LedgerError
from edges_nb.ledger.failures import LedgerLostError
from edges_nb.ledger.schema import LEASES

T = TypeVar("T")
RunLock: TypeAlias = AbstractContextManager[None]

LEASE_SECONDS, BEAT_SECONDS = 30.0, 5.0
"""How long a lease lasts after it was last put off, and how often that is done."""

_BUSY = (
    "Another run is at work in this workspace with the same ledger: wait until it has ended, then run the "
    "same command again. Nothing was changed by this one."
)
_LOST = (
    "Another run took the lock on this workspace, because the ledger's server could not be reached for "
    f"{LEASE_SECONDS:.0f} seconds: this run stopped. Run the same command again when the other run has ended."
)


class Patience(Protocol):
    """Does something, and again while the ledger's server is away for a short while."""

    def __call__(self, work: Callable[[], T]) -> T:
        """Return what it gives."""


class LedgerBusyError(LedgerError):
    """Another run holds the workspace."""

    def __init__(self, sentence: str = _BUSY) -> None:
        super().__init__(sentence)


@contextmanager
def file_lock(ledger: Path, workspace: str) -> Iterator[None]:
    """Lock a file beside the ledger; the kernel unlocks it when the process ends, however it ends."""
    name = hashlib.sha256(workspace.encode()).hexdigest()[:16]
    # Not a singleton: a second run in the same process must be kept out too.
    lock = FileLock(ledger.with_name(f"{ledger.name}.{name}.lock"), mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LedgerBusyError from None
    except (OSError, NotImplementedError):
        raise LedgerError(
            f"The folder of the ledger {ledger} can't lock files: set EDGES_LEDGER to a file on this "
            "machine's disk, or to a PostgreSQL database. Nothing was changed."
        ) from None
    try:
        yield
    finally:
        lock.release()


class Lease:
    """A workspace's row in `leases`; its token grows each time somebody takes it."""

    def __init__(self, engine: sa.Engine, workspace: str) -> None:
        self._engine = engine
        self._workspace = workspace
        self._token = 0
        self._released = threading.Event()

    def take(self, patiently: Patience, sleep: Callable[[float], None]) -> None:
        """Take the lease, at once or when a dead holder's ends; LedgerBusyError where the holder lives.

        Args:
            patiently: does again what fails while the server is away for a short while.
        """
        seen = None
        while not patiently(self._taken):
            ends = patiently(self._ends)
            # Whoever lives puts off the end; whoever was killed does not.
            if seen is not None and ends != seen:
                raise LedgerBusyError
            seen = ends
            sleep(1.0)

    def confirm(self, connection: sa.Connection) -> None:
        """Put off the end, in the transaction of what is written; LedgerLostError where somebody has it."""
        held = LEASES.c.workspace == self._workspace, LEASES.c.token == self._token
        renewed = LEASES.update().where(*held).values(expires_at=_end())
        if connection.execute(renewed).rowcount == 0:
            raise LedgerLostError(_LOST)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put off the end from time to time, and let go of it at last."""
        beating = threading.Thread(target=self._beat, name="edges-nb-lease", daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._released.set()
            beating.join()
            self._release()

    def _taken(self) -> bool:
        of: sa.BindParameter[str] = sa.bindparam("of")
        taken = (
            LEASES.update()
            .where(LEASES.c.workspace == of, LEASES.c.expires_at < sa.func.clock_timestamp())
            .values(token=LEASES.c.token + 1, expires_at=_end())
            .returning(LEASES.c.token)
        )
        from sqlalchemy.dialects.postgresql import insert

        first = insert(LEASES).values(workspace=self._workspace, token=1, expires_at=_end())
        with self._engine.begin() as connection:
            token = connection.scalar(taken, {"of": self._workspace}) or connection.scalar(
                first.on_conflict_do_nothing().returning(LEASES.c.token)
            )
        self._token = token or 0
        return token is not None

    def _ends(self) -> datetime | None:
        with self._engine.connect() as connection:
            query = sa.select(LEASES.c.expires_at).where(LEASES.c.workspace == self._workspace)
            return connection.scalar(query)

    def _beat(self) -> None:
        while not self._released.wait(BEAT_SECONDS):
            try:
                with self._engine.begin() as connection:
                    self.confirm(connection)
            except LedgerLostError:
                return  # the next save says so
            except SQLAlchemyError:
                continue  # an outage; the lease lasts longer than a short one

    def _release(self) -> None:
        try:
            with self._engine.begin() as connection:
                held = LEASES.c.workspace == self._workspace, LEASES.c.token == self._token
                connection.execute(LEASES.update().where(*held).values(expires_at=sa.func.clock_timestamp()))
        except SQLAlchemyError:
            return  # it ends by itself


def _end() -> sa.ColumnElement[object]:
    return sa.func.clock_timestamp() + sa.text(f"interval '{LEASE_SECONDS:.0f} seconds'")
