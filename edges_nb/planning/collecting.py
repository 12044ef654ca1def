"""Garbage collection while many objects are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause garbage collection during bulk allocation: a reading and a plan are many objects and no cycle.

    Collecting takes a third of the time in which a hundred thousand schedules are read and planned.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
