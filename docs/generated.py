"""Pages of the reference that are made from the code, so that they can't say anything else."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
import typer

from edges_nb import frames
from edges_nb.cli.command_line import app
from edges_nb.models.reasons import Reason
from edges_nb.notebook.parameters import SCHEMAS
from edges_nb.notebook.runner import all_notebooks

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "load_identities": frames.IDENTITY_COLUMNS,
    "load_schedules": frames.SCHEDULE_COLUMNS,
    "load_runs": frames.RUN_COLUMNS,
}


def write(folder: Path) -> None:
    """Write all pages that are made from the code."""
    pages = {"commands": _commands, "parameters": _parameters, "columns": _columns, "reasons": _reasons}
    for name, lines in pages.items():
        (folder / f"{name}.md").write_text("\n".join(lines()) + "\n", encoding="utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its full name, such as `ledger show`."""
    group = typer.main.get_command(app)
    for name, command in getattr(group, "commands", {}).items():
        below = getattr(command, "commands", {})
        yield from ((f"{name} {each}", one) for each, one in below.items()) if below else [(name, command)]


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "A command exits with 0 when all is well, 1 when somebody has to look, 2 when it can't be done."
    for name, command in commands():
        yield f"\n## edges-nb {name}\n\n{inspect.cleandoc(command.help or '')}\n"
        options = [one for one in command.params if one.name != "help"]
        if options:
            yield "| Option | Default | What it does |\n|---|---|---|"
        for one in options:
            names = ", ".join(f"`{each}`" for each in one.opts)
            default = "" if one.default in (None, "") or one.default is False else f"`{one.default}`"
            yield f"| {names} | {default} | {_cell(getattr(one, 'help', None) or '')} |"


def _parameters() -> Iterator[str]:
    yield "# Parameters of the notebooks\n"
    yield "A parameter that is not there, or a value of another type, is told before anything is requested."
    sources = {path.stem: _parameter_cell(path) for path in all_notebooks()}
    for name, schema in SCHEMAS.items():
        yield f"\n## {name}\n\n| Parameter | Type | Default | What it does |\n|---|---|---|---|"
        for parameter, field in schema.model_fields.items():
            told = _comment(sources[name], parameter)
            kind, default = _kind(field.annotation), repr(field.default)
            yield f"| `{parameter}` | {kind} | `{default}` | {_cell(told)} |"


def _columns() -> Iterator[str]:
    yield "# Columns of the DataFrames\n"
    yield "Columns and dtypes never vary, not even without rows. Times are UTC. What is not shown is missing."
    for name, columns in COLUMNS.items():
        yield f"\n## {name}\n\n| Column | dtype |\n|---|---|"
        yield from (f"| `{column}` | `{dtype}` |" for column, dtype in columns.items())


def _reasons() -> Iterator[str]:
    yield "# Reasons\n"
    yield "Each item of `plan.json` has a `code`; its `reason` begins with these words.\n"
    yield "| Code | Words |\n|---|---|"
    yield from (f"| `{reason.value}` | {reason.heading} |" for reason in Reason)


def _comment(source: str, parameter: str) -> str:
    """Return the comment beside a parameter in a notebook's cell, or the lines of comment above it."""
    lines = source.splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith(f"{parameter}: "))
    if beside := lines[number].partition("  # ")[2]:
        return beside
    above = list(takewhile(lambda line: line.startswith("# "), reversed(lines[:number])))
    return " ".join(line.removeprefix("# ") for line in reversed(above)).rstrip(".")


def _parameter_cell(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ()))


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    return f"`{getattr(annotation, '__name__', annotation)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
