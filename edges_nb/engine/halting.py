"""End a run early: begin nothing new, bring what was begun to its end within a bound, then let go of it."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

from edges_nb.transport import Clock

BOUND = 20.0
"""Seconds that what was begun has to come to its end; the rest is left so that running again resumes it."""

_GLANCE = 0.2
"""Seconds of real time between two looks whether the bound is over; threads that end are noticed at once."""


class HaltedError(Exception):
    """The bound is over: the replacement stays where the ledger has it."""


class Halt:
    """Whether a run is to end early, and whether the time for that is over.

    Args:
        stop: set by whoever wants the run to end.
    """

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock, self._stop = clock, stop
        self._failed = threading.Event()
        self._deadline: float | None = None
        self._lock = threading.Lock()

    def ask(self) -> None:
        """End the run early, because of an error or an interrupt."""
        self._failed.set()

    @property
    def asked(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._failed.is_set() or self._stop.is_set()

    @property
    def over(self) -> bool:
        """Whether the bound is over."""
        if not self.asked:
            return False
        with self._lock:
            if self._deadline is None:
                self._deadline = self._clock.monotonic() + BOUND
            return self._clock.monotonic() >= self._deadline

    def check(self) -> None:
        """Raise HaltedError where the bound is over; called before each commit."""
        if self.over:
            raise HaltedError


def run_each(tasks: Iterable[Callable[[], None]], threads: int, halt: Halt) -> None:
    """Run tasks until none is left, one fails or the run is to end early; raise what the first one raised.

    An interrupt is raised when those under way have ended, a second one at once.

    Args:
        threads: tasks under way at once; 1 stays in the calling thread.
    """
    coming = deque(tasks)
    failed: list[BaseException] = []

    def next_task() -> Callable[[], None] | None:
        with suppress(IndexError):
            return coming.popleft()
        return None

    def work() -> None:
        while not halt.asked and (task := next_task()):
            try:
                task()
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                failed.append(error)
                halt.ask()

    if threads == 1 or not coming:
        work()
    else:
        _wait_for(work, min(threads, len(coming)), halt)
    if failed:
        raise failed[0]


def _wait_for(work: Callable[[], None], threads: int, halt: Halt) -> None:
    # Events of our own: in Python 3.11 a join that is interrupted takes the thread for one that has ended.
    def run(end: threading.Event) -> None:
        try:
            work()
        finally:
            end.set()

    coming, begun = [threading.Event() for _ in range(threads)], list[threading.Event]()
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            while coming and not halt.asked:
                begun.append(coming.pop())
                # Daemons: a request that hangs must not keep a process alive that was told to end.
                threading.Thread(target=run, args=begun[-1:], daemon=True).start()
            under_way = [end for end in begun if not end.is_set()]
            if not under_way or halt.over:
                break
            under_way[0].wait(_GLANCE)
        except KeyboardInterrupt as error:
            if interrupt is not None:
                raise
            interrupt = error
            halt.ask()
    if interrupt is not None:
        raise interrupt
