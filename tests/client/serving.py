"""A client whose server is a plain function, on a clock that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx

from edges_nb.client import Edges
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

from .virtual import VirtualTime

KEY = "fake-key+not/a=secret"
BASE = "https://api.example.com/v1"

App = Callable[[httpx.Request], httpx.Response]


def client(app: App, *, base_url: str = BASE, time: VirtualTime | None = None) -> Edges:
    settings = Settings(Secret(KEY), base_url, "unused.sqlite")
    return Edges(settings, clock=time or VirtualTime(), http=httpx.MockTransport(app))


class Scripted:
    """Answers one request after the other as told, the last answer for ever; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers: Sequence[httpx.Response | Exception] = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def failure(
    status: int, label: str = "", headers: dict[str, str] | None = None, **body: Any
) -> httpx.Response:
    given = {
        "error_label": label,
        "error_ref": "ref-1",
        "message": "it failed",
        "status_code": status,
        **body,
    }
    return httpx.Response(status, headers=headers, json=given)
