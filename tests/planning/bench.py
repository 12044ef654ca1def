"""Workspaces to plan for: a sandbox behind the real client without sockets, and readings made by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from edges_nb.client import Edges
from edges_nb.models.api import CONNECTIONS, Identity, Run, Schedule, ScheduleRequest
from edges_nb.models.history import Past
from edges_nb.models.plan_items import Item
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.overrides import Override
from edges_nb.planning.snapshot import Evidence, Reading, read
from edges_nb.redaction import Secret
from edges_nb.sandbox import World
from edges_nb.sandbox.wire_types import Request
from edges_nb.settings import Settings
from tests.faults import Behaviour, Sandbox

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SECRET = "fake-secret-for-tests"
FULL = {"sync_mode": "full", "max_results": 500}


class StillClock:
    """Waits take no time."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    def utcnow(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


class InProcess(httpx.BaseTransport):
    """Hands requests to a sandbox's core."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._api = sandbox.api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        reply = self._api.handle(Request(request.method, target, dict(request.headers), request.read()))
        return httpx.Response(reply.status, content=reply.content, headers=reply.headers)


class Bench:
    """A workspace in a sandbox, planned for by the real client."""

    def __init__(self, world: World | None = None, **behaviour: Any) -> None:
        self.world = world or World(seed=1)
        self.sandbox = Sandbox(self.world, Behaviour(**behaviour))
        # What is due is not run: the workspace stays as a test makes it.
        self.sandbox.clock.advance(timedelta(0))
        settings = Settings(Secret(self.sandbox.key), "http://127.0.0.1:1/v1", "")
        self.edges = Edges(settings, clock=StillClock(), http=InProcess(self.sandbox))

    def read(self, **options: Any) -> Reading:
        return read(self.edges, options.pop("action", CONNECTIONS), **options)

    def migration(self, **options: Any) -> dict[str, Item]:
        reading = self.read(only=options.get("only", ()), past=options.get("past"))
        return by_uid(draft_migration(reading, action=CONNECTIONS, **options))

    @property
    def requests(self) -> Counter[str]:
        return Counter(call.operation or "" for call in self.sandbox.history)


def by_uid(items: Iterable[Item]) -> dict[str, Item]:
    return {item.uid: item for item in items}


def identity(uid: str = "identity-1", **fields: Any) -> Identity:
    given = {"uid": uid, "name": f"Desk {uid}", "type": "engagement", "is_active": True}
    return Identity.model_validate(given | fields)


IDENTITIES = (
    identity(),
    identity("identity-2"),
    identity("standard-1", type="standard"),
    identity("standard-2", type="standard"),
    identity("idle-1", is_active=False),
    identity("odd-1", type="visitor"),
)


def schedule(uid: str = "schedule-1", **fields: Any) -> Schedule:
    """An eligible schedule as a server of the guide's dialect shows it."""
    given = {
        "uid": uid,
        "name": f"Label {uid}",
        "action_name": CONNECTIONS,
        "status": "ACTIVE",
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "next_execution_at": "2026-11-03T08:00:00.000Z",
        "last_executed_at": "2026-11-01T08:00:00.000Z",
        "created_at": "2026-06-01T00:00:00.000Z",
        "inputs": [{"linkedin_url": "https://www.linkedin.com/in/somebody"}],
        "callback": {
            "url": f"https://hooks.example.com/{SECRET}",
            "headers": {"Authorization": f"Bearer {SECRET}"},
            "on": "final",
        },
        "identity_ids": ["identity-1"],
    }
    return Schedule.model_validate(given | fields)


def bare(uid: str = "schedule-1", **fields: Any) -> Schedule:
    """A schedule as a server of the reference's dialect shows it."""
    return schedule(uid, inputs=None, callback=None, identity_ids=None, **fields)


def run(uid: str = "run-1", **fields: Any) -> Run:
    given = {
        "uid": uid,
        "scheduled_run_uid": "schedule-1",
        "action_name": CONNECTIONS,
        "status": "SUCCEEDED",
        "parameters": FULL,
        "created_at": "2026-11-01T08:00:00.000Z",
    }
    return Run.model_validate(given | fields)


def evidence(*runs: Run, **fields: Any) -> Evidence:
    """What is known from runs: everything of the newest, unless said otherwise."""
    runs = runs or (run(),)
    newest = runs[0]
    given: dict[str, Any] = {
        "runs": runs,
        "callback": newest.callback,
        "parameters": newest.parameters,
        "sources": dict.fromkeys(("callback", "parameters", "inputs"), newest.uid),
        "looked": True,
    }
    return Evidence(**(given | fields))


def reading(
    *schedules: Schedule,
    evidence: Mapping[str, Evidence] | None = None,
    identities: Iterable[Identity] = IDENTITIES,
    now: datetime = NOW,
    action: str = CONNECTIONS,
) -> Reading:
    return Reading(schedules, {each.uid: each for each in identities}, evidence or {}, now, action)


def known(*schedules: Schedule, **options: Any) -> Reading:
    """A reading in which a run of each schedule told its parameters."""
    found = {each.uid: evidence(run(f"run-of-{each.uid}", scheduled_run_uid=each.uid)) for each in schedules}
    return reading(*schedules, evidence=found, **options)


def migrated(reading: Reading, uid: str = "schedule-1", **options: Any) -> Item:
    """The item of one schedule in a plan to migrate."""
    return by_uid(draft_migration(reading, action=reading.action, **options))[uid]


def override(uid: str = "schedule-1", **fields: Any) -> dict[str, Override]:
    return {uid: Override(schedule_uid=uid, place="line 2", **fields)}


def request(**fields: Any) -> ScheduleRequest:
    given: dict[str, Any] = {
        "action": CONNECTIONS,
        "inputs": [{"linkedin_url": "https://www.linkedin.com/in/somebody"}],
        "callback": {"url": "https://hooks.example.com/kept"},
        "identity_ids": ["identity-1"],
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "parameters": FULL,
        "name": "Label",
    }
    return ScheduleRequest(**(given | fields))


NO_PAST = Past()
