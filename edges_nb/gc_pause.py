"""Keep Python's cycle collector out of what makes many objects and no cycle."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def resting_collector() -> Iterator[None]:
    """Make objects without looking for cycles among them.

    A plan of a hundred thousand schedules is millions of objects and no cycle: looking for one again and
    again takes longer than the planning itself.
    """
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            _let_age()
            gc.enable()


_MANY = 200_000
"""Objects that take long to look through."""


def _let_age() -> None:
    """Count what was made among the old objects where it is much: it would be looked through three times.

    Old objects are looked through when many more have come. A few must not be let into them each time: what
    comes that way is not counted, and their cycles would stay for ever.
    """
    # Whatever the program itself has frozen stays so.
    if gc.get_count()[0] > _MANY and gc.get_freeze_count() == 0:
        gc.freeze()
        gc.unfreeze()


@cache
def rest_at_exit() -> None:
    """Look for no cycles in what ends with the process: with all libraries loaded that takes 0.3 seconds."""
    atexit.register(gc.freeze)
