"""The sandbox's core behind a real socket on loopback."""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edges_nb.sandbox.http_server import LoopbackServer
from edges_nb.sandbox.request_handler import Api
from edges_nb.sandbox.virtual_clock import iso
from edges_nb.sandbox.wire_types import Request, SandboxReply

METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]


class Server:
    """Serves one `Api` from a daemon thread until it is stopped."""

    def __init__(self, api: Api, port: int = 0) -> None:
        self._api = api
        routes = [
            Route("/sandbox/clock", self._set_clock, methods=["POST"]),
            Route("/{path:path}", self._endpoint, methods=METHODS),
        ]
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
        target = http.url.path + (f"?{http.url.query}" if http.url.query else "")
        request = Request(http.method, target, dict(http.headers), content)
        # A thread of its own: the hook may hold a request back while others go on.
        return self._response(await run_in_threadpool(self._api.handle, request))

    def _response(self, reply: SandboxReply) -> Response:
        return Response(reply.content, reply.status, reply.headers)

    async def _set_clock(self, request: HttpRequest) -> Response:
        """Move the clock on, for clients in other processes; needs no key and counts as no call."""
        try:
            step = timedelta(seconds=(await request.json())["advance_seconds"])
            return JSONResponse({"now": iso(await run_in_threadpool(self._api.advance, step))})
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            return JSONResponse({"message": str(error)}, status_code=400)
