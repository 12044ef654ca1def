"""Make one schedule's part of a plan; migration, change and undo differ only in what they want."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from edges_nb.cron import next_times
from edges_nb.models.api import Identity, Schedule, ScheduleRequest, iso
from edges_nb.models.history import Begun, Past
from edges_nb.models.name_marks import mark_of
from edges_nb.models.plan_items import Caution, Decision, Item
from edges_nb.planning.checks import asked, problems
from edges_nb.planning.configuration import Configuration, configuration_from, configuration_of
from edges_nb.planning.diff import Changes
from edges_nb.planning.plan_warnings import cautions
from edges_nb.planning.snapshot import Reading

_FIELDS = ("inputs", "callback", "identity_ids", "identity_mode", "cron", "timezone", "name")


@dataclass(frozen=True)
class Drafting:
    """What the items of one plan have in common.

    Attributes:
        where: what a person can use to give what is missing, such as `the overrides`; "" where nothing can.
        first_run: `next` sends the old next execution or, where the cron is to be another one, its first.
    """

    reading: Reading
    past: Past
    action: str
    where: str = ""
    first_run: Literal["api", "next"] = "api"

    def known(self, schedule: Schedule) -> Configuration:
        """Return what a schedule is made of, as far as anything tells."""
        evidence = self.reading.evidence_of(schedule.uid)
        made = self.past.children.get(schedule.uid) or self.past.restored.get(schedule.uid)
        return configuration_of(schedule, evidence, made)

    def untouchable(self, schedule: Schedule, children: Mapping[str, Schedule]) -> str | None:
        """Say why a schedule can't be replaced, whatever by; None where it can.

        Args:
            children: live replacements by what they replace.
        """
        begun = self.past.begun.get(schedule.uid)
        child = children.get(schedule.uid)
        replaced = self.past.replaced.get(schedule.uid)
        if begun is not None:
            return f"not ended: a {begun.kind} of it was begun by an earlier run; go on with that first"
        if schedule.status != "ACTIVE":
            by = child.uid if child else replaced.new_uid if replaced else None
            return f"replaced by {by}" if by else f"not active: it is {schedule.status}"
        if child is not None:
            return f"already replaced: {child.uid} is there too; pause or cancel one of the two"
        origin = self._being_replaced_by(schedule)
        if origin is not None:
            return f"not ended: an earlier run began to replace {origin} by it; go on with that first"
        return None if schedule.cron else "one-shot: it has no cron"

    def _being_replaced_by(self, schedule: Schedule) -> str | None:
        """Return the uid of what an earlier run began to replace by a schedule."""
        mark = mark_of(schedule.name)
        if mark is not None and mark.origin in self.past.begun:
            return mark.origin
        return self.past.unfinished.get(schedule.uid)

    def skip(self, schedule: Schedule, reason: str, known: Configuration | None = None) -> Item:
        """Leave a schedule as it is."""
        return self._left(schedule, Decision.SKIP, reason, known or self.known(schedule))

    def ask(self, schedule: Schedule, reason: str, known: Configuration) -> Item:
        """Leave a schedule as it is until a person gives what is missing."""
        return self._left(schedule, Decision.NEEDS_INPUT, reason, known)

    def replacement(
        self,
        schedule: Schedule,
        before: Configuration,
        wanted: Configuration,
        *,
        reason: str,
        accepted: bool = False,
        warnings: tuple[Caution, ...] = (),
    ) -> Item:
        """Replace a schedule, or ask for what is missing."""
        missing = list(problems(wanted, self.reading.identities, self.action, accepted=accepted))
        if missing:
            return self.ask(schedule, asked(missing, self.where), wanted)
        schedule_at = self._first_time(schedule, wanted)
        request = wanted.request(self.action, schedule_at=schedule_at)
        assert request is not None, "what has no problems has everything"  # noqa: S101
        return self._replaced(
            schedule,
            before,
            wanted,
            reason,
            request,
            original=self._original(before, wanted),
            warnings=warnings,
        )

    def going_on(self, schedule: Schedule, begun: Begun) -> Item:
        """Go on with what an earlier run began, exactly as it was begun."""
        before = configuration_from(begun.original, "ledger") if begun.original else self.known(schedule)
        wanted = configuration_from(begun.request, "ledger")
        reason = "goes on: an earlier run began to replace it and did not end"
        return self._replaced(
            schedule, before, wanted, reason, begun.request, original=begun.original, begun=True
        )

    def _replaced(
        self,
        schedule: Schedule,
        before: Configuration,
        wanted: Configuration,
        reason: str,
        request: ScheduleRequest,
        *,
        original: ScheduleRequest | None,
        warnings: tuple[Caution, ...] = (),
        begun: bool = False,
    ) -> Item:
        evidence = self.reading.evidence_of(schedule.uid)
        known = begun or before.parameters is not None
        return Item(
            schedule,
            Decision.MIGRATE,
            reason,
            request=request,
            original=original,
            sources=_sources(before, wanted),
            warnings=(*warnings, *cautions(schedule, evidence, request, self.reading.now, known=known)),
            changes=Changes(
                before, wanted, self.reading.identities, schedule.next_execution_at, request.schedule_at
            ),
            identity=self._identity(wanted),
            busy_run=evidence.busy_run,
            begun=begun,
        )

    def _left(self, schedule: Schedule, decision: Decision, reason: str, known: Configuration) -> Item:
        return Item(
            schedule,
            decision,
            reason,
            sources=known.sources,
            identity=self._identity(known),
            busy_run=self.reading.evidence_of(schedule.uid).busy_run,
        )

    def _identity(self, known: Configuration) -> Identity | None:
        uids = known.identity_ids
        return self.reading.identities.get(uids[0]) if uids and len(uids) == 1 else None

    def _first_time(self, schedule: Schedule, wanted: Configuration) -> str | None:
        due = schedule.next_execution_at
        if self.first_run != "next" or due is None:
            return None
        moved = (wanted.cron, wanted.timezone) != (schedule.cron, schedule.timezone)
        # A first time that has passed would be refused.
        if wanted.cron and (moved or due <= self.reading.now):
            due = next_times(wanted.cron, wanted.timezone or "UTC", self.reading.now, 1)[0]
        return iso(due)

    def _original(self, before: Configuration, wanted: Configuration) -> ScheduleRequest | None:
        # Nobody can know better which identity it ran as than who gave it.
        if before.identity_ids is None:
            before = replace(before, identity_ids=wanted.identity_ids)
        return before.request(self.action)


def _sources(before: Configuration, wanted: Configuration) -> Mapping[str, str]:
    sources = {name: "schedule" for name in _FIELDS if getattr(wanted, name) is not None}
    sources |= wanted.sources
    parameters = sources.pop("parameters", "schedule")
    for name in wanted.parameters or ():
        sources.setdefault(f"parameters.{name}", parameters)
    if before.identity_ids is None:
        sources["original.identity_ids"] = sources.get("identity_ids", "schedule")
    return sources
