"""An httpx transport that hands requests to a sandbox's core without a socket, and lets them go wrong."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import httpx

from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.wire_types import Request, SandboxReply
from tests.faults import Sandbox

from .faults import VARIANTS, FaultsToCome, RequestFault
from .process import Clock, Process
from .weather import RIGHT, LastingFault, Times, Weather, operation_of

PATIENCE = 30.0
"""Virtual seconds that a hanging request takes where its client sets no timeout."""

_ENDLESS = 20_000
"""Requests of one process after which it surely goes round in circles."""


class Dice:
    """Faults by chance instead of by number: each request is hit with the same probability.

    Attributes:
        spared: requests at the beginning that are never hit.
    """

    def __init__(self, seed: object, probability: float, *, crashes: bool = True) -> None:
        self.spared = 0
        self._dice = random.Random(f"{seed}")
        self._probability = probability
        self._variants = [variant for variant in VARIANTS if crashes or variant[0] != "crash"]

    def throw(self, number: int) -> RequestFault | None:
        if number <= self.spared or self._dice.random() >= self._probability:
            return None
        return RequestFault(*self._dice.choice(self._variants), number)


class _Half(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content[: len(self._content) // 2]
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Wire(httpx.BaseTransport):
    """What a process's client sends through.

    Args:
        gate: called before each request; it may hold the request back.
        weather, lasting: the faults that last, and those that begin at requests of this process.
        times: how wrong the clocks are.
        key: the one that this workspace accepts.

    Attributes:
        sent: requests so far.
        struck: the faults that came to pass, by kind and time.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        process: Process,
        clock: Clock,
        faults: Iterable[RequestFault] = (),
        dice: Dice | None = None,
        gate: Callable[[], None] | None = None,
        weather: Weather | None = None,
        lasting: Iterable[LastingFault] = (),
        times: Times = RIGHT,
        key: str = SANDBOX_KEY,
    ) -> None:
        self.sandbox, self.process, self.clock = sandbox, process, clock
        self._weather, self._times, self._key = weather, times, key
        self._lasting = list(lasting)
        self._gate = gate
        self.sent = 0
        self.struck: Counter[str] = Counter()
        self._faults = {fault.nth: fault for fault in faults}
        self._dice = dice
        self._counting = threading.Lock()
        if not isinstance(sandbox.faults, FaultsToCome):
            sandbox.faults = FaultsToCome(sandbox.world)
        self._book = sandbox.faults

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._gate is not None:
            self._gate()
        self.process.check()
        with self._counting:
            self.sent += 1
            number = self.sent
            fault = self._fault(number)
        if self.sent > _ENDLESS:
            raise AssertionError("an endless number of requests")
        self._fail_before(fault, request)
        reply = self._times.bend(self._weathered(fault, request, number), number)
        if fault is not None and fault.kind == "crash":
            self._book.lose_answer()
            self.process.die()
        return self._deliver(reply, request)

    def _fault(self, number: int) -> RequestFault | None:
        fault = self._faults.get(number) or (self._dice.throw(number) if self._dice else None)
        if fault is not None:
            self.struck[f"{fault.kind} {fault.when}"] += 1
        return fault

    def _fail_before(self, fault: RequestFault | None, request: httpx.Request) -> None:
        match fault:
            case RequestFault("crash", "before"):
                self.process.die()
            case RequestFault("unreachable"):
                raise httpx.ConnectError("connection refused", request=request)
            case RequestFault("connect timeout"):
                self.clock.sleep(PATIENCE)
                raise httpx.ConnectTimeout("timed out", request=request)

    def _weathered(self, fault: RequestFault | None, request: httpx.Request, number: int) -> SandboxReply:
        if self._weather is None:
            return self._reply(fault, request)
        self._weather.begin(lasting for lasting in self._lasting if lasting.nth == number)
        lasting = self._weather.fault(operation_of(request.method, request.url.path))
        if lasting is None:
            return self._reply(fault, request)
        self.struck[f"{lasting.kind} for a while"] += 1
        return self._weather.spoil(lasting, lambda: self._reply(fault, request, spoilt=True))

    def _reply(
        self, fault: RequestFault | None, request: httpx.Request, *, spoilt: bool = False
    ) -> SandboxReply:
        self._book.coming.fault = fault.for_server if fault else None
        headers = dict(request.headers)
        if headers.get("x-api-key") == self._key:
            headers["x-api-key"] = SANDBOX_KEY
        target = request.url.raw_path.decode()  # an address as text leaves its query out
        wanted = Request(request.method, target, headers, request.read())
        reply = self.sandbox.api.handle(wanted)
        if spoilt and request.method == "POST":
            self._book.coming.call.fault = "spoilt"
        return reply

    def _deliver(self, reply: SandboxReply, request: httpx.Request) -> httpx.Response:
        match reply.delivery:
            case "cut":
                raise httpx.ReadError("connection reset by peer", request=request)
            case "half":
                return httpx.Response(
                    reply.status, headers=reply.headers, stream=_Half(reply.content), request=request
                )
            case "hang":
                timeout = request.extensions.get("timeout", {}).get("read") or PATIENCE
                self.clock.sleep(timeout)
                raise httpx.ReadTimeout("timed out", request=request)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.content, request=request)
