"""Which workspace the rows of a ledger belong to: 0.1.0 kept them by the API's address, which all share."""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa

from edges_nb.ledger.schema import EVENTS, PLANS, REPLACEMENTS
from edges_nb.ledger.states import BEGUN

if TYPE_CHECKING:
    from edges_nb.ledger.store import Ledger


def holds(ledger: "Ledger", workspace: str) -> bool:
    """Whether a ledger has replacements under a name of a workspace."""
    query = sa.select(REPLACEMENTS.c.old_uid).where(REPLACEMENTS.c.workspace == workspace).limit(1)
    return bool(ledger.rows(query))


def spellings(ledger: "Ledger", address: str) -> list[str]:
    """Return how an address is written in a ledger: with another case, port or slash it is the same."""
    query = sa.select(REPLACEMENTS.c.workspace).where(REPLACEMENTS.c.workspace.contains("://")).distinct()
    return [row["workspace"] for row in ledger.rows(query) if _server(row["workspace"]) == _server(address)]


def begun(ledger: "Ledger", address: str) -> list[str]:
    """Return the uids of what was begun under an address and not ended."""
    query = sa.select(REPLACEMENTS.c.old_uid).where(
        REPLACEMENTS.c.workspace.in_(spellings(ledger, address)),
        REPLACEMENTS.c.state.in_(state.value for state in BEGUN),
    )
    return sorted(row["old_uid"] for row in ledger.rows(query))


def move(ledger: "Ledger", old: str, new: str, uids: Collection[str] | None = None) -> None:
    """Let rows belong to another name of a workspace.

    What is there under the new name stays as it is: it is younger.

    Args:
        uids: of everything in the workspace; only rows that name one of them are moved. All when absent.
    """
    theirs = None if uids is None else {*uids}
    moved = [uid for uid, named in _named(ledger, old).items() if theirs is None or named & theirs]
    plans = [digest for digest, named in _planned(ledger, old).items() if theirs is None or named & theirs]

    def work(connection: sa.Connection) -> None:
        for table, column, keys in (
            (REPLACEMENTS, "old_uid", moved),
            (PLANS, "digest", plans),
        ):
            there = set(connection.scalars(sa.select(table.c[column]).where(table.c.workspace == new)))
            for key in set(keys) - there:
                of = table.c.workspace == old, table.c[column] == key
                connection.execute(table.update().where(*of).values(workspace=new))
                if table is REPLACEMENTS:
                    events = EVENTS.c.workspace == old, EVENTS.c.old_uid == key
                    connection.execute(EVENTS.update().where(*events).values(workspace=new))

    if moved or plans:
        ledger.write(work)


def _server(address: str) -> tuple[str | None, int | None]:
    parts = urlsplit(address)
    return parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _named(ledger: "Ledger", workspace: str) -> dict[str, set[str]]:
    """Return the uids that each row names: of schedules, and of the identities that it runs as."""
    columns = REPLACEMENTS.c.old_uid, REPLACEMENTS.c.new_uid, REPLACEMENTS.c.request
    rows = ledger.rows(sa.select(*columns).where(REPLACEMENTS.c.workspace == workspace))
    with ledger.told("read"):
        return {
            row["old_uid"]: {
                row["old_uid"],
                *[row["new_uid"]] * bool(row["new_uid"]),
                *json.loads(row["request"]).get("identity_ids", ()),
            }
            for row in rows
        }


def _planned(ledger: "Ledger", workspace: str) -> dict[str, set[str]]:
    """Return what each plan is about: uids of schedules, or of identities."""
    rows = ledger.rows(sa.select(PLANS.c.digest, PLANS.c.document).where(PLANS.c.workspace == workspace))
    with ledger.told("read"):
        return {row["digest"]: {*json.loads(row["document"])} for row in rows}
