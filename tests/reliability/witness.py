"""I5: at the moment a mutating request arrives, its intent has to be committed in the ledger.

The ledger is read through a connection of its own, which sees nothing but what is committed. Where it is on
a server that is away, the request waits until the server is back: its sender changes nothing meanwhile.
"""

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from edges_nb.sandbox.wire_types import Call

from .checker import MUTATING

_LAST_EVENTS = """
    SELECT r.old_uid, r.request, r.original, e.step
    FROM replacements r JOIN events e USING (workspace, old_uid)
    WHERE e.phase = 'intent'
      AND e.id = (SELECT max(id) FROM events WHERE workspace = r.workspace AND old_uid = r.old_uid)
"""
"""What the ledger expects to happen now: for each replacement its last event, where that is an intent."""

_AWAY = 30
"""Real seconds for which a server may be away."""


class Witness:
    """Told every request before it has an effect; keeps a sentence for each that no ledger explains."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.asked = 0
        self._ledgers: list[Path | str] = []
        self._open: dict[Path, sqlite3.Connection] = {}
        self._lock = threading.Lock()

    def watch(self, ledger: Path | str) -> None:
        """Look into a ledger, too: a file, or a database on a server by its address."""
        if ledger not in self._ledgers:
            self._ledgers.append(ledger)

    def see(self, call: Call) -> None:
        if call.operation not in MUTATING:
            return
        with self._lock:
            self.asked += 1
            if not any(_explains(row, call) for ledger in self._ledgers for row in self._rows(ledger)):
                self.found.append(
                    f"I5 request {call.n} ({call.operation} {call.subject}) had no committed intent"
                )

    def close(self) -> None:
        # Requests of a process that is dead may still be on their way.
        with self._lock:
            for connection in self._open.values():
                connection.close()
            self._open.clear()

    def _rows(self, ledger: Path | str) -> list[Any]:
        if isinstance(ledger, str):
            return _rows_on_server(ledger)
        if not ledger.exists():
            return []
        if ledger not in self._open:
            # Any thread of the sandbox may come here, one at a time.
            self._open[ledger] = sqlite3.connect(ledger, isolation_level=None, check_same_thread=False)
        try:
            return self._open[ledger].execute(_LAST_EVENTS).fetchall()
        except sqlite3.DatabaseError:
            return []  # there is no table yet, or it can't be read: nothing is explained


def _rows_on_server(address: str) -> list[Any]:
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    deadline = time.monotonic() + _AWAY
    while True:
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(_LAST_EVENTS)]
        except sa.exc.ProgrammingError:
            return []  # there is no table yet
        except sa.exc.DBAPIError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _explains(row: tuple[str, str, str | None, str], call: Call) -> bool:
    old_uid, request, original, step = row
    if call.operation == "create":
        return step == "create" and _is_for(call.body or {}, old_uid, request, original)
    if step in ("cancel new", "cancel surplus"):
        return call.operation == "cancel" and call.subject != old_uid
    return step == call.operation and call.subject == old_uid


def _is_for(body: dict[str, Any], old_uid: str, request: str, original: str | None) -> bool:
    if old_uid in (body.get("name") or ""):
        return True
    wanted = [json.loads(text) for text in (request, original) if text]
    return any(body["inputs"] == one["inputs"] and body["cron"] == one["cron"] for one in wanted)
