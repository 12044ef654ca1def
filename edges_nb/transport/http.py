"""Talk HTTP to the API: keep to the pace, repeat reads, never repeat a change, and never show the key."""

import json
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from edges_nb.errors import ApiError, Unreachable, Unreadable
from edges_nb.redaction import Secret, without_secrets
from edges_nb.settings import is_loopback
from edges_nb.settings.libraries import certificates, of_connections
from edges_nb.transport.clock import Clock
from edges_nb.transport.exchange import ApiRequest, Heard, Reply, is_paced, read, unreachable
from edges_nb.transport.mutation_result import Answer, Done, Refused, Unknown
from edges_nb.transport.rate_limiter import Pacer, Turn
from edges_nb.transport.retries import retrying

_LOG = logging.getLogger("edges_nb")
_LOG.addHandler(logging.NullHandler())  # silent unless somebody asks for it

_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=60.0)
"""Seconds: for each read or write, for a connection, and for a free place among the connections."""

_WHOLE = 120.0
"""Seconds that a whole answer may take, however steadily it trickles."""

_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=15.0)

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Failures after which it is certain that the server saw nothing."""

_ABOUT_RATE = re.compile(r"retry-after|x-ratelimit-")


class Transport:
    """Sends requests below `base_url` with the key, and nowhere else.

    Args:
        http: what carries requests instead of sockets: an `httpx.BaseTransport`, for tests.
    """

    def __init__(
        self,
        base_url: str,
        key: Secret,
        *,
        pacer: Pacer,
        clock: Clock,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = httpx.URL(base_url.rstrip("/") + "/")
        self._pacer = pacer
        self._clock = clock
        self._lock = threading.Lock()
        self._server_time: datetime | None = None
        self._rate_headers: set[str] = set()
        self._key = key
        self._client = httpx.Client(
            base_url=self._base,
            headers={"X-API-Key": key.reveal(), "Accept": "application/json", "User-Agent": "edges-nb"},
            timeout=_TIMEOUT,
            limits=_LIMITS,
            follow_redirects=False,
            transport=http,
            # A proxy for the world must not carry what stays on this machine.
            trust_env=not is_loopback(self._base.host),
            verify=certificates() or True,
        )

    @property
    def server_time(self) -> datetime | None:
        """The latest time that the server told, None before the first answer."""
        with self._lock:
            return self._server_time

    @property
    def rate_headers(self) -> list[str]:
        """Names of the headers about rate limits that the server sent so far, in lower case."""
        with self._lock:
            return sorted(self._rate_headers)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def get(
        self, path: str, query: Mapping[str, str] | Iterable[tuple[str, str]] = (), *, uid: str = ""
    ) -> Reply:
        """Read, again and again while the error is one that passes, within bounds of attempts and time.

        Args:
            query: of the URL; pairs where a name stands several times.

        Raises:
            EdgesNbError: what came of the last attempt.
        """
        pairs = query.items() if isinstance(query, Mapping) else query
        return self._get(ApiRequest("GET", path, tuple(pairs), uid=uid))

    def get_next(self, reply: Reply, *, uid: str = "") -> Reply:
        """Read the page that an answer links to, seen from the address that was asked.

        Raises:
            Unreadable: the link is no address, or leads to another host, where the key must not go.
        """
        asked = self._base.join(reply.url)
        try:
            target = asked.join(reply.next_url or "")
        except (httpx.InvalidURL, ValueError):
            raise Unreadable(
                f"The link to the next page at {asked.path} is no address: tell Edges' support."
            ) from None
        if target.host != self._base.host:
            raise Unreadable(
                f"The next page of {uid or 'a list'} is said to be on {target.host or 'no host'}, not on "
                f"{self._base.host}: nothing was sent there; tell Edges' support."
            )
        # Behind a prefix of their own, some servers leave it out.
        below = self._base.path + target.path.lstrip("/")
        path = below if below == asked.path else target.path
        return self._get(ApiRequest("GET", path, tuple(target.params.multi_items()), uid=uid, from_root=True))

    def post(self, path: str, body: Any = None, *, uid: str = "", from_root: bool = False) -> Answer[Reply]:
        """Send a change exactly once, and tell which of the three it came to.

        Args:
            from_root: whether the path is one of the host's, and not below `base_url`.
        """
        asked = ApiRequest("POST", path, body=body, uid=uid, from_root=from_root)
        try:
            heard = self._send(asked)
        except Unreachable as error:
            return Unknown(error) if error.sent else Refused(error)
        try:
            return Done(read(asked, heard))
        except ApiError as error:
            definite = 400 <= heard.status < 500 and heard.status != 408 and not heard.cut
            return Refused(error) if definite else Unknown(error)

    def _get(self, asked: ApiRequest) -> Reply:
        asked_to_wait = 0.0

        def once(number: int) -> Reply:
            nonlocal asked_to_wait
            asked_to_wait = 0.0
            this = replace(asked, attempt=number)
            heard = self._send(this)
            asked_to_wait = heard.retry_after or 0.0
            return replace(read(this, heard), url=str(self._url(this)))

        for attempt in retrying(self._clock, lambda: asked_to_wait):
            with attempt:
                return once(attempt.retry_state.attempt_number)
        raise AssertionError("the loop ends by an answer or an error")

    def _send(self, asked: ApiRequest) -> Heard:
        turn = self._pacer.wait(asked.path)
        outcome: Heard | Unreachable | None = None
        try:
            began = self._clock.monotonic()
            outcome = self._exchange(asked)
            _log(asked, outcome, self._clock.monotonic() - began)
        finally:
            self._tell(turn, outcome)
        if isinstance(outcome, Unreachable):
            # Raised here, outside of any handler: the exceptions of httpx hold the request and so the key.
            raise outcome
        return outcome

    def _tell(self, turn: Turn, outcome: Heard | Unreachable | None) -> None:
        if not isinstance(outcome, Heard):
            self._pacer.lost(turn)
            return
        with self._lock:
            if outcome.date and (self._server_time is None or outcome.date > self._server_time):
                self._server_time = outcome.date
            self._rate_headers |= {name for name in outcome.headers if _ABOUT_RATE.match(name)}
        if is_paced(outcome):
            self._pacer.refused(turn, outcome.retry_after, outcome.remaining, outcome.limit_name)
        elif outcome.status == 429:
            self._pacer.lost(turn)  # what its headers tell is about a day, not about a minute
        else:
            self._pacer.served(turn, outcome.remaining, outcome.limit_name)

    def _exchange(self, asked: ApiRequest) -> Heard | Unreachable:
        deadline = self._clock.monotonic() + _WHOLE
        heard: Heard | None = None
        content = bytearray()
        try:
            request = self._client.build_request(
                asked.method, self._url(asked), params=asked.query, json=asked.body
            )
            request.url = _Address(request.url)
            with closing(self._client.send(request, stream=True)) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                heard = Heard(response.status_code, headers, b"", self._clock.utcnow(), cut=True)
                for chunk in response.iter_bytes():
                    content += chunk
                    if self._clock.monotonic() > deadline:
                        return heard
        except httpx.RequestError as error:
            never = isinstance(error, _NEVER_SENT)
            return heard or unreachable(asked, self._reason(error), sent=not never)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            # An interrupt would otherwise carry frames of httpx, whose variables hold the key.
            error.__cause__ = error.__context__ = None
            raise error.with_traceback(None)  # noqa: B904 - it is the same error
        return replace(heard, content=self._without_key(bytes(content), heard.status), cut=False)

    def _reason(self, error: httpx.RequestError) -> str:
        set_here = of_connections() if self._client.trust_env else []
        more = f"; set: {', '.join(set_here)}" if set_here else ""
        match error:
            case httpx.ConnectTimeout():
                return f"no connection within {_TIMEOUT.connect:g} seconds{more}"
            case httpx.TimeoutException():
                return f"nothing came within {_TIMEOUT.read:g} seconds"
            case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
                return (
                    "the server's certificate is not trusted (where your network has its own authority, "
                    f"set SSL_CERT_FILE to its file{more})"
                )
            case httpx.ConnectError() | httpx.ProxyError():
                told = without_secrets(str(error), 120) or type(error).__name__
                return f"the connection failed ({told}{more})"
        return "the connection was cut"

    def _without_key(self, content: bytes, status: int) -> bytes:
        """Take the key out of what may be shown: some servers repeat the key that they refuse."""
        if status < 400 and b"error_label" not in content:
            return content
        key = self._key.reveal()
        for form in {key, json.dumps(key)[1:-1], key.replace("/", "\\/"), quote(key, safe="")}:
            content = content.replace(form.encode(), "…".encode())
        return content

    def _url(self, asked: ApiRequest) -> httpx.URL:
        # Scheme and port are always our own: behind a proxy, servers tend to name their inner ones.
        path = asked.path if asked.from_root else self._base.path + asked.path.lstrip("/")
        return self._base.copy_with(path=path)


class _Address(httpx.URL):
    """An address that is logged without its query, which may hold a cursor or more."""

    def __str__(self) -> str:
        return super().__str__().partition("?")[0]


def _log(asked: ApiRequest, outcome: Heard | Unreachable, seconds: float) -> None:
    """Leave one record a request; neither query nor body nor header is in it."""
    status = outcome.status if isinstance(outcome, Heard) else "no answer"
    told = "%s %s: %s in %.2f s, attempt %d"
    _LOG.info(told, asked.method, asked.path, status, seconds, asked.attempt)
