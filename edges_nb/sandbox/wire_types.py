"""What goes in and out of the sandbox's core: requests, replies, refusals and the record of a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Delivery = Literal["whole", "cut", "half", "hang"]


@dataclass(frozen=True)
class Request:
    """A request as the core sees it, without a socket.

    Args:
        method: `GET` or `POST`.
        target: the path with its query, such as `/v1/schedules?limit=100`, or a whole URL.
        headers: names in any case.
        content: the body's bytes.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """The query; of a repeated name the last value."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def values(self, name: str) -> list[str]:
        """Every value of a repeated name in the query."""
        return [value for key, value in parse_qsl(urlsplit(self.target).query) if key == name]

    def header(self, name: str, default: str = "") -> str:
        """A header's value, whatever the case of its name."""
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), default)

    @cached_property
    def json(self) -> Any:
        """The body as JSON, None when there is none or it can't be read."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return None


@dataclass(frozen=True)
class SandboxReply:
    """An answer, and how much of it reaches the client."""

    status: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = "whole"

    @classmethod
    def of(cls, status: int, value: object, headers: Mapping[str, str] | None = None) -> SandboxReply:
        """A reply with a JSON body."""
        content = json.dumps(value, ensure_ascii=False).encode()
        return cls(status, content, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


@dataclass
class Call:
    """One request the sandbox received, for tests that judge a client by what the server saw.

    Attributes:
        n: counted from 1 in the order of arrival.
        body: the JSON body, None when there was none or it could not be read.
        status: of the answer, None when no answer was sent.
        effect: whether the request changed something, whatever the client was told.
        at: the sandbox's clock.
        subject: the uid in the path.
        created: the uid of what the request created, also when its answer was lost.
        fault: the kind of fault that hit it.
    """

    n: int
    method: str
    path: str
    query: dict[str, str]
    body: Any
    operation: str
    at: datetime
    subject: str | None = None
    status: int | None = None
    effect: bool = False
    created: str | None = None
    fault: str | None = None


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the sandbox
    """A request the API refuses, with its error body's content."""

    def __init__(self, status: int, label: str, message: str, **params: Any) -> None:
        super().__init__(message)
        self.status, self.label, self.message, self.params = status, label, message, params


SCOPES = {
    "AUTH_EXPIRED": "authentication",
    "BAD_INPUT": "input",
    "BAD_PARAMETERS": "parameters",
    "MISSING_PARAMETER": "parameters",
    "NO_VALID_ACCOUNT_CONFIGURED": "identity",
    "STATUS_404": "resource",
    "STATUS_429": "rate_limit",
    "LIMIT_REACHED": "rate_limit",
}


def error_body(refusal: Refusal, ref: str) -> dict[str, Any]:
    """The JSON body of an error; `ref` is what a caller would quote to support."""
    return {
        "error_label": refusal.label,
        "error_scope": SCOPES.get(refusal.label, "server"),
        "error_ref": ref,
        "message": refusal.message,
        "status_code": refusal.status,
        "params": refusal.params,
    }
