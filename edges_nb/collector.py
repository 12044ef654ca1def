"""Keep Python's cycle collector out of what makes many objects and no cycle."""

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
            _let_age()
            gc.enable()


def _let_age() -> None:
    """Count what was made among the old objects: it would else be looked through three times at once."""
    if gc.get_freeze_count() == 0:  # whatever the program itself has frozen stays so
        gc.freeze()
        gc.unfreeze()
