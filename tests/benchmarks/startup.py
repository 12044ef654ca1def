"""How long anything takes to start, against what it is made of."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edges_nb.notebook.runner import find_notebook

from .figure import Figure, usual_cost

SUBJECT = "start"
IMPORT, PREVIEW, HELP = 1.3, 1.6, 0.4
_TIMES = 5
_BIN = Path(sys.executable).parent


def figures() -> Iterator[Figure]:
    """Measure in turns what is compared."""
    yield from _imports()
    yield from _previews()


def _imports() -> Iterator[Figure]:
    ours, names, pandas, helping = usual_cost(
        [
            [sys.executable, "-c", "import edges_nb"],
            [sys.executable, "-c", "from edges_nb import *"],
            [sys.executable, "-c", "import pandas"],
            [str(_BIN / "edges-nb"), "--help"],
        ],
        _TIMES,
    )
    note = f"{ours.wall:.2f} s against {pandas.wall:.2f} s"
    yield Figure(
        SUBJECT, "import edges_nb, against import pandas", ours.wall / pandas.wall, "×", IMPORT, note=note
    )
    note = f"{names.wall:.2f} s against {pandas.wall:.2f} s"
    yield Figure(SUBJECT, "all its names, against import pandas", names.wall / pandas.wall, "×", note=note)
    yield Figure(SUBJECT, "edges-nb --help", helping.wall, "s", HELP)


def _previews() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as folder:
        source, target = Path(folder) / "pandas.ipynb", f"{folder}/executed.ipynb"
        source.write_text(json.dumps(_importing_pandas()), encoding="utf-8")
        papermill = [str(_BIN / "papermill"), "--no-progress-bar"]
        notebook = str(find_notebook("02_migrate"))
        bare, command, plain, whole = usual_cost(
            [
                [*papermill, str(source), target],
                [str(_BIN / "edges-nb"), "preview", "--out-dir", f"{folder}/preview"],
                [*papermill, notebook, target],
                [*papermill, notebook, target, "-p", "out_dir", f"{folder}/out"],
            ],
            _TIMES,
        )
    for what, cost, bound in (
        ("edges-nb preview, with report", command, PREVIEW),
        ("papermill 02_migrate", plain, PREVIEW),
        ("papermill 02_migrate, with report", whole, None),
    ):
        note = f"CPU {cost.cpu:.1f} s against {bare.cpu:.1f} s"
        note += f"; by the clock {cost.wall:.1f} s, {bare.wall:.1f} s"
        told = f"{what}, against papermill importing pandas"
        yield Figure(SUBJECT, told, cost.cpu / bare.cpu, "×", bound, note=note)


def _importing_pandas() -> dict[str, object]:
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "import",
        "metadata": {},
        "outputs": [],
        "source": ["import pandas"],
    }
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
