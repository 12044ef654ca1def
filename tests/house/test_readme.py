"""The README says what there is, and its commands are the ones that CI runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import typer

from edges_nb.cli import app
from edges_nb.notebook.parameters import MigrateParameters
from edges_nb.settings.sources import Variables

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def table_below(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = README.split(f"{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def test_there_are_two_blocks_the_first_runs_and_the_second_tests() -> None:
    first, second = blocks()
    assert "edges-nb demo" in first
    assert ".venv" in first
    assert "pytest" in second
    assert "--nbval" in second
    assert "[test]" in second


def test_ci_runs_the_second_block_and_every_other_check(tmp_path: Path) -> None:
    """With a README whose blocks only tell that they ran, and a Python that tells what it was asked."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
    (tmp_path / "README.md").write_text("```sh\necho one\n```\ntext\n```sh\necho two\necho three\n```\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$EDGES_NB_REQUIRE_SEED" "$@"\n')
    lowest, docs = tmp_path / ".ci" / "lowest", tmp_path / ".ci" / "docs"
    lowest.write_text("#!/bin/sh\necho oldest\n")
    docs.write_text("#!/bin/sh\necho documentation\n")
    for script in (python, lowest, docs):
        script.chmod(0o755)
    done = subprocess.run(["bash", tmp_path / ".ci" / "run"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "two",
        "three",
        " -m ruff check .",
        " -m ruff format --check .",
        " -m mypy --strict edges_nb",
        " -m pip check",
        " -m tests.conformance.network_cleaner",
        " -m tests.fleet.airflow",
        "1 -m pytest -p no:nbval tests/conformance",
        "oldest",
        "documentation",
    ]
    assert all(os.access(ROOT / ".ci" / name, os.X_OK) for name in ("run", "lowest", "docs"))


def test_ci_fails_where_the_block_fails(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
    (tmp_path / "README.md").write_text("```sh\n```\n```sh\nfalse\necho not here\n```\n")
    done = subprocess.run(["bash", tmp_path / ".ci" / "run"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stdout == ""


def test_each_command_is_documented_and_each_documented_command_is_there() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    told = {row[0].strip("`").removeprefix("edges-nb ") for row in table_below("### The commands")}
    assert told == commands


def test_each_parameter_of_the_migration_is_documented() -> None:
    told = [row[0].strip("`") for row in table_below("### The parameters of `02_migrate`")]
    assert told == list(MigrateParameters.model_fields)


def test_each_variable_is_documented() -> None:
    told = {row[0].strip("`") for row in table_below("## Use it on your workspace")}
    assert told == set(Variables.model_fields)
