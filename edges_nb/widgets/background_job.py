"""An apply in the background: the page answers meanwhile, and it can be stopped between schedules."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from edges_nb.reports.formatting import lasted, listed, sentence
from edges_nb.reports.html import Html, tag

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome, Progress

    Apply = Callable[[Callable[[Progress], None], threading.Event], "Outcome | None"]

_EVERY = 0.25
_LIMITED = 500.0
_FEW = 3
"""Schedules after which it can be told how long the others take."""


class BackgroundJob:
    """One apply in a thread of its own, and another thread that shows how far it is.

    Args:
        apply: does the work; takes what to tell of the progress, and the event that stops it.
        on_tick: called a few times a second while it goes on.
        on_end: called once when it is over, however it ended.

    Attributes:
        progress: what was told last; None before the first step.
        outcome: what came of it; error: what was raised; both None until then.
    """

    def __init__(self, apply: Apply, *, on_tick: Callable[[], object], on_end: Callable[[], object]) -> None:
        self._apply, self._on_tick, self._on_end = apply, on_tick, on_end
        self._stop, self._over = threading.Event(), threading.Event()
        self._start = time.monotonic()
        self.progress: Progress | None = None
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        # Not waited for at the kernel's end: a run can be cut off anywhere, and goes on the next time.
        self._worker = threading.Thread(target=self._work, name="edges-nb-apply", daemon=True)
        self._ticker = threading.Thread(target=self._tick, name="edges-nb-progress", daemon=True)

    def start(self) -> BackgroundJob:
        """Begin."""
        self._worker.start()
        self._ticker.start()
        return self

    def stop(self) -> None:
        """Stop between schedules: what is begun is brought to its end."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return not self._over.is_set()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._start

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over and shown, and return whether it is."""
        self._ticker.join(timeout)
        return not self._ticker.is_alive()

    def _work(self) -> None:
        try:
            self.outcome = self._apply(self._told, self._stop)
        except BaseException as error:  # noqa: BLE001 - shown by whoever looks at the job
            self.error = error
        finally:
            self._over.set()

    def _told(self, progress: Progress) -> None:
        self.progress = progress

    def _tick(self) -> None:
        while not self._over.wait(_EVERY):
            self._on_tick()
        self._on_end()


def progress_words(
    progress: Progress, seconds: float, *, pause: float, per_second: float, stopping: bool = False
) -> Html:
    """Return how far an apply is, how fast it goes, why it waits if it does, and how long the rest takes.

    Args:
        pause: seconds until requests go on; per_second: requests a second that are allowed now.
    """
    ended = [f"{progress.migrated:,} replaced"]
    ended += [f"{progress.rolled_back:,} left as before"] * bool(progress.rolled_back)
    ended += [f"{progress.attention:,} for somebody to look at"] * bool(progress.attention)
    told = f"{progress.done:,} of {progress.total:,} done: {listed(ended)}; {progress.waiting:,} to go."
    lines = [tag("p", tag("b", told))]
    rate = progress.done / max(seconds, 0.001)
    pace = []
    if progress.done:
        pace.append(f"{rate:.1f} schedules a second")
    if progress.done >= _FEW:
        pace.append(f"about {lasted(progress.waiting / rate)} left")
    # Beyond this, nobody has found a limit, and the number means nothing.
    if per_second <= _LIMITED:
        pace.append(f"at most {per_second:.0f} requests a second")
    if pause > 0:
        pace = [f"waiting for {lasted(max(pause, 1))}, because the server asked to slow down", *pace]
    lines += [tag("p", sentence(", ".join(pace)))] * bool(pace)
    if stopping:
        lines.append(tag("p", "Stopping: what is begun is brought to its end, and nothing else is begun."))
    lines.append(tag("p", progress.sentence, class_="note"))
    return tag("div", *lines)
