"""What earlier runs of this tool left behind, as planning needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from edges_nb.models.api import EMPTY, Schedule, ScheduleRequest
from edges_nb.models.name_marks import mark_of, plain
from edges_nb.models.plan_items import Kind

_Rhythm = tuple[str | None, str]


@dataclass(frozen=True)
class Begun:
    """A replacement that an earlier run began and did not end.

    Attributes:
        old_uid: the schedule that is being replaced.
        request: what is being created in its place.
        original: what the schedule was made of, None where that was not known.
        state: where it stopped.
        new_uid: the schedule that is to take its place, where it is known already.
        doubtful: requests of which one may have been carried out without an answer; empty where none was
            sent, or where what came of it is known.
        seen_before: uids of schedules that were there before the first of them was sent.
        younger_than: what was created until then, by the server's own word, came of none of them.
    """

    old_uid: str
    request: ScheduleRequest
    original: ScheduleRequest | None
    kind: Kind
    state: str
    new_uid: str | None = None
    doubtful: tuple[ScheduleRequest, ...] = ()
    seen_before: frozenset[str] = frozenset()
    younger_than: datetime | None = None


@dataclass(frozen=True)
class Replaced:
    """A replacement that was brought to its end."""

    old_uid: str
    new_uid: str
    request: ScheduleRequest
    original: ScheduleRequest | None
    kind: Kind
    at: datetime | None = None
    """When it ended, by the clock of the machine that did it."""


@dataclass(frozen=True)
class Started:
    """A schedule or an async run that this tool started, or began to start, in place of nothing.

    Attributes:
        origin: the digest of its request.
        uid: of what was started, None where that is not known.
        open: whether an earlier run of this tool did not end with it.
        doubtful, seen_before, younger_than: as of `Begun`.
    """

    origin: str
    kind: Kind
    request: ScheduleRequest
    uid: str | None
    open: bool
    doubtful: tuple[ScheduleRequest, ...] = ()
    seen_before: frozenset[str] = frozenset()
    younger_than: datetime | None = None


_Doubt = tuple[str, Begun | Started, ScheduleRequest]


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
    def _doubts(self) -> Mapping[_Rhythm, list[_Doubt]]:
        found: dict[_Rhythm, list[_Doubt]] = {}
        everything: dict[str, Begun | Started] = {**self.begun, **self.started}
        for origin, each in everything.items():
            for request in each.doubtful:
                rhythm = request.cron, request.timezone or "UTC"
                found.setdefault(rhythm, []).append((origin, each, request))
        return found

    def in_doubt(self, schedule: Schedule) -> str | None:
        """Return what an earlier run may have replaced by a schedule, without having got an answer.

        What was there before the request left is none of it; of the rest, all that looks alike in what the
        server shows is left alone until that run has ended.
        """
        for origin, each, request in self._doubts.get((schedule.cron, schedule.timezone or "UTC"), ()):
            if schedule.uid == origin or schedule.uid in each.seen_before:
                continue
            created, since = schedule.created_at, each.younger_than
            older = created is not None and since is not None and created <= since
            if not older and _alike(schedule, request):
                return origin
        return None

    @cached_property
    def started_as(self) -> Mapping[str, Started]:
        """The schedules that were started in place of nothing, by uid."""
        return {one.uid: one for one in self.started.values() if one.kind == "start" and one.uid}


def _alike(schedule: Schedule, request: ScheduleRequest) -> bool:
    """Whether a schedule may have come of a request, by what the server shows of it."""
    pairs = (
        (plain(schedule.name), plain(request.name)),
        (schedule.identity_ids, request.identity_ids),
        (schedule.inputs, request.inputs),
        ((schedule.callback or {}).get("url"), request.callback.get("url")),
    )
    return all(shown in EMPTY or shown == sent for shown, sent in pairs)


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
