"""The control path beside the API: what a test or a notebook in another process sees and sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from edges_nb.sandbox.request_handler import Api
from edges_nb.sandbox.server_behaviour import Fault
from edges_nb.sandbox.virtual_clock import iso


def control_routes(api: Api) -> list[Route]:
    """Routes below `/sandbox`; they need no key, count no call and are hit by no fault."""

    async def state(_: Request) -> JSONResponse:
        with api.world.lock:
            records = {
                "identities": [_plain(row) for row in api.world.identities.values()],
                "schedules": [_plain(row) for row in api.world.schedules.values()],
                "runs": [_plain(row) for row in api.world.runs.values()],
            }
        told = {"cases": api.world.cases, "callbacks": api.world.outbox.counts}
        return JSONResponse({"now": iso(api.world.clock.now()), **told, **records})

    async def history(_: Request) -> JSONResponse:
        with api.world.lock:
            return JSONResponse([_plain(call) for call in api.history])

    async def set_faults(request: Request) -> JSONResponse:
        if request.method == "DELETE":
            api.faults.clear()
            return JSONResponse({"added": 0})
        given = await request.json()
        faults = [Fault(**fields) for fields in (given if isinstance(given, list) else [given])]
        for fault in faults:
            api.faults.add(fault)
        return JSONResponse({"added": len(faults)})

    async def set_clock(request: Request) -> JSONResponse:
        step = timedelta(seconds=(await request.json())["advance_seconds"])
        # A thread of its own: much may happen in that time, and receivers may call the API.
        return JSONResponse({"now": iso(await run_in_threadpool(api.advance, step))})

    return [
        Route("/sandbox/state", state),
        Route("/sandbox/history", history),
        Route("/sandbox/faults", _explaining(set_faults), methods=["POST", "DELETE"]),
        Route("/sandbox/clock", _explaining(set_clock), methods=["POST"]),
    ]


def _explaining(endpoint: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> JSONResponse:
        try:
            response: JSONResponse = await endpoint(request)
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return response

    return answer


def _plain(record: Any) -> dict[str, Any]:
    return {k: iso(v) if isinstance(v, datetime) else v for k, v in asdict(record).items()}
