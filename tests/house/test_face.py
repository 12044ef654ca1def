"""What `import edges_nb` offers, and what it must not load."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import edges_nb

HEAVY = (
    *("matplotlib", "ipywidgets", "papermill", "nbconvert", "nbformat", "sqlalchemy", "IPython"),
    *("starlette", "uvicorn", "typer", "tqdm", "edges_nb.sandbox"),
)
"""Loaded when used."""


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has after some code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_its_names_are_the_fixed_ones_sorted_and_all_there() -> None:
    fixed = {
        "Edges",
        "load_calendar",
        "load_callbacks",
        "load_identities",
        "load_schedules",
        "load_runs",
        "plan_migration",
        "plan_changes",
        "plan_undo",
    }
    starting = {"plan_starts", "start_run", "wait", "continue_run", "load_outputs", "load_syncs"}
    assert edges_nb.__all__ == sorted(edges_nb.__all__)
    assert set(edges_nb.__all__) == fixed | starting
    assert dir(edges_nb) == edges_nb.__all__
    assert all(callable(getattr(edges_nb, name)) for name in edges_nb.__all__)


def test_a_name_that_it_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_that"):
        edges_nb.nothing_like_that  # noqa: B018


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import edges_nb", id="import"),
        pytest.param("from edges_nb import *", id="all-names"),
    ],
)
def test_importing_it_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) & set(HEAVY) == set()


def test_the_command_line_loads_neither_pandas_nor_the_client_for_its_help() -> None:
    loaded = loaded_by("import edges_nb.cli")
    own = {name for name in loaded if name.startswith("edges_nb.")}
    assert loaded & (set(HEAVY) - {"typer"} | {"pandas", "httpx", "pydantic"}) == set()
    assert {name for name in own if not name.startswith("edges_nb.cli")} == {"edges_nb.retired"}
