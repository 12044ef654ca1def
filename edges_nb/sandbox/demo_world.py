"""A believable agency's workspace: every case that a migration has to decide on, and the runs behind it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from edges_nb.sandbox.entities import StoredIdentity, StoredSchedule
from edges_nb.sandbox.virtual_clock import past_due
from edges_nb.sandbox.world import World

FAKE_SECRET = "sandbox-not-a-secret"  # noqa: S105
"""Stands where customers have a secret, in callback headers and queries; it must never be rendered."""

ENGAGEMENT = (
    ("Northwind Sales", "Europe/Paris", 5),
    ("Outreach desk Paris", "Europe/Paris", 3),
    ("Outreach desk Berlin", "Europe/Berlin", 3),
    ("Harbour Recruiting", "Europe/London", 3),
    ("Prairie Growth", "America/Chicago", 2),
    ("Lighthouse Advisory", "America/New_York", 2),
)
"""Teams with engagement identities: name, timezone, how many."""

STANDARD = (("Meadow Research", "Europe/Madrid", 2), ("Summit Partners", "Asia/Singapore", 2))
"""Teams with standard identities."""

CRONS = ("0 9 * * *", "30 7 * * 1-5", "0 6 * * 1", "15 10 * * 2,4", "45 22 1,15 * *")
FEW_RESULTS, MANY_RESULTS = 100, 2500


def furnish(world: World) -> World:
    """Fill an empty world with the agency's 25 identities and 60 schedules."""
    agency = _Agency(world)
    agency.add_eligible()
    agency.add_skipped()
    agency.add_other_actions()
    agency.add_unclear()
    return world


class _Agency:
    """Adds schedules case by case, each with a past of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = random.Random(world.seed)  # noqa: S311 - a stable variety, not a secret
        self.engagement = self._staff(ENGAGEMENT, "engagement")
        self.standard = self._staff(STANDARD, "standard")
        self.idle = [
            self._hire("Harbour Recruiting", n, "Europe/London", "engagement", False) for n in (4, 5)
        ]
        self._hire("Summit Partners", 3, "Asia/Singapore", "standard", False)
        self._next_identity = itertools.cycle(self.engagement)
        self._crons: Iterator[str] = itertools.cycle(CRONS)

    def _staff(self, teams: tuple[tuple[str, str, int], ...], kind: str) -> list[StoredIdentity]:
        return [self._hire(team, n + 1, zone, kind, True) for team, zone, size in teams for n in range(size)]

    def _hire(self, team: str, n: int, zone: str, kind: str, active: bool) -> StoredIdentity:
        hired = self._days_ago(400 - 9 * len(self.world.identities))
        return self.world.add_identity(
            f"{team} {n:02d}", timezone=zone, type=kind, is_active=active, created_at=hired
        )

    def _days_ago(self, days: float) -> datetime:
        return self.world.clock.now() - timedelta(days=days)

    def add_eligible(self) -> None:
        """Active full extractions of connections on active engagement identities, in all their varieties."""
        for number in range(10):
            self._add("eligible", "plain", name=f"Connections {number + 1:02d}", runs=1 + number % 6)
        for _ in range(3):
            self._add("eligible", "unnamed")
        for number in range(4):
            self._add("eligible", "capped", parameters=_full(MANY_RESULTS), name=f"Capped sync {number + 1}")
        self._add_twins()
        self._add_callbacks()
        for number in range(2):
            self._add("eligible", "custom data", inputs=_inputs(f"tagged-{number}", 1, tagged=True))
        for number in (2, 3):
            self._add("eligible", "several inputs", inputs=_inputs(f"list-{number}", number, tagged=True))
        self._add("eligible", "due at once", cron="1 8 * * *", timezone="UTC", name="Early riser")
        self._add(
            "eligible", "loses items", cron="0 6 * * 1", parameters=_full(FEW_RESULTS), runs=4, growth=450
        )
        for number in range(2):
            self._add("eligible", "just set up", runs=1, name=f"Just set up {number + 1}")

    def _add_twins(self) -> None:
        for _ in range(4):
            self._add(
                "eligible",
                "twin",
                identity=self.engagement[0],
                name="Team sync",
                cron="0 5 * * *",
                inputs=_inputs("team-sync", 1),
                callback={"url": "https://hooks.example.com/edges/team-sync"},
                runs=2,
            )

    def _add_callbacks(self) -> None:
        for number in range(2):
            url = f"https://hooks.example.com/edges/signed-{number}"
            headers = {"Authorization": f"Bearer {FAKE_SECRET}"}
            self._add("eligible", "callback headers", callback={"url": url, "headers": headers})
        url = f"https://hooks.example.net/in?token={FAKE_SECRET}"
        self._add("eligible", "callback query", callback={"url": url})
        url = "https://hooks.example.com/edges/final"
        self._add("eligible", "callback on", callback={"url": url, "on": "final"})
        headers = {"X-Team": "north", "Authorization": f"Bearer {FAKE_SECRET}"}
        everything = {"url": url, "headers": headers, "on": "all"}
        self._add("eligible", "callback headers", "callback on", callback=everything)

    def add_skipped(self) -> None:
        """What there is no reason to migrate."""
        for identity in self.standard[:3]:
            self._add("standard identity", identity=identity)
        for number in range(3):
            incremental = {"sync_mode": "incremental"} | ({"max_results": 500} if number else {})
            self._add("already incremental", parameters=incremental, name=f"Increment {number + 1}", runs=3)
        for days in (1, 3):
            first = self.world.clock.now() + timedelta(days=days)
            self._add("one-shot", cron=None, schedule_at=first, runs=0)
        for _ in range(3):
            self._add("paused", status="PAUSED")
        for _ in range(2):
            self._add("cancelled", status="CANCELLED")
        for days in (2, 20):
            self._add("completed", cron=None, schedule_at=self._days_ago(days), status="COMPLETED", runs=1)

    def add_other_actions(self) -> None:
        """Actions with incremental mode and without it."""
        for action in ("messages", "profile-viewers", "page-followers"):
            self._add("other incremental action", action_name=f"linkedin-extract-{action}")
        for number in range(2):
            query = f"https://www.linkedin.com/search/results/people/?keywords=buyer-{number}"
            self._add(
                "action without incremental mode",
                action_name="linkedin-search-people",
                inputs=[{"linkedin_people_search_url": query}],
            )

    def add_unclear(self) -> None:
        """What can't be migrated before somebody has decided something."""
        both = [self.engagement[1].uid, self.standard[0].uid]
        self._add("several identities", identity_ids=both)
        self._add("several identities", identity_ids=both, action_name="linkedin-extract-messages")
        for identity in self.idle:
            self._add("inactive identity", identity=identity)
        self._add("unknown identity", identity_ids=[self.world.uid_for("identity", "left")])
        self._add("no callback", callback=None)

    def _add(
        self,
        *cases: str,
        identity: StoredIdentity | None = None,
        runs: int | None = None,
        growth: int = 12,
        **fields: Any,
    ) -> None:
        identity = identity or next(self._next_identity)
        cron = next(self._crons)
        runs = self.dice.randint(1, 6) if runs is None else runs
        # Runs are archived after 90 days, which is as far as a schedule's visible past goes.
        age = self.dice.randint(90, 200) if runs else self.dice.randint(0, 1) + 0.5
        given = {"cron": cron, "timezone": identity.timezone, "created_at": self._days_ago(age)}
        schedule = self.world.add_schedule(identity, **(given | fields))
        for case in cases:
            self.world.cases.setdefault(case, []).append(schedule.uid)
        self._add_past(schedule, runs, growth)

    def _add_past(self, schedule: StoredSchedule, runs: int, growth: int) -> None:
        if not runs:
            return
        now = self.world.clock.now()
        if schedule.cron:
            moments = past_due(schedule.cron, schedule.timezone, now, runs)
        else:
            moments = [schedule.schedule_at or now]
        moments.reverse()
        network = self.dice.randint(700, 1900)
        self._describe_networks(schedule, network + (len(moments) - 1) * growth, growth)
        failing = len(moments) > 2 and self.dice.random() < 0.4
        for number, due in enumerate(moments):
            failed = failing and number == len(moments) - 1
            self._add_run(schedule, due, 0 if failed else network + number * growth)
        schedule.last_executed_at = moments[-1]

    def _describe_networks(self, schedule: StoredSchedule, size: int, growth: int) -> None:
        """Let the networks go on as large, and growing by as much from run to run, as they were."""
        now, inputs = self.world.clock.now(), len(schedule.inputs)
        last, before = past_due(schedule.cron, schedule.timezone, now, 2) if schedule.cron else (now, now)
        days = max(1.0, (last - before) / timedelta(days=1))
        for entry in schedule.inputs:
            self.world.networks.describe(
                schedule.action_name, schedule.identity_ids, entry, size // inputs, growth / days / inputs
            )

    def _add_run(self, schedule: StoredSchedule, due: datetime, brought: int) -> None:
        started = due + timedelta(seconds=self.dice.randint(2, 40))
        if schedule.parameters.get("sync_mode") == "incremental":
            brought = min(brought, self.dice.randint(3, 30))
        error = {"error_label": "LK_ERROR", "message": "LinkedIn asked for a new login"}
        self.world.add_run(
            schedule,
            status="SUCCEEDED" if brought else "FAILED",
            output_count=brought,
            last_error=None if brought else error,
            created_at=due,
            started_at=started,
            finished_at=started + timedelta(minutes=self.dice.randint(3, 25)),
        )


def _full(max_results: int) -> dict[str, Any]:
    return {"sync_mode": "full", "max_results": max_results}


def _inputs(slug: str, count: int, *, tagged: bool = False) -> list[dict[str, Any]]:
    return [
        {"linkedin_url": f"https://www.linkedin.com/in/{slug}-{number}"}
        | ({"custom_data": {"crm_id": f"crm-{slug}-{number}", "segment": number}} if tagged else {})
        for number in range(count)
    ]
