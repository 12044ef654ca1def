"""The workspace behind the sandbox: its records, and how they come about and move on with time."""

from __future__ import annotations

import copy
import json
import threading
from collections import Counter
from datetime import datetime
from typing import Any

from edges_nb.sandbox.callbacks import Outbox
from edges_nb.sandbox.entities import CONNECTIONS, StoredIdentity, StoredRun, StoredSchedule
from edges_nb.sandbox.networks import Network, Networks
from edges_nb.sandbox.run_behaviour import Habits
from edges_nb.sandbox.simulation import Simulation
from edges_nb.sandbox.sync_log import SyncBook
from edges_nb.sandbox.uids import Namer
from edges_nb.sandbox.virtual_clock import VirtualClock, next_due


class World:
    """Identities, schedules and runs of one workspace, in the order they were added.

    Uids depend on `seed` and, for what clients create, on the request's content and how often the same
    content came before: not on the order in which parallel requests arrive.

    Attributes:
        lock: held while records are read or changed; take it to look at a running sandbox consistently.
        all_visible_from: number of the first list call from which no schedule is hidden.
        cases: names of the situations a schedule stands for, with the uids, as far as the world's maker said.
        habits: how runs go as time moves on.
        networks: what runs extract.
        syncs: what was synced when.
        outbox: callbacks that runs sent.
    """

    def __init__(self, seed: int = 0, habits: Habits = Habits()) -> None:  # noqa: B008 - frozen
        self.seed = seed
        self.habits = habits
        self.clock = VirtualClock()
        self._namer = Namer(seed)
        self.lock = threading.RLock()
        self.identities: dict[str, StoredIdentity] = {}
        self.schedules: dict[str, StoredSchedule] = {}
        self.runs: dict[str, StoredRun] = {}
        self.all_visible_from = 0
        self.cases: dict[str, list[str]] = {}
        self.networks = Networks(self._namer)
        self.syncs = SyncBook()
        self.outbox = Outbox(self._namer)
        self.workspace_uid = self.uid_for("workspace")
        self.workspace_name = "Sandbox"
        self.user_uid = self.uid_for("user")
        self._occurrences: Counter[str] = Counter()
        self._settled_at = self.clock.now()

    @classmethod
    def agency(cls, seed: int = 7) -> World:
        """An agency's workspace with 25 identities and 60 schedules that cover every case of a migration."""
        from edges_nb.sandbox.demo_world import furnish

        return furnish(cls(seed))

    def uid_for(self, *parts: object) -> str:
        """A uid that is the same whenever the seed and the parts are."""
        return self._namer.uid(*parts)

    def uid_for_request(self, kind: str, content: object) -> str:
        """A uid for what a request creates, different for each repetition of the same request."""
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        key = f"{kind}/{canonical}"
        with self.lock:
            self._occurrences[key] += 1
            return self.uid_for("created", key, self._occurrences[key])

    def add_identity(self, name: str, **fields: Any) -> StoredIdentity:
        """Add an identity; `fields` are those of `Identity`."""
        with self.lock:
            given: dict[str, Any] = {
                "uid": self.uid_for("identity", len(self.identities)),
                "created_at": self.clock.stamp(),
            }
            identity = StoredIdentity(name=name, **(given | fields))
            self.identities[identity.uid] = identity
            return identity

    def add_schedule(self, *identities: StoredIdentity | str, **fields: Any) -> StoredSchedule:
        """Add a schedule of these identities (or identity uids); `fields` are those of `Schedule`.

        What is not given is what an everyday extraction of connections has: daily at nine, one input, a
        callback.
        """
        with self.lock:
            now = self.clock.stamp()
            number = len(self.schedules)
            given: dict[str, Any] = {
                "uid": self.uid_for("schedule", number),
                "created_at": now,
                "updated_at": fields.get("created_at", now),
                "identity_ids": [i if isinstance(i, str) else i.uid for i in identities],
                "inputs": [{"linkedin_url": f"https://www.linkedin.com/in/account-{number:04d}"}],
                "callback": {"url": f"https://hooks.example.com/edges/{number:04d}"},
                "action_name": CONNECTIONS,
                "cron": None if "schedule_at" in fields else "0 9 * * *",
            }
            return self.insert(StoredSchedule(**(given | fields)))

    def insert(self, schedule: StoredSchedule) -> StoredSchedule:
        """Take in a schedule and set when it is next due."""
        with self.lock:
            if schedule.status == "ACTIVE" and schedule.next_execution_at is None:
                schedule.next_execution_at = self.due_after(schedule, self.clock.now())
            self.schedules[schedule.uid] = schedule
            self.all_visible_from = max(self.all_visible_from, schedule.hidden_until_list)
            return schedule

    def add_run(self, schedule: StoredSchedule, **fields: Any) -> StoredRun:
        """Add a run of `schedule`; `fields` are those of `Run`, and its configuration is the schedule's.

        After an incremental run that succeeded, the schedule's next one brings only what is new since.
        """
        with self.lock:
            run = self._new_run(schedule, {"created_at": self.clock.stamp(), **fields})
            if run.status == "SUCCEEDED" and run.parameters.get("sync_mode") == "incremental":
                for network in self.networks_of(run):
                    self.syncs.remember(run.owner, network, run.started_at or run.created_at, self.habits)
            return run

    def queue_run(self, schedule: StoredSchedule, at: datetime) -> StoredRun:
        """Add a run that is to start soon after a moment."""
        return self._new_run(schedule, {"created_at": at, "status": "QUEUED"})

    def _new_run(self, schedule: StoredSchedule, fields: dict[str, Any]) -> StoredRun:
        self._occurrences[schedule.uid] += 1
        given: dict[str, Any] = {
            "uid": self.uid_for("run", schedule.uid, self._occurrences[schedule.uid]),
            "action_name": schedule.action_name,
            "identity_ids": list(schedule.identity_ids),
            "inputs": copy.deepcopy(schedule.inputs),
            "callback": copy.deepcopy(schedule.callback),
            "parameters": dict(schedule.parameters),
            "scheduled_run_uid": schedule.uid,
            "name": schedule.name,
        }
        run = StoredRun(**(given | fields))
        self.runs[run.uid] = run
        return run

    def due_after(self, schedule: StoredSchedule, moment: datetime) -> datetime | None:
        """When an active schedule is due after `moment`: its first time if still ahead, else by its cron."""
        if schedule.schedule_at is not None and schedule.schedule_at > moment:
            return schedule.schedule_at
        return next_due(schedule.cron, schedule.timezone, moment) if schedule.cron else None

    def settle(self) -> None:
        """Catch up with the clock; while it stands still nothing happens."""
        now = self.clock.now()
        with self.lock:
            if now != self._settled_at:
                self._settled_at = now
                Simulation(self, now).run()

    def networks_of(self, record: StoredSchedule | StoredRun) -> list[Network]:
        """The networks that a schedule or run extracts, each once."""
        networks = [
            self.networks.of(record.action_name, record.identity_ids, entry, self.habits)
            for entry in record.inputs
        ]
        return list({network.uid: network for network in networks}.values())
