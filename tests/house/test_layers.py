"""The arrows of the house: who may import whom, and who may import which library."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import edges_nb

PACKAGE = Path(edges_nb.__file__).parent

LAYERS = (
    *("retired", "redaction", "errors", "models", "cron", "settings", "private_files"),
    *("transport", "client", "frames"),
    *("ledger", "engine"),
    *("planning", "async_runs", "monitoring"),
    *("reports", "widgets", "doctor", "notebook", "fleet", "cli"),
)
"""Each may import those before it."""

APART = {"sandbox": {"settings", "cli"}}
"""What stands apart and imports errors only, and who may import it: nothing else may know of it."""

ONLY_IN = {
    "httpx": "transport",
    "ipywidgets": "widgets",
    "sqlalchemy": "ledger",
    "airflow": "fleet",
    "papermill": "notebook",
    "typer": "cli",
    "nbconvert": "reports",
    "matplotlib": "reports",
    "tqdm": "notebook",
}
"""Where a library may be imported, and nowhere else."""


def modules() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def part_of(module: Path) -> str:
    """The layer that a module belongs to: itself, or the folder it is in."""
    return module.parts[0].removesuffix(".py")


@cache
def imported(module: Path) -> list[str]:
    """Everything that a module imports, wherever in it, by its full name."""
    found: list[str] = []
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write imports in full"
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def test_each_module_has_a_place_in_the_house() -> None:
    parts = {part_of(module) for module in modules()} - {"__init__"}
    assert parts == {*LAYERS, *APART}, "give a new module its place in LAYERS, above what it imports"


@pytest.mark.parametrize("part", [*LAYERS, *APART])
def test_a_layer_imports_only_what_is_above_it(part: str) -> None:
    above = {*LAYERS[: LAYERS.index(part)]} if part in LAYERS else {"errors"}
    allowed = above | {part} | {name for name, users in APART.items() if part in users}
    wrong = [
        f"{module}: {name}"
        for module in modules()
        if part_of(module) == part
        for name in imported(module)
        if name.startswith("edges_nb.") and name.split(".")[1] not in allowed
    ]
    assert wrong == [], "hand it in as an argument, or move the code to a layer that may import it"


@pytest.mark.parametrize(("library", "home"), ONLY_IN.items())
def test_a_library_is_imported_in_one_place_only(library: str, home: str) -> None:
    wrong = [
        str(module)
        for module in modules()
        if not str(module).startswith(home) and part_of(module) not in APART
        for name in imported(module)
        if name.split(".")[0] == library
    ]
    assert wrong == [], f"only {home} may import {library}: call what it offers"


def test_no_name_stands_for_two_modules_or_two_classes() -> None:
    names = [module.stem for module in modules() if module.stem != "__init__"]
    names += [
        node.name
        for module in modules()
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_no_module_is_longer_than_it_can_be_read() -> None:
    lengths = {str(module): len((PACKAGE / module).read_text().splitlines()) for module in modules()}
    assert {name: length for name, length in lengths.items() if length > 500} == {}
