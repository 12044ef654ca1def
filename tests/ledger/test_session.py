"""What a client does shares one ledger, whatever is put in the place of its file meanwhile."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edges_nb.client import Edges
from edges_nb.errors import LedgerError
from edges_nb.planning.ledger_session import ledger_of
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

from .records import WORKSPACE, record


@pytest.fixture
def edges(path: Path) -> Iterator[Edges]:
    with Edges(Settings(Secret("fake-key"), WORKSPACE, str(path))) as edges:
        yield edges


def test_a_client_opens_its_ledger_once(edges: Edges) -> None:
    assert ledger_of(edges) is ledger_of(edges)


def test_another_client_has_a_session_of_its_own(edges: Edges) -> None:
    with Edges(edges.settings) as other:
        assert ledger_of(edges) is not ledger_of(other)


def test_a_ledger_that_was_brought_back_between_two_runs_is_what_counts(edges: Edges, path: Path) -> None:
    ledger_of(edges).save(record(), "read", "seen")
    ledger_of(edges).close()
    copy = path.with_name("copy.sqlite")
    shutil.copy(path, copy)
    ledger_of(edges).save(record("old-2"), "read", "seen")
    ledger_of(edges).close()
    copy.replace(path)
    assert set(ledger_of(edges).records(WORKSPACE)) == {"old-1"}


@pytest.mark.parametrize("way", ["deleted", "replaced"])
def test_a_ledger_that_is_gone_ends_the_run_before_its_next_request(
    edges: Edges, path: Path, way: str
) -> None:
    ledger = ledger_of(edges)
    ledger.save(record(), "read", "seen")
    _take_away(path, way)
    with pytest.raises(LedgerError, match="deleted, moved or replaced"):
        ledger.save(record("old-2"), "pause", "intent")


@pytest.mark.parametrize("way", ["deleted", "replaced"])
def test_a_ledger_that_is_gone_at_the_end_of_a_run_is_told(edges: Edges, path: Path, way: str) -> None:
    with pytest.raises(LedgerError, match="deleted, moved or replaced"), ledger_of(edges).lock(WORKSPACE):
        _take_away(path, way)


def _take_away(path: Path, way: str) -> None:
    path.unlink()
    if way == "replaced":
        path.touch()
