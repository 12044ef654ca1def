"""Progress of an apply on the terminal."""

import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

from edges_nb.replacing.outcome import Progress


class Bar:
    """Shows counts on the terminal, where there is one; or hands them to whoever shows them better.

    In a notebook's kernel it writes to the terminal that started it, not into the cell: an executed notebook
    keeps what came of it, and not how long it took.
    """

    def __init__(self, total: int, instead: Callable[[Progress], None] | None) -> None:
        self._instead = instead
        self._terminal = _terminal()
        # None: not where the output is no terminal, such as in cron's mail.
        self._bar = tqdm(total=total, file=self._terminal, unit="schedule", disable=None, leave=False)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if self._terminal is not sys.stderr:
            self._terminal.close()

    def show(self, progress: Progress) -> None:
        """Show where the apply stands."""
        if self._instead is not None:
            self._instead(progress)
            return
        counts = (
            f"{progress.migrated} migrated, {progress.rolled_back} rolled back, {progress.waiting} waiting"
        )
        self._bar.set_postfix_str(counts, refresh=False)
        self._bar.update(progress.done - self._bar.n)


def _terminal() -> TextIO:
    """The standard error of this process, also where a kernel has put its own in front."""
    descriptor = getattr(sys.stderr, "_original_stdstream_copy", None)
    return os.fdopen(os.dup(descriptor), "w") if isinstance(descriptor, int) else sys.stderr
