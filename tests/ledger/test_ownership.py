"""Rows belong to a workspace by its uid; those of 0.1.0 go to the workspace that they fit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from edges_nb.client import Edges
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger
from edges_nb.planning.ledger_session import ledger_of, past_of, strangers
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

from .records import WORKSPACE, record
from .test_versions import OLD


class Account:
    """A server at the one address of all, on which a key sees the schedules of its workspace only."""

    def __init__(self, uid: str, *schedules: str) -> None:
        self.uid: str | None = uid
        self.schedules = schedules

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v1")
        if path == "/workspaces" and self.uid:
            return httpx.Response(200, json={"uid": self.uid, "name": "Fake"})
        if path == "/schedules" and request.url.params.get("offset", "0") == "0":
            return httpx.Response(200, json=[{"uid": uid, "status": "ACTIVE"} for uid in self.schedules])
        if path in ("/schedules", "/identities", "/runs"):
            return httpx.Response(200, json=[])
        return httpx.Response(404, json={"error_label": "STATUS_404"})

    def connected(self, path: Path, key: str) -> Edges:
        settings = Settings(Secret(key), WORKSPACE, str(path))
        return Edges(settings, http=httpx.MockTransport(self))


@pytest.fixture
def old(path: Path) -> Path:
    """A ledger of 0.1.0 with rows of two workspaces under the address that both have."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text())
    return path


def test_rows_by_address_go_to_the_workspace_that_has_their_schedules(old: Path) -> None:
    ours = Account("workspace-1", "old-paused", "new-created", "somebody-else")
    theirs = Account("workspace-2", "elsewhere-paused")
    with ours.connected(old, "fake-1") as edges, theirs.connected(old, "fake-2") as others:
        assert set(past_of(edges).begun) == {"old-paused", "old-created"}
        assert set(past_of(others).begun) == {"elsewhere-paused"}
        assert len(ledger_of(edges).events("workspace-1", "old-paused")) == 2
        assert ledger_of(edges).plan("workspace-1", "plan-0123456789ab") is not None
        assert ledger_of(edges).plan("workspace-1", "plan-ba9876543210") is None
        assert ledger_of(edges).plan("workspace-2", "plan-ba9876543210") is not None


@pytest.mark.parametrize(
    "spelling",
    [f"{WORKSPACE}/", WORKSPACE.upper().replace("HTTPS", "https"), "https://api.example.com:443/v1"],
)
def test_rows_under_the_address_spelt_otherwise_are_carried_over(old: Path, spelling: str) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        for table in ("replacements", "events", "plans"):
            connection.execute(f"UPDATE {table} SET workspace = ?", [spelling])
    with Account("workspace-1", "old-paused", "new-created").connected(old, "fake-1") as edges:
        assert set(past_of(edges).begun) == {"old-paused", "old-created"}
        assert "elsewhere-paused" in strangers(edges)


def test_rows_that_fit_no_workspace_stay_and_are_named(old: Path) -> None:
    with Account("workspace-1", "old-paused").connected(old, "fake-1") as edges:
        past_of(edges)
        left = strangers(edges)
    assert "elsewhere-paused" in left
    assert "old-creating" in left
    assert "old-paused" not in left
    assert "old-migrated" not in left


def test_rows_by_key_move_as_soon_as_the_uid_is_seen(path: Path) -> None:
    account = Account("workspace-1")
    account.uid = None
    with account.connected(path, "fake-1") as edges:
        ledger_of(edges).save(record(state=State.PAUSED, workspace=edges.workspace_key), "pause", "done")
        assert edges.workspace_key == edges.key_name
    account.uid = "workspace-1"
    with account.connected(path, "fake-1") as edges:
        assert set(past_of(edges).begun) == {"old-1"}
        assert set(ledger_of(edges).records("workspace-1")) == {"old-1"}


def test_nothing_of_one_workspace_is_seen_in_another(path: Path) -> None:
    with Account("workspace-1", "old-1").connected(path, "fake-1") as edges:
        ledger_of(edges).save(record(state=State.PAUSED, workspace="workspace-1"), "pause", "done")
    with Account("workspace-2", "old-1").connected(path, "fake-2") as edges:
        past = past_of(edges)
    assert (past.begun, past.replaced, past.started) == ({}, {}, {})


def test_a_row_that_is_there_already_is_not_overwritten(old: Path) -> None:
    with closing(Ledger.open(old)) as ledger:
        ledger.save(record("old-paused", state=State.MIGRATED, workspace="workspace-1"), "any", "done")
    with Account("workspace-1", "old-paused").connected(old, "fake-1") as edges:
        assert past_of(edges).begun == {}
        assert ledger_of(edges).records("workspace-1")["old-paused"].state is State.MIGRATED
