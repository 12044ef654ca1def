"""Lists: query parameters, filters, sorting, pages, and the envelope they come in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from edges_nb.sandbox.entities import StoredRun, StoredSchedule, TrackedRecord
from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.wire_types import Refusal, Request, SandboxReply

Row = TypeVar("Row", StoredSchedule, StoredRun)

SORT_KEYS = ("created_at", "-created_at", "updated_at", "-updated_at")
MAX_LIMIT = 100
MAX_CURSOR_LIMIT = 500
MAX_SELECTIONS = 16


def number(request: Request, name: str, default: int, low: int, high: int | None = None) -> int:
    """A whole number from the query, refused outside `low` to `high`."""
    text = request.query.get(name, str(default))
    value = int(text) if text.isdecimal() else None
    if value is None or value < low or (high is not None and value > high):
        bounds = f"{low} to {high}" if high is not None else f"{low} or more"
        raise Refusal(400, "BAD_INPUT", f"querystring/{name} must be {bounds}", parameter=name)
    return value


def one_of(request: Request, name: str, allowed: Collection[str]) -> str | None:
    """A value from the query, refused when it is none of `allowed`."""
    value = request.query.get(name)
    if value is not None and value not in allowed:
        message = f"querystring/{name} must be equal to one of the allowed values"
        raise Refusal(400, "BAD_INPUT", message, parameter=name)
    return value


class Selections:
    """Rows as they were filtered and sorted for the last lists, kept until any record changes.

    Whoever reads a long list page by page would otherwise have it sorted anew for each of them.
    """

    def __init__(self) -> None:
        self._version = -1
        self._kept: dict[tuple[object, ...], list[Any]] = {}

    def of(
        self, rows: Collection[Row], kind: str, action: str | None, status: tuple[str, ...], order: str
    ) -> list[Row]:
        """The rows of an action and some statuses, None and () for any, in an order; do not change them."""
        if self._version != TrackedRecord.version or len(self._kept) > MAX_SELECTIONS:
            self._version, self._kept = TrackedRecord.version, {}
        key = (kind, len(rows), action, status, order)
        if key not in self._kept:
            self._kept[key] = _select(rows, action, status, order)
        return self._kept[key]


def _select(rows: Collection[Row], action: str | None, status: tuple[str, ...], order: str) -> list[Row]:
    chosen = [
        row
        for row in rows
        if (action is None or row.action_name == action) and (not status or row.status in status)
    ]
    field = order.removeprefix("-")
    # Runs carry no time of their last change; they are sorted by their creation.
    return sorted(chosen, key=lambda row: getattr(row, field, row.created_at), reverse=order.startswith("-"))


def select(
    rows: Collection[Row],
    request: Request,
    behaviour: Behaviour,
    statuses: Collection[str],
    selections: Selections,
) -> list[Row]:
    """Filter by action and status, and sort, as far as the server obeys."""
    wanted = request.values("status")
    for status in wanted:
        if status not in statuses:
            message = "querystring/status must be equal to one of the allowed values"
            raise Refusal(400, "BAD_INPUT", message, parameter="status")
    sort = one_of(request, "sort", SORT_KEYS)
    action = request.query.get("action_name")
    return selections.of(
        rows,
        request.path,
        action if behaviour.action_filter else None,
        tuple(wanted) if behaviour.status_filter else (),
        sort if sort and behaviour.sort else "-created_at",
    )


def page(
    rows: Sequence[Any], request: Request, behaviour: Behaviour, show: Callable[[Any], dict[str, Any]]
) -> SandboxReply:
    """One page by `limit` and `offset`."""
    limit = min(number(request, "limit", 10, 1, MAX_LIMIT), behaviour.max_limit)
    offset = number(request, "offset", 0, 0)
    return SandboxReply.of(200, wrap([show(row) for row in rows[offset : offset + limit]], behaviour))


def identity_page(
    rows: Sequence[Any], request: Request, behaviour: Behaviour, show: Callable[[Any], dict[str, Any]]
) -> SandboxReply:
    """One page of identities, by `page` or by `limit` and `offset`, whichever the server obeys."""
    paging, size = behaviour.identity_paging, behaviour.identity_page
    unknown = {"limit", "offset"} & request.query.keys() if paging == "strict" else set()
    if unknown:
        raise Refusal(400, "BAD_INPUT", f"querystring must NOT have additional properties ({min(unknown)})")
    by_offset = paging == "offset" or (paging == "both" and "page" not in request.query)
    if by_offset and {"limit", "offset"} & request.query.keys():
        return page(rows, request, behaviour, show)
    start = 0 if paging == "offset" else (number(request, "page", 1, 1) - 1) * size
    return SandboxReply.of(200, wrap([show(row) for row in rows[start : start + size]], behaviour))


def refuse_unless(offered: bool, request: Request, name: str, allowed: Collection[str]) -> None:
    """Refuse a filter that is not offered, or a value that it does not have."""
    if name in request.query and not offered:
        raise Refusal(400, "BAD_INPUT", f"querystring must NOT have additional properties ({name})")
    one_of(request, name, allowed)


def cursor_page(
    rows: Sequence[Any], request: Request, behaviour: Behaviour, show: Callable[[Any], dict[str, Any]]
) -> SandboxReply:
    """One page by cursor: the next page's full URL is in a header, which the last page lacks."""
    limit = number(request, "limit", 100, 1, MAX_CURSOR_LIMIT)
    start = _position(request.query.get("cursor"))
    end = start + limit
    headers = {}
    if end < len(rows):
        cursor = base64.urlsafe_b64encode(f"after:{end}".encode()).decode()
        query = urlencode({"limit": limit, "cursor": cursor})
        host = request.header("Host", "127.0.0.1")
        headers["X-Pagination-Next"] = f"http://{host}{request.path}?{query}"
    return SandboxReply.of(200, wrap([show(row) for row in rows[start:end]], behaviour), headers)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after:"))
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "BAD_INPUT", "querystring/cursor is invalid", parameter="cursor") from error


def wrap(rows: list[Any], behaviour: Behaviour) -> object:
    """Rows in the envelope that the server uses."""
    return rows if behaviour.envelope == "array" else {behaviour.envelope: rows}
