"""Progress on the terminal, and never in the notebook: what a cell shows is compared from run to run."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from edges_nb.models.api import Run
    from edges_nb.models.results import Progress

_EACH = 0.5
"""Seconds between two updates on a terminal."""
_EACH_IN_A_LOG = 30.0
"""Seconds between two lines where they stay, as in the log of a scheduled job."""


@contextmanager
def on_terminal(
    total: int, words: tuple[str, str] = ("migrated", "rolled back")
) -> "Iterator[Callable[[Progress], None]]":
    """Show how many of `total` schedules are done while they are replaced.

    Args:
        words: what is said of those that came to their end, and of the others.
    """
    from tqdm import tqdm

    with _terminal() as stream:
        seconds, quiet = _pace(stream), stream is None or total < 2
        with tqdm(total=total, file=stream, disable=quiet, mininterval=seconds, unit=" schedules") as bar:

            def show(progress: "Progress") -> None:
                bar.set_postfix_str(_told(progress, words), refresh=False)
                bar.update(progress.done - bar.n)

            yield show


@contextmanager
def waiting_on_terminal(at_most: float) -> "Iterator[Callable[[Run, float], None]]":
    """Show for how long a run is waited for, of `at_most` seconds."""
    from tqdm import tqdm

    with (
        _terminal() as stream,
        tqdm(
            total=round(at_most), file=stream, disable=stream is None, mininterval=_pace(stream), unit=" s"
        ) as bar,
    ):

        def show(run: "Run", waited: float) -> None:
            bar.set_postfix_str(f"{run.uid} is {run.status}", refresh=False)
            bar.update(round(waited) - bar.n)

        yield show


def _pace(stream: TextIO | None) -> float:
    return _EACH if stream is not None and stream.isatty() else _EACH_IN_A_LOG


def _told(progress: "Progress", words: tuple[str, str]) -> str:
    done, undone = words
    counts = f"{progress.migrated} {done}, {progress.rolled_back} {undone}, {progress.waiting} waiting"
    attention = f", {progress.attention} to look at" if progress.attention else ""
    held = f", held back by the server for {progress.pause:.0f} s" if progress.pause >= 1 else ""
    return counts + attention + held


@contextmanager
def _terminal() -> Iterator[TextIO | None]:
    """Open the standard error that the process was started with, None where it can't be had.

    A kernel puts all that is written to its standard error into the notebook, and keeps the original under
    a name of its own.
    """
    if not type(sys.stderr).__module__.startswith("ipykernel."):
        yield sys.stderr
        return
    descriptor = getattr(sys.stderr, "_original_stdstream_copy", None)
    if descriptor is None:
        yield None
        return
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="replace") as stream:
        yield stream
