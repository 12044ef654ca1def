"""An interrupt is raised when what is under way has ended."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from edges_nb.engine.halting import Halt, run_each
from edges_nb.transport import SystemClock


def test_interrupt_waits_also_for_the_task_that_it_came_in_the_midst_of() -> None:
    halt, left, ended = Halt(SystemClock(), threading.Event()), threading.Event(), list[int]()

    def task() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        left.wait(0.5)  # nobody sets it before this has ended
        ended.append(len(ended))

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_each([task], 2, halt)
        left.set()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == [0]
    assert halt.asked
