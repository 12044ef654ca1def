"""What a workspace holds: identities, schedules and runs, with everything the server knows about them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

CONNECTIONS = "linkedin-extract-connections"

INCREMENTAL_ACTIONS = frozenset(
    {
        CONNECTIONS,
        "linkedin-extract-messages",
        "linkedin-extract-profile-viewers",
        "linkedin-extract-page-followers",
    }
)
"""Actions that can bring only what is new."""

ACTIONS = INCREMENTAL_ACTIONS | {
    "linkedin-search-people",
    "linkedin-extract-people",
    "linkedin-extract-company",
}
"""Every action the sandbox knows; a create for any other is answered by 404."""

SCHEDULE_STATUSES = frozenset({"ACTIVE", "PAUSED", "CANCELLED", "COMPLETED"})

UNFINISHED = frozenset({"CREATED", "QUEUED", "SCHEDULED", "RUNNING"})
"""Run statuses that make a schedule skip the iteration that falls due meanwhile."""

RUN_STATUSES = UNFINISHED | {"INVALID", "BLOCKED", "STOPPED", "FAILED", "PARTIAL_SUCCEEDED", "SUCCEEDED"}

CONTINUABLE = frozenset({"BLOCKED", "STOPPED", "FAILED", "PARTIAL_SUCCEEDED", "SUCCEEDED"})
"""Run statuses from which an incremental run can be continued."""


class Span(NamedTuple):
    """Contacts of a network, numbered from the oldest: from `low` up to but not including `high`."""

    network: str
    low: int
    high: int


class TrackedRecord:
    """A record whose changes are noticed, whoever makes them.

    Attributes:
        version: differs after every change to any record, so that what was worked out before is known to be
            stale.
    """

    version: ClassVar[int] = 0
    _versions: ClassVar[itertools.count[int]] = itertools.count(1)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        TrackedRecord.version = next(TrackedRecord._versions)


@dataclass
class StoredIdentity:
    """An account of the workspace that actions run as."""

    uid: str
    name: str
    created_at: datetime
    type: str = "engagement"
    timezone: str = "Europe/Paris"
    is_active: bool = True
    connected: bool = True

    @property
    def linkedin(self) -> str:
        """The status of its LinkedIn account."""
        return "VALID" if self.connected and self.is_active else "INVALID"


@dataclass
class StoredSchedule(TrackedRecord):
    """A scheduled run, with the configuration that the reference's GET leaves out."""

    uid: str
    created_at: datetime
    updated_at: datetime
    identity_ids: list[str]
    inputs: list[dict[str, Any]]
    callback: dict[str, Any] | None
    action_name: str = CONNECTIONS
    identity_mode: str = "direct"
    parameters: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    status: str = "ACTIVE"
    cron: str | None = None
    timezone: str = "UTC"
    schedule_at: datetime | None = None
    next_execution_at: datetime | None = None
    last_executed_at: datetime | None = None
    postponed_until: datetime | None = None
    hidden_until_list: int = 0
    """Number of the first list call that shows it: a list can lag behind a create."""


@dataclass
class StoredRun(TrackedRecord):
    """One execution of an action, of a schedule or on its own."""

    uid: str
    created_at: datetime
    action_name: str
    identity_ids: list[str]
    inputs: list[dict[str, Any]]
    callback: dict[str, Any] | None
    parameters: dict[str, Any] = field(default_factory=dict)
    scheduled_run_uid: str | None = None
    name: str | None = None
    execution_mode: str = "ASYNC"
    status: str = "SUCCEEDED"
    output_count: int = 0
    last_error: dict[str, Any] | None = None
    last_info: dict[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    queued_at: datetime | None = None
    """When it was last told to begin, if that was not when it was created."""
    attempt: int = 1
    """1 for the run itself, one more each time it is continued."""
    brought: list[Span] = field(default_factory=list)
    """What it brought, latest first; empty for runs from before the clock began."""
    lost_count: int = 0
    """How many contacts were beyond its cap and can never be brought again."""
    failed_inputs: list[int] = field(default_factory=list)
    """Positions of the inputs that its last attempt could not process."""

    @property
    def owner(self) -> str:
        """The uid of what it syncs for: its schedule, or itself."""
        return self.scheduled_run_uid or self.uid
