"""A sandbox: a workspace, the API over it, and the server in front."""

from __future__ import annotations

import atexit
import functools
import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from edges_nb.sandbox.request_handler import SANDBOX_KEY, Api
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
        behaviour: how the server answers.
        port: on 127.0.0.1, any free one when 0.
    """

    def __init__(
        self,
        world: World | None = None,
        behaviour: Behaviour = Behaviour(),  # noqa: B008 - frozen
        port: int = 0,
    ) -> None:
        self.api = Api(world if world is not None else World.agency(), behaviour)
        self._port = port
        self._server: Server | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start serving; a started sandbox stays as it is."""
        if self._server is None:
            self._server = self._serve(self._port)
        return self

    def _serve(self, port: int) -> Server:
        # Loaded here because the core needs neither starlette nor uvicorn.
        from edges_nb.sandbox.server import Server

        return Server(self.api, port)

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
        """Move the clock forward, and let everything due until then happen."""
        return self.api.advance(step)

    @property
    def history(self) -> list[Call]:
        """Every request received so far."""
        return self.api.history


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
