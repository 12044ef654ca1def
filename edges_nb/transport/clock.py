"""The clock that waits and retries are measured with: real, or a test's."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the transport and the engine know of time."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""

    def utcnow(self) -> datetime:
        """Return the time of this machine, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Return seconds of the machine's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        time.sleep(seconds)

    def utcnow(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)
