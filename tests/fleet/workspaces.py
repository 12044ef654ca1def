"""Many workspaces behind one address, told apart by their keys only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edges_nb.sandbox import SANDBOX_KEY, World
from edges_nb.sandbox.http_server import LoopbackServer
from edges_nb.sandbox.server import METHODS
from edges_nb.sandbox.wire_types import Request
from tests.faults import Sandbox

MAIN = "from edges_nb.cli import main; main()"


class Workspaces:
    """Serves a sandbox for each key; each has its own uids, and is called like its name in the file.

    Attributes:
        sandboxes: by name.
        keys: by name; change one to swap it.
        folder: where commands run, with `workspaces.toml` and the ledger.
        before: called with a name and the method before each request is answered.
    """

    def __init__(self, names: Sequence[str], folder: Path, schedules: int = 4) -> None:
        self.folder = folder
        self.sandboxes = {name: Sandbox(_world(name, number, schedules)) for number, name in enumerate(names)}
        self.keys = {name: f"fake-key-of-{name}" for name in names}
        self._by_key = {key: name for name, key in self.keys.items()}
        self.before: Callable[[str, str], Response | None] = lambda *_: None
        self._server = LoopbackServer(
            Starlette(routes=[Route("/{path:path}", self._answer, methods=METHODS)]), name="edges-fleet"
        )
        tables = [f'[workspaces.{name}]\nkey_env = "KEY_{name.upper()}"\n' for name in names]
        (folder / "workspaces.toml").write_text("\n".join(tables))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def environment(self, **more: str) -> dict[str, str]:
        """Return all that commands know."""
        keys = {f"KEY_{name.upper()}": key for name, key in self.keys.items()}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "EDGES_API_BASE": f"http://127.0.0.1:{self._server.port}/v1",
            "EDGES_LEDGER": str(self.folder / "ledger.sqlite"),
            **keys,
            **more,
        }

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `edges-nb` in a process of its own."""
        with self.start(*arguments, **more) as process:
            out, told = process.communicate(timeout=3600)
        return subprocess.CompletedProcess(arguments, process.returncode, out, told)

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start `edges-nb` in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            cwd=more.get("HOME", self.folder),
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def modes(self, name: str) -> list[str]:
        """Return how the live schedules of a workspace extract, sorted."""
        live = (one for one in self.sandboxes[name].world.schedules.values() if one.status == "ACTIVE")
        return sorted(str((one.parameters or {}).get("sync_mode", "full")) for one in live)

    def changes(self, name: str) -> int:
        """Return how many requests that change something a workspace got."""
        return sum(call.method != "GET" for call in self.sandboxes[name].history)

    async def _answer(self, http: HttpRequest) -> Response:
        content = await http.body()
        key = http.headers.get("x-api-key", "")
        if key not in self._by_key:
            refused = {"error_label": "AUTH_EXPIRED", "status_code": 401, "message": "not a key"}
            return JSONResponse(refused, 401)
        name = self._by_key[key]
        if (instead := await run_in_threadpool(self.before, name, http.method)) is not None:
            return instead
        target = http.url.path + (f"?{http.url.query}" if http.url.query else "")
        headers = {**http.headers, "x-api-key": SANDBOX_KEY}
        asked = Request(http.method, target, headers, content)
        reply = await run_in_threadpool(self.sandboxes[name].api.handle, asked)
        return Response(reply.content, reply.status, reply.headers)


def _world(name: str, number: int, schedules: int) -> World:
    world = World(seed=1000 + number)
    world.workspace_name = name
    for one in range(schedules):
        identity = world.add_identity(f"{name}-{one}")
        schedule = world.add_schedule(identity, name=f"{name}-{one}")
        world.add_run(schedule)
    return world
