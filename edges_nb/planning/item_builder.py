"""Make one schedule's part of a plan; migration, change and undo differ in what they want."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from edges_nb.cron import next_times
from edges_nb.models.api import Schedule, ScheduleRequest, iso
from edges_nb.models.history import Begun, Past
from edges_nb.models.plan_items import Caution, Decision, Item, Kind
from edges_nb.models.reasons import Remedy, Source
from edges_nb.planning.configuration import Configuration, configuration_from, configuration_of
from edges_nb.planning.diff import Changes
from edges_nb.planning.facts import Facts
from edges_nb.planning.overrides import NO_OVERRIDE, Override
from edges_nb.planning.plan_warnings import cautions
from edges_nb.planning.rules import Case, Rule, Verdict, first_verdict
from edges_nb.planning.snapshot import Reading, live_children

_FIELDS = ("inputs", "callback", "identity_ids", "identity_mode", "cron", "timezone", "name")


@dataclass(frozen=True)
class ItemBuilder:
    """What the items of one plan have in common.

    Attributes:
        where: what a person can use to give what is missing, such as `the overrides`; "" where nothing can.
        takes: what can be given there.
        first_run: `next` sends the old next execution or, where the cron is to be another one, its first.
    """

    reading: Reading
    past: Past
    kind: Kind
    where: str = ""
    takes: frozenset[Remedy] = frozenset(Remedy)
    first_run: Literal["api", "next"] = "api"

    @cached_property
    def _children(self) -> Mapping[str, Schedule]:
        return live_children(self.reading.schedules, self.past)

    def facts(self, schedule: Schedule) -> Facts:
        """Return what is known of a schedule."""
        child, replaced = self._children.get(schedule.uid), self.past.replaced.get(schedule.uid)
        heir = child.uid if child else replaced.new_uid if replaced else None
        evidence = self.reading.evidence_of(schedule.uid)
        sent = self.past.children.get(schedule.uid) or self.past.restored.get(schedule.uid)
        known = configuration_of(schedule, evidence, sent, self.reading.action)
        return Facts(schedule, known, evidence, self.reading, self.past, heir, child is not None)

    def case(
        self,
        facts: Facts,
        wanted: Configuration,
        *,
        decided: Verdict | None = None,
        override: Override = NO_OVERRIDE,
        full: bool = False,
    ) -> Case:
        """Return what the rules look at; the arguments are those of `Case`."""
        excluded, accepted = override.decision == "skip", override.decision == "migrate"
        return Case(
            facts, wanted, self.kind, self.where, self.takes, excluded, accepted, full or accepted, decided
        )

    def item(self, case: Case, rules: Sequence[Rule], warnings: tuple[Caution, ...] = ()) -> Item:
        """Decide on one schedule by a table whose last rule always speaks."""
        verdict = first_verdict(case, rules)
        assert verdict is not None, "the last rule always speaks"  # noqa: S101
        return self.decided(case, verdict, warnings)

    def decided(self, case: Case, verdict: Verdict, warnings: tuple[Caution, ...] = ()) -> Item:
        """Return what a verdict makes of one schedule."""
        begun = case.facts.begun
        if verdict.decision is not Decision.MIGRATE:
            return self.left(case.facts, verdict, case.wanted)
        if begun is not None:
            return self._going_on(case.facts, begun, verdict)
        schedule_at = self._first_time(case.facts.schedule, case.wanted)
        request = case.wanted.request(self.reading.action, schedule_at=schedule_at)
        assert request is not None, "what leaves no question open has everything"  # noqa: S101
        known = case.facts.known
        # Nobody can know better which identity it ran as than who gave it.
        known = known if known.identity_ids else known._replace(identity_ids=case.wanted.identity_ids)
        original = None if known.masked or known.unreadable else known.request(self.reading.action)
        return self._replaced(case, verdict, case.facts.known, request, original, warnings)

    def left(self, facts: Facts, verdict: Verdict, known: Configuration | None = None) -> Item:
        """Leave a schedule as it is, or until a person gives what is missing."""
        known = known or facts.known
        return Item(
            facts.schedule,
            verdict.decision,
            verdict.sentence,
            verdict.code,
            verdict.remedies,
            sources=known.sources,
            identity=facts.identity(known),
            busy_run=facts.evidence.busy_run,
        )

    def _going_on(self, facts: Facts, begun: Begun, verdict: Verdict) -> Item:
        """Go on with what an earlier run began, exactly as it was begun."""
        before = configuration_from(begun.original, Source.LEDGER) if begun.original else facts.known
        case = self.case(facts, configuration_from(begun.request, Source.LEDGER))
        return self._replaced(case, verdict, before, begun.request, begun.original)

    def _replaced(
        self,
        case: Case,
        verdict: Verdict,
        before: Configuration,
        request: ScheduleRequest,
        original: ScheduleRequest | None,
        warnings: tuple[Caution, ...] = (),
    ) -> Item:
        facts, wanted = case.facts, case.wanted
        schedule, identity, begun = facts.schedule, facts.identity(wanted), facts.begun is not None
        known = begun or before.parameters is not None
        told = cautions(schedule, facts.evidence, request, identity, self.reading.now, known=known)
        return Item(
            schedule,
            verdict.decision,
            verdict.sentence,
            verdict.code,
            request=request,
            original=original,
            sources=_Sources(before, wanted),
            warnings=(*warnings, *told),
            changes=Changes(
                before, wanted, self.reading.identities, schedule.next_execution_at, request.schedule_at
            ),
            identity=identity,
            busy_run=facts.evidence.busy_run,
            begun=begun,
        )

    def _first_time(self, schedule: Schedule, wanted: Configuration) -> str | None:
        due = schedule.next_execution_at
        if self.first_run != "next" or due is None:
            return None
        moved = (wanted.cron, wanted.timezone) != (schedule.cron, schedule.timezone)
        # A first time that has passed would be refused.
        if wanted.cron and (moved or due <= self.reading.now):
            try:
                due = next_times(wanted.cron, wanted.timezone or "UTC", self.reading.now, 1)[0]
            except ValueError:
                # The server runs an expression that only it can read, and knows when it is due next.
                return None
        return iso(due)


class _Sources(Mapping[str, str]):
    """Where each field of a request comes from, worked out when it is looked at."""

    def __init__(self, before: Configuration, wanted: Configuration) -> None:
        self._of = (before, wanted)

    def __getitem__(self, name: str) -> str:
        return _sources(*self._of)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_sources(*self._of))

    def __len__(self) -> int:
        return len(_sources(*self._of))


def _sources(before: Configuration, wanted: Configuration) -> Mapping[str, str]:
    sources = {name: str(Source.SCHEDULE) for name in _FIELDS if getattr(wanted, name) is not None}
    sources |= wanted.sources
    parameters = sources.pop("parameters", str(Source.SCHEDULE))
    for name in wanted.parameters or ():
        sources.setdefault(f"parameters.{name}", parameters)
    if before.identity_ids is None:
        sources["original.identity_ids"] = sources.get("identity_ids", str(Source.SCHEDULE))
    return sources
