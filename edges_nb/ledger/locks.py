"""One run at a time on one workspace of one ledger, by a lock that dies with its process."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock, Timeout

from edges_nb.errors import LedgerError

RunLock: TypeAlias = AbstractContextManager[None]


_BUSY = (
    "Another run is at work in this workspace with the same ledger: wait until it has ended, then run the "
    "same command again. Nothing was changed by this one."
)


class LedgerBusyError(LedgerError):
    """Another run holds the workspace."""

    def __init__(self, sentence: str = _BUSY) -> None:
        super().__init__(sentence)


def lock_key(workspace: str) -> bytes:
    """Return eight bytes that stand for a workspace."""
    return hashlib.sha256(workspace.encode()).digest()[:8]


@contextmanager
def file_lock(ledger: Path, workspace: str) -> Iterator[None]:
    """Lock a file beside the ledger; the kernel unlocks it when the process ends, however it ends."""
    # Not a singleton: a second run in the same process must be kept out too.
    lock = FileLock(
        ledger.with_name(f"{ledger.name}.{lock_key(workspace).hex()}.lock"), mode=0o600, thread_local=False
    )
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LedgerBusyError from None
    try:
        yield
    finally:
        lock.release()
