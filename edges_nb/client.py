"""Edges: one method per endpoint."""

import threading
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from edges_nb.errors import ApiError, BadInput, KeyRefused, LimitReached, RateLimited, Transient, Unreadable
from edges_nb.gc_pause import rest_at_exit, resting_collector
from edges_nb.models.api import (
    CreatedSchedule,
    Identity,
    Record,
    Run,
    RunInput,
    Schedule,
    ScheduleRequest,
    StartedRun,
)
from edges_nb.models.workspace import Workspace, key_name
from edges_nb.settings import NO_KEY, Settings
from edges_nb.transport import Answer, Clock, Done, Pacer, Reply, SystemClock, Transport, Unknown
from edges_nb.transport.pagination import LIMIT, ShiftingList, every_row, first_rows
from edges_nb.transport.rate_limiter import Pace

AnyRecord = TypeVar("AnyRecord", bound=Record)
Listed = TypeVar("Listed", Identity, Schedule, Run)

_EARLIEST = datetime.min.replace(tzinfo=UTC)

_OF_SCHEDULES = ("cron", "schedule_at", "timezone")


class Edges:
    """A workspace, by its API key.

    Reads are repeated while an error is one that passes, and raise in the end; changes are sent once, and
    answer `Done`, `Refused` or `Unknown`.

    Args:
        http: what carries requests instead of sockets (an `httpx.BaseTransport`), for tests.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, http: Any = None) -> None:
        rest_at_exit()
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._pacer = Pacer(settings.max_rps, self.clock)
        self._transport = Transport(
            settings.base_url, settings.key, pacer=self._pacer, clock=self.clock, http=http
        )
        self._naming = threading.Lock()
        self._workspace: Workspace | None = None
        self._workspace_uids: set[str] = set()

    @classmethod
    def from_env(cls) -> "Edges":
        """Connect by the environment, `.env` or the keyring.

        Without a key it is the process's own sandbox, with a warning where nobody asked for it.
        """
        settings = Settings.from_env()
        if settings.stands_in:
            told = f"This is the SANDBOX, an invented workspace, because {settings.stands_in}. {NO_KEY}"
            warnings.warn(told, UserWarning, stacklevel=2)
        return cls(settings)

    def __enter__(self) -> "Edges":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Edges {self.where}{': ' if self.workspace_words else ''}{self.workspace_words}>"

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    @property
    def sandbox(self) -> bool:
        """Whether the workspace is a sandbox's."""
        return self.settings.sandbox

    @property
    def where(self) -> str:
        """`SANDBOX`, or the host of the API."""
        return "SANDBOX" if self.sandbox else urlsplit(self.settings.base_url).hostname or ""

    @property
    def workspace(self) -> Workspace:
        """The workspace that the key belongs to, read once.

        Where the server does not offer `GET /workspaces`, its uid is the one that listed rows show.

        Raises:
            EdgesNbError: the workspace can't be read, such as `KeyRefused`.
        """
        with self._naming:
            if self._workspace is None:
                self._workspace = self._read_workspace()
            return self._workspace

    @property
    def workspace_key(self) -> str:
        """What the workspace is known by: its uid, or `key_name` where nothing shows one."""
        return self.workspace.uid or self.key_name

    @property
    def key_name(self) -> str:
        """`key-` and a salted hash of the API key."""
        return key_name(self.settings.key)

    @property
    def workspace_words(self) -> str:
        """Name, uid, plan and credits of the workspace in one line, "" before they were read."""
        return self._workspace.words if self._workspace is not None else ""

    @property
    def place(self) -> str:
        """The workspace and its server in words, for whoever has to agree to a change; read if it was not.

        Raises:
            EdgesNbError: as for `workspace`.
        """
        words = self.workspace.words
        return f"workspace {words} on {self.where}" if words else self.where

    @property
    def pace(self) -> Pace:
        """How fast requests leave now."""
        return self._pacer.pace

    def now(self) -> datetime:
        """Return the latest time that the server told, this machine's before the first answer."""
        return self._transport.server_time or self.clock.utcnow()

    def let_time_pass(self, seconds: float) -> None:
        """Wait; on a sandbox, whose clock stands still by itself, move that on instead."""
        moved = self.sandbox and isinstance(
            self._transport.post("/sandbox/clock", {"advance_seconds": seconds}, from_root=True), Done
        )
        if not moved:
            self.clock.sleep(seconds)

    @property
    def rate_headers(self) -> list[str]:
        """Names of the headers about rate limits that the server sent so far, in lower case."""
        return self._transport.rate_headers

    def raw(self, path: str, **query: str) -> Any:
        """Return the JSON of one GET as it came, to see how this server answers."""
        return self._transport.get(path, query).value

    @resting_collector()
    def identities(self) -> list[Identity]:
        """Return every identity."""
        return self._every(Identity, "/identities", {})

    def identity(self, uid: str) -> Identity:
        """Return one identity."""
        return self._one(Identity, f"/identities/{_segment(uid)}", uid)

    @resting_collector()
    def schedules(self, action: str | None = None, status: str | None = None) -> list[Schedule]:
        """Return every schedule, oldest first, of an action and a status where these are given."""
        query = _query(sort="created_at", action_name=action, status=status)
        found = self._every(Schedule, "/schedules", query)
        kept = [row for row in found if _fits(row.action_name, action) and _fits(row.status, status)]
        return sorted(kept, key=lambda row: (row.created_at or _EARLIEST, row.uid))

    def schedule(self, uid: str) -> Schedule:
        """Return one schedule."""
        return self._one(Schedule, f"/schedules/{_segment(uid)}", uid)

    def pause(self, uid: str) -> Answer[Schedule | None]:
        """Pause an active schedule; the answer's value is None where it does not show the schedule."""
        return self._move(uid, "pause")

    def resume(self, uid: str) -> Answer[Schedule | None]:
        """Make a paused schedule active again."""
        return self._move(uid, "resume")

    def cancel(self, uid: str) -> Answer[Schedule | None]:
        """Cancel a schedule for good."""
        return self._move(uid, "cancel")

    def create_scheduled_run(self, request: ScheduleRequest) -> Answer[CreatedSchedule]:
        """Create a schedule."""
        path = f"/actions/{_segment(request.action)}/run/schedule"
        return _needing(CreatedSchedule, self._transport.post(path, request.body()), path)

    def create_async_run(self, request: ScheduleRequest) -> Answer[StartedRun]:
        """Start a run at once; what only a schedule has is left out of the request."""
        path = f"/actions/{_segment(request.action)}/run/async"
        body = {name: value for name, value in request.body().items() if name not in _OF_SCHEDULES}
        return _needing(StartedRun, self._transport.post(path, body), path)

    def continue_run(self, uid: str) -> Answer[Run | None]:
        """Let an incremental run bring what is new since it ended."""
        answer = self._transport.post(f"/runs/{_segment(uid)}/continue", uid=uid)
        return Done(_perhaps(Run, answer.value, uid)) if isinstance(answer, Done) else answer

    @resting_collector()
    def runs(
        self,
        action: str | None = None,
        status: str | None = None,
        *,
        execution_mode: str | None = None,
        newest: int | None = None,
    ) -> list[Run]:
        """Return runs, newest first: all of them, or at least the `newest` where there are so many.

        Args:
            execution_mode: such as `async`; all when absent.
        """
        query = _query(sort="-created_at", action_name=action, status=status, execution_mode=execution_mode)
        found = self._every(Run, "/runs", query, newest)
        kept = [
            run
            for run in found
            if _fits(run.action_name, action)
            and _fits(run.status, status)
            and _fits(run.execution_mode, execution_mode)
        ]
        return sorted(kept, key=lambda run: run.created_at or _EARLIEST, reverse=True)

    def runs_page(self, offset: int, action: str | None = None, status: str | None = None) -> list[Run]:
        """Return one page of runs as the server gives it: newest first, where it obeys what is asked.

        An empty page is the end of the list, and its length is what to add to `offset`.
        """
        query = _query(sort="-created_at", action_name=action, status=status)
        return [_record(Run, row, "/runs") for row in self._page("/runs", query, offset)]

    def run(self, uid: str) -> Run:
        """Return one run."""
        return self._one(Run, f"/runs/{_segment(uid)}", uid)

    def run_inputs(self, uid: str) -> list[RunInput]:
        """Return every input of a run."""
        path = f"/runs/{_segment(uid)}/inputs"
        reply = self._transport.get(path, {"limit": "500"}, uid=uid)
        rows = _rows(reply, path)
        seen: set[str] = set()
        while reply.next_url and reply.next_url not in seen:
            seen.add(reply.next_url)
            reply = self._transport.get_next(reply.next_url, uid=uid)
            rows += _rows(reply, path)
        return [_record(RunInput, row, path) for row in rows]

    def run_outputs(self, uid: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the results of a run, all of them or the first `limit`."""
        path = f"/runs/{_segment(uid)}/outputs"
        rows: list[dict[str, Any]] = []
        first: list[dict[str, Any]] | None = None
        while limit is None or len(rows) < limit:
            page = self._page(path, {}, len(rows), uid=uid)
            # A server that does not know `offset` would give its first page for ever.
            if not page or page == first:
                break
            first = first or page
            rows += page
        return rows[:limit]

    def _read_workspace(self) -> Workspace:
        shown: list[Workspace] = []
        passing: ApiError | None = None
        try:
            value = _unwrapped(self._transport.get("/workspaces").value)
            shown = [Workspace.read(row) for row in _listed(value) or [value] if isinstance(row, dict)]
        except (KeyRefused, LimitReached, RateLimited):
            raise
        except ApiError as error:
            passing = error if isinstance(error, Transient) else None
        if len(shown) == 1 and shown[0].uid:
            return shown[0]
        # In this order, so that every process with this key finds the same.
        for path in ("/schedules", "/identities", "/runs"):
            if len(self._workspace_uids) != 1:
                self._note_workspace(_rows(self._transport.get(path), path))
        uid = next(iter(self._workspace_uids)) if len(self._workspace_uids) == 1 else None
        if uid is None and passing is not None:
            raise passing
        matching = [each for each in shown if each.uid in (None, uid)] if uid or len(shown) == 1 else []
        return (matching[0] if matching else Workspace()).model_copy(update={"uid": uid})

    def _note_workspace(self, rows: Iterable[Mapping[str, Any]]) -> None:
        uids = (row.get("workspace_uid") for row in rows)
        self._workspace_uids.update(uid for uid in uids if uid and isinstance(uid, str))

    def _move(self, uid: str, verb: str) -> Answer[Schedule | None]:
        answer = self._transport.post(f"/schedules/{_segment(uid)}/{verb}", uid=uid)
        return Done(_perhaps(Schedule, answer.value, uid)) if isinstance(answer, Done) else answer

    def _one(self, kind: type[AnyRecord], path: str, uid: str) -> AnyRecord:
        reply = self._transport.get(path, uid=uid)
        record = _record(kind, _unwrapped(reply.value), path)
        if _uid_of(record) != uid:
            raise Unreadable(
                f"The answer to GET {path} is about something else: try again.", status=reply.status
            )
        return record

    def _page(self, path: str, query: Mapping[str, str], offset: int, uid: str = "") -> list[dict[str, Any]]:
        paged = {**query, "limit": str(LIMIT), "offset": str(offset)}
        rows = _rows(self._transport.get(path, paged, uid=uid), path)
        self._note_workspace(rows)
        return rows

    def _every(
        self, kind: type[Listed], path: str, query: Mapping[str, str], newest: int | None = None
    ) -> list[Listed]:
        def page(offset: int) -> list[Listed]:
            # Read in the threads that wait for pages: in a long list that is a fifth of the time.
            return [_record(kind, row, path) for row in self._page(path, query, offset)]

        def uid_of(record: Listed) -> str:
            return record.uid

        try:
            return every_row(page, uid_of) if newest is None else first_rows(page, uid_of, newest)
        except ShiftingList as error:
            raise Unreadable(f"The list at {path} can't be read whole, {error}: try again later.") from None


def _segment(text: str) -> str:
    """Quote a uid or action for a path, which it must not lead out of."""
    if not isinstance(text, str) or text.strip() in ("", ".", ".."):
        raise BadInput(f"{text!r} is no uid: give the uid as Edges shows it.")
    return quote(text, safe="")


def _query(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _fits(value: str | None, wanted: str | None) -> bool:
    # A server may ignore a filter, or leave the field out of its rows: then its filter is all there is.
    return wanted is None or value is None or value == wanted


def _rows(reply: Reply, path: str) -> list[dict[str, Any]]:
    rows = _listed(reply.value)
    if rows is None or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"The answer to GET {path} is no list: check EDGES_API_BASE.", status=reply.status)
    return rows


def _listed(value: Any) -> list[Any] | None:
    """The rows of an answer: the answer itself, or what its envelope holds."""
    if isinstance(value, dict):
        value = next((value[name] for name in ("data", "items") if isinstance(value.get(name), list)), None)
    return value if isinstance(value, list) else None


def _unwrapped(value: Any) -> Any:
    """The record of an answer, which some servers put into `data`."""
    inner = value.get("data") if isinstance(value, dict) and len(value) == 1 else None
    return inner if isinstance(inner, dict) else value


def _uid_of(record: Record) -> str | None:
    return getattr(record, "uid", None) or getattr(record, "run_uid", None)


def _perhaps(kind: type[AnyRecord], reply: Reply, uid: str) -> AnyRecord | None:
    record = _read(kind, _unwrapped(reply.value))
    return record if record is not None and _uid_of(record) == uid else None


def _needing(kind: type[AnyRecord], answer: Answer[Reply], path: str) -> Answer[AnyRecord]:
    """Turn a success that does not name what was made into an unknown: it can't be found again otherwise."""
    if not isinstance(answer, Done):
        return answer
    record = _read(kind, _unwrapped(answer.value.value))
    if record is not None and _uid_of(record):
        return Done(record)
    status = answer.value.status
    error = Unreadable(
        f"The answer to POST {path} ({status}) does not tell the new uid: look whether it was made.",
        status=status,
        method="POST",
        path=path,
    )
    return Unknown(error)


def _record(kind: type[AnyRecord], value: Any, path: str) -> AnyRecord:
    record = _read(kind, value)
    if record is None:
        raise Unreadable(f"An answer at {path} has no uid: check EDGES_API_BASE.")
    return record


def _read(kind: type[AnyRecord], value: Any) -> AnyRecord | None:
    try:
        return kind.read(value)
    except ValueError:
        return None
