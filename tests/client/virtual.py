"""Threads on a clock that stands still while one of them works, and jumps when all are asleep.

One thread runs at a time, the one that wakes first: the same program gives the same history, and an hour of
waiting takes no time.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class VirtualTime:
    """A clock as the transport knows it; outside of `run` a sleep just moves it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = itertools.count()
        self._mine = threading.local()

    def monotonic(self) -> float:
        return self._now

    def utcnow(self) -> datetime:
        return START + timedelta(seconds=self._now)

    def sleep(self, seconds: float) -> None:
        wake = getattr(self._mine, "wake", None)
        if wake is None:
            self._now += seconds
            return
        wake.clear()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), wake))
        self._pass_on()
        wake.wait()

    def run(self, *work: Callable[[], object]) -> None:
        """Run every piece of work in a thread of its own until all have ended."""
        failures: list[BaseException] = []
        threads = []
        for piece in work:
            wake = threading.Event()
            heapq.heappush(self._sleepers, (self._now, next(self._order), wake))
            threads.append(threading.Thread(target=self._body, args=(piece, wake, failures)))
        for thread in threads:
            thread.start()
        self._pass_on()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def _body(
        self, piece: Callable[[], object], wake: threading.Event, failures: list[BaseException]
    ) -> None:
        self._mine.wake = wake
        wake.wait()
        try:
            piece()
        except BaseException as error:  # noqa: BLE001 - told to whoever started the thread
            failures.append(error)
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._sleepers:
            self._now, _, wake = heapq.heappop(self._sleepers)
            wake.set()
