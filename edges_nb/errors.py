"""Everything that edges_nb raises::

    EdgesNbError
    ├── BadInput                  what was asked can't be done as asked; nothing was sent
    │   └── NotApproved           the plan is not the one that was approved
    ├── LedgerError               the record of what was done can't be read or written
    ├── NotWritten                a file for people can't be written; what was there before is whole
    ├── NeedsAttention            a run is over, and somebody has to look at some schedules
    ├── Stopped                   a run was told to end before its time
    ├── StillRunning              it was waited for a run of the API, and it has not ended
    ├── Unreachable               no answer came: refused, cut or timed out
    └── ApiError                  the server answered, and not with success
        ├── KeyRefused            AUTH_EXPIRED, STATUS_401
        ├── NoAccess              NO_ACCESS, STATUS_403
        ├── BadRequest            BAD_INPUT, BAD_PARAMETERS, MISSING_PARAMETER
        ├── NotFound              STATUS_404
        ├── RateLimited           STATUS_429
        ├── LimitReached          LIMIT_REACHED
        ├── AccountProblem        NO_VALID_ACCOUNT_CONFIGURED, INTEGRATION_ERROR
        ├── Transient             GENERIC_ERROR, PROXY_ERROR, NO_DATA_LOADED, LK_*, any 5xx
        └── Unreadable            a missing, cut or HTML body where JSON was due

Messages never hold a response body or a query string: either can carry a callback's secret.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from edges_nb.redaction import without_secrets as without_secrets


class EdgesNbError(Exception):
    """Something failed, and the message says what, where and what to do next."""

    def _render_traceback_(self) -> list[str]:
        """Show one sentence instead of a traceback in a notebook (an IPython hook).

        Frames of a traceback hold request objects and configurations, which an analyst can't use and a
        reader of the executed notebook must not see.
        """
        return [f"{type(self).__name__}: {self}"]


class BadInput(EdgesNbError, ValueError):
    """A parameter, setting or file can't be used as it is; nothing was sent."""


class NotApproved(BadInput):
    """The plan of now is not the plan that was approved; nothing was sent."""


class LedgerError(EdgesNbError):
    """The ledger can't be read or written.

    Attributes:
        outcome: what an apply had done until then (`models.results.Outcome`), None where none was at work.
    """

    outcome: object = None


class NotWritten(EdgesNbError):
    """A file can't be written; what was there before is whole."""


class NeedsAttention(EdgesNbError):
    """A run ended, and some schedules were left for a person to look at."""


class Stopped(EdgesNbError):
    """A run was told to end early; what was begun had time to come to its end."""


class StillRunning(EdgesNbError):
    """A run of the API was waited for, and has not ended yet; it goes on by itself.

    Attributes:
        uid: the run's.
    """

    def __init__(self, message: str, *, uid: str = "") -> None:
        super().__init__(message)
        self.uid = uid


class Unreachable(EdgesNbError):
    """No answer came from the server.

    Attributes:
        sent: False when it is certain that the request never left this machine.
    """

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        method: str = "",
        path: str = "",
        uid: str = "",
        attempt: int = 1,
    ) -> None:
        super().__init__(message)
        self.sent = sent
        self.method = method
        self.path = path
        self.uid = uid
        self.attempt = attempt


class ApiError(EdgesNbError):
    """The server answered with an error.

    Source: the API's error reference. `error_label` is what to route on, `error_ref` what support asks for.

    Attributes:
        label: `error_label` of the body, or "" where it has none.
        status: the HTTP status code.
        error_ref: the reference to quote to support, or "".
        method, path, uid: what was asked of which schedule, run or identity; the path has no query.
        attempt: 1 for the first try.
        params: the body's `params`, such as `postponed_until`.
    """

    def __init__(
        self,
        message: str,
        *,
        label: str = "",
        status: int = 0,
        error_ref: str = "",
        method: str = "",
        path: str = "",
        uid: str = "",
        attempt: int = 1,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.label = label
        self.status = status
        self.error_ref = error_ref
        self.method = method
        self.path = path
        self.uid = uid
        self.attempt = attempt
        self.params = dict(params or {})


class KeyRefused(ApiError):
    """The API key was refused."""


class NoAccess(ApiError):
    """The key is good, but the workspace's plan or role does not allow this."""


class BadRequest(ApiError):
    """The request was refused because of what it held."""


class NotFound(ApiError):
    """There is no such thing in this workspace."""


class RateLimited(ApiError):
    """Too many requests; nothing happened."""


class LimitReached(ApiError):
    """A daily limit was reached; waiting is the only way."""

    @property
    def postponed_until(self) -> str | None:
        """When the limit ends (ISO 8601), where the server told it."""
        value = self.params.get("postponed_until")
        return str(value) if value else None

    @property
    def until(self) -> datetime | None:
        """The same as a moment, in UTC; None where it was not told or can't be read."""
        try:
            moment = datetime.fromisoformat(self.postponed_until or "")
        except ValueError:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class AccountProblem(ApiError):
    """The identity's LinkedIn account can't be used as it is."""


class Transient(ApiError):
    """The server or LinkedIn failed in a way that passes."""


class Unreadable(ApiError):
    """The body was missing, cut or no JSON."""


_BY_LABEL: dict[str, type[ApiError]] = {
    "AUTH_EXPIRED": KeyRefused,
    "STATUS_401": KeyRefused,
    "NO_ACCESS": NoAccess,
    "STATUS_403": NoAccess,
    "BAD_INPUT": BadRequest,
    "BAD_PARAMETERS": BadRequest,
    "MISSING_PARAMETER": BadRequest,
    "MANDATORY_DATA_MISSING": BadRequest,
    "UNDEFINED_FIELD": BadRequest,
    "STATUS_404": NotFound,
    "STATUS_429": RateLimited,
    "LIMIT_REACHED": LimitReached,
    "NO_VALID_ACCOUNT_CONFIGURED": AccountProblem,
    "INTEGRATION_ERROR": AccountProblem,
    "GENERIC_ERROR": Transient,
    "PROXY_ERROR": Transient,
    "NO_DATA_LOADED": Transient,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: KeyRefused,
    402: NoAccess,
    403: NoAccess,
    404: NotFound,
    408: Transient,
    422: BadRequest,
    429: RateLimited,
}


def error_class(label: str, status: int) -> type[ApiError]:
    """Choose the class of an error by its label, and by its status where the label is unknown or missing."""
    if status == 429 and label != "LIMIT_REACHED":
        return RateLimited
    if label in _BY_LABEL:
        return _BY_LABEL[label]
    if label.startswith("LK_") or status >= 500:
        return Transient
    return _BY_STATUS.get(status, ApiError)
