"""Commit together what several threads hand in at the same time: one sync of the disk serves them all."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Ticket(Generic[T]):
    entry: T
    settled: bool = False
    error: BaseException | None = None


class Together(Generic[T]):
    """Whoever comes while a commit is under way waits for it, and is part of the next one.

    Args:
        commit: makes entries durable in their order, all or none; called by one thread at a time.
    """

    def __init__(self, commit: Callable[[Sequence[T]], None]) -> None:
        self._commit = commit
        self._committing = threading.Lock()
        self._arriving = threading.Lock()
        self._tickets: list[_Ticket[T]] = []

    def hand_in(self, entry: T) -> None:
        """Return when the entry is durable, and raise what its commit raised where it is not."""
        ticket = _Ticket(entry)
        with self._arriving:
            self._tickets.append(ticket)
        with self._committing:
            # Somebody who was here before may have taken it along.
            if not ticket.settled:
                self._settle()
        if ticket.error is not None:
            raise ticket.error

    def _settle(self) -> None:
        with self._arriving:
            tickets, self._tickets = self._tickets, []
        error: BaseException | None = None
        try:
            self._commit([ticket.entry for ticket in tickets])
        except BaseException as raised:  # noqa: BLE001 - each thread that waits for it raises it
            error = raised
        for ticket in tickets:
            ticket.settled, ticket.error = True, error
