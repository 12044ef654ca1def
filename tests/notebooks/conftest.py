"""A small workspace on a sandbox, to which the environment leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edges_nb.notebook.migrate import Migration
from edges_nb.sandbox import World
from tests.faults import Sandbox

SETTINGS = ("EDGES_API_KEY", "EDGES_API_BASE", "EDGES_LEDGER", "EDGES_MAX_RPS")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without settings."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Three full schedules that ran, and one of a standard identity; the environment leads there."""
    world = World(seed=3)
    engaged, standard = world.add_identity("Paris desk"), world.add_identity("Scout", type="standard")
    for name, owner in (("One", engaged), ("Two", engaged), ("Other", standard), ("Three", engaged)):
        world.add_run(world.add_schedule(owner, name=name, callback={"url": f"https://{name}.example.com/"}))
    with Sandbox(world) as sandbox:
        monkeypatch.setenv("EDGES_API_BASE", sandbox.base_url)
        monkeypatch.setenv("EDGES_API_KEY", sandbox.key)
        monkeypatch.setenv("EDGES_LEDGER", str(tmp_path / "private" / "ledger.sqlite"))
        yield sandbox


@pytest.fixture
def migration(sandbox: Sandbox) -> Iterator[Callable[..., Migration]]:
    """Start a migration of the small workspace with some parameters."""
    started: list[Migration] = []

    def start(**parameters: Any) -> Migration:
        started.append(Migration.start(parameters))
        return started[-1]

    yield start
    for one in started:
        one.edges.close()
