"""Two machines with one PostgreSQL ledger, and workspaces that both of them work on."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fleet.trouble import Amid, told
from tests.fleet.workspaces import Workspaces
from tests.ledger.postgres_server import serving

NAMES = ("acme", "shared", "delta")


@pytest.fixture
def ledger() -> Iterator[str]:
    with serving() as server:
        yield server.database()


class Machine:
    """A home of its own, with a file that names some of the workspaces."""

    def __init__(self, fleet: Workspaces, ledger: str, home: str, *names: str) -> None:
        self._fleet, self._home, self._ledger = fleet, fleet.folder / home, ledger
        self._home.mkdir()
        tables = [f'[workspaces.{name}]\nkey_env = "KEY_{name.upper()}"\n' for name in names]
        (self._home / "workspaces.toml").write_text("\n".join(tables))

    def apply(self) -> subprocess.Popen[str]:
        """Begin to migrate all of its workspaces."""
        place = {"HOME": str(self._home), "EDGES_LEDGER": self._ledger}
        return self._fleet.start("fleet", "apply", "--approve", "all", "--out-dir", "done", **place)

    def told(self) -> dict[str, dict[str, object]]:
        """What it says became of each."""
        return told(self._fleet, f"{self._home.name}/done")


def test_a_workspace_is_worked_on_by_one_machine_at_a_time_and_the_others_by_any(
    tmp_path: Path, ledger: str
) -> None:
    with Workspaces(NAMES, tmp_path) as fleet:
        first = Machine(fleet, ledger, "first", "acme", "shared")
        second = Machine(fleet, ledger, "second", "shared", "delta")
        amid = Amid(fleet, ("shared",))
        with first.apply() as one:
            amid.reached()
            before = fleet.changes("shared")
            with second.apply() as two:
                _, errors = two.communicate(timeout=240)
            assert two.returncode == 1, errors
            assert fleet.changes("shared") == before
            amid.over.set()
            _, errors = one.communicate(timeout=240)
        assert one.returncode == 0, errors
        rows = second.told()
        assert {name: row["status"] for name, row in rows.items()} == {"shared": "failed", "delta": "ok"}
        assert "Another run is at work in this workspace" in str(rows["shared"]["reason"])
        _each_migrated_once(fleet, ledger)

        changes = {name: fleet.changes(name) for name in NAMES}
        with second.apply() as two:
            _, errors = two.communicate(timeout=240)
        assert two.returncode == 0, errors
        assert {name: fleet.changes(name) for name in NAMES} == changes
        assert {row["status"] for row in second.told().values()} == {"ok"}


def _each_migrated_once(fleet: Workspaces, ledger: str) -> None:
    for name in NAMES:
        assert fleet.modes(name) == ["incremental"] * 4, name
        created = [call for call in fleet.sandboxes[name].history if call.path.endswith("/run/schedule")]
        assert len(created) == 4, name
    engine = sa.create_engine(ledger)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT workspace, state FROM replacements")).all()
    engine.dispose()
    assert sorted(Counter(rows).values()) == [4] * len(NAMES)
    assert {state for _, state in rows} == {"migrated"}
