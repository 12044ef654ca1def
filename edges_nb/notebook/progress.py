"""Progress on the terminal, and never in the notebook: what a cell shows is compared from run to run."""

import locale
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TextIO

from edges_nb.settings.workspace_settings import NO_KEY, Settings

if TYPE_CHECKING:
    from edges_nb.models.api import Run
    from edges_nb.models.results import Progress

TERMINAL = "EDGES_NB_TERMINAL"
"""The variable that tells a kernel the descriptor of the terminal that the run was started on."""

LOG = "EDGES_NB_LOG"
"""The variable that tells a kernel to show each request on that terminal."""

_LOG = logging.getLogger("edges_nb")

_EACH = 0.5
"""Seconds between two updates on a terminal."""
_EACH_IN_A_LOG = 30.0
"""Seconds between two lines in the log of a scheduled job."""


@contextmanager
def on_terminal(
    total: int, words: tuple[str, str] = ("replaced", "left as before")
) -> "Iterator[Callable[[Progress], None]]":
    """Show how many of `total` schedules are done while they are replaced.

    Args:
        words: what is said of those that came to their end, and of the others.
    """
    with _display(total, "schedules") if total > 1 else nullcontext() as show:

        def tell(progress: "Progress") -> None:
            if show is not None:
                show(progress.done, _told(progress, words))

        yield tell


@contextmanager
def waiting_on_terminal(at_most: float) -> "Iterator[Callable[[Run, float], None]]":
    """Show for how long a run is waited for, of `at_most` seconds."""
    with _display(round(at_most), "seconds") as show:
        yield lambda run, waited: show(round(waited), f"{run.uid} is {run.status}")


@contextmanager
def _display(total: int, unit: str) -> Iterator[Callable[[int, str], None]]:
    """Show how much of `total` is done, and some words: as a bar on a terminal, elsewhere in lines."""
    with _terminal() as stream:
        if stream is None or not stream.isatty():
            yield _lines(stream, total, unit)
            return
        from tqdm import tqdm

        with tqdm(total=total, file=stream, mininterval=_EACH, unit=f" {unit}") as bar:

            def show(done: int, told: str) -> None:
                bar.set_postfix_str(told, refresh=False)
                bar.update(done - bar.n)

            yield show


def _lines(stream: "_Display | None", total: int, unit: str) -> Callable[[int, str], None]:
    """Return what writes a line now and then, and one at the end."""
    last = -math.inf

    def show(done: int, told: str) -> None:
        nonlocal last
        now = time.monotonic()
        if stream is not None and (done >= total or now - last >= _EACH_IN_A_LOG):
            stream.write(f"edges-nb: {done:,} of {total:,} {unit}: {told}\n")
            stream.flush()
            last = now

    return show


def tell_stand_in(settings: Settings) -> None:
    """Say on the terminal where the sandbox stands in for a workspace that nobody named."""
    if settings.stands_in:
        with _terminal() as stream:
            if stream is not None:
                stream.write(f"edges-nb: {stand_in_notice(settings)}\n")


def stand_in_notice(settings: Settings) -> str:
    """Return the sentence that says why this is the sandbox."""
    return f"SANDBOX, an invented workspace, because {settings.stands_in}. {NO_KEY}"


def _told(progress: "Progress", words: tuple[str, str]) -> str:
    done, undone = words
    counts = f"{progress.migrated} {done}, {progress.rolled_back} {undone}, {progress.waiting} waiting"
    attention = f", {progress.attention} to look at" if progress.attention else ""
    held = f", held back by the server for {progress.pause:.0f} s" if progress.pause >= 1 else ""
    return counts + attention + held


class _Display:
    """A stream that is let go of when it fails: nobody looks any more, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, and drop what can't be written."""
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush what was written."""
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            act()
        except (OSError, ValueError) as error:
            self._gone = True
            _LOG.warning("Progress is not shown any more: %s.", type(error).__name__)


@contextmanager
def _terminal() -> Iterator[_Display | None]:
    """Open the standard error that the run was started with, None where there is none.

    A kernel puts all that is written to its standard error into the notebook. It gets the original from
    whoever started it, or keeps it under a name of its own.
    """
    stream = _opened_terminal()
    display = None if stream is None else _Display(stream)
    try:
        yield display
    finally:
        if stream is not None and stream is not sys.stderr:
            with suppress(OSError, ValueError):
                stream.close()


def _opened_terminal() -> TextIO | None:
    given = os.environ.get(TERMINAL, "")
    if given:
        descriptor: int | None = int(given)
    elif type(sys.stderr).__module__.startswith("ipykernel."):
        descriptor = getattr(sys.stderr, "_original_stdstream_copy", None)
    else:
        return sys.stderr
    if descriptor is None:
        return None
    encoding = os.environ.get("PYTHONIOENCODING", "").partition(":")[0] or locale.getpreferredencoding(False)
    with suppress(OSError, LookupError):
        return os.fdopen(os.dup(descriptor), "w", encoding=encoding, errors="replace")
    return None


def log_on_terminal() -> None:
    """Show each request on the terminal where the command was told to."""
    logger = logging.getLogger("edges_nb")
    stream = _opened_terminal() if os.environ.get(LOG) and not logger.isEnabledFor(logging.INFO) else None
    if stream is not None:
        logger.addHandler(logging.StreamHandler(stream))
        logger.setLevel(logging.INFO)
