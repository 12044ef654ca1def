"""What is asked and what is heard, and the error that an answer which is no success amounts to."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from pydantic_core import from_json

from edges_nb.errors import (
    AccountProblem,
    ApiError,
    BadRequest,
    KeyRefused,
    LimitReached,
    NoAccess,
    NotFound,
    RateLimited,
    Transient,
    Unreachable,
    Unreadable,
    error_class,
)
from edges_nb.redaction import without_secrets

LONGEST_WAIT = 900.0
"""Seconds of `Retry-After` that are waited for; a limit that asks for more, such as a day's, is told."""

_YEAR = 366 * 86_400.0

_ADVICE: dict[type[ApiError], str] = {
    KeyRefused: "check EDGES_API_KEY",
    NoAccess: "ask whoever manages the workspace's plan and the key's role",
    BadRequest: "correct what the server names and try again",
    NotFound: "check the uid and the workspace that the key belongs to",
    RateLimited: "wait a little, or set EDGES_MAX_RPS to stay below the limit",
    LimitReached: "a limit is used up for up to a day, run it again then",
    AccountProblem: "check the identity's LinkedIn account in Edges",
    Transient: "try again later",
    Unreadable: "check EDGES_API_BASE and what stands between, such as a proxy, then try again",
}


@dataclass(frozen=True)
class ApiRequest:
    """One request.

    Attributes:
        path: below the base URL, or the host's root where `from_root` says so; without a query.
        query: of the URL; it is never shown.
        uid: which schedule, run or identity it is about, for messages.
        attempt: 1 for the first try.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    uid: str = ""
    attempt: int = 1
    from_root: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def facts(self) -> dict[str, Any]:
        """What an error tells about the request."""
        return {"method": self.method, "path": self.path, "uid": self.uid, "attempt": self.attempt}

    @property
    def tries(self) -> str:
        """How often it was tried, where that was more than once."""
        return f" after {self.attempt} attempts" if self.attempt > 1 else ""

    def secrets(self) -> Iterator[str]:
        """Values of the body that a server may repeat in its message, and that nobody may see."""
        callback = self.body.get("callback") if isinstance(self.body, dict) else None
        if isinstance(callback, dict):
            yield from _texts(callback.get("url"))
            yield from _texts(callback.get("headers"))


@dataclass(frozen=True)
class Heard:
    """An answer as it came.

    Attributes:
        headers: names in lower case.
        at: this machine's time, aware.
        cut: whether the connection broke before its end.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    at: datetime
    cut: bool = False

    def __repr__(self) -> str:
        return f"<{self.status}, {len(self.content)} bytes>"

    @property
    def date(self) -> datetime | None:
        """The server's time."""
        return http_date(self.headers.get("date"))

    @property
    def remaining(self) -> int | None:
        """`X-RateLimit-Remaining`, where it is a number."""
        number = seconds(self.headers.get("x-ratelimit-remaining"))
        return int(number) if number is not None else None

    @property
    def limit_name(self) -> str | None:
        """`X-RateLimit-Type`: which limit the answer's headers are about."""
        return self.headers.get("x-ratelimit-type")

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, where it does."""
        value = self.headers.get("retry-after")
        wait = seconds(value)
        if wait is None and (moment := http_date(value)) is not None:
            wait = (moment - self.now).total_seconds()
        return max(0.0, wait) if wait is not None else None

    @property
    def now(self) -> datetime:
        """The server's time, this machine's where it tells none."""
        return self.date or self.at


@dataclass(frozen=True)
class Reply:
    """A success.

    Attributes:
        value: the body's JSON; None where the server says that it has no body (204).
        next_url: of the next page, where the answer pages by cursor: what the server wrote.
        url: what was asked, without its query.
    """

    value: Any
    status: int
    next_url: str | None = None
    url: str = ""


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value: headers come as an object or as an array of names and values."""
    if isinstance(value, dict):
        value = [part for name, part in value.items() if name != "name"]
    if isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif value is not None:
        yield str(value)


def seconds(text: str | None) -> float | None:
    """Read a header's number; None for anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None


def http_date(text: str | None) -> datetime | None:
    """Read a header's date in UTC; None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read(asked: ApiRequest, heard: Heard) -> Reply:
    """Return what a success holds.

    Raises:
        ApiError: it is no success, or can't be read.
    """
    if heard.cut:
        raise unreadable(asked, heard, "was cut in the middle")
    if 300 <= heard.status < 400:
        raise ApiError(
            f"The server answered {asked} with a redirect ({heard.status}), which is not followed, as the "
            "key may go nowhere else: set EDGES_API_BASE to where the API really is.",
            status=heard.status,
            **asked.facts,
        )
    if not 200 <= heard.status < 300:
        raise refusal(asked, heard)
    if heard.status == 204:
        return Reply(None, heard.status)
    value = _json(asked, heard)
    # Some gateways wrap an error into a success.
    if isinstance(value, dict) and value.get("error_label"):
        raise refusal(asked, heard)
    return Reply(value, heard.status, heard.headers.get("x-pagination-next"))


def is_paced(heard: Heard) -> bool:
    """Whether the answer refuses the request for its rate: nothing happened, and it may be sent again."""
    return heard.status >= 400 and issubclass(_kind(heard, _error_body(heard)), RateLimited)


def _kind(heard: Heard, body: Mapping[str, Any]) -> type[ApiError]:
    kind = error_class(_text(body, "error_label"), heard.status)
    used_up = kind is RateLimited and (heard.retry_after or 0.0) > LONGEST_WAIT
    return LimitReached if used_up else kind


def refusal(asked: ApiRequest, heard: Heard) -> ApiError:
    """Return the error that an answer other than a success amounts to."""
    body = _error_body(heard)
    label = _text(body, "error_label")
    kind = _kind(heard, body)
    reference = _text(body, "error_ref")
    given = body.get("params")
    params = dict(given) if isinstance(given, dict) else {}
    if kind is LimitReached and heard.retry_after and not params.get("postponed_until"):
        until = heard.now + timedelta(seconds=min(heard.retry_after, _YEAR))
        params["postponed_until"] = until.isoformat(timespec="seconds").replace("+00:00", "Z")
    said = without_secrets(_text(body, "message"), secrets=asked.secrets()).rstrip(".")
    code = f"{heard.status} {label}".strip()
    sentence = f"The server refused {asked}{asked.tries} ({code}{': ' if said else ''}{said})"
    if reference:
        sentence += f", error_ref {without_secrets(reference, 80)}"
    return kind(
        f"{sentence}: {_advice(kind, params)}.",
        label=label,
        status=heard.status,
        error_ref=reference,
        params=params,
        **asked.facts,
    )


def unreadable(asked: ApiRequest, heard: Heard, what: str) -> Unreadable:
    """Return the error for a body that can't be used: `what` is wrong with it."""
    sentence = f"The answer to {asked}{asked.tries} ({heard.status}) {what}"
    return Unreadable(f"{sentence}: {_ADVICE[Unreadable]}.", status=heard.status, **asked.facts)


def unreachable(asked: ApiRequest, reason: str, *, sent: bool) -> Unreachable:
    """Return the error for a request that got no answer."""
    advice = (
        "check the network and EDGES_API_BASE"
        if not sent or asked.method == "GET"
        else "look before acting again"
    )
    return Unreachable(f"{asked}{asked.tries} got no answer, {reason}: {advice}.", sent=sent, **asked.facts)


def _advice(kind: type[ApiError], params: Mapping[str, Any]) -> str:
    if kind is LimitReached:
        until = without_secrets(str(params.get("postponed_until") or ""), 40)
        return f"the limit is used up until {until}, run it again then" if until else _ADVICE[LimitReached]
    return _ADVICE.get(kind, "ask Edges' support if it stays so")


def _json(asked: ApiRequest, heard: Heard) -> Any:
    """Return the body's JSON.

    The parser's own error is left behind: it can quote the body, and a traceback would show it.
    """
    content = heard.content.strip()
    if not content:
        raise unreadable(asked, heard, "has no body where JSON was due")
    value = _parsed(content)
    if value is _NO_JSON:
        page = content[:1] == b"<" or "html" in heard.headers.get("content-type", "").lower()
        raise unreadable(asked, heard, "is an HTML page where JSON was due" if page else "is no whole JSON")
    return value


_NO_JSON = object()


def _parsed(content: bytes) -> Any:
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError:
        pass
    try:
        # What the fast parser refuses for one value of one row: half a surrogate pair, or no number.
        value = json.loads(
            content.decode("utf-8", "replace"),
            parse_constant=lambda _: None,
            parse_float=lambda text: number if isfinite(number := float(text)) else None,
            parse_int=lambda text: int(text) if len(text) <= _MOST_DIGITS else None,
        )
    except (ValueError, RecursionError):
        return _NO_JSON
    return _whole_texts(value)


_MOST_DIGITS = 300
"""Digits of a number that is still read; no field of the API has more than a few."""


def _whole_texts(value: Any) -> Any:
    """Put U+FFFD in place of each half of a surrogate pair, which nothing could write down again."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_texts(part) for part in value]
    if isinstance(value, dict):
        return {_whole_texts(name): _whole_texts(part) for name, part in value.items()}
    return value


def _error_body(heard: Heard) -> dict[str, Any]:
    body = _parsed(heard.content)
    return body if isinstance(body, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
