"""An executed notebook is saved while it runs, but not around each cell of a moment."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from papermill import engines

from edges_nb.notebook import runner

Saved = list[int]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """How many cells had been run each time the notebook was saved."""
    found: Saved = []

    def save(notebook: Any, path: str) -> None:
        found.append(sum(cell.metadata.papermill.status == "completed" for cell in notebook.cells))

    monkeypatch.setattr(engines, "write_ipynb", save)
    return found


def execute(monkeypatch: pytest.MonkeyPatch, seconds: float, error: Exception | None = None) -> None:
    """Run ten cells that take so long each, by a clock that nobody waits for."""
    cells = [nbformat.v4.new_code_cell("1") for _ in range(10)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"papermill": {}})
    for cell in cells:
        cell.metadata["papermill"] = {}
    passed = 0.0

    def run(cls: type, manager: Any, kernel_name: str, **_: Any) -> None:
        nonlocal passed
        start = manager.last_save_time
        manager.now = lambda: start + engines.datetime.timedelta(seconds=passed)
        for number, cell in enumerate(manager.nb.cells):
            manager.cell_start(cell, number)
            passed += seconds
            manager.cell_complete(cell, number)
        if error:
            raise error

    monkeypatch.setattr(engines.NBClientEngine, "execute_managed_notebook", classmethod(run))
    runner._register_engine()
    engine = engines.papermill_engines.get_engine("edges-nb")
    engine.execute_notebook(notebook, "python3", output_path="executed.ipynb", progress_bar=False)


def test_cells_of_a_moment_are_saved_together(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(monkeypatch, 0.01)
    assert len(saved) <= 2
    assert saved[-1] == 10


def test_cells_that_take_long_are_saved_one_by_one(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(monkeypatch, 5.0)
    assert set(range(1, 11)) <= {*saved}


def test_what_ran_before_a_failure_is_saved(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="kernel"):
        execute(monkeypatch, 0.01, RuntimeError("the kernel died"))
    assert saved[-1] == 10
