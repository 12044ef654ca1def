"""A notebook is run without a browser, and leaves itself and a report whether it failed or not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.ledger.store import Ledger
from edges_nb.notebook import runner
from edges_nb.notebook.runner import all_notebooks, copy_notebooks, find_notebook, render, run
from edges_nb.settings import Settings
from tests.faults import Fault, Sandbox

NAME = "02_migrate"
PARTICULAR = "import matplotlib.pyplot as plot, zoneinfo\nplot.figure(), zoneinfo.ZoneInfo('Europe/Paris')"
"""What fails where a person's drawing is odd, or timezones are not there."""
READING = "from edges_nb import Edges, load_schedules\nload_schedules(Edges.from_env())"


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def errors_in(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output.evalue for output in outputs if output.output_type == "error"]


def with_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Have a notebook of one cell under the migration's name, where nothing but its process counts."""
    notebook = nbformat.read(find_notebook(NAME), as_version=4)
    parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    notebook.cells = [parameters, nbformat.v4.new_code_cell(source, id="only")]
    nbformat.write(notebook, tmp_path / f"{NAME}.ipynb")
    monkeypatch.setattr(runner, "find_notebook", lambda name: tmp_path / f"{name}.ipynb")


def is_private(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.rglob("*")))


def test_without_a_key_a_notebook_runs_on_a_sandbox_and_leaves_all_its_files(place: Path) -> None:
    finished = run(NAME, {"mode": "preview"}, place / "out")
    assert (finished.code, finished.problem) == (0, "")
    names = [f"{NAME}.ipynb", "plan.csv", "plan.json", "report.html", "results.json"]
    assert sorted(path.name for path in (place / "out").iterdir()) == names
    assert is_private(place / "out")
    assert "SANDBOX" in finished.report.read_text()
    assert "EDGES_API_KEY" not in os.environ


def test_a_run_that_needs_attention_leaves_everything_and_exits_with_1(sandbox: Sandbox, place: Path) -> None:
    sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", times=0))
    finished = run(NAME, {"mode": "apply"}, place / "out")
    assert finished.code == 1
    assert "3 schedules did not end as planned" in finished.problem
    assert errors_in(finished.notebook) == [finished.problem]
    outcomes = [row["outcome"] for row in json.loads((place / "out" / "results.json").read_text())]
    assert outcomes.count("rolled_back") == 1
    assert "What to do next" in finished.report.read_text()


def test_a_refused_plan_exits_with_2(sandbox: Sandbox, place: Path) -> None:
    finished = run(NAME, {"mode": "apply", "approve": "plan-000000000000"}, place / "out")
    assert finished.code == 2
    assert "plan-000000000000 was approved" in finished.problem
    assert {call.method for call in sandbox.history} == {"GET"}


def test_a_cell_that_fails_oddly_still_leaves_notebook_and_report(
    sandbox: Sandbox, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cell(tmp_path, monkeypatch, "raise RuntimeError('odd')")
    finished = run(NAME, {}, place / "out")
    assert finished.code == 1
    assert "RuntimeError" in finished.problem
    assert errors_in(finished.notebook) == ["odd"]
    assert "odd" in finished.report.read_text()
    assert is_private(place / "out")


def test_a_kernel_that_dies_still_leaves_notebook_and_report(
    sandbox: Sandbox, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cell(tmp_path, monkeypatch, "import os\nos._exit(9)")
    finished = run(NAME, {}, place / "out")
    assert finished.code == 1
    assert "goes on when the same command is run again" in finished.problem
    assert finished.notebook.exists()
    assert finished.report.exists()


def test_a_ledger_that_another_run_holds_is_told_in_its_own_sentence(sandbox: Sandbox, place: Path) -> None:
    settings = Settings.from_env()
    with Edges(settings) as edges, Ledger.open(settings.ledger).lock(edges.workspace_key):
        finished = run(NAME, {"mode": "apply"}, place / "out")
    assert finished.code == 1
    assert "wait until it has ended" in finished.problem
    assert {call.method for call in sandbox.history} == {"GET"}


def test_the_settings_handed_in_are_those_of_the_kernel(
    sandbox: Sandbox, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cell(tmp_path, monkeypatch, READING)
    settings = Settings.from_env()
    monkeypatch.setenv("EDGES_API_BASE", "http://127.0.0.1:1/v1")
    (place / ".env").write_text("EDGES_MAX_RPS=odd\n")
    assert run(NAME, {"mode": "preview"}, place / "out", settings).code == 0
    assert sandbox.history != []


def test_the_interpreter_runs_the_notebook_whatever_kernel_specs_profiles_and_folders_there_are(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "specs" / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = ["/nonexistent/python", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
    long = tmp_path / ("long " * 20)
    long.mkdir()
    with_cell(tmp_path, monkeypatch, PARTICULAR)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "specs"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "/proc/none")
    monkeypatch.setenv("IPYTHONDIR", "/proc/odd")
    monkeypatch.setenv("PYTHONTZPATH", "")
    monkeypatch.setenv("MPLBACKEND", "odd")
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert run(NAME, {"mode": "preview"}, place / "o'u %t é").code == 0


def test_an_output_that_shows_the_key_is_written_without_it(
    sandbox: Sandbox, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cell(tmp_path, monkeypatch, "import os\nprint(os.environ['EDGES_API_KEY'])")
    finished = run(NAME, {}, place / "out")
    assert finished.code == 0
    assert [path.name for path in (place / "out").iterdir() if sandbox.key in path.read_text()] == []


@pytest.mark.parametrize(
    ("given", "told"),
    [({"limits": 3}, "did you mean limit"), ({"limit": True}, "whole number"), ({"mode": "aply"}, "mode")],
)
def test_a_wrong_parameter_starts_nothing(
    sandbox: Sandbox, place: Path, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        run(NAME, given, place / "out")
    assert sandbox.history == []
    assert not (place / "out").exists()


def test_a_notebook_that_holds_the_key_is_not_started(
    sandbox: Sandbox, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cell(tmp_path, monkeypatch, f"key = '{sandbox.key}'")
    with pytest.raises(BadInput, match="holds the API key"):
        run(NAME, {}, place / "out")
    assert sandbox.history == []
    assert not (place / "out").exists()


def test_a_report_is_made_of_any_executed_notebook(place: Path) -> None:
    page = render(find_notebook(NAME), place / "page.html").read_text()
    assert "Migrate schedules to incremental mode" in page
    assert "<script" not in page


def test_what_is_no_notebook_is_told(place: Path) -> None:
    (place / "x.ipynb").write_text("no json")
    for name in ("x.ipynb", "missing.ipynb"):
        with pytest.raises(BadInput, match=name):
            render(place / name, place / "page.html")


def test_an_unknown_notebook_is_told_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=NAME):
        find_notebook("02_migrat")


def test_copies_of_the_notebooks_are_made_once_and_then_left_to_their_owner(place: Path) -> None:
    copies = copy_notebooks(place / "mine")
    assert [path.name for path in copies] == [path.name for path in all_notebooks()]
    copies[0].write_text("changed by me")
    copies[1].unlink()
    copy_notebooks(place / "mine")
    assert copies[0].read_text() == "changed by me"
    assert sources(copies[1]) == sources(all_notebooks()[1])
