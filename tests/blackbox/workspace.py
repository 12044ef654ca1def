"""Workspaces that mix schedules to migrate with every kind that has to be left alone."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from .create_rules import CONNECTIONS, next_time
from .foreign_server import API_KEY, Row, Workspace, input_rows, iso

HEADER_SECRET = "hdr/fake+token=not&real"
PATH_SECRET = "fake-hook-path-not-real"
QUERY_SECRET = "fake.sig~not.real"
SECRETS = (API_KEY, HEADER_SECRET, PATH_SECRET, QUERY_SECRET)

TO_SKIP = ("standard", "incremental", "one_shot", "paused", "cancelled", "completed")
TO_ASK = ("several", "inactive", "unknown")
INELIGIBLE = (*TO_SKIP, *TO_ASK, "other_action", "never_ran")
# "never_ran" is a schedule whose parameters nobody can know: whether it is asked about or migrated is open.
CRONS = ("0 9 * * *", "30 6 * * 1-5", "15 */6 * * *", "0 8 1 * *", "45 17 * * 2,4", "5 12 1,15 * *")
ZONES = ("Europe/Paris", "America/New_York", "UTC", "Asia/Kolkata")
ENGAGED = 60
BORN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def uid(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


def large(count: int = 230, *, names: bool = True) -> tuple[Workspace, dict[str, str]]:
    """Half of the schedules are eligible; also tells the kind of each schedule."""
    cycle = ("eligible",) * (len(INELIGIBLE) - 1) + ("twin",) + INELIGIBLE
    kinds = [cycle[n % len(cycle)] for n in range(count)]
    random.Random(7).shuffle(kinds)
    return build(kinds, names=names)


def build(kinds: Iterable[str], *, names: bool = True) -> tuple[Workspace, dict[str, str]]:
    """One schedule for each kind; a twin has the configuration of the last eligible one."""
    workspace = Workspace(identities=_identities())
    kind_of = {}
    model: Row | None = None
    for n, kind in enumerate(kinds):
        row = _schedule(n, kind)
        if kind == "twin" and model is not None:
            row |= {key: value for key, value in deepcopy(model).items() if key not in ("uid", "created_at")}
        if kind == "eligible":
            model = row
        if not names:
            row["name"] = None
        workspace.schedules[row["uid"]] = row
        kind_of[row["uid"]] = kind
        if kind != "never_ran":
            _add_runs(workspace, row, n)
    _add_runs_without_schedule(workspace)
    return workspace, kind_of


def chosen(kind_of: dict[str, str], *kinds: str) -> list[str]:
    """The schedules of some kinds, in order of creation."""
    return [uid for uid, kind in kind_of.items() if kind in kinds]


def identity(n: int) -> str:
    return uid("engagement", n % ENGAGED)


def _identities() -> dict[str, Row]:
    plan = [("engagement", n, True) for n in range(ENGAGED)]
    plan += [("standard", n, True) for n in range(3)] + [("asleep", n, False) for n in range(2)]
    rows: list[Row] = [
        {
            "uid": uid(group, n),
            "name": f"Identity {group} {n}",
            "type": "standard" if group == "standard" else "engagement",
            "timezone": ZONES[n % len(ZONES)],
            "is_active": active,
            "workspace_uid": uid("workspace"),
            "created_at": iso(BORN + timedelta(minutes=n)),
            "integrations": [],
        }
        for group, n, active in plan
    ]
    return {str(row["uid"]): row for row in rows}


def _inputs(n: int) -> list[Row]:
    rows: list[Row] = []
    for k in range(4 if n % 5 == 0 else 1):
        row: Row = {"linkedin_profile_url": f"https://www.linkedin.com/in/nobody-{n}-{k}"}
        if n % 3:
            row["custom_data"] = {"crm": f"account-{n}", "tags": ["ä", k], "deep": {"owner": None}}
        rows.append(row)
    return rows


def _callback(n: int) -> Row:
    callback: Row = {"url": f"https://hooks{n}.example.com/{PATH_SECRET}-{n}/in?sig={QUERY_SECRET}-{n}"}
    if n % 2 == 0:
        callback["headers"] = {"Authorization": f"Bearer {HEADER_SECRET}-{n}", "X-Tenant": f"tenant-{n}"}
    if n % 3:
        callback["on"] = ("all", "final")[n % 3 - 1]
    return callback


def _name(n: int) -> str | None:
    if n % 7 == 3:
        return None
    return "Réseau «long» " * 18 if n % 11 == 5 else f"Client {n} – weekly ✓"


def _schedule(n: int, kind: str) -> Row:
    parameters: Row = {} if n % 3 == 1 else {"sync_mode": "full"}
    if n % 4:
        parameters["max_results"] = 100 + n
    if kind == "incremental":
        parameters["sync_mode"] = "incremental"
    status = {"paused": "PAUSED", "cancelled": "CANCELLED", "completed": "COMPLETED"}.get(kind, "ACTIVE")
    cron = None if kind == "one_shot" else CRONS[n % len(CRONS)]
    zone, now = ZONES[n // 2 % len(ZONES)], datetime.now(UTC)
    due = next_time(cron, zone, now) if cron else now + timedelta(days=40)
    owners = {
        "standard": [uid("standard", n % 3)],
        "inactive": [uid("asleep", n % 2)],
        "unknown": [uid("nobody", n)],
        "several": [identity(n), identity(n + 1)],
    }
    return {
        "uid": uid("schedule", n),
        "name": _name(n),
        "action_id": uid("action"),
        "action_name": "linkedin-search-people" if kind == "other_action" else CONNECTIONS,
        "user_uid": uid("user"),
        "workspace_uid": uid("workspace"),
        "status": status,
        "postponed_until": None,
        "cron": cron,
        "timezone": zone,
        "next_execution_at": iso(due) if status == "ACTIVE" else None,
        "last_executed_at": None if kind == "never_ran" else iso(BORN + timedelta(days=200, minutes=n)),
        "created_at": iso(BORN + timedelta(hours=n)),
        "updated_at": iso(BORN + timedelta(hours=n)),
        "inputs": _inputs(n),
        "callback": _callback(n),
        "identity_ids": owners.get(kind, [identity(n)]),
        "parameters": parameters,
    }


def _run(key: Any, row: Row, at: datetime) -> Row:
    return {
        "uid": uid("run", key, at),
        "name": None,
        "scheduled_run_name": row["name"],
        "scheduled_run_uid": row["uid"],
        "action_name": row["action_name"],
        "execution_mode": "LIVE",
        "status": "SUCCEEDED",
        "parameters": deepcopy(row["parameters"]),
        "callback": deepcopy(row["callback"]),
        "output_count": 12,
        "last_error": None,
        "started_at": iso(at),
        "finished_at": iso(at + timedelta(minutes=3)),
        "created_at": iso(at),
    }


def _add_runs(workspace: Workspace, row: Row, n: int) -> None:
    for back in (7, 0) if n % 4 == 0 else (0,):
        run = _run(n, row, BORN + timedelta(days=200 - back, minutes=n))
        workspace.runs[run["uid"]] = run
        workspace.inputs[run["uid"]] = input_rows(row["inputs"], "SUCCEEDED")


def _add_runs_without_schedule(workspace: Workspace) -> None:
    """Runs somebody started by hand, newer than all others: nothing may be concluded from them."""
    for n in range(5):
        row = _schedule(9000 + n, "eligible") | {"uid": None, "parameters": {"max_results": 1}}
        run = _run(f"hand {n}", row, BORN + timedelta(days=220, minutes=n)) | {"execution_mode": "ASYNC"}
        workspace.runs[run["uid"]] = run
        workspace.inputs[run["uid"]] = input_rows(row["inputs"], "SUCCEEDED")
