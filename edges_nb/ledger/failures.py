"""What went wrong with a database: which failures pass, and what a person is told of the others.

A driver's own message is never shown: it ends with the values of a row, or holds a part of the password.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from edges_nb.errors import LedgerError

_PASSING = ("08", "57P", "25006", "40", "53300", "55P03")
"""Codes of PostgreSQL for what passes: connections, shutdowns, read-only while another server takes over,
conflicts, too many connections."""

_CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("28p01", "password auth", "no password"), "the password was refused: correct EDGES_LEDGER"),
    (("28000", "no pg_hba", "role "), "the server does not admit this user: correct EDGES_LEDGER"),
    (("ssl", "certificate", "tls"), "no encrypted connection came about: check sslmode and certificates"),
    (("3d000", 'database "'), "the server has no such database: create it, or correct EDGES_LEDGER"),
    (
        ("resolve host", "translate host", "getaddrinfo"),
        "its server has no such name: correct EDGES_LEDGER",
    ),
    (("53100", "disk is full", "no space"), "its disk is full: make room"),
    (("25006", "readonly", "read-only"), "it is read-only: let this user write it"),
    (
        ("42501", "permission denied"),
        "this user may not write it: grant it the tables",
    ),
    (
        ("not a database", "file is encrypted"),
        "it is not a database: correct EDGES_LEDGER",
    ),
    (
        ("malformed", "decode", "disk i/o", "no such table", "no such column", "xx00"),
        "it is damaged: bring back a copy that edges-nb ledger backup made, and keep the damaged one",
    ),
    (("locked", "busy"), "another program keeps it locked: close that program"),
    (("unable to open",), "the file can't be opened: set EDGES_LEDGER to a file that you may write"),
)
"""What a message or a code says, and what to tell; the first that fits counts."""


class LedgerLostError(LedgerError):
    """The ledger, or the lock on it, was lost while a run was at work."""


def passes(error: SQLAlchemyError) -> bool:
    """Whether a failure of PostgreSQL is one that is likely to be over soon."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return str(code).startswith(_PASSING)
    # No answer at all, or none while connecting, for a reason that trying again can mend.
    return error.connection_invalidated or _cause(error) is None


def _cause(error: Exception) -> str | None:
    original = getattr(error, "orig", None) or error
    text = f"{getattr(original, 'sqlstate', None) or ''} {original}".lower()
    return next((cause for signs, cause in _CAUSES if any(sign in text for sign in signs)), None)


@contextmanager
def told(place: str, verb: str, *, server: bool) -> Iterator[None]:
    """Turn whatever a database or a row raises into one sentence.

    Args:
        verb: what could not be done, such as `opened`.
        server: whether the ledger is on a server.
    """
    try:
        yield
    except (SQLAlchemyError, OSError, ValueError) as error:
        cause = _cause(error)
        if cause is None and not isinstance(error, (SQLAlchemyError, OSError)):
            cause = "a row of it can't be read: it is damaged, bring back a copy of it"
        if cause is None and server:
            cause = "its server can't be reached: check host and port in EDGES_LEDGER, and that it runs"
        if cause is None:
            cause = "check its disk, and that EDGES_LEDGER names a ledger of this tool"
        raise LedgerError(
            f"The ledger {place} could not be {verb}: {cause}, then run the same command again."
        ) from None
