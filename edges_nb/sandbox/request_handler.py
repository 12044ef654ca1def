"""The sandbox's core: a request in, a reply out, without sockets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial

from edges_nb.sandbox.endpoints import OPERATIONS, Context, Operation
from edges_nb.sandbox.entities import UNFINISHED
from edges_nb.sandbox.list_pages import Selections
from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.wire_types import Call, Refusal, Request, SandboxReply, error_body
from edges_nb.sandbox.world import World

SANDBOX_KEY = "sandbox-key-not-a-secret"
"""The only API key a sandbox accepts."""

CallHook = Callable[[Call, str], None]
Interference = Callable[[Call, Callable[[], SandboxReply]], SandboxReply]


class Api:
    """The Edges API over one workspace. Safe to call from several threads; it never sleeps.

    Attributes:
        history: every request received, refused ones too.
        on_call: called with each call and `before` or `after` its effect, outside the lock, so that a hook
            may change the world, call the API itself, or hold the request back.
        interfere: gives the reply to each call with a valid key in place of the API; it is handed the call
            and what lets the request have its effect and gives the API's own reply.
    """

    def __init__(self, world: World, behaviour: Behaviour) -> None:
        self.world = world
        self.history: list[Call] = []
        self.on_call: CallHook | None = None
        self.interfere: Interference | None = None
        self._list_calls = 0
        self._selections = Selections()
        self._errors = 0
        self.behaviour = behaviour

    def handle(self, request: Request) -> SandboxReply:
        """Answer one request, with the hooks that apply to it."""
        call, operation = self._record(request)
        if call.operation in ("get_run", "run_status") and self._is_waited_for(call.subject):
            self.advance(timedelta(minutes=self.behaviour.minutes_per_poll))
        self._tell(call, "before")
        with self.world.lock:
            reply = self._reply(request, call, operation)
        self._tell(call, "after")
        return reply

    def _is_waited_for(self, uid: str | None) -> bool:
        """Whether a run is one that was started by hand and goes on: its client knows of no other clock."""
        run = self.world.runs.get(uid or "")
        return run is not None and run.scheduled_run_uid is None and run.status in UNFINISHED

    def advance(self, step: timedelta) -> datetime:
        """Move the clock forward, and let everything due until then happen."""
        with self.world.lock:
            now = self.world.clock.advance(step)
            self.world.settle()
        return now

    def _record(self, request: Request) -> tuple[Call, Operation | None]:
        operation, subject = None, None
        for candidate in OPERATIONS:
            match = candidate.pattern.fullmatch(request.path)
            if match and candidate.method == request.method:
                operation, subject = candidate, next(iter(match.groups()), None)
        name = operation.name if operation else "unknown"
        with self.world.lock:
            number, now = len(self.history) + 1, self.world.clock.now()
            call = Call(number, request.method, request.path, request.query, request.json, name, now, subject)
            self.history.append(call)
        return call, operation

    def _tell(self, call: Call, phase: str) -> None:
        if self.on_call is not None:
            self.on_call(call, phase)

    def _reply(self, request: Request, call: Call, operation: Operation | None) -> SandboxReply:
        self.world.settle()
        try:
            self._check_key(request)
        except Refusal as refusal:
            reply = self._refused(refusal)
        else:
            answer = partial(self._answer, request, call, operation)
            reply = self.interfere(call, answer) if self.interfere else answer()
        reply.headers.setdefault("Date", format_datetime(self.world.clock.now(), usegmt=True))
        call.status = None if reply.delivery in ("cut", "hang") else reply.status
        return reply

    def _check_key(self, request: Request) -> None:
        if request.header("X-API-Key") != SANDBOX_KEY:
            raise Refusal(401, "AUTH_EXPIRED", "The API key is missing or not valid")

    def _answer(self, request: Request, call: Call, operation: Operation | None) -> SandboxReply:
        self._list_calls += call.operation == "list_schedules"
        try:
            if operation is None or operation.name in self._missing():
                raise Refusal(404, "STATUS_404", f"Route {request.method}:{request.path} not found")
            context = Context(request, call, self.world, self.behaviour, self._list_calls, self._selections)
            return operation.handle(context)
        except Refusal as refusal:
            return self._refused(refusal)

    def _missing(self) -> set[str]:
        """The endpoints that this server does not have."""
        pausing = set() if self.behaviour.pause else {"pause", "resume"}
        return pausing | (set() if self.behaviour.workspaces else {"get_workspace", "get_consumption"})

    def _refused(self, refusal: Refusal) -> SandboxReply:
        return SandboxReply.of(refusal.status, error_body(refusal, self._error_ref()))

    def _error_ref(self) -> str:
        self._errors += 1
        return self.world.uid_for("error", self._errors)
