"""Every way in which a request can go wrong, and when."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edges_nb.sandbox import World
from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault, FaultBook

from .process import When

SERVER: dict[str, dict[str, Any]] = {
    "cut": {"kind": "cut"},
    "half": {"kind": "half"},
    "hang": {"kind": "hang"},
    "garbage": {"kind": "garbage"},
    "page 502": {"kind": "html", "status": 502},
    "page 200": {"kind": "html", "status": 200},
    "500": {"status": 500, "label": "GENERIC_ERROR"},
    "503": {"status": 503, "label": "LK_UNAVAILABLE", "headers": {"Retry-After": "3"}},
    "408": {"status": 408, "label": "TIMEOUT"},
    "redirect": {"status": 307, "label": "", "headers": {"Location": "/v1/schedules"}},
}
"""May come before or after the effect: the client can't know."""

REFUSALS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "label": "STATUS_429", "headers": {"Retry-After": "2"}},
    "limit": {
        "status": 429,
        "label": "LIMIT_REACHED",
        "params": {"postponed_until": "2026-11-03T08:00:00Z"},
    },
    "400": {"status": 400, "label": "BAD_INPUT"},
    "401": {"status": 401, "label": "AUTH_EXPIRED"},
    "402": {"status": 402, "label": "NO_ACCESS"},
    "404": {"status": 404, "label": "STATUS_404"},
    "424": {"status": 424, "label": "NO_VALID_ACCOUNT_CONFIGURED"},
}
"""Come before the effect only: a definite refusal says that nothing happened."""

WIRE = ("unreachable", "connect timeout")
"""Come before the effect only: the request never leaves this machine."""


@dataclass(frozen=True)
class RequestFault:
    """The nth request of a process goes wrong; `crash` kills the process there."""

    kind: str
    when: When
    nth: int

    def __str__(self) -> str:
        return f"{self.kind} {self.when} request {self.nth}"

    @property
    def for_server(self) -> Fault | None:
        """What the sandbox has to do; None for what happens on the way to it."""
        fields = SERVER.get(self.kind) or REFUSALS.get(self.kind)
        return Fault("any", **{"kind": "status", **fields}, when=self.when) if fields else None


class FaultsToCome(FaultBook):
    """A sandbox's faults, and beside them the one for the request that a thread is about to make."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.coming = threading.local()

    def strike(self, call: Call) -> Fault | None:
        fault: Fault | None = getattr(self.coming, "fault", None)
        self.coming.fault, self.coming.call = None, call
        return fault or super().strike(call)

    def lose_answer(self) -> None:
        """Note in the history that nobody is there any more to read the answer to this thread's request."""
        self.coming.call.fault = "crash"


Variant = tuple[str, When]
"""A kind of fault, and when it comes."""


def variants() -> Iterator[Variant]:
    """Every kind of fault with every time at which it can come."""
    for kind in ("crash", *SERVER):
        yield from ((kind, "before"), (kind, "after"))
    for kind in (*REFUSALS, *WIRE):
        yield kind, "before"


VARIANTS = tuple(variants())
KINDS = tuple(dict.fromkeys(kind for kind, _ in VARIANTS))
