"""Talks to a sandbox's core without a socket."""

from __future__ import annotations

import json
from typing import Any

from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.wire_types import Request, SandboxReply
from tests.faults import Sandbox


class Caller:
    """Sends requests to a sandbox that serves no socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world

    def get(self, path: str, key: str = SANDBOX_KEY) -> SandboxReply:
        return self._send("GET", path, b"", key)

    def post(self, path: str, body: Any = None, key: str = SANDBOX_KEY) -> SandboxReply:
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return self._send("POST", path, content, key)

    def create(self, body: Any, action: str = "linkedin-extract-connections") -> SandboxReply:
        return self.post(f"/actions/{action}/run/schedule", body)

    def _send(self, method: str, path: str, content: bytes, key: str) -> SandboxReply:
        return self.sandbox.api.handle(Request(method, "/v1" + path, {"x-api-key": key}, content))
