"""One schedule's part of a plan: what was seen, what will be sent, and the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal, NamedTuple

from edges_nb.models.api import Identity, Schedule, ScheduleRequest
from edges_nb.models.reasons import Reason, Remedy

Kind = Literal["migration", "change", "undo", "start", "run"]
"""What is done: a schedule is replaced in one of three ways, or a schedule or an async run is started."""

STARTS: tuple[Kind, ...] = ("start", "run")
"""The kinds that replace nothing."""


class Decision(StrEnum):
    """What is to happen with a schedule."""

    MIGRATE = "migrate"
    """It will be replaced by `request`."""
    SKIP = "skip"
    """There is nothing to do for it, or it was left out by hand."""
    NEEDS_INPUT = "needs_input"
    """Something that only a person knows is missing; an override can give it."""


_NO_SOURCES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Caution:
    """Something to know before approving; it does not stop a replacement.

    Attributes:
        code: such as `items_lost`; stable, for filters and columns.
        sentence: the same for a person.
    """

    code: str
    sentence: str


class Change(NamedTuple):
    """One field, before and after, as it may be shown: secrets are taken out.

    Attributes:
        field: such as `cron`, `callback.url`, `parameters.sync_mode`, `inputs`.
        old, new: what to show; None where the field is absent.
        source: where the new value comes from: `schedule`, `run <uid>`, `override`, `parameter`, `ledger`,
            `plan`.
        kept: whether the value stays the same.
    """

    field: str
    old: str | None
    new: str | None
    source: str
    kept: bool


class Item(NamedTuple):
    """The plan for one schedule.

    Attributes:
        schedule: as it was read while planning.
        code: why, for programs; `reason` says the same for a person.
        remedies: what a person can give to settle it.
        request: what will be sent (its name is the plain label: the mark is put in when it is sent); None
            unless the decision is `migrate`.
        original: what the schedule itself was made of, as far as it is known, to bring it back; None where
            its inputs, callback or identity are not known.
        sources: for each field of `request`, where its value comes from.
        busy_run: uid of a run of it that had not ended while planning.
        begun: whether an earlier run of this tool began the replacement; `request` is then what was begun.
    """

    schedule: Schedule
    decision: Decision
    reason: str
    code: Reason | None = None
    remedies: tuple[Remedy, ...] = ()
    request: ScheduleRequest | None = None
    original: ScheduleRequest | None = None
    sources: Mapping[str, str] = _NO_SOURCES
    warnings: tuple[Caution, ...] = ()
    changes: Sequence[Change] = ()
    identity: Identity | None = None
    busy_run: str | None = None
    begun: bool = False

    @property
    def uid(self) -> str:
        """The schedule's uid."""
        return self.schedule.uid

    def as_json(self) -> dict[str, Any]:
        """The item as `plan.json` shows it, without secrets."""
        return {
            "schedule_uid": self.uid,
            "decision": self.decision.value,
            "reason": self.reason,
            "code": self.code,
            "warnings": [{"code": w.code, "sentence": w.sentence} for w in self.warnings],
            "changes": [
                {"field": c.field, "old": c.old, "new": c.new, "source": c.source, "kept": c.kept}
                for c in self.changes
            ],
        }


class StartDecision(StrEnum):
    """What is to happen with a row."""

    START = "start"
    """It will be started by `request`."""
    SKIP = "skip"
    """An equal one is there."""
    CONTINUE = "continue"
    """An equal async run is there, and will be told to go on, or waited for."""
    NEEDS_INPUT = "needs_input"
    """Something looks equal, and nobody but a person can tell whether it is."""


@dataclass(frozen=True)
class Start:
    """One row of what is to be started.

    Attributes:
        uid: the digest of its request, by which it is found again.
        place: where the row is, such as `line 3`.
        found: uid of an equal schedule or run that is there.
        begun: whether an earlier run of this tool began to start it.
    """

    uid: str
    place: str
    decision: StartDecision
    reason: str
    request: ScheduleRequest
    identity: Identity | None
    found: str | None = None
    warnings: tuple[Caution, ...] = ()
    begun: bool = False

    original: ClassVar[None] = None
    busy_run: ClassVar[None] = None

    @property
    def schedule(self) -> Schedule:
        """What stands in the ledger where a replacement has its old schedule."""
        request = self.request
        return Schedule(uid=self.uid, name=request.name, cron=request.cron, timezone=request.timezone)

    def as_json(self) -> dict[str, Any]:
        """The row as `plan.json` shows it, without secrets."""
        return {
            "identity_uid": self.request.identity_ids[0],
            "decision": self.decision.value,
            "reason": self.reason,
            "found": self.found,
            "warnings": [{"code": w.code, "sentence": w.sentence} for w in self.warnings],
        }
