"""What a workspace holds: identities, schedules and runs, with everything the server knows about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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


@dataclass
class Identity:
    """An account of the workspace that actions run as."""

    uid: str
    name: str
    created_at: datetime
    type: str = "engagement"
    timezone: str = "Europe/Paris"
    is_active: bool = True


@dataclass
class Schedule:
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
class Run:
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
    execution_mode: str = "schedule"
    status: str = "SUCCEEDED"
    output_count: int = 0
    last_error: dict[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
