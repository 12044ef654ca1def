"""The notebooks are thin, executed, and clean of whatever ran them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from edges_nb.notebook.runner import all_notebooks

NOTEBOOKS = all_notebooks()
MACHINE = re.compile(r"/(?:home|root|tmp|work|usr)/|127\.0\.0\.1|localhost|0x[0-9a-f]{8,}")
"""What differs from machine to machine or from run to run."""

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_cells_are_thin_and_hold_no_logic(path: Path) -> None:
    for cell in code_cells(path):
        if "parameters" in cell.metadata.get("tags", []):
            continue
        assert len(cell.source.strip().splitlines()) <= 5, cell.source
        logic = (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Lambda)
        assert [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, logic)] == []


def test_cells_import_from_the_package_only(path: Path) -> None:
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                assert [name.name for name in node.names if not name.name.startswith("edges_nb")] == []
            if isinstance(node, ast.ImportFrom):
                assert str(node.module).startswith("edges_nb")


def test_it_has_one_cell_of_parameters(path: Path) -> None:
    tagged = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1


def test_it_was_run_from_top_to_bottom_without_an_error(path: Path) -> None:
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [output for cell in cells for output in cell.outputs if output.output_type == "error"] == []


def test_it_says_sandbox_in_its_first_output(path: Path) -> None:
    outputs = [output for cell in code_cells(path) for output in cell.outputs]
    assert "SANDBOX" in json.dumps(outputs[0])


def test_it_carries_nothing_of_the_run_or_the_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}, "run python -m tests.notebooks.refresh"
        for output in cell.get("outputs", []):
            assert MACHINE.findall(json.dumps(output)) == []
            assert output.get("name") != "stderr"
