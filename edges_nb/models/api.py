"""What the API sends and takes, as typed records.

Servers differ: fields are missing, null or new. A record needs nothing but its uid, keeps fields it does not
know (`model_extra`), and accepts both names of a schedule's uid.

Source: the API reference, pages identities, schedules, runs and actions; the guide for the optional fields.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

CONNECTIONS = "linkedin-extract-connections"

INCREMENTAL_ACTIONS = (
    CONNECTIONS,
    "linkedin-extract-messages",
    "linkedin-extract-profile-viewers",
    "linkedin-extract-page-followers",
)
"""The actions that have incremental mode (page incremental-sync)."""

LIVE = ("ACTIVE", "PAUSED")
"""Statuses of a schedule that can still run one day."""

UNFINISHED = ("CREATED", "QUEUED", "SCHEDULED", "RUNNING")
"""Statuses of a run that has not ended."""

CONTINUABLE = ("BLOCKED", "STOPPED", "FAILED", "PARTIAL_SUCCEEDED", "SUCCEEDED")
"""Statuses from which an incremental run can be continued (page continue)."""

LINKEDIN_STATUSES = {"VALID", "INVALID", "PENDING", "LIMIT_REACHED"}
"""What an identity's connection to LinkedIn can be (page identities/list)."""

NOTHING_NEW = ("NO_RESULT", "STATUS_404")
"""Labels by which a run says that there was nothing new, which is a success (changelog, February 2026)."""

EMPTY: tuple[object, ...] = (None, "", {}, [])
"""What servers write for what is not there."""

NO_INPUT_ACTIONS = (CONNECTIONS, "linkedin-extract-profile-viewers")
"""The actions that need no input: `[{}]` is sent where nothing else was."""

Uid = Annotated[str, Field(min_length=1)]
"""What a record is told apart by."""

_UIDS = ("uid", "schedule_uid", "scheduled_run_uid", "run_uid")
_SCHEDULE_UID = AliasChoices("uid", "scheduled_run_uid")

Count = Annotated[int, Field(ge=0, lt=2**63)]
"""A number that a column of a table can hold."""


def _is_uid(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _in_utc(moment: datetime | None) -> datetime | None:
    # Some servers write the first or the last year for "never"; the zone of such a time can't be changed.
    if moment is None or not _FIRST_YEAR < moment.year < _LAST_YEAR:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime | None, AfterValidator(_in_utc)]
"""A time in UTC; the API writes `Z`, and a time without a zone is taken for UTC too."""

_FIRST_YEAR, _LAST_YEAR = 1, 9999

_UNREADABLE = "unreadable fields"
"""Where a record keeps the names of fields that hold what they can't hold; no field of a server."""


_SHOWN = ("uid", "run_uid", "name", "action", "action_name", "type", "status", "cron", "timezone")


_CACHED = 256


@lru_cache(_CACHED)
def _field_names(names: frozenset[str]) -> set[str]:
    # Pydantic makes one for each record, which takes more than all that the record holds; it copies it
    # before it adds to it.
    return set(names)


class _Discreet(BaseModel):
    """Shows no callbacks, inputs or unknown fields when it is printed: these hold customers' secrets."""

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [(name, value) for name in _SHOWN if (value := getattr(self, name, None)) is not None]


class ApiRecord(_Discreet):
    """A row of an answer."""

    # Errors would otherwise quote the row, which holds callbacks.
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    @classmethod
    def read(cls, row: Any) -> Self:
        """Read a row; a field that holds what it can't hold counts as one that is not shown.

        Raises:
            ValidationError: it has no uid, or is no object.
        """
        try:
            return cls.model_validate(row)._sharing()
        except ValidationError as error:
            wrong = {problem["loc"][0] for problem in error.errors(include_input=False) if problem["loc"]}
        if not isinstance(row, Mapping):
            raise ValueError("a record is an object")
        readable = {name: value for name, value in row.items() if name not in wrong and name not in _UIDS}
        # The names of a uid are tried in their order: one that is null says nothing.
        readable |= {name: row[name] for name in _UIDS if _is_uid(row.get(name))}
        return cls.model_validate({**readable, _UNREADABLE: sorted(map(str, wrong & row.keys()))})

    def _sharing(self) -> Self:
        """Return it with the names of its fields held once for all records that show the same."""
        object.__setattr__(self, "__pydantic_fields_set__", _field_names(frozenset(self.model_fields_set)))
        return self

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Names of the fields that hold what they can't hold, and count as not shown."""
        extra = self.__pydantic_extra__
        return tuple(extra.get(_UNREADABLE, ())) if extra else ()

    def with_unreadable(self, names: Iterable[str]) -> Self:
        """Return it with these fields, and no others, as ones that could not be read."""
        names = list(names)
        return self if names == list(self.unreadable) else self.model_copy(update={_UNREADABLE: names})


class Identity(ApiRecord):
    """An account of the workspace that actions run as."""

    uid: Uid
    name: str | None = None
    type: str | None = None
    timezone: str | None = None
    is_active: bool | None = None
    workspace_uid: str | None = None
    created_at: Moment | None = None
    accounts: list[Any] | None = None

    @property
    def linkedin_status(self) -> str | None:
        """`VALID`, `INVALID`, `PENDING` or `LIMIT_REACHED`; None where its LinkedIn account is not shown."""
        found = {
            str(account.get("status")).upper()
            for account in self.accounts or ()
            if isinstance(account, dict)
            and "linkedin" in str(account.get("integration") or account.get("type")).lower()
        }
        return found.pop() if len(found) == 1 and found <= LINKEDIN_STATUSES else None

    @property
    def usable(self) -> bool:
        """Whether incremental mode can run as it, as far as is known."""
        return self.type == "engagement" and self.is_active is not False


class Schedule(ApiRecord):
    """A scheduled run; the last six fields are shown by some servers only, None where they are not."""

    uid: Uid = Field(validation_alias=_SCHEDULE_UID)
    name: str | None = None
    action_name: str | None = None
    workspace_uid: str | None = None
    status: str | None = None
    cron: str | None = None
    timezone: str | None = None
    postponed_until: Moment | None = None
    next_execution_at: Moment | None = None
    last_executed_at: Moment | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    inputs: list[dict[str, Any]] | None = None
    callback: dict[str, Any] | None = None
    identity_ids: list[str] | None = None
    identity_mode: str | None = None
    parameters: dict[str, Any] | None = None
    schedule_at: Moment | None = None


class Run(ApiRecord):
    """One execution of an action, of a schedule or on its own."""

    uid: Uid
    name: str | None = None
    scheduled_run_uid: str | None = None
    scheduled_run_name: str | None = None
    action_name: str | None = None
    workspace_uid: str | None = None
    execution_mode: Annotated[str | None, AfterValidator(lambda mode: mode and mode.lower())] = None
    status: str | None = None
    parameters: dict[str, Any] | None = None
    callback: dict[str, Any] | None = None
    output_count: Count | None = None
    last_error: Any = None
    last_info: Any = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    created_at: Moment | None = None

    @property
    def unfinished(self) -> bool:
        """Whether it may still be at work."""
        return self.status in UNFINISHED

    @property
    def nothing_new(self) -> bool:
        """Whether it ended without anything new to bring, which some servers tell like an error."""
        told = [
            value.get("label") or value.get("error_label") if isinstance(value, dict) else value
            for value in (self.last_info, self.last_error)
        ]
        return any(label in NOTHING_NEW for label in told)

    @property
    def result(self) -> str | None:
        """Its status, or SUCCEEDED where it failed for want of anything new."""
        return "SUCCEEDED" if self.nothing_new and self.status in ("FAILED", "INVALID") else self.status


class CallbackDelivery(ApiRecord):
    """One delivery of results to a callback (page callbacks/list)."""

    uid: Uid
    parent_uid: str | None = None
    run_uid: str | None = None
    status: str | None = None
    http_status: Count | None = None
    retry_count: Count | None = None
    callback_url: str | None = None
    error: Any = None
    created_at: Moment | None = None


class RunInput(ApiRecord):
    """One input of a run, told apart from what the client attached to it."""

    input_data: dict[str, Any] = Field(default_factory=dict)
    custom_data: Any = None
    status: str | None = None
    last_error: Any = None

    @property
    def sent(self) -> dict[str, Any]:
        """The input as it stood in the request that started the run."""
        # A run shows empty data where none was sent.
        attached = {} if self.custom_data in EMPTY else {"custom_data": self.custom_data}
        return {**self.input_data, **attached}


class CreatedSchedule(ApiRecord):
    """The answer to the creation of a schedule."""

    uid: str = Field(min_length=1, validation_alias=AliasChoices("schedule_uid", "scheduled_run_uid", "uid"))
    status: str | None = None
    cron: str | None = None
    timezone: str | None = None
    next_execution_at: Moment | None = None
    created_at: Moment | None = None


class StartedRun(ApiRecord):
    """The answer to an async run."""

    run_uid: str = Field(min_length=1, validation_alias=AliasChoices("run_uid", "uid"))
    status: str | None = None


class ScheduleRequest(_Discreet):
    """What is sent to create a schedule: `POST /actions/{action}/run/schedule`.

    A field that is None is left out. `parameters` are kept as they are, also those not known here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: str
    inputs: list[dict[str, Any]]
    callback: dict[str, Any]
    identity_ids: list[str]
    identity_mode: str | None = None
    cron: str | None = None
    timezone: str | None = None
    schedule_at: str | None = None
    parameters: dict[str, Any] | None = None
    name: str | None = None

    @classmethod
    def of_checked(cls, values: dict[str, Any]) -> Self:
        """Return a request of values that were checked when they were read, one for each of its fields."""
        # Checked again and copied, they take a tenth of the time in which a large workspace is planned.
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "__pydantic_fields_set__", _REQUEST)
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made

    def body(self) -> dict[str, Any]:
        """The JSON body; the order of its keys is the guide's, so that equal requests are equal bytes."""
        values = self.__dict__
        shown = {field: value for field in _BODY if (value := values[field]) is not None}
        if not self.callback:
            del shown["callback"]  # an async run needs none
        return shown

    @property
    def sync_mode(self) -> str | None:
        """`full`, `incremental`, or None where the request does not say."""
        return mode_of(self.parameters)


# Asked of pydantic once: it takes longer to tell them than to fill them in.
_REQUEST = set(ScheduleRequest.model_fields)
_BODY = tuple(field for field in ScheduleRequest.model_fields if field != "action")


def mode_of(parameters: Mapping[str, Any] | None) -> str | None:
    """The `sync_mode` of parameters that may be missing."""
    mode = (parameters or {}).get("sync_mode")
    return str(mode) if mode is not None else None


def iso(moment: datetime) -> str:
    """Write a moment as the API does: ISO 8601 in UTC, with Z."""
    moment = moment.astimezone(UTC)
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def identities_of(schedules: Iterable[Schedule]) -> list[str]:
    """Return the uids of the identities that schedules run as."""
    return [uid for schedule in schedules for uid in schedule.identity_ids or ()]
