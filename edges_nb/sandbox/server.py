"""The sandbox's core behind a real socket on loopback, with the faults that only a socket can have."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from edges_nb.sandbox.api import Api
from edges_nb.sandbox.control import control_routes
from edges_nb.sandbox.messages import Reply, Request

METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]


class Server:
    """Serves one `Api` from a daemon thread until it is stopped."""

    def __init__(self, api: Api, port: int = 0) -> None:
        self._api = api
        # Told that it is TCP, asyncio sends small packets at once; else each answer takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        routes = [*control_routes(api), Route("/{path:path}", self._endpoint, methods=METHODS)]
        config = uvicorn.Config(
            Starlette(routes=routes),
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
        self._thread = threading.Thread(target=self._run, name=f"edges-sandbox-{self.port}", daemon=True)
        # The socket listens already, so a client that comes before the thread is up only waits.
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._uvicorn.serve(sockets=[self._socket]))

    def stop(self) -> None:
        """Cut every connection and end the thread."""
        self._uvicorn.should_exit = self._uvicorn.force_exit = True
        with suppress(RuntimeError):  # the loop has ended on its own
            self._loop.call_soon_threadsafe(self._abort_all)
        self._thread.join()

    def _abort_all(self) -> None:
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()

    async def _endpoint(self, http: HttpRequest) -> Response:
        try:
            content = await http.body()
        except ClientDisconnect:
            return Response()
        if self._api.behaviour.latency:
            await asyncio.sleep(self._api.behaviour.latency)
        target = http.url.path + (f"?{http.url.query}" if http.url.query else "")
        request = Request(http.method, target, dict(http.headers), content)
        # A thread of its own: the hook may hold a request back while others go on.
        reply = await run_in_threadpool(self._api.handle, request)
        if reply.delivery == "whole":
            return Response(reply.content, reply.status, reply.headers)
        return _Broken(reply, self._uvicorn)


class _Broken(Response):
    """A reply of which only half, or nothing, gets through."""

    def __init__(self, reply: Reply, server: uvicorn.Server) -> None:
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
            self._abort(scope)
        # Until the connection is gone: uvicorn would otherwise answer in our place.
        while (await receive())["type"] != "http.disconnect":
            pass

    def _abort(self, scope: Scope) -> None:
        for connection in list(self._server.server_state.connections):
            if getattr(connection, "client", None) == scope["client"]:
                connection.transport.abort()
