"""Keep Python's cycle collector out of the making of plans."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
            gc.enable()
