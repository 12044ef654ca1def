"""Runs of papermill and of the command line in processes forked from one that has loaded everything.

Loading takes a second for a command and five for papermill with its kernel, more than most runs do. What such
a process says, its exit code and the signal that ends it are real. Papermill's command line, parameters and
notebook are its own; the cells run in its process, by IPython, instead of in a kernel.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from papermill.engines import Engine, papermill_engines

_PATIENCE = 120
"""Seconds."""

Program = Literal["edges-nb", "papermill"]

LOADED = [
    *("edges_nb.cli", "edges_nb.doctor", "edges_nb.engine.executor", "edges_nb.notebook.migrate"),
    *("edges_nb.notebook.start", "edges_nb.reports.apply_report", "edges_nb.reports.figures"),
    *("matplotlib.backends.backend_svg", "matplotlib.figure", "alembic.command", "httpcore"),
    *("papermill.cli", "IPython.core.interactiveshell"),
]
"""What a run loads, some of it only when it comes to it."""


class Forked:
    """A run in a forked process, with the face of `subprocess.Popen`.

    Args:
        output, errors: the files that its standard output and error go to; one for both without the second.
    """

    def __init__(
        self,
        program: Program,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        place = (str(folder), dict(environment), str(output), str(errors or ""))
        self._process = context.Process(target=_live, args=(program, list(arguments), *place))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self._process.exitcode


def command(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], place: Path
) -> subprocess.CompletedProcess[str]:
    """Run `edges-nb` in a folder to its end; what it says is kept at a place."""
    output, errors = place / "output", place / "errors"
    ended = Forked("edges-nb", arguments, folder, environment, output, errors).wait(_PATIENCE)
    return subprocess.CompletedProcess(arguments, ended, output.read_text(), errors.read_text())


def _live(
    program: Program, arguments: list[str], folder: str, environment: dict[str, str], output: str, errors: str
) -> None:
    os.chdir(folder)
    os.umask(0o022)
    os.environ.clear()
    os.environ.update(environment)
    _redirect(1, output)
    if errors:
        _redirect(2, errors)
    else:
        os.dup2(1, 2)
    sys.argv = [program, *arguments]
    if program == "papermill":
        _papermill()
    else:
        _edges_nb()


def _redirect(stream: int, path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, stream)
    os.close(file)


def _edges_nb() -> None:
    from edges_nb.cli import main

    main()


def _papermill() -> None:
    from papermill.cli import papermill

    papermill_engines.register("this-process", ThisProcess)
    papermill([*sys.argv[1:], "--engine", "this-process", "--no-request-save-on-cell-execute"])


class ThisProcess(Engine):  # type: ignore[misc,unused-ignore]
    """Runs the cells of a notebook where papermill itself runs."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        shell = InteractiveShell.instance()
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            if cell.cell_type == "code" and not _ran(shell, cell):
                nb_man.cell_exception(cell, index)
                return
            nb_man.cell_complete(cell, index)


def _ran(shell: Any, cell: Any) -> bool:
    from IPython.utils.capture import capture_output
    from nbformat.v4 import new_output

    make: Any = new_output
    with capture_output() as captured:
        result = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = shell.execution_count - 1
    printed = [make("stream", name="stdout", text=captured.stdout)] if captured.stdout else []
    shown = [make("display_data", data=each.data, metadata=each.metadata or {}) for each in captured.outputs]
    cell.outputs = [*printed, *shown]
    error = result.error_in_exec or result.error_before_exec
    if error is not None:
        trace = [captured.stdout]
        cell.outputs.append(make("error", ename=type(error).__name__, evalue=str(error), traceback=trace))
    return error is None
