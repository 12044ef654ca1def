"""The import paths of the notebooks: people keep copies, so these stay, and retired ones are told."""

from __future__ import annotations

import importlib
import re

import pytest

import edges_nb.notebook
from edges_nb.notebook.runner import all_notebooks


def test_notebooks_import_by_the_frozen_paths_only() -> None:
    imports = {
        line
        for path in all_notebooks()
        for line in re.findall(r"(?:from|import) edges_nb[\w.]*", path.read_text(encoding="utf-8"))
    }
    assert imports <= {"from edges_nb", "from edges_nb.notebook"}


@pytest.mark.parametrize("name", ["Exploration", "Migration", "Starting", "Watch"])
def test_the_frozen_names_are_there(name: str) -> None:
    assert callable(getattr(edges_nb.notebook, name).start)


@pytest.mark.parametrize("path", ["explore", "workflow", "starting", "watching"])
def test_a_notebook_of_the_first_version_is_told_to_be_copied_anew(path: str) -> None:
    with pytest.raises(ImportError, match=r"made by edges-nb 0\.1\.0 .* `edges-nb lab`"):
        importlib.import_module(f"edges_nb.{path}")


def test_a_path_that_never_was_is_pythons_own_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="nothing_like_that"):
        importlib.import_module("edges_nb.nothing_like_that")
