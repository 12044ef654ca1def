"""Find the notebooks, run one without a browser, and leave it executed beside its report."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edges_nb import errors
from edges_nb.errors import BadInput, EdgesNbError
from edges_nb.gc_pause import rest_at_exit
from edges_nb.notebook.parameters import SCHEMAS
from edges_nb.notebook.validation import NotebookParameters, refuse_key
from edges_nb.private_files import private_folder, write_private
from edges_nb.reports.page import page_from_notebook
from edges_nb.settings import Settings

REPORT = "report.html"

_SCHEME = "private:"
"""Before the path that papermill writes to: it chooses the writer that is registered below."""

_ENGINE = "edges-nb"
_BETWEEN_SAVES = 1.0
"""Seconds."""


@dataclass(frozen=True)
class Finished:
    """What a run left behind.

    Attributes:
        code: 0 well, 1 something failed or needs attention, 2 what was asked can't be done.
        problem: the sentence that says why, "" where all is well.
    """

    code: int
    notebook: Path
    report: Path
    problem: str = ""


def find_notebook(name: str) -> Path:
    """Return where a notebook is, in the installed package or in the checkout.

    Raises:
        BadInput: there is no such notebook.
    """
    found = {path.stem: path for path in all_notebooks()}
    if name not in found:
        raise BadInput(f"There is no notebook {name}: the notebooks are {', '.join(found)}.")
    return found[name]


def all_notebooks() -> list[Path]:
    """Return the notebooks that come with the package, in their order."""
    package = Path(__file__).parents[1]
    folder = next(path for path in (package / "_notebooks", package.parent / "notebooks") if path.is_dir())
    return sorted(folder.glob("*.ipynb"))


def copy_notebooks(folder: Path) -> list[Path]:
    """Copy the notebooks to a folder of the user's, and return the copies; what is there already stays."""
    private_folder(folder)
    copies = [folder / source.name for source in all_notebooks()]
    for source, copy in zip(all_notebooks(), copies, strict=True):
        if not copy.exists():
            shutil.copyfile(source, copy)
    return copies


def kernel_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that lead a process to the workspace and the ledger of settings."""
    return {
        "EDGES_API_BASE": settings.base_url,
        "EDGES_API_KEY": settings.key.reveal(),
        "EDGES_LEDGER": settings.ledger,
    }


def check(name: str, given: Mapping[str, object], settings: Settings) -> NotebookParameters:
    """Check a notebook's parameters, and that no cell of it holds the key.

    Raises:
        BadInput: a sentence for each problem.
    """
    refuse_key((cell.source for cell in _read(find_notebook(name)).cells), settings.key.reveal())
    return SCHEMAS[name].check(given, settings.key.reveal())


def run(name: str, given: Mapping[str, object], folder: Path, settings: Settings | None = None) -> Finished:
    """Run a notebook with parameters, and leave it and its report in a folder, whether it failed or not.

    Args:
        given: parameters by name, without `out_dir`, which is the folder.
        settings: the workspace to use; that of the environment when absent.

    Raises:
        BadInput: a parameter or a setting can't be used; nothing was started.
        NotWritten: the folder can't be used.
    """
    settings = settings or Settings.from_env()
    parameters = dict(given)
    if "out_dir" in SCHEMAS[name].model_fields:
        parameters["out_dir"] = str(folder)
    check(name, parameters, settings)
    target = private_folder(folder) / f"{name}.ipynb"
    report, before = folder / REPORT, _written(folder / REPORT)
    code, problem = 0, ""
    try:
        with _environment(settings):
            _execute(find_notebook(name), target, parameters, settings.key.reveal())
    except EdgesNbError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a notebook and its kernel can fail with
        code, problem = _explained(error)
    if _written(report) == before and target.exists():
        render(target, report)
    return Finished(code, target, report, problem)


def render(notebook: Path, report: Path) -> Path:
    """Write the report of an executed notebook, and return where it is.

    Raises:
        BadInput: the file is no notebook.
        NotWritten: the report can't be written.
    """
    write_private(report, page_from_notebook(_read(notebook)))
    return report


class _PrivateWriter:
    """Writes what papermill saves: whole, for the owner only, and without the key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def write(self, content: str, path: str) -> None:
        """Write a notebook."""
        write_private(Path(path.removeprefix(_SCHEME)), content.replace(self._key, "…"))

    def pretty_path(self, path: str) -> str:
        """Return the path as it is shown in logs."""
        return path.removeprefix(_SCHEME)


def _register_engine() -> None:
    """Teach papermill an engine of its own kind that saves while it runs once a second at the most.

    Papermill saves before and after each cell, which for cells of milliseconds takes longer than they do.
    """
    from papermill.engines import NBClientEngine, papermill_engines

    class Sparing(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            save = nb_man.save

            def save_now_and_then(**options: Any) -> None:
                nb_man.nb = options.get("nb") or nb_man.nb
                if (nb_man.now() - nb_man.last_save_time).total_seconds() >= _BETWEEN_SAVES:
                    save()

            nb_man.save = save_now_and_then
            try:
                return super().execute_managed_notebook(nb_man, kernel_name, **options)
            finally:
                nb_man.save = save  # what papermill saves at the end is the whole

    papermill_engines.register(_ENGINE, Sparing)


def _execute(source: Path, target: Path, parameters: Mapping[str, Any], key: str) -> None:
    import papermill
    from papermill.iorw import papermill_io
    from traitlets.config import Config

    papermill_io.register(_SCHEME, _PrivateWriter(key))
    _register_engine()
    rest_at_exit()
    # Sockets in a private folder instead of TCP ports: other users can't listen, and ports can't clash.
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as sockets:
        kernel = {"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}
        papermill.execute_notebook(
            str(source),
            f"{_SCHEME}{target.absolute()}",
            parameters=dict(parameters),
            engine_name=_ENGINE,
            progress_bar=False,
            cwd=str(Path.cwd()),
            config=Config({"KernelManager": kernel}),
            # A kernel that is told to end may report, as an error, that it was interrupted.
            extra_arguments=["--IPKernelApp.log_level=50"],
        )


def _explained(error: Exception) -> tuple[int, str]:
    from papermill.exceptions import PapermillExecutionError

    if not isinstance(error, PapermillExecutionError):
        return 1, f"The notebook's process failed ({type(error).__name__}): run the same command again."
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, EdgesNbError):
        return 2 if issubclass(kind, BadInput) else 1, error.evalue
    return 1, f"A cell of the notebook failed with {error.ename}: look at the last cell that ran."


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """Let a kernel find the sandbox that runs in this process; other settings it finds by itself."""
    values = kernel_environment(settings) if settings.sandbox else {}
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _read(path: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call,unused-ignore]
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} can't be read as a notebook: give the path of an executed one.") from error


def _written(path: Path) -> tuple[int, int] | None:
    """What tells one writing of a file from another."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
