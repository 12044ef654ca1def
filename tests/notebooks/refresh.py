"""Runs the notebooks in place, so that they are committed with what they show today.

    python -m tests.notebooks.refresh [name ...]

Run it after a change of what a cell shows, and read the difference before committing it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from edges_nb.notebook.runner import all_notebooks

SETTINGS = ("EDGES_API_KEY", "EDGES_API_BASE", "EDGES_LEDGER", "EDGES_MAX_RPS")


def refresh(path: Path) -> None:
    """Run a notebook in a kernel of its own, on the sandbox, and keep the outputs and nothing of the run."""
    notebook = nbformat.read(path, as_version=4)
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment["EDGES_SANDBOX"] = "1"
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, resources=folder, record_timing=False).execute(env=environment)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for found in all_notebooks():
        if not wanted or found.stem in wanted:
            refresh(found)
