"""One reading for all who need one: a thousand looks at a long list need not be a thousand readings."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedReading(Generic[T]):
    """Reads something for several threads; each gets a reading that began after it asked.

    Args:
        read: reads it; what it raises is raised for all who wait for it.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._reading = threading.Lock()
        self._joining = threading.Lock()
        self._next: Future[T] | None = None

    def get(self) -> T:
        """Return a reading that begins now, or after the one that goes on."""
        with self._joining:
            joined = self._next
            mine = self._next = joined or Future()
        if joined is not None:
            return joined.result()
        with self._reading:
            with self._joining:
                # Who asks from here on may have changed what is read by then.
                self._next = None
            try:
                mine.set_result(self._read())
            except BaseException as error:
                mine.set_exception(error)
                raise
        return mine.result()
