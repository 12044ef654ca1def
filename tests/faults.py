"""A sandbox that goes wrong and keeps a pace as tests tell it: the one place that they import it from."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import edges_nb.sandbox
from edges_nb.sandbox import World
from edges_nb.sandbox.endpoints import OPERATIONS
from edges_nb.sandbox.http_server import LoopbackServer
from edges_nb.sandbox.request_handler import CallHook
from edges_nb.sandbox.server import Server
from edges_nb.sandbox.wire_types import Call, Refusal, SandboxReply, error_body

from .rate_limits import LimitedBehaviour as Behaviour
from .rate_limits import Limits, RateLimit, WindowLimit

__all__ = ["Behaviour", "Fault", "FaultBook", "RateLimit", "Sandbox", "WindowLimit"]


@dataclass(frozen=True)
class Fault:
    """One way to go wrong on purpose.

    Args:
        operation: which requests it concerns (`create`, `pause`, `list_schedules`, ...), or `any`.
        kind: `cut` closes the connection without a byte, `half` in the middle of the body, `hang` never
            answers, `garbage` is a success that is no JSON, `html` a page with `status`, `status` an error.
        when: before the effect, which then does not happen, or after it.
        status: of the answer, for `status` and `html`.
        label: the error body's `error_label`.
        headers: sent along with the answer.
        params: the error body's `params`.
        nth: the first matching request it hits, counted from 1.
        times: how many requests it hits, 0 for ever.
        schedule_uid: only requests about this schedule: in the path, as the run's schedule, or in the body.
        probability: hit a matching request only by this chance, the same whenever seed and requests are.
    """

    operation: str = "any"
    kind: Literal["cut", "half", "hang", "garbage", "html", "status"] = "status"
    when: Literal["before", "after"] = "before"
    status: int = 500
    label: str = "GENERIC_ERROR"
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    nth: int = 1
    times: int = 1
    schedule_uid: str | None = None
    probability: float | None = None


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
        self._errors = 0

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

    def interfere(self, call: Call, answer: Callable[[], SandboxReply]) -> SandboxReply:
        """Give the answer, or what the fault that hits this call leaves of it."""
        fault = self.strike(call)
        if fault is None:
            return answer()
        call.fault = fault.kind
        self._errors += 1
        reply = answer() if fault.when == "after" else None
        return spoil(fault, reply, self._world.uid_for("fault", self._errors))

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
        return random.Random(f"{key}/{self._draws[key]}").random()


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


class Sandbox(edges_nb.sandbox.Sandbox):
    """A sandbox with faults, rate limits and latency.

    Args:
        monotonic: tells the real seconds by which the rate limits refill.

    Attributes:
        faults: those to come.
    """

    def __init__(
        self,
        world: World | None = None,
        behaviour: Behaviour = Behaviour(),  # noqa: B008 - frozen
        port: int = 0,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(world, behaviour, port)
        self._monotonic = monotonic
        self.behaviour = behaviour
        self.faults = FaultBook(self.world)
        self.api.interfere = self._interfere

    @property
    def behaviour(self) -> Behaviour:
        """How the server answers; setting it anew fills the rate limits."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = self.api.behaviour = behaviour
        self._limits = Limits(behaviour, self._monotonic)

    @property
    def on_call(self) -> CallHook | None:
        """Hook called in the server before and after each request's effect."""
        return self.api.on_call

    @on_call.setter
    def on_call(self, hook: CallHook | None) -> None:
        self.api.on_call = hook

    def _interfere(self, call: Call, answer: Callable[[], SandboxReply]) -> SandboxReply:
        allowed, headers = self._limits.take(call)
        if not allowed:
            ref = self.world.uid_for("error", call.n)
            body = error_body(Refusal(429, "STATUS_429", "Too many requests"), ref)
            return SandboxReply.of(429, body, headers)
        reply = self.faults.interfere(call, answer)
        reply.headers.update(headers)
        return reply

    def _serve(self, port: int) -> Server:
        return _FaultyServer(self.api, port)


class _FaultyServer(Server):
    """A server that takes its time, and breaks connections."""

    async def _endpoint(self, http: HttpRequest) -> Response:
        await asyncio.sleep(getattr(self._api.behaviour, "latency", 0.0))
        return await super()._endpoint(http)

    def _response(self, reply: SandboxReply) -> Response:
        return super()._response(reply) if reply.delivery == "whole" else _Broken(reply, self._server)


class _Broken(Response):
    """A reply of which only half, or nothing, gets through."""

    def __init__(self, reply: SandboxReply, server: LoopbackServer) -> None:
        super().__init__(reply.content, reply.status or 200, reply.headers)
        self._delivery = reply.delivery
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._delivery == "half":
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            half = self.body[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        if self._delivery != "hang":
            self._server.abort(scope["client"])
        # Until the connection is gone: uvicorn would otherwise answer in our place.
        while (await receive())["type"] != "http.disconnect":
            pass
