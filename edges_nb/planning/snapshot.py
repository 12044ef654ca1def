"""The workspace as a plan sees it: schedules, identities, and what runs tell of what GET leaves out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput, NotFound
from edges_nb.models.api import (
    CONNECTIONS,
    INCREMENTAL_ACTIONS,
    LIVE,
    Identity,
    Schedule,
    identities_of,
    mode_of,
)
from edges_nb.models.history import Past, lineage, origin_of
from edges_nb.models.name_marks import mark_of, plain
from edges_nb.models.plan_items import Kind
from edges_nb.planning.collecting import collection_paused
from edges_nb.planning.details import looked_at
from edges_nb.planning.evidence import NO_EVIDENCE, Evidence
from edges_nb.planning.recovery import recover

if TYPE_CHECKING:
    from edges_nb.client import Edges
    from edges_nb.planning.overrides import Override

__all__ = ["Evidence", "Reading", "read"]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_NAMED = 5
"""Uids that a sentence names before it only counts."""


@dataclass(frozen=True)
class Reading:
    """What was there when the plan was made.

    Attributes:
        schedules: all of the action, whatever their status, in the order in which they were created.
        identities: all of the workspace, by uid.
        evidence: what runs tell of the schedules that may be replaced, by uid.
        now: the server's time.
    """

    schedules: tuple[Schedule, ...]
    identities: Mapping[str, Identity]
    evidence: Mapping[str, Evidence]
    now: datetime
    action: str = CONNECTIONS

    @cached_property
    def by_uid(self) -> Mapping[str, Schedule]:
        """The schedules by uid."""
        return {schedule.uid: schedule for schedule in self.schedules}

    def paused_twin(self, schedule: Schedule) -> str | None:
        """Return the uid of an older schedule that is paused and looks the same, as far as lists show it."""
        for twin in self._paused.get(_look(schedule), ()):
            older = (twin.created_at or _LONG_AGO) <= (schedule.created_at or _LATEST)
            identities = (twin.identity_ids, schedule.identity_ids)
            if older and (None in identities or identities[0] == identities[1]):
                return twin.uid
        return None

    @cached_property
    def _paused(self) -> Mapping[tuple[str | None, ...], list[Schedule]]:
        found: dict[tuple[str | None, ...], list[Schedule]] = {}
        for schedule in self.schedules:
            if schedule.status == "PAUSED":
                found.setdefault(_look(schedule), []).append(schedule)
        return found

    def evidence_of(self, uid: str) -> Evidence:
        """Return what runs tell of a schedule; nothing where they were not looked for."""
        return self.evidence.get(uid, NO_EVIDENCE)


@collection_paused()
def read(
    edges: "Edges",
    action: str,
    *,
    only: Collection[str] = (),
    past: Past | None = None,
    kind: Kind = "migration",
    overrides: Mapping[str, "Override"] | None = None,
) -> Reading:
    """Read what a plan has to know, and ask nothing about what can't be replaced anyway; nothing is changed.

    Args:
        only: uids of the schedules that are planned for, all when empty.
        kind: what is planned, which decides for which schedules it is worth looking closer.
        overrides: what a person gives: a schedule that is left out needs no closer look, and one with another
            identity does.

    Raises:
        BadInput: no schedule of the action has one of the uids in `only`.
    """
    past = past or Past()
    listed = sorted(edges.schedules(action), key=_age)
    _check_only(only, action, listed, past, kind)
    listed += _missing(edges, action, listed, past)
    # One that a schedule names and the list leaves out is asked for.
    identities = {identity.uid: identity for identity in edges.identities(identities_of(listed))}
    candidates = _candidates(listed, only, past, kind, action)
    if kind == "migration":
        candidates = _worth_asking(candidates, identities, overrides or {}, past)
    # Of these the ledger knows more than the server tells.
    known = {s.uid for s in candidates} & (past.begun.keys() | past.children.keys() | past.restored.keys())
    shown, spent = looked_at(edges, [s for s in candidates if s.uid not in known])
    listed = [shown.get(schedule.uid, schedule) for schedule in listed]
    evidence = recover(
        edges,
        action,
        [shown.get(schedule.uid, schedule) for schedule in candidates],
        listed=len(listed),
        spent=spent,
        known=known,
    )
    return Reading(tuple(listed), identities, evidence, edges.now(), action)


def live_children(schedules: Iterable[Schedule], past: Past) -> dict[str, Schedule]:
    """Return the live schedules that this tool made, by what they replace; the oldest where there are two."""
    found: dict[str, Schedule] = {}
    for schedule in schedules:
        origin = origin_of(schedule, past)
        if origin is not None and schedule.status in LIVE:
            found.setdefault(origin, schedule)
    return found


def known_incremental(schedule: Schedule, past: Past) -> str | None:
    """Return what tells, without its runs, that a schedule is incremental; None where nothing does."""
    shown = mode_of(schedule.parameters)
    if shown is not None:
        return "it says so itself" if shown.lower() == "incremental" else None
    replaced = past.children.get(schedule.uid)
    if replaced is not None:
        # The ledger knows better than a name, which anybody can write.
        return f"it replaced {replaced.old_uid}" if replaced.request.sync_mode == "incremental" else None
    if schedule.uid in past.started_as:
        return "it was started so by this tool"
    mark = mark_of(schedule.name)
    if mark is None or not mark.incremental:
        return None
    return "its name says that " + (
        f"it replaced {mark.origin}" if mark.replaces else "it was started so by this tool"
    )


def named(uids: Iterable[str]) -> str:
    """Return uids for a sentence, the first few by name."""
    uids = list(uids)
    rest = len(uids) - _NAMED
    return ", ".join(uids[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _age(schedule: Schedule) -> tuple[datetime, str]:
    return schedule.created_at or _LONG_AGO, schedule.uid


def _check_only(
    only: Collection[str], action: str, listed: Iterable[Schedule], past: Past, kind: Kind
) -> None:
    if not only:
        return
    known = {schedule.uid for schedule in listed}
    if kind == "undo":
        known |= {origin for s in listed if (origin := origin_of(s, past)) is not None}
        known |= past.replaced.keys()
    strangers = [uid for uid in only if uid not in known]
    if strangers:
        raise BadInput(
            f"No schedule of {action} has the uid {named(strangers)}: "
            "correct only, or leave it empty for all."
        )


def _missing(edges: "Edges", action: str, listed: Iterable[Schedule], past: Past) -> list[Schedule]:
    """Return schedules whose replacement was begun and that the list leaves out, such as cancelled ones."""
    there = {schedule.uid for schedule in listed}
    begun = [b for b in past.begun.values() if b.old_uid not in there and b.request.action == action]
    found = []
    for each in begun:
        try:
            found.append(edges.schedule(each.old_uid))
        except NotFound:
            request = each.original or each.request
            found.append(
                Schedule(uid=each.old_uid, name=request.name, cron=request.cron, timezone=request.timezone)
            )
    return found


def may_be_migrated(
    listed: Iterable[Schedule], identities: Mapping[str, Identity], past: Past, action: str
) -> list[Schedule]:
    """Return the schedules that a migration may replace, by what a list shows of them."""
    return _worth_asking(_candidates(listed, (), past, "migration", action), identities, {}, past)


def _candidates(
    listed: Iterable[Schedule], only: Collection[str], past: Past, kind: Kind, action: str
) -> list[Schedule]:
    """Choose the schedules that may be replaced, or that tell what replaced ones were."""
    chosen = set(only)
    if kind == "undo":
        return _undone(list(listed), chosen, past)
    return [
        schedule
        for schedule in listed
        if (not chosen or schedule.uid in chosen)
        and (
            schedule.uid in past.begun
            or (
                schedule.status == "ACTIVE"
                and schedule.cron
                and (kind == "change" or action in INCREMENTAL_ACTIONS)
                and (kind == "change" or known_incremental(schedule, past) is None)
            )
        )
    ]


def _worth_asking(
    candidates: Iterable[Schedule],
    identities: Mapping[str, Identity],
    overrides: Mapping[str, "Override"],
    past: Past,
) -> list[Schedule]:
    """Leave out what the list itself, or a person, says is not to be migrated."""

    def is_out(schedule: Schedule) -> bool:
        given = overrides.get(schedule.uid)
        if schedule.uid in past.begun or (given is not None and given.identity_uid):
            return False
        types = {identities[uid].type if uid in identities else None for uid in schedule.identity_ids or ()}
        return types == {"standard"} or (given is not None and given.decision == "skip")

    return [schedule for schedule in candidates if not is_out(schedule)]


def _undone(listed: list[Schedule], chosen: set[str], past: Past) -> list[Schedule]:
    by_uid = {schedule.uid: schedule for schedule in listed}
    lineages = (lineage(schedule, by_uid, past) for schedule in listed if schedule.status in LIVE)
    children = {uids[0]: uids[1] for uids in lineages if len(uids) > 1 and (not chosen or chosen & {*uids})}
    # What the ledger does not know of an original, its runs may.
    origins = {origin for uid, origin in children.items() if uid not in past.children}
    return [schedule for schedule in listed if schedule.uid in children or schedule.uid in origins]


def _look(schedule: Schedule) -> tuple[str | None, ...]:
    return schedule.cron, schedule.timezone or "UTC", plain(schedule.name)
