"""A kernel that is told to end interrupts the cell that runs, so that what was begun ends and is reported."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_GLANCE = 0.2
"""Seconds between two looks whether the process that started the kernel is there."""


@contextmanager
def interrupted_when_ending() -> Iterator[Callable[[], None]]:
    """Raise KeyboardInterrupt, once, for SIGTERM, for SIGHUP, and when the kernel's parent has ended.

    Gives what raises it where the parent has ended since the last look: for the end of a step, because no
    other one comes that could tell of it. Whoever ends a kernel interrupts it first and terminates it soon
    after: the second of the two is ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # only the main thread gets signals
        return
    told = False

    def once(number: int, frame: FrameType | None) -> None:
        nonlocal told
        again, told = told, True
        if number == signal.SIGINT or not again:
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    taken = [number for number in numbers if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, once) for number in taken}
    try:
        with _outliving_the_parent() as look:
            yield look
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _outliving_the_parent() -> Iterator[Callable[[], None]]:
    """Take an end of the parent for SIGTERM.

    A kernel looks once a second whether its parent is there, and exits in the middle of everything where it
    is not: as long as this lasts, it looks away.
    """
    pollers: list[Any] = [one for one in threading.enumerate() if type(one).__name__ == "ParentPollerUnix"]
    if not pollers:
        yield lambda: None
        return
    over, parent = threading.Event(), os.getppid()

    def look() -> None:
        if os.getppid() != parent:
            raise KeyboardInterrupt

    def watch() -> None:
        while not over.wait(_GLANCE):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    before = [poller.parent_pid for poller in pollers]
    watching = threading.Thread(target=watch, name="edges-nb-parent", daemon=True)
    watching.start()
    for poller in pollers:
        poller.parent_pid = _Anybody()
    try:
        yield look
    finally:
        over.set()
        watching.join()
        for poller, pid in zip(pollers, before, strict=True):
            poller.parent_pid = pid


class _Anybody:
    """Equal to every process id."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]
