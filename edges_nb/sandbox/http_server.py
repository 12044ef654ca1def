"""An ASGI app behind a socket on this machine, served from a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp


class LoopbackServer:
    """Serves an app on 127.0.0.1 from a daemon thread until it is stopped.

    Args:
        app: what answers.
        port: any free one when 0.
        name: of the thread.

    Attributes:
        port: where it listens.
    """

    def __init__(self, app: ASGIApp, port: int = 0, name: str = "edges-loopback") -> None:
        # Told that it is TCP, asyncio sends small packets at once; else each answer takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
            self._socket.listen()
        except (OSError, OverflowError):
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
        )
        self._uvicorn = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name}-{self.port}", daemon=True)
        # The socket listens already, so a client that comes before the thread is up only waits.
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        serving = asyncio.create_task(self._uvicorn.serve(sockets=[self._socket]))
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
        # Asked to exit, uvicorn would notice within a tenth of a second and then sleep for another.
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        for server in self._uvicorn.servers if self._uvicorn.started else ():
            server.close()
        self._socket.close()
        self.abort()

    def stop(self) -> None:
        """Cut every connection and end the thread."""
        with suppress(RuntimeError):  # the loop has ended on its own
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def abort(self, client: tuple[str, int] | None = None) -> None:
        """Cut the connection of one client, or every one."""
        for connection in list(self._uvicorn.server_state.connections):
            if client in (None, getattr(connection, "client", None)):
                connection.transport.abort()
