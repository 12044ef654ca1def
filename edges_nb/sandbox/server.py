"""The sandbox's core behind a real socket on loopback, with the faults that only a socket can have."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from edges_nb.sandbox.control import control_routes
from edges_nb.sandbox.http_server import LoopbackServer
from edges_nb.sandbox.request_handler import Api
from edges_nb.sandbox.wire_types import Request, SandboxReply

METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]


class Server:
    """Serves one `Api` from a daemon thread until it is stopped."""

    def __init__(self, api: Api, port: int = 0) -> None:
        self._api = api
        routes = [*control_routes(api), Route("/{path:path}", self._endpoint, methods=METHODS)]
        self._server = LoopbackServer(Starlette(routes=routes), port, "edges-sandbox")

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def stop(self) -> None:
        """Cut every connection and end the thread."""
        self._server.stop()

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
        return _Broken(reply, self._server)


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
