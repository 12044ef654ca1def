"""What goes wrong on the way for a while, or for good: faults that last, and clocks that are wrong."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from edges_nb.sandbox.wire_types import SandboxReply

_REFUSED = {"404": "STATUS_404", "403": "STATUS_403", "500": "GENERIC_ERROR", "503": "LK_UNAVAILABLE"}

LASTING = (*_REFUSED, "timeout", "empty", "no status", "no uid", "lost", "lagging")
"""Kinds of faults that last: refusals and timeouts come before the effect, the others after it."""

OPERATIONS = ("get_schedule", "list_schedules", "create", "pause", "resume", "cancel", "list_runs")


@dataclass(frozen=True)
class LastingFault:
    """From the nth request of a process on, every request of an operation goes wrong for so many seconds."""

    kind: str
    operation: str
    seconds: int
    nth: int

    def __str__(self) -> str:
        return f"{self.kind} on {self.operation} for {self.seconds} s from request {self.nth}"


def operation_of(method: str, path: str) -> str:
    """Name a request by its method and path, as far as faults tell requests apart."""
    parts = path.removeprefix("/v1/").strip("/").split("/")
    if method == "POST":
        return "create" if parts[0] == "actions" else parts[-1]
    if parts[0] in ("schedules", "runs"):
        return f"list_{parts[0]}" if len(parts) == 1 else f"get_{parts[0].removesuffix('s')}"
    return f"list_{parts[0]}"


class Weather:
    """The faults of a bench that last; they go on from one process to the next.

    Args:
        now: tells the virtual seconds.
        shown: gives the uids of the schedules that lists show now.
    """

    def __init__(self, now: Callable[[], float], shown: Callable[[], Iterable[str]]) -> None:
        self._now, self._shown = now, shown
        self._over: dict[LastingFault, tuple[float, frozenset[str]]] = {}

    @property
    def ends_at(self) -> float:
        """When the last of them is over."""
        return max((end for end, _ in self._over.values()), default=0.0)

    def begin(self, faults: Iterable[LastingFault]) -> None:
        for fault in faults:
            self._over[fault] = (self._now() + fault.seconds, frozenset(self._shown()))

    def fault(self, operation: str) -> LastingFault | None:
        """The fault that a request of this operation meets now."""
        for fault, (end, _) in self._over.items():
            if fault.operation in (operation, "any") and self._now() < end:
                return fault
        return None

    def spoil(self, fault: LastingFault, reply: Callable[[], SandboxReply]) -> SandboxReply:
        """What the client gets; `reply` lets the request have its effect."""
        if fault.kind in _REFUSED:
            body = {"error_label": _REFUSED[fault.kind], "message": "for a while"}
            return SandboxReply.of(int(fault.kind), body)
        if fault.kind == "timeout":
            return SandboxReply(0, b"", delivery="hang")
        whole = reply()
        if fault.kind == "lost":
            return SandboxReply(0, b"", delivery="cut")
        if whole.status >= 300 or whole.delivery != "whole" or not _is_json(whole.content):
            return whole
        if fault.kind == "empty":
            return replace(whole, content=b"")
        shown = self._over[fault][1]
        return replace(whole, content=json.dumps(_without(fault.kind, whole.json, shown)).encode())


def _is_json(content: bytes) -> bool:
    with suppress(ValueError):
        json.loads(content)
        return True
    return False


def _without(kind: str, value: Any, shown: frozenset[str]) -> Any:
    if isinstance(value, list):
        if kind == "lagging":
            return [row for row in value if row.get("uid") in shown]
        return [_without(kind, row, shown) for row in value]
    if not isinstance(value, dict) or kind == "lagging":
        return value
    gone = ("status",) if kind == "no status" else ("uid", "scheduled_run_uid", "schedule_uid")
    return {name: part for name, part in value.items() if name not in gone}


@dataclass(frozen=True)
class Times:
    """How far the clocks are from the server's own, which tells when something is due.

    Attributes:
        client: seconds that the client's clock is ahead.
        date: seconds that the `Date` header is ahead; None where there is none.
        jump: seconds that the header is ahead in every second answer, besides.
        created: seconds that `created_at` is ahead.
    """

    client: float = 0
    date: float | None = 0
    jump: float = 0
    created: float = 0

    def bend(self, reply: SandboxReply, number: int) -> SandboxReply:
        """The reply as a server with such clocks sends it."""
        if self == Times():
            return reply
        headers = {name: value for name, value in reply.headers.items() if name != "Date"}
        if self.date is not None and "Date" in reply.headers:
            off = timedelta(seconds=self.date + self.jump * (number % 2))
            headers["Date"] = format_datetime(parsedate_to_datetime(reply.headers["Date"]) + off, usegmt=True)
        content = reply.content
        whole = reply.delivery == "whole" and reply.status < 300
        if self.created and whole and _is_json(content):
            content = json.dumps(_moved(reply.json, timedelta(seconds=self.created))).encode()
        return replace(reply, headers=headers, content=content)


def _moved(value: Any, off: timedelta) -> Any:
    if isinstance(value, list):
        return [_moved(part, off) for part in value]
    if not isinstance(value, dict):
        return value
    moved = dict(value)
    if moved.get("created_at"):
        at = datetime.fromisoformat(moved["created_at"]) + off
        moved["created_at"] = at.isoformat().replace("+00:00", "Z")
    return moved


RIGHT = Times()

CLOCKS: dict[str, Times] = {
    "right": RIGHT,
    "client 3 h ahead": Times(client=10_800, date=None),
    "client 3 h behind": Times(client=-10_800, date=None),
    "client 10 s ahead": Times(client=10, date=None),
    "date 10 s ahead": Times(date=10),
    "date 3 h ahead": Times(date=10_800),
    "date 3 h behind": Times(date=-10_800),
    "date jumping": Times(jump=10_800),
    "created 3 h behind": Times(created=-10_800),
    "created 3 h ahead": Times(created=10_800),
}
"""Clocks that are wrong, by name."""
