"""Which requests a sandbox's faults hit, and what the client gets instead of an answer."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace

from edges_nb.sandbox.endpoints import OPERATIONS
from edges_nb.sandbox.server_behaviour import Fault
from edges_nb.sandbox.wire_types import Call, Refusal, SandboxReply, error_body
from edges_nb.sandbox.world import World

HTML = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0} from a proxy</h1></body></html>"
GARBAGE = b'{"scheduled_run_uid": "'


OPERATION_NAMES = ("any", "unknown", *(operation.name for operation in OPERATIONS))
KINDS = ("cut", "half", "hang", "garbage", "html", "status")


@dataclass
class _Armed:
    fault: Fault
    matches: int = 0
    hits: int = 0


class FaultBook:
    """The faults that are waiting for their requests, the first added being asked first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._armed: list[_Armed] = []
        self._draws: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        """Arm a fault; one that could never hit anything is refused."""
        if fault.operation not in OPERATION_NAMES:
            raise ValueError(f"no operation {fault.operation!r}; there are {', '.join(OPERATION_NAMES)}")
        if fault.kind not in KINDS or fault.when not in ("before", "after"):
            raise ValueError(f"no fault of kind {fault.kind!r} {fault.when!r} the effect")
        with self._world.lock:
            self._armed.append(_Armed(fault))

    def clear(self) -> None:
        """Disarm all faults."""
        with self._world.lock:
            self._armed.clear()

    def strike(self, call: Call) -> Fault | None:
        """The fault that hits this call, if any; every fault counts the call if it matches."""
        struck: Fault | None = None
        for number, armed in enumerate(self._armed):
            if not self._matches(armed.fault, call):
                continue
            armed.matches += 1
            if struck is None and self._hits(armed, call, number):
                armed.hits += 1
                struck = armed.fault
        return struck

    def _matches(self, fault: Fault, call: Call) -> bool:
        if fault.operation not in ("any", call.operation):
            return False
        uid = fault.schedule_uid
        if uid is None or uid == call.subject:
            return True
        run = self._world.runs.get(call.subject or "")
        return (run is not None and run.scheduled_run_uid == uid) or uid in str(call.body)

    def _hits(self, armed: _Armed, call: Call, number: int) -> bool:
        fault = armed.fault
        if armed.matches < fault.nth or (fault.times and armed.hits >= fault.times):
            return False
        return fault.probability is None or self._draw(call, number) < fault.probability

    def _draw(self, call: Call, number: int) -> float:
        # Drawn from what the request is and how often it came: threads can't change the dice by racing.
        request = f"{call.method}/{call.path}/{sorted(call.query.items())}/{call.body}"
        key = f"{self._world.seed}/{number}/{request}"
        self._draws[key] += 1
        return random.Random(f"{key}/{self._draws[key]}").random()  # noqa: S311 - dice, not a secret


def spoil(fault: Fault, reply: SandboxReply | None, ref: str) -> SandboxReply:
    """What the client gets of `reply`, which is None when the fault came before the effect."""
    match fault.kind:
        case "cut" | "hang":
            return SandboxReply(0, b"", delivery=fault.kind)
        case "half":
            whole = reply or SandboxReply.of(200, {"scheduled_run_uid": ref, "status": "ACTIVE"})
            return replace(whole, delivery="half")
        case "garbage":
            status = reply.status if reply else 200
            return SandboxReply(status, GARBAGE, {"Content-Type": "application/json", **fault.headers})
        case "html":
            page = HTML.format(fault.status).encode()
            return SandboxReply(
                fault.status, page, {"Content-Type": "text/html; charset=utf-8", **fault.headers}
            )
        case "status":
            refusal = Refusal(fault.status, fault.label, "The sandbox was told to fail", **fault.params)
            return SandboxReply.of(fault.status, error_body(refusal, ref), fault.headers)
