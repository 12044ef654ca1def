"""A small Edges API on loopback, written from the public description alone and on the standard library.

It is strict where the description is: an unknown property, a null where a value is expected, a transition
the state doesn't allow are refused. What two servers may answer differently is a switch; where sources
disagree, the default is what the package's own sandbox does not do by itself.
"""

from __future__ import annotations

import json
import math
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from .create_rules import RefusedError, first_execution

API_KEY = "edges/fake+key=not&a~real-one"
DOCUMENTED = [
    *("name", "action_id", "action_name", "user_uid", "workspace_uid", "status", "postponed_until"),
    *("cron", "timezone", "next_execution_at", "last_executed_at", "created_at", "updated_at"),
]
TRANSITIONS = {  # verb: (states it is allowed in, state it leads to)
    "pause": ({"ACTIVE"}, "PAUSED"),
    "resume": ({"PAUSED"}, "ACTIVE"),
    "cancel": ({"ACTIVE", "PAUSED"}, "CANCELLED"),
}
Row = dict[str, Any]
Reply = tuple[int, Any, dict[str, str]]


@dataclass(frozen=True)
class Switches:
    """What servers that follow the description may do differently."""

    envelope: Literal["array", "data", "items"] = "array"
    uid_field: Literal["uid", "scheduled_run_uid"] = "uid"
    names: bool = True
    page_cap: int = 100
    inputs_cap: int = 500
    pause: bool = True
    fields: Literal["guide", "reference"] = "guide"
    full_list: bool = True  # guide only: whether the list shows the optional fields
    full_get: bool = True  # guide only: whether GET of one schedule shows them
    per_second: float | None = None
    burst: int = 20
    created_uid: Literal["uid", "scheduled_run_uid", "schedule_uid"] = "uid"
    names_shown: bool = True  # False: a name is taken, and never told
    identities_by: Literal["offset", "page", "page alone"] = "offset"  # alone: anything else is refused
    identity_page: int = 20
    active: Literal["boolean", "text", "in GET"] = "boolean"
    workspaces: bool = False  # whether GET /workspaces exists
    uid_filter: bool = False  # whether uid is obeyed as a filter of schedules
    next_link: Literal["query", "path", "full"] = "query"  # of the URL of the next page
    # By the first word of a path: requests a window.
    window: Mapping[str, int] = field(default_factory=dict, hash=False)
    window_seconds: float = 60


@dataclass
class Workspace:
    """Everything the server knows; rows are in order of creation."""

    identities: dict[str, Row] = field(default_factory=dict)
    schedules: dict[str, Row] = field(default_factory=dict)
    runs: dict[str, Row] = field(default_factory=dict)
    inputs: dict[str, list[Row]] = field(default_factory=dict)  # by run


@dataclass
class Entry:
    """One request as the server saw it; `uid` is the schedule it touched or made."""

    n: int
    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int | None = None  # None: no answer was sent
    effect: bool = False
    uid: str | None = None


Phase = Literal["before", "after"]
# The hook may answer "drop" (the connection is closed; before the effect, it doesn't happen) or a refusal.
Hook = Callable[[int, str, str, Phase], "RefusedError | Literal['drop'] | None"]


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def input_rows(inputs: list[Row], status: str) -> list[Row]:
    """What `runs/{uid}/inputs` tells of a schedule's inputs; custom_data is a key of its own there."""
    return [
        {
            "input_data": {key: value for key, value in row.items() if key != "custom_data"},
            "custom_data": row.get("custom_data"),
            "status": status,
            "last_error": None,
        }
        for row in deepcopy(inputs)
    ]


def _account(identity: Row) -> Row:
    """An identity's account, as `retrieve_accounts` shows it."""
    status = "VALID" if identity["is_active"] else "INVALID"
    return {"type": "linkedin", "status": status, "account_name": identity["name"]}


def _outputs(run: Row) -> list[Row]:
    return [{"full_name": f"Somebody {n}"} for n in range(run["output_count"])]


def _too_many(family: str, seconds: int) -> RefusedError:
    headers = {"Retry-After": str(seconds), "X-RateLimit-Remaining": "0", "X-RateLimit-Type": family}
    return RefusedError(429, "STATUS_429", "too many requests", headers)


class ForeignServer:
    """Serves a workspace on 127.0.0.1 and remembers every request."""

    def __init__(self, workspace: Workspace, switches: Switches | None = None) -> None:
        self.workspace = workspace
        self.switches = switches or Switches()
        self.history: list[Entry] = []
        self.on_request: Hook | None = None
        self._lock = threading.RLock()
        self._tokens, self._filled = float(self.switches.burst), time.monotonic()
        self._window, self._served = 0, Counter[str]()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.edges = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> ForeignServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def mutations(self) -> list[Entry]:
        return [entry for entry in self.history if entry.method != "GET"]

    def serve(self, method: str, target: str, body: Any, key: str | None) -> Reply | None:
        """Answer one request; None closes the connection without an answer."""
        url = urlsplit(target)
        with self._lock:
            query: dict[str, list[str]] = {}
            for name, value in parse_qsl(url.query):
                query.setdefault(name, []).append(value)
            entry = Entry(len(self.history) + 1, method, url.path.removeprefix("/v1"), query, body)
            self.history.append(entry)
        verdict = self._hook(entry, "before")
        if verdict == "drop":
            return None
        try:
            if isinstance(verdict, RefusedError):
                raise verdict
            with self._lock:
                self._admit(key, entry.path.split("/")[1])
                reply = self._route(entry)
        except RefusedError as refusal:
            reply = self._error(refusal)
        if self._hook(entry, "after") == "drop":
            return None
        entry.status = reply[0]
        return reply

    def _hook(self, entry: Entry, phase: Phase) -> RefusedError | Literal["drop"] | None:
        if self.on_request is None:
            return None
        return self.on_request(entry.n, entry.method, entry.path, phase)

    def _admit(self, key: str | None, family: str) -> None:
        if key != API_KEY:
            raise RefusedError(401, "AUTH_EXPIRED", "the key is not known")
        now = time.monotonic()
        if self.switches.per_second is not None:
            refill = (now - self._filled) * self.switches.per_second
            self._tokens, self._filled = min(float(self.switches.burst), self._tokens + refill), now
            if self._tokens < 1:
                raise _too_many("workspace", 1)
            self._tokens -= 1
        if family in self.switches.window:
            window = int(now / self.switches.window_seconds)
            if window != self._window:
                self._window, self._served = window, Counter()
            if self._served[family] >= self.switches.window[family]:
                rest = (window + 1) * self.switches.window_seconds - now
                raise _too_many(f"/v1/{family}", math.ceil(rest))
            self._served[family] += 1

    def _error(self, refusal: RefusedError) -> Reply:
        body = {
            "error_label": refusal.label,
            "error_scope": "request",
            "error_ref": uuid.uuid4().hex[:12],
            "message": refusal.message,
            "status_code": refusal.status,
            "params": {},
        }
        return refusal.status, body, refusal.headers

    def _route(self, entry: Entry) -> Reply:
        match entry.method, *entry.path.strip("/").split("/"):
            case "GET", "identities":
                return 200, self._identities(entry.query), {}
            case "GET", ("schedules" | "runs") as kind:
                return 200, self._page(kind, entry.query), {}
            case "GET", ("identities" | "schedules" | "runs") as kind, uid:
                return 200, self._shown(kind, self._row(kind, uid)), {}
            case "GET", "identities", uid, "integrations", "linkedin":
                return 200, _account(self._row("identities", uid))["status"], {}
            case "GET", "workspaces" if self.switches.workspaces:
                return 200, self._workspace(), {}
            case "GET", "runs", uid, ("inputs" | "outputs") as part:
                return self._by_cursor(uid, part, entry.query)
            case "POST", "schedules", uid, verb if verb in TRANSITIONS:
                return self._transition(entry, uid, verb)
            case "POST", "actions", action, "run", "schedule":
                return self._create(entry, action)
        raise RefusedError(404, "STATUS_404", "no such route")

    def _row(self, kind: str, uid: str) -> Row:
        rows = cast("dict[str, Row]", getattr(self.workspace, kind))
        if uid not in rows:
            raise RefusedError(404, "STATUS_404", "not found")
        return rows[uid]

    def _shown(self, kind: str, row: Row, *, listed: bool = False, accounts: bool = False) -> Row:
        shown = deepcopy(row)
        if kind == "identities":
            shown |= {"accounts": [_account(row)]} if accounts else {}
            if self.switches.active != "boolean":
                active = str(shown.pop("is_active")).lower()
                shown |= {} if listed and self.switches.active == "in GET" else {"is_active": active}
        elif kind == "schedules":
            shown = {self.switches.uid_field: row["uid"]} | {key: row.get(key) for key in DOCUMENTED}
            open_here = self.switches.full_list if listed else self.switches.full_get
            if self.switches.fields == "guide" and open_here:
                shown |= {key: deepcopy(row[key]) for key in ("inputs", "callback", "identity_ids")}
        if kind != "identities" and not self.switches.names_shown:
            shown |= dict.fromkeys(("name", "scheduled_run_name") if kind == "runs" else ("name",))
        return shown

    def _wrapped(self, rows: list[Row]) -> Any:
        return rows if self.switches.envelope == "array" else {self.switches.envelope: rows}

    def _workspace(self) -> Row:
        uid = next(iter(self.workspace.identities.values()))["workspace_uid"]
        return {"uid": uid, "name": "Somebody's", "plan_name": "Silver", "credits_left": 7}

    def _identities(self, query: dict[str, list[str]]) -> Any:
        rows, by = list(self.workspace.identities.values()), self.switches.identities_by
        for key in set(query) - {"page", "query", "retrieve_accounts"} if by == "page alone" else ():
            raise RefusedError(400, "BAD_INPUT", f"querystring must NOT have additional properties ({key})")
        size = self.switches.identity_page
        start = (self._number(query, "page", 1, None) - 1) * size
        if by == "offset":
            size = min(self._number(query, "limit", size, 100), self.switches.page_cap)
            start = self._number(query, "offset", 0, None)
        accounts = query.get("retrieve_accounts") == ["true"]
        page = rows[start : start + size]
        return self._wrapped([self._shown("identities", row, listed=True, accounts=accounts) for row in page])

    def _page(self, kind: str, query: dict[str, list[str]]) -> Any:
        limit, offset = self._number(query, "limit", 10, 100), self._number(query, "offset", 0, None)
        if not set(query.get("execution_mode", [])) <= {"LIVE", "ASYNC"}:
            raise RefusedError(400, "BAD_INPUT", "execution_mode must be equal to one of the allowed values")
        rows = list(getattr(self.workspace, kind).values())
        filters = ["status", "action_name", "execution_mode"]
        filters += ["uid"] if kind == "runs" or self.switches.uid_filter else []
        for key in filters:
            if key in query:
                rows = [row for row in rows if row.get(key) in query[key]]
        sort = query.get("sort", [""])[-1]
        if sort:
            rows.sort(key=lambda row: str(row[sort.removeprefix("-")]), reverse=sort.startswith("-"))
        page = rows[offset : offset + min(limit, self.switches.page_cap)]
        return self._wrapped([self._shown(kind, row, listed=True) for row in page])

    def _number(self, query: dict[str, list[str]], key: str, default: int, most: int | None) -> int:
        text = query.get(key, [str(default)])[-1]
        if not text.isdigit() or (most is not None and not 1 <= int(text) <= most):
            raise RefusedError(400, "BAD_PARAMETERS", f"{key} is not allowed to be {text}")
        return int(text)

    def _by_cursor(self, uid: str, part: str, query: dict[str, list[str]]) -> Reply:
        run = self._row("runs", uid)
        rows = self.workspace.inputs[uid] if part == "inputs" else _outputs(run)
        start = int(query.get("cursor", ["c0"])[-1][1:])
        limit = self._number(query, "limit", 100, 500)
        stop = start + min(limit, self.switches.inputs_cap)
        headers = {}
        if stop < len(rows):
            rest = "?" + urlencode({"limit": limit, "cursor": f"c{stop}"})
            path = f"/v1/runs/{uid}/{part}" + rest
            full = self.base_url.removesuffix("/v1") + path
            headers["X-Pagination-Next"] = {"query": rest, "path": path, "full": full}[
                self.switches.next_link
            ]
        return 200, deepcopy(rows[start:stop]), headers

    def _transition(self, entry: Entry, uid: str, verb: str) -> Reply:
        if verb == "pause" and not self.switches.pause:
            raise RefusedError(404, "STATUS_404", "no such route")
        row = self._row("schedules", uid)
        entry.uid = uid
        allowed, target = TRANSITIONS[verb]
        if row["status"] not in allowed:
            raise RefusedError(400, "BAD_INPUT", f"a schedule that is {row['status']} can't {verb}")
        row |= {"status": target, "updated_at": iso(datetime.now(UTC))}
        if target == "CANCELLED":
            row["next_execution_at"] = None
        entry.effect = True
        return 200, self._shown("schedules", row), {}

    def _create(self, entry: Entry, action: str) -> Reply:
        body, now = entry.body, datetime.now(UTC)
        due = first_execution(body, action, self.workspace.identities, names=self.switches.names, now=now)
        uid = str(uuid.uuid4())
        entry.uid, entry.effect = uid, True
        row = {"name": None, "cron": None, "timezone": "UTC"} | deepcopy(body)
        row |= {"uid": uid, "action_name": action, "status": "ACTIVE"}
        row |= {"next_execution_at": iso(due), "created_at": iso(now), "updated_at": iso(now)}
        self.workspace.schedules[uid] = row
        if "schedule_at" not in body:
            self._queue_first_run(row, now)
        answer = {key: row[key] for key in ("status", "cron", "timezone", "next_execution_at", "created_at")}
        return 201, {self.switches.created_uid: uid} | answer, {}

    def _queue_first_run(self, row: Row, now: datetime) -> None:
        run = str(uuid.uuid4())
        shown = {key: deepcopy(row.get(key)) for key in ("name", "action_name", "parameters", "callback")}
        shown |= {"uid": run, "scheduled_run_uid": row["uid"], "scheduled_run_name": row["name"]}
        shown |= {"status": "QUEUED", "execution_mode": "LIVE", "created_at": iso(now)}
        shown |= {
            "output_count": 0,
            "last_error": None,
            "last_info": None,
            "started_at": None,
            "finished_at": None,
        }
        self.workspace.runs[run] = shown
        self.workspace.inputs[run] = input_rows(row["inputs"], "QUEUED")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    edges: ForeignServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed leaves broken connections behind: that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per answer

    def serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        edges = cast(_Http, self.server).edges
        body = json.loads(raw) if raw else None
        reply = edges.serve(self.command, self.path, body, self.headers.get("X-API-Key"))
        if reply is None:
            self.close_connection = True
            return
        status, payload, headers = reply
        content = json.dumps(payload).encode()
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = serve  # noqa: N815 - the standard library looks for these names

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal: the history tells."""
