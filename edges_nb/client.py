"""Edges: one method per endpoint."""

import threading
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from edges_nb.errors import (
    BadRequest,
    NotFound,
)
from edges_nb.models.api import (
    CallbackDelivery,
    CreatedSchedule,
    Identity,
    Run,
    RunInput,
    Schedule,
    ScheduleRequest,
    StartedRun,
)
from edges_nb.models.workspace import Workspace, key_name
from edges_nb.settings import NO_KEY, Settings
from edges_nb.transport import Answer, Clock, Done, Pacer, SystemClock, Transport
from edges_nb.transport.lists import CALLBACKS, Lists
from edges_nb.transport.pagination import LIMIT
from edges_nb.transport.parsing import keyed, made, rows, segment, shown
from edges_nb.transport.rate_limiter import Pace

_EARLIEST = datetime.min.replace(tzinfo=UTC)

_BY_UID = 45
"""Uids in one URL: more than 2,000 characters are too many for some proxies."""

_OF_SCHEDULES = ("cron", "schedule_at", "timezone")


class Edges:
    """A workspace, by its API key.

    Reads are repeated while an error is one that passes, and raise in the end; changes are sent once, and
    answer `Done`, `Refused` or `Unknown`.

    Args:
        http: what carries requests instead of sockets (an `httpx.BaseTransport`), for tests.

    Attributes:
        lists: what of the lists could not be read, and how the server pages them.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, http: Any = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._pacer = Pacer(settings.max_rps, self.clock)
        self._transport = Transport(
            settings.base_url, settings.key, pacer=self._pacer, clock=self.clock, http=http
        )
        self.lists = Lists(self._transport)
        self._naming = threading.Lock()
        self._workspace: Workspace | None = None

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
                self._workspace = self.lists.workspace()
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

    def pages_by_cursor(self, path: str) -> bool:
        """Whether a list of more than one row links to its next page, to see how this server answers."""
        return self._transport.get(path, {"limit": "1"}).next_url is not None

    def identities(self, named: Iterable[str] = ()) -> list[Identity]:
        """Return every identity, with its accounts where the server tells of them.

        Args:
            named: uids that are asked for one by one, up to 20, where no list shows enough of them.
        """
        return self.lists.identities(named)

    def identity(self, uid: str) -> Identity:
        """Return one identity."""
        return self.lists.one(Identity, f"/identities/{segment(uid)}", uid)

    def schedules(self, action: str | None = None, status: str | None = None) -> list[Schedule]:
        """Return every schedule, oldest first, of an action and a status where these are given."""
        query = _query(sort="created_at", action_name=action, status=status)
        found = self.lists.every(Schedule, "/schedules", query)
        kept = [row for row in found if _fits(row.action_name, action) and _fits(row.status, status)]
        return sorted(kept, key=lambda row: (row.created_at or _EARLIEST, row.uid))

    def schedule(self, uid: str) -> Schedule:
        """Return one schedule."""
        return self.lists.one(Schedule, f"/schedules/{segment(uid)}", uid)

    def schedules_by_uid(self, uids: Iterable[str]) -> dict[str, Schedule] | None:
        """Return schedules as they are now, many by one request; one that is not shown is left out.

        Returns:
            None where the server does not filter by uid, and each schedule has to be asked for.
        """
        found: dict[str, Schedule] = {}
        waiting = list(dict.fromkeys(uids))
        while waiting:
            chunk, waiting = waiting[:_BY_UID], waiting[_BY_UID:]
            query = [*(("uid", uid) for uid in chunk), ("limit", str(LIMIT))]
            try:
                got = rows(self._transport.get("/schedules", query), "/schedules")
            except (BadRequest, NotFound):
                return None
            read = dict(keyed(Schedule, row) for row in got)
            if not read.keys() <= set(chunk) or (not read and len(chunk) > 1):
                return None
            found.update((uid, schedule) for uid, schedule in read.items() if schedule is not None)
            # A server that caps its pages is asked for the others again.
            waiting += [uid for uid in chunk if uid not in read] if read else []
        return found

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
        path = f"/actions/{segment(request.action)}/run/schedule"
        return made(CreatedSchedule, self._transport.post(path, request.body()), path)

    def create_async_run(self, request: ScheduleRequest) -> Answer[StartedRun]:
        """Start a run at once; what only a schedule has is left out of the request."""
        path = f"/actions/{segment(request.action)}/run/async"
        body = {name: value for name, value in request.body().items() if name not in _OF_SCHEDULES}
        return made(StartedRun, self._transport.post(path, body), path)

    def continue_run(self, uid: str) -> Answer[Run | None]:
        """Let an incremental run bring what is new since it ended."""
        answer = self._transport.post(f"/runs/{segment(uid)}/continue", uid=uid)
        return Done(shown(Run, answer.value, uid)) if isinstance(answer, Done) else answer

    def runs(
        self,
        action: str | None = None,
        status: str | None = None,
        *,
        newest: int | None = None,
        since: datetime | None = None,
    ) -> list[Run]:
        """Return runs, newest first: all of them, at least the `newest`, or those made `since` a moment."""
        query = _query(sort="-created_at", action_name=action, status=status)
        found = self.lists.every(Run, "/runs", query, newest, since)
        kept = [run for run in found if _fits(run.action_name, action) and _fits(run.status, status)]
        return sorted(kept, key=lambda run: run.created_at or _EARLIEST, reverse=True)

    def runs_page(self, offset: int, action: str | None = None) -> list[Run]:
        """Return one page of runs as the server gives it: newest first, where it obeys what is asked.

        An empty page is the end of the list, and its length is what to add to `offset`.
        """
        query = _query(sort="-created_at", action_name=action)
        found = [keyed(Run, row)[1] for row in self.lists.page("/runs", query, offset)]
        return [run for run in found if run is not None]

    def callbacks(self, status: str | None = None, run_uid: str | None = None) -> list[CallbackDelivery]:
        """Return deliveries of results, of a status (such as FAILED) and a run where these are given."""
        query = _query(status=status, run_uid=run_uid)
        found = self.lists.every(CallbackDelivery, CALLBACKS, query)
        return [each for each in found if _fits(each.status, status) and _fits(each.run_uid, run_uid)]

    def run(self, uid: str) -> Run:
        """Return one run."""
        return self.lists.one(Run, f"/runs/{segment(uid)}", uid)

    def run_inputs(self, uid: str) -> list[RunInput]:
        """Return every input of a run; one that is no object shows nothing, and is still one of them."""
        rows = self.lists.by_cursor(f"/runs/{segment(uid)}/inputs", uid)[0]
        return [RunInput.read(row if isinstance(row, dict) else {}) for row in rows]

    def run_outputs(self, uid: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the results of a run, all of them or the first `limit`."""
        path = f"/runs/{segment(uid)}/outputs"
        found, linked = self.lists.by_cursor(path, uid, limit)
        first, page = found, found
        # Servers of before go on by offset; one that knows neither gives its first page again.
        while page and not linked and (limit is None or len(found) < limit):
            try:
                page = self.lists.page(path, {}, len(found), uid=uid)
            except BadRequest:
                break
            if page[: len(first)] == first[: len(page)]:
                break
            found = found + page
        return [row for row in found[:limit] if isinstance(row, dict)]

    def _move(self, uid: str, verb: str) -> Answer[Schedule | None]:
        answer = self._transport.post(f"/schedules/{segment(uid)}/{verb}", uid=uid)
        return Done(shown(Schedule, answer.value, uid)) if isinstance(answer, Done) else answer


def _query(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _fits(value: str | None, wanted: str | None) -> bool:
    # A server may ignore a filter, or leave the field out of its rows: then its filter is all there is.
    return wanted is None or value is None or value.lower() == wanted.lower()
