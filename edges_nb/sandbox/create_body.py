"""What the API accepts in the body of a create: its shape first, then whether it makes sense."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from edges_nb.sandbox.entities import ACTIONS, CONNECTIONS, INCREMENTAL_ACTIONS, StoredIdentity
from edges_nb.sandbox.virtual_clock import next_due
from edges_nb.sandbox.wire_types import Refusal

_INPUTS = {
    "linkedin-extract-messages": (
        "linkedin_thread_url",
        "conversation_id",
        "linkedin_conversation_url",
        "linkedin_url",
    ),
    "linkedin-extract-page-followers": ("linkedin_company_url", "linkedin_company_id", "linkedin_url"),
}
"""What an input needs, one of several names; connections and profile viewers need nothing."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CallbackBody(_Strict):
    """Where results are posted."""

    url: str = Field(pattern=r"^https?://[^\s/?#]+")
    headers: dict[str, str] | list[dict[str, str]] = Field(default_factory=dict)
    on: Literal["all", "final"] = "all"


class Parameters(_Strict):
    """How much a run brings."""

    sync_mode: Literal["full", "incremental"] = "full"
    max_results: int = Field(default=1, ge=1)


class RunBody(_Strict):
    """Body of `POST /actions/{action}/run/async`."""

    inputs: list[dict[str, Any]] = Field(min_length=1)
    callback: CallbackBody | None = None
    identity_ids: list[str] = Field(default_factory=list)
    identity_mode: Literal["direct", "auto", "managed"] = "direct"
    parameters: Parameters = Field(default_factory=Parameters)
    name: str | None = Field(default=None, max_length=255)


class ScheduleBody(RunBody):
    """Body of `POST /actions/{action}/run/schedule`."""

    callback: CallbackBody
    cron: str = ""
    schedule_at: str = ""
    timezone: str = "UTC"

    @property
    def first_time(self) -> datetime | None:
        """`schedule_at` as a moment in UTC; call only after `check_times`."""
        return datetime.fromisoformat(self.schedule_at).astimezone(UTC) if self.schedule_at else None


Body = TypeVar("Body", bound=RunBody)


def parse(model: type[Body], value: Any) -> Body:
    """Read a body, or refuse it in the words a JSON schema validator would use."""
    if not isinstance(value, dict):
        raise Refusal(400, "BAD_INPUT", "body must be object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors()
        # Unknown properties are told first: that is what a client has to notice to leave one out.
        first = next((d for d in details if d["type"] == "extra_forbidden"), details[0])
        raise Refusal(400, "BAD_INPUT", _sentence(first)) from error


def _sentence(detail: ErrorDetails) -> str:
    *parents, last = detail["loc"]
    parent, context = "/".join(["body", *map(str, parents)]), detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"{parent} must NOT have additional properties ({last})"
        case "missing":
            return f"{parent} must have required property '{last}'"
        case "too_short":
            return f"{parent}/{last} must NOT have fewer than {context['min_length']} items"
        case "string_too_long":
            return f"{parent}/{last} must NOT have more than {context['max_length']} characters"
        case "string_pattern_mismatch":
            return f'{parent}/{last} must match format "uri"'
    return f"{parent}/{last}: {detail['msg']}"


def check_action(action: str, body: RunBody, identities: dict[str, StoredIdentity]) -> None:
    """Refuse what the action, its identities and its parameters do not allow together."""
    if action not in ACTIONS:
        raise Refusal(404, "STATUS_404", f"Action {action} not found", action=action)
    if not body.identity_ids and (body.identity_mode == "direct" or action == CONNECTIONS):
        raise Refusal(424, "MISSING_PARAMETER", "identity_ids is missing", parameter="identity_ids")
    if action == CONNECTIONS and len(body.identity_ids) != 1:
        raise Refusal(400, "BAD_PARAMETERS", f"{action} takes exactly one identity")
    for number, entry in enumerate(body.inputs):
        needed = _INPUTS.get(action)
        if needed and not any(entry.get(name) for name in needed):
            raise Refusal(424, "MISSING_PARAMETER", f"inputs/{number}: {needed[0]} is missing", input=number)
    chosen = [_identity(uid, identities) for uid in body.identity_ids]
    if body.parameters.sync_mode == "incremental":
        _check_incremental(action, chosen)


def _identity(uid: str, identities: dict[str, StoredIdentity]) -> StoredIdentity:
    identity = identities.get(uid)
    if identity is None:
        raise Refusal(424, "STATUS_404", f"Identity {uid} not found", identity_uid=uid)
    if not identity.is_active:
        message = "No valid LinkedIn account is configured for this identity"
        raise Refusal(424, "NO_VALID_ACCOUNT_CONFIGURED", message, identity_uid=uid)
    return identity


def _check_incremental(action: str, identities: list[StoredIdentity]) -> None:
    if action not in INCREMENTAL_ACTIONS:
        raise Refusal(400, "BAD_PARAMETERS", f"sync_mode incremental is not supported by {action}")
    if not identities or any(identity.type != "engagement" for identity in identities):
        raise Refusal(400, "BAD_PARAMETERS", "sync_mode incremental requires an engagement identity")


def check_times(body: ScheduleBody, now: datetime) -> None:
    """Refuse a timezone, cron expression or first time that can't be kept."""
    try:
        ZoneInfo(body.timezone)
    except (OSError, ValueError, LookupError) as error:
        message = f"timezone is invalid: {body.timezone}"
        raise Refusal(400, "BAD_PARAMETERS", message, parameter="timezone") from error
    if not body.cron and not body.schedule_at:
        raise Refusal(400, "BAD_PARAMETERS", "cron or schedule_at is required", parameter="cron")
    if body.cron:
        try:
            next_due(body.cron, body.timezone, now)
        except ValueError as error:
            message = f"cron is invalid: {body.cron}"
            raise Refusal(400, "BAD_PARAMETERS", message, parameter="cron") from error
    if body.schedule_at:
        _check_first_time(body.schedule_at, now)


def _check_first_time(text: str, now: datetime) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"schedule_at is invalid: {text}"
        raise Refusal(400, "BAD_PARAMETERS", message, parameter="schedule_at") from error
    if moment.tzinfo is None or moment <= now:
        message = "schedule_at must be a time in the future, with its offset from UTC"
        raise Refusal(400, "BAD_PARAMETERS", message, parameter="schedule_at")
