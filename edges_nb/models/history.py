"""What earlier runs of this tool left behind, as planning needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from edges_nb.models.api import Schedule, ScheduleRequest
from edges_nb.models.name_marks import mark_of
from edges_nb.models.plan_items import Kind


@dataclass(frozen=True)
class Begun:
    """A replacement that an earlier run began and did not end.

    Attributes:
        old_uid: the schedule that is being replaced.
        request: what is being created in its place.
        original: what the schedule was made of, None where that was not known.
        state: where it stopped.
        new_uid: the schedule that is to take its place, where it is known already.
    """

    old_uid: str
    request: ScheduleRequest
    original: ScheduleRequest | None
    kind: Kind
    state: str
    new_uid: str | None = None


@dataclass(frozen=True)
class Replaced:
    """A replacement that was brought to its end."""

    old_uid: str
    new_uid: str
    request: ScheduleRequest
    original: ScheduleRequest | None
    kind: Kind


@dataclass(frozen=True)
class Started:
    """A schedule or an async run that this tool started, or began to start, in place of nothing.

    Attributes:
        origin: the digest of its request.
        uid: of what was started, None where that is not known.
        open: whether an earlier run of this tool did not end with it.
    """

    origin: str
    kind: Kind
    request: ScheduleRequest
    uid: str | None
    open: bool


@dataclass(frozen=True)
class Past:
    """Earlier replacements by the uid of the schedule that was replaced; empty without a ledger.

    Attributes:
        started: what was started in place of nothing, by the digest of its request.
        restored: what old configurations were created again as, by the uid of the copy: in order `guide` a
            refused replacement leaves a copy of what it had cancelled.
    """

    begun: Mapping[str, Begun] = field(default_factory=dict)
    replaced: Mapping[str, Replaced] = field(default_factory=dict)
    restored: Mapping[str, Replaced] = field(default_factory=dict)
    started: Mapping[str, Started] = field(default_factory=dict)

    @cached_property
    def children(self) -> Mapping[str, Replaced]:
        """The finished replacements by the uid of the schedule that was created."""
        return {replaced.new_uid: replaced for replaced in self.replaced.values()}

    @cached_property
    def unfinished(self) -> Mapping[str, str]:
        """What is being replaced, by the uid of the schedule that is to take its place."""
        return {begun.new_uid: begun.old_uid for begun in self.begun.values() if begun.new_uid}

    @cached_property
    def started_as(self) -> Mapping[str, Started]:
        """The schedules that were started in place of nothing, by uid."""
        return {one.uid: one for one in self.started.values() if one.kind == "start" and one.uid}


def origin_of(schedule: Schedule, past: Past) -> str | None:
    """Return the uid of what a schedule replaces, as the ledger or its name tells; None for all others."""
    replaced = past.children.get(schedule.uid) or past.restored.get(schedule.uid)
    if replaced is not None:
        return replaced.old_uid
    mark = mark_of(schedule.name)
    return mark.origin if mark and mark.replaces else None


def lineage(schedule: Schedule, by_uid: Mapping[str, Schedule], past: Past) -> list[str]:
    """Return the uids of a schedule and of what it replaces, one after the other, back to the first."""
    uids = [schedule.uid]
    origin = origin_of(schedule, past)
    while origin is not None and origin not in uids:
        uids.append(origin)
        listed = by_uid.get(origin)
        replaced = past.children.get(origin)
        origin = origin_of(listed, past) if listed else replaced.old_uid if replaced else None
    return uids
