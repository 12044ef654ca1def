"""A sandbox: a workspace, the API over it, and the server in front."""

from __future__ import annotations

import atexit
import functools
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from edges_nb.sandbox.faults import FaultBook
from edges_nb.sandbox.request_handler import SANDBOX_KEY, Api, CallHook
from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.virtual_clock import VirtualClock
from edges_nb.sandbox.wire_types import Call
from edges_nb.sandbox.world import World

if TYPE_CHECKING:
    from edges_nb.sandbox.server import Server


class Sandbox:
    """An Edges API on loopback, with a workspace and a clock of its own.

    Use it as a context manager, or `start` and `stop` it; without a server, `api.handle` answers all the
    same.

    Args:
        world: the workspace, an agency's when absent.
        behaviour: how the server answers and paces.
        port: on 127.0.0.1, any free one when 0.
        monotonic: tells the real seconds by which the rate limit refills.
    """

    def __init__(
        self,
        world: World | None = None,
        behaviour: Behaviour = Behaviour(),  # noqa: B008 - frozen
        port: int = 0,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.api = Api(world if world is not None else World.agency(), behaviour, monotonic)
        self._port = port
        self._server: Server | None = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Sandbox:
        """Start serving; a started sandbox stays as it is."""
        if self._server is None:
            # Loaded here because the core needs neither starlette nor uvicorn.
            from edges_nb.sandbox.server import Server

            self._server = Server(self.api, self._port)
        return self

    def stop(self) -> None:
        """Stop serving; the workspace and the history stay."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def base_url(self) -> str:
        """Where the API is, with its version."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: use it in a with statement, or call start()")
        return f"http://127.0.0.1:{self._server.port}/v1"

    @property
    def key(self) -> str:
        """The only key that the sandbox accepts."""
        return SANDBOX_KEY

    @property
    def world(self) -> World:
        """The workspace."""
        return self.api.world

    @property
    def clock(self) -> VirtualClock:
        """The workspace's clock."""
        return self.api.world.clock

    def advance(self, step: timedelta) -> datetime:
        """Move the clock forward, let everything due until then happen, and deliver callbacks.

        Moving `clock` alone has the same effects at the next request, but delivers nothing.
        """
        return self.api.advance(step)

    def lost(self, uid: str) -> int:
        """How many contacts a schedule or an async run lost for good until now."""
        return self.world.tally(uid).lost

    @property
    def callbacks(self) -> dict[str, int]:
        """How many callbacks were delivered, or why they were not."""
        return dict(self.world.outbox.counts)

    @property
    def history(self) -> list[Call]:
        """Every request received so far."""
        return self.api.history

    @property
    def faults(self) -> FaultBook:
        """Faults to come."""
        return self.api.faults

    @property
    def behaviour(self) -> Behaviour:
        """How the server answers; it can be set while the sandbox runs."""
        return self.api.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self.api.behaviour = behaviour

    @property
    def on_call(self) -> CallHook | None:
        """Hook called in the server before and after each request's effect."""
        return self.api.on_call

    @on_call.setter
    def on_call(self, hook: CallHook | None) -> None:
        self.api.on_call = hook


_shared_lock = threading.Lock()


def shared_sandbox() -> Sandbox:
    """The process's own sandbox, started at its first use."""
    with _shared_lock:
        return _start_shared()


@functools.cache
def _start_shared() -> Sandbox:
    sandbox = Sandbox().start()
    atexit.register(sandbox.stop)
    return sandbox
