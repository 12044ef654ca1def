"""Why something is decided, as codes for programs and as sentences for people: one table has the words."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a plan decides as it does about a schedule."""

    FULL = "full"
    CHANGE = "change"
    TAKE_BACK = "take_back"
    TAKE_BACK_BY_NAME = "take_back_by_name"
    GOES_ON = "goes_on"

    EXCLUDED = "excluded"
    ALREADY_INCREMENTAL = "already_incremental"
    NOT_ENDED = "not_ended"
    REPLACED = "replaced"
    NOT_ACTIVE = "not_active"
    ALREADY_REPLACED = "already_replaced"
    BEING_REPLACED = "being_replaced"
    ONE_SHOT = "one_shot"
    NO_INCREMENTAL_MODE = "no_incremental_mode"
    STANDARD_IDENTITY = "standard_identity"
    LIMIT = "limit"
    UNCHANGED = "unchanged"
    NOTHING_TO_UNDO = "nothing_to_undo"

    IN_DOUBT = "in_doubt"
    UNREADABLE = "unreadable"
    MASKED = "masked"
    IDENTITY_UNKNOWN = "identity_unknown"
    IDENTITY_TYPE_UNKNOWN = "identity_type_unknown"
    SEVERAL_IDENTITIES = "several_identities"
    INACTIVE_IDENTITY = "inactive_identity"
    IDENTITY_MODE = "identity_mode"
    INPUTS_UNKNOWN = "inputs_unknown"
    CALLBACK_UNKNOWN = "callback_unknown"
    PARAMETERS_UNKNOWN = "parameters_unknown"
    RUNS_DIFFER = "runs_differ"
    CRON_MISSING = "cron_missing"
    CRON_INVALID = "cron_invalid"
    TIMEZONE_INVALID = "timezone_invalid"

    @property
    def heading(self) -> str:
        """The reason without its particulars, which differ from schedule to schedule."""
        return _WORDS[self][0]

    def told(self, **particulars: object) -> str:
        """Return the reason in full, such as `not active: it is PAUSED`."""
        heading, rest = _WORDS[self]
        return f"{heading}: {rest.format(**particulars)}" if rest else heading


class Remedy(StrEnum):
    """What a person can give to settle a question: a column of the overrides."""

    IDENTITY = "identity_uid"
    MAX_RESULTS = "max_results"
    CALLBACK_URL = "callback_url"
    CALLBACK_HEADERS = "callback_headers"
    INPUTS = "inputs_json"
    CRON = "cron"
    TIMEZONE = "timezone"
    NAME = "name"
    ACCEPT = "decision=migrate"


class Source(StrEnum):
    """Where a value comes from; one that a run shows comes from `run <uid>`."""

    SCHEDULE = "schedule"
    LEDGER = "ledger"
    OVERRIDE = "override"
    PARAMETER = "parameter"
    PLAN = "plan"


GIVEN = (Source.OVERRIDE, Source.PARAMETER)
"""Sources that are a person's word: it settles what runs do not agree on, and is checked strictly."""

_WORDS: dict[Reason, tuple[str, str]] = {
    Reason.FULL: ("full extraction of an active schedule, as an active engagement identity", ""),
    Reason.CHANGE: ("to be changed", "it stays {mode}"),
    Reason.TAKE_BACK: ("to be taken back", "it replaced {origin} ({kind})"),
    Reason.TAKE_BACK_BY_NAME: ("to be taken back", "its name says that it replaced {origin}"),
    Reason.GOES_ON: ("goes on", "an earlier run began to replace it and did not end"),
    Reason.EXCLUDED: ("excluded by hand", "the overrides say decision=skip"),
    Reason.ALREADY_INCREMENTAL: ("already incremental", "{why}"),
    Reason.NOT_ENDED: ("not ended", "an earlier {kind} of it was broken off; go on with that first"),
    Reason.REPLACED: ("replaced", "{uid} took its place"),
    Reason.NOT_ACTIVE: ("not active", "it is {status}"),
    Reason.ALREADY_REPLACED: ("already replaced", "{uid} is there too; pause or cancel one of the two"),
    Reason.BEING_REPLACED: (
        "not ended",
        "an earlier run began to replace {origin} by it; go on with that first",
    ),
    Reason.ONE_SHOT: ("one-shot", "it has no cron"),
    Reason.NO_INCREMENTAL_MODE: ("no incremental mode", "{action} always brings everything"),
    Reason.STANDARD_IDENTITY: ("standard identity", "incremental mode needs an engagement identity"),
    Reason.LIMIT: ("left for a later run", "the limit is {limit}"),
    Reason.UNCHANGED: ("already so", "nothing would change"),
    Reason.NOTHING_TO_UNDO: ("nothing to undo", "{why}"),
    Reason.IN_DOUBT: (
        "in doubt",
        "it may be what an earlier run created in place of {origin}; finish the earlier run first",
    ),
    Reason.UNREADABLE: ("unreadable", "the server shows a {field} that can't be read"),
    Reason.MASKED: ("masked", "the server hides what stands in {field}"),
    Reason.IDENTITY_UNKNOWN: ("identity unknown", "{why}"),
    Reason.IDENTITY_TYPE_UNKNOWN: ("identity type unknown", "{why}"),
    Reason.SEVERAL_IDENTITIES: (
        "several identities",
        "it runs as {count} of them, and a replacement runs as one",
    ),
    Reason.INACTIVE_IDENTITY: ("inactive identity", "{name} can't run"),
    Reason.IDENTITY_MODE: (
        "identity mode",
        "{mode} may choose an identity that can't have incremental mode",
    ),
    Reason.INPUTS_UNKNOWN: ("inputs unknown", "neither the schedule nor a run shows them"),
    Reason.CALLBACK_UNKNOWN: ("callback unknown", "neither the schedule nor a run shows its address"),
    Reason.PARAMETERS_UNKNOWN: ("parameters unknown", "full or incremental, and its cap? {why}"),
    Reason.RUNS_DIFFER: ("runs differ", "its runs do not agree on {field}"),
    Reason.CRON_MISSING: ("cron missing", "it would run only once"),
    Reason.CRON_INVALID: ("cron invalid", "{why}"),
    Reason.TIMEZONE_INVALID: ("timezone invalid", "{why}"),
}
"""For each reason its heading, and what follows it."""


GOES_ON_BY: Mapping[str, str] = {
    "migration": "run edges-nb apply",
    "undo": "run edges-nb undo",
    "change": "apply the same change",
}
"""What goes on with what an earlier run began, by its kind."""
