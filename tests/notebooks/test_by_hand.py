"""What the cells of a preview say once something was done in its panel, and in a session after it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edges_nb.errors import NeedsAttention
from edges_nb.notebook.migrate import Migration
from edges_nb.widgets.apply_controller import Running
from edges_nb.widgets.migration_panel import MigrationPanel
from tests.faults import Fault, Sandbox

Start = Callable[..., Migration]
AFTER = ("preview", "canary", "rest", "verify", "results", "finish")


def panel_of(migration: Migration) -> MigrationPanel:
    migration.load()
    panel = migration.by_hand()
    assert isinstance(panel, MigrationPanel)
    return panel


def done(running: Running, step: Callable[[], None]) -> None:
    step()
    assert running.job is not None
    assert running.job.wait(30)
    assert running.job.error is None


def told(migration: Migration) -> dict[str, str]:
    return {cell: repr(getattr(migration, cell)()) for cell in AFTER}


def test_every_cell_tells_what_the_panel_did(sandbox: Sandbox, migration: Start) -> None:
    running = panel_of(one := migration()).run.running
    done(running, running.first)
    for cell, said in told(one).items():
        assert "nothing" not in said.lower(), cell
    assert "1 of 3 replaced; 2 to go." in told(one)["results"]
    done(running, running.rest)
    said = told(one)
    assert "Verified 3 replacements against a fresh listing." in said["verify"]
    assert all("3 of 3 replaced." in said[cell] for cell in ("preview", "rest", "results", "finish"))


def test_text_on_the_page_follows_without_its_cell_being_run_again(
    sandbox: Sandbox, migration: Start
) -> None:
    running = panel_of(one := migration()).run.running
    ended: Any = one.finish()
    shown = ended.widget().children[-1]
    assert "nothing has been changed" in shown.value
    done(running, running.first)
    assert "1 of 3 replaced; 2 to go." in shown.value


def test_a_later_session_tells_what_was_done_before_and_takes_it_back(
    sandbox: Sandbox, migration: Start
) -> None:
    first = panel_of(migration()).run.running
    done(first, first.first)
    panel = panel_of(again := migration())
    said = told(again)
    for cell in ("preview", "rest", "results", "finish"):
        assert "1 replaced before, today " in said[cell]
        assert "; 2 to go." in said[cell]
    assert "Nothing has been changed" not in said["preview"]
    assert "Verified 1 replacement against a fresh listing." in said["verify"]
    running = panel.run.running
    done(running, lambda: running.undo(running.doings.undoable(list(running.doings.known))))
    assert "1 taken back; 2 to go." in told(again)["finish"]
    active = [row for row in sandbox.world.schedules.values() if row.status == "ACTIVE"]
    assert not any(row.parameters.get("sync_mode") == "incremental" for row in active)


def test_results_and_report_are_written_from_the_panel(
    sandbox: Sandbox, migration: Start, tmp_path: Path
) -> None:
    panel = panel_of(migration(out_dir=str(tmp_path / "out")))
    running = panel.run.running
    done(running, running.first)
    panel.run.widget()
    panel.run.write()
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [row["outcome"] for row in results].count("migrated") == 1
    report = (tmp_path / "out" / "report.html").read_text()
    assert "1 of 3 replaced, 2 open." in report
    assert "Preview of" not in report


def test_what_failed_by_hand_ends_the_last_cell_with_an_error(sandbox: Sandbox, migration: Start) -> None:
    sandbox.faults.add(Fault("create", status=400, label="BAD_INPUT"))
    running = panel_of(one := migration()).run.running
    done(running, running.first)
    with pytest.raises(NeedsAttention, match="1 refused and running as before"):
        one.finish()
