"""Plans and outcomes to report on: by hand, a sandbox's agency, and a thousand schedules."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from edges_nb import Edges, plan_migration
from edges_nb.models.api import Identity, Schedule, ScheduleRequest
from edges_nb.models.history import Past
from edges_nb.models.plan_items import Caution, Change, Decision, Item
from edges_nb.models.reasons import Reason, Remedy
from edges_nb.models.results import Event, Outcome, Result
from edges_nb.monitoring.monitor import Aftermath, observe
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.snapshot import read
from edges_nb.redaction import Secret
from edges_nb.reports.report_context import ReportContext
from edges_nb.sandbox import World
from edges_nb.settings import Settings
from tests.crowd import crowd
from tests.faults import Sandbox

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ACTION = "linkedin-extract-connections"
DIGEST = "plan-0123456789ab"
PARAMETERS: dict[str, object] = {
    "mode": "preview",
    "action": ACTION,
    "only": "",
    "limit": 0,
    "max_results": 0,
    "out_dir": "out",
}


def asked(**fields: Any) -> ReportContext:
    """A question about a live workspace; `fields` are those of `Asked`."""
    given: dict[str, Any] = {
        "title": "Preview of a migration to incremental mode",
        "mode": "preview",
        "parameters": PARAMETERS,
        "where": "api.example.com",
        "sandbox": False,
        "workspace": "workspace-1",
        "at": NOW,
        "digest": DIGEST,
        "command": f"edges-nb apply --approve {DIGEST}",
    }
    return ReportContext(**(given | fields))


def item(number: int = 1, decision: Decision = Decision.MIGRATE, text: str = "Weekly", **fields: Any) -> Item:
    """A schedule of a plan; `text` is every text in it that comes from outside."""
    identity = Identity(uid=f"identity-{number}", name=text, type="engagement", is_active=True)
    schedule = Schedule(
        uid=f"schedule-{number}",
        name=text,
        status="ACTIVE",
        cron="0 9 * * *",
        timezone="Europe/Paris",
        next_execution_at=NOW + timedelta(hours=number),
    )
    request = ScheduleRequest(
        action=ACTION,
        inputs=[{}],
        callback={"url": "https://hooks.example.com/"},
        identity_ids=[identity.uid],
        cron=schedule.cron,
        timezone=schedule.timezone,
        parameters={"sync_mode": "incremental"},
    )
    changes = (
        Change("parameters.sync_mode", "full", "incremental", "plan", False),
        Change("name", text, f"{text}.", "override", False),
        Change("callback.url", "https://hooks.example.com/…", "https://hooks.example.com/…", "run r-1", True),
    )
    migrates = decision is Decision.MIGRATE
    given: dict[str, Any] = {
        "reason": f"{decision.value}: {text}",
        "identity": identity,
        "request": request if migrates else None,
        "changes": changes if migrates else (),
        "warnings": (Caution(f"code_{number}", f"Warning: {text}"),) if migrates else (),
    }
    return Item(schedule, decision, **(given | fields))


def one_of_each(text: str = "Weekly") -> list[Item]:
    """One schedule of each decision."""
    unknown, remedies = Reason.IDENTITY_UNKNOWN, (Remedy.IDENTITY,)
    return [
        item(1, Decision.MIGRATE, text, code=Reason.FULL),
        item(2, Decision.NEEDS_INPUT, text, identity=None, reason=text, code=unknown, remedies=remedies),
        item(3, Decision.SKIP, text, code=Reason.EXCLUDED),
    ]


@cache
def agency() -> tuple[tuple[Item, ...], tuple[Identity, ...]]:
    """The plan for the sandbox's agency, and its identities."""
    return _plan(World.agency())


@cache
def thousand() -> tuple[tuple[Item, ...], tuple[Identity, ...]]:
    """The plan for a thousand schedules."""
    return _plan(crowd(1_000, 200))


@cache
def aftermath() -> Aftermath:
    """What became of the sandbox's agency two weeks after its migration, its ledger lost."""
    with Sandbox(World.agency()) as sandbox, tempfile.TemporaryDirectory() as folder:
        ledger = str(Path(folder) / "ledger.sqlite")
        settings = Settings(Secret(sandbox.key), sandbox.base_url, ledger, sandbox=True)
        with Edges(settings) as edges:
            plan_migration(edges, max_results=200).apply(workers=1)
            sandbox.advance(timedelta(days=14))
            edges.identities()  # tells the server's time
            return observe(edges, ACTION, Past())


def _plan(world: World) -> tuple[tuple[Item, ...], tuple[Identity, ...]]:
    with Sandbox(world) as sandbox:
        settings = Settings(Secret(sandbox.key), sandbox.base_url, ledger="", sandbox=True)
        with Edges(settings) as edges:
            reading = read(edges, ACTION)
            items = draft_migration(reading, action=ACTION, overrides={}, past=Past())
            return tuple(items), tuple(edges.identities())


STEPS = (
    ("read", "It was read again and is what the plan saw."),
    ("stop", "The old schedule was to be paused."),
    ("create", "The new schedule was to be created."),
    ("cancel", "The old schedule was to be cancelled."),
    ("done", "The new schedule runs in its place."),
)


def outcome(items: Sequence[Item], endings: Sequence[tuple[str, str]] = (("migrated", ""),)) -> Outcome:
    """What came of the items to replace: the endings in turn, each an outcome and its reason."""
    results, events = [], []
    chosen = [each for each in items if each.decision is Decision.MIGRATE]
    for number, each in enumerate(chosen):
        ended, reason = endings[number % len(endings)]
        new_uid = f"new-{each.uid}" if ended == "migrated" else None
        results.append(Result(each.uid, ended, new_uid, reason))
        if ended != "waiting":
            steps = STEPS if ended == "migrated" else STEPS[:3]
            for second, (step, sentence) in enumerate(steps):
                events.append(Event(NOW + timedelta(seconds=number + second), each.uid, step, sentence))
    return Outcome(tuple(results), tuple(events))


HALF = (
    ("migrated", ""),
    ("needs_attention", "It is paused and could not be resumed: run the same command again."),
    ("waiting", ""),
    ("rolled_back", "It runs as before. The identity's account is not connected."),
    ("migrated", ""),
    ("drifted", "It was left alone, because it is not what the plan saw: cron was 0 9 * * *, is 0 8 * * *."),
)

FAILED = (("needs_attention", "The server answered 503: run the same command again."),)


def renamed(items: Sequence[Item], **fields: Any) -> list[Item]:
    """The items with other fields."""
    return [each._replace(**fields) for each in items]
