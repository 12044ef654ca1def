"""Workspaces behind one address, with one ledger: nothing of one is touched, asked for or told in another."""

import pytest

from edges_nb.client import Edges

from . import neighbours
from .setting import series


def test_neighbours_never_meet() -> None:
    assert series(neighbours.thrown_once, "tests", 20).broken == []


def test_workspaces_that_are_known_by_their_address_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Edges, "workspace_key", property(lambda edges: "the only workspace"))
    broken = series(neighbours.thrown_once, "tests", 20).broken
    assert any("I9" in sentence for sentence in broken)
