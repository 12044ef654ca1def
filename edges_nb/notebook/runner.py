"""Find the notebooks, run one without a browser, and leave it executed beside its report."""

import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edges_nb import errors
from edges_nb.errors import BadInput, EdgesNbError, NotWritten, Stopped
from edges_nb.notebook.kernel import Kernel, Stop, private_sockets, stopping
from edges_nb.notebook.parameters import SCHEMAS, expanded
from edges_nb.notebook.validation import NotebookParameters, refuse_key
from edges_nb.private_files import private_folder, stamp_of, write_private
from edges_nb.redaction import without_secrets
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


def copy_notebooks(folder: Path, *, outputs: bool = True) -> list[Path]:
    """Copy the notebooks to a folder of the user's, and return the copies; what is there already stays.

    Args:
        outputs: whether the copies show what the sandbox showed; beside a real workspace that would mislead.
    """
    private_folder(folder)
    copies = [folder / source.name for source in all_notebooks()]
    for source, copy in zip(all_notebooks(), copies, strict=True):
        if copy.exists():
            continue
        if outputs:
            shutil.copyfile(source, copy)
        else:
            _copy_cleared(source, copy)
    return copies


def _copy_cleared(source: Path, copy: Path) -> None:
    import nbformat

    notebook = _read(source)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, copy)  # type: ignore[no-untyped-call,unused-ignore]


def check(name: str, given: Mapping[str, object], settings: Settings) -> NotebookParameters:
    """Check a notebook's parameters, and that no cell of it holds the key.

    Raises:
        BadInput: a sentence for each problem.
    """
    refuse_key((cell.source for cell in _read(find_notebook(name)).cells), settings.key.reveal())
    parameters = SCHEMAS[name].check(given, settings.key.reveal())
    parameters.check_workspace(settings)
    return parameters


def run(
    name: str,
    given: Mapping[str, object],
    folder: Path,
    settings: Settings | None = None,
    on_start: Callable[[], None] | None = None,
) -> Finished:
    """Run a notebook with parameters, and leave it and its report in a folder, whether it failed or not.

    Args:
        given: parameters by name, without `out_dir`, which is the folder.
        settings: the workspace to use; that of the environment, or the one that the parameters name, when
            absent.
        on_start: called when everything is checked and nothing is begun.

    Raises:
        BadInput: a parameter or a setting can't be used; nothing was started.
        NotWritten: the folder can't be used.
    """
    workspace = str(given.get("workspace") or "")
    settings = settings or Settings.from_env(workspace=workspace)
    try:
        parameters, folder = dict(given), Path(expanded(str(folder)))
    except ValueError as error:
        raise BadInput(f"out_dir {str(folder)!r}: {error}.") from None
    if "out_dir" in SCHEMAS[name].model_fields:
        parameters["out_dir"] = str(folder)
    check(name, parameters, settings)
    if on_start:
        on_start()
    target = private_folder(folder) / f"{name}.ipynb"
    report, before = folder / REPORT, stamp_of(folder / REPORT)
    with private_sockets() as sockets:
        kernel = Kernel(sockets, settings.environment(workspace), settings.key.reveal())
        code, problem = _execute(find_notebook(name), target, parameters, kernel, settings.key.reveal())
    if stamp_of(report) == before and target.exists():
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
                    # The work goes on where the disk is full; what is saved at the end tells of it.
                    with suppress(NotWritten):
                        save()

            nb_man.save = save_now_and_then
            try:
                return super().execute_managed_notebook(nb_man, kernel_name, **options)
            finally:
                nb_man.save = save  # what papermill saves at the end is the whole

    papermill_engines.register(_ENGINE, Sparing)


def _execute(
    source: Path, target: Path, parameters: Mapping[str, Any], kernel: Kernel, key: str
) -> tuple[int, str]:
    """Run a notebook, and return the exit code and the sentence that says why it is not 0."""
    import papermill
    from papermill.iorw import papermill_io
    from traitlets.config import Config

    papermill_io.register(_SCHEME, _PrivateWriter(key))
    _register_engine()
    failed: BaseException | None = None
    with stopping(kernel) as stop:
        try:
            papermill.execute_notebook(
                str(source),
                f"{_SCHEME}{target.absolute()}",
                parameters=dict(parameters),
                engine_name=_ENGINE,
                kernel_name="python3",
                progress_bar=False,
                config=Config(kernel.config),
                kernel_manager_class=kernel.manager_class,
                # A kernel that is told to end may report, as an error, that it was interrupted.
                extra_arguments=["--IPKernelApp.log_level=50"],
            )
        except EdgesNbError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever a notebook can fail with
            failed = error
    if stop.number:
        return 128 + stop.number, _stopped(failed, stop)
    return _explained(failed, kernel) if failed else (0, "")


def _stopped(error: BaseException | None, stop: Stop) -> str:
    told = getattr(error, "evalue", "") if getattr(error, "ename", "") == Stopped.__name__ else ""
    more = "what was begun goes on when the same command is run again."
    return f"Stopped by {stop.name}: {told or more}"


def _explained(error: BaseException, kernel: Kernel) -> tuple[int, str]:
    from papermill.exceptions import PapermillExecutionError

    if not isinstance(error, PapermillExecutionError):
        words = kernel.last_words()
        cause = f"Its last lines were: {words}" if words else without_secrets(str(error), 200)
        return 1, (
            f"The notebook's process ({sys.executable}) failed: {type(error).__name__}. {cause} What was "
            "begun goes on when the same command is run again; if this comes again, install edges-nb into a "
            "new environment."
        )
    # Errors of ours, and no others, show themselves as one line, wherever in the package they are defined.
    if list(error.traceback) == [f"{error.ename}: {error.evalue}"]:
        kind = getattr(errors, error.ename, EdgesNbError)
        return 2 if issubclass(kind, BadInput) else 1, error.evalue
    return 1, f"A cell of the notebook failed with {error.ename}: look at the last cell that ran."


def _read(path: Path) -> Any:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call,unused-ignore]
        nbformat.validate(notebook)  # type: ignore[no-untyped-call,unused-ignore]
    except (OSError, ValueError, TypeError, AttributeError, LookupError, nbformat.ValidationError):
        raise BadInput(f"{path} is not an executed notebook: give the path of one.") from None
    return notebook
