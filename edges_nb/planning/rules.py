"""The rules by which a schedule is decided upon: ordered tables, of which the first that speaks decides."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from edges_nb.models.api import INCREMENTAL_ACTIONS, mode_of
from edges_nb.models.plan_items import Decision, Kind
from edges_nb.models.reasons import Reason, Remedy
from edges_nb.planning.configuration import Configuration
from edges_nb.planning.facts import Facts
from edges_nb.planning.questions import QuestionInput, questions, sentence_of


class Case(NamedTuple):
    """One schedule that is to be decided upon.

    Attributes:
        facts: what is known of it.
        wanted: what is to be created in its place.
        kind: what the plan is made for.
        where: what takes what a person gives, such as `the overrides`; "" where nothing does.
        takes: what can be given there.
        excluded: whether a person leaves it out.
        accepted, full: as of `Asked`.
        decided: why it is replaced where no rule speaks.
    """

    facts: Facts
    wanted: Configuration
    kind: Kind
    where: str = ""
    takes: frozenset[Remedy] = frozenset(Remedy)
    excluded: bool = False
    accepted: bool = False
    full: bool = False
    decided: "Verdict | None" = None


class Verdict(NamedTuple):
    """A decision, and why."""

    decision: Decision
    code: Reason
    sentence: str
    remedies: tuple[Remedy, ...] = ()


Rule = Callable[[Case], Verdict | None]


def skipped(code: Reason, **particulars: object) -> Verdict:
    """Leave a schedule as it is."""
    return Verdict(Decision.SKIP, code, code.told(**particulars))


def replaced(code: Reason, **particulars: object) -> Verdict:
    """Replace a schedule."""
    return Verdict(Decision.MIGRATE, code, code.told(**particulars))


def first_verdict(case: Case, rules: Sequence[Rule]) -> Verdict | None:
    """Return what the first rule says that speaks, None where none does."""
    for rule in rules:
        verdict = rule(case)
        if verdict is not None:
            return verdict
    return None


def excluded_by_hand(case: Case) -> Verdict | None:
    """A person leaves it out."""
    return skipped(Reason.EXCLUDED) if case.excluded else None


def already_incremental(case: Case) -> Verdict | None:
    """There is nothing to migrate, and nothing else that has to end first."""
    begun = case.facts.begun
    if begun is not None and begun.kind != case.kind:
        return None
    why = case.facts.incremental
    return skipped(Reason.ALREADY_INCREMENTAL, why=why) if why else None


def begun_by_an_earlier_run(case: Case) -> Verdict | None:
    """What was begun is gone on with, by a plan of the same kind."""
    begun = case.facts.begun
    if begun is None:
        return None
    if begun.kind == case.kind:
        return replaced(Reason.GOES_ON)
    return skipped(Reason.NOT_ENDED, kind=begun.kind)


def status_unreadable(case: Case) -> Verdict | None:
    """Whether it runs, or of which action it is, can't be read."""
    unreadable = case.facts.schedule.unreadable
    odd = unreadable and {"status", "action_name"}.intersection(unreadable)
    if not odd:
        return None
    return Verdict(Decision.NEEDS_INPUT, Reason.UNREADABLE, Reason.UNREADABLE.told(field=min(odd)))


def not_active(case: Case) -> Verdict | None:
    """It does not run."""
    facts = case.facts
    if facts.schedule.status == "ACTIVE":
        return None
    if facts.heir:
        return skipped(Reason.REPLACED, uid=facts.heir)
    return skipped(Reason.NOT_ACTIVE, status=facts.schedule.status)


def already_replaced(case: Case) -> Verdict | None:
    """It runs beside what replaced it."""
    facts = case.facts
    return skipped(Reason.ALREADY_REPLACED, uid=facts.heir) if facts.heir and facts.heir_is_live else None


def taking_the_place_of_another(case: Case) -> Verdict | None:
    """An earlier run has yet to end with it."""
    origin = case.facts.replaces
    return skipped(Reason.BEING_REPLACED, origin=origin) if origin is not None else None


def one_shot(case: Case) -> Verdict | None:
    """It runs only once."""
    facts = case.facts
    no_cron = not facts.schedule.cron and "cron" not in facts.schedule.unreadable
    return skipped(Reason.ONE_SHOT) if no_cron else None


def in_doubt(case: Case) -> Verdict | None:
    """It may be what an earlier run created, and would be replaced as if it were somebody's."""
    origin = None if case.accepted else case.facts.in_place_of
    if origin is None:
        return None
    return Verdict(Decision.NEEDS_INPUT, Reason.IN_DOUBT, Reason.IN_DOUBT.told(origin=origin))


def no_incremental_mode(case: Case) -> Verdict | None:
    """The action always brings everything."""
    action = case.facts.reading.action
    return None if action in INCREMENTAL_ACTIONS else skipped(Reason.NO_INCREMENTAL_MODE, action=action)


def standard_identity(case: Case) -> Verdict | None:
    """Incremental mode needs an engagement identity."""
    identities = [case.facts.reading.identities.get(uid) for uid in case.wanted.identity_ids or ()]
    standard = [each for each in identities if each is not None and each.type == "standard"]
    return skipped(Reason.STANDARD_IDENTITY) if identities and standard == identities else None


def unchanged(case: Case) -> Verdict | None:
    """It is already as it is to be."""
    known, wanted = case.facts.known, case.wanted
    if known.parameters is None or wanted.masked or wanted.unreadable:
        return None
    fields = ("inputs", "identity_ids", "identity_mode", "cron", "timezone", "name", "parameters", "callback")
    same = all(getattr(known, name) == getattr(wanted, name) for name in fields)
    return skipped(Reason.UNCHANGED) if same else None


def open_questions(case: Case) -> Verdict | None:
    """Something is missing that only a person knows."""
    facts = case.facts
    before = case.wanted if case.kind == "undo" else facts.known
    asked = QuestionInput(
        case.wanted, before, facts.reading.identities, facts.reading.action, case.accepted, case.full
    )
    found = questions(asked)
    if not found:
        return None
    found = [each._replace(remedies=tuple(r for r in each.remedies if r in case.takes)) for each in found]
    remedies = tuple(dict.fromkeys(remedy for question in found for remedy in question.remedies))
    return Verdict(Decision.NEEDS_INPUT, found[0].code, sentence_of(found, case.where), remedies)


def as_wanted(case: Case) -> Verdict:
    """Nothing stands against it."""
    return case.decided or replaced(Reason.CHANGE, mode=mode_of(case.facts.known.parameters) or "full")


LEFT_ALONE: tuple[Rule, ...] = (
    begun_by_an_earlier_run,
    status_unreadable,
    not_active,
    already_replaced,
    taking_the_place_of_another,
    one_shot,
    in_doubt,
)
"""What keeps a schedule from being replaced, whatever by."""

MIGRATION: tuple[Rule, ...] = (
    excluded_by_hand,
    already_incremental,
    *LEFT_ALONE,
    no_incremental_mode,
    standard_identity,
    open_questions,
    as_wanted,
)
CHANGE: tuple[Rule, ...] = (*LEFT_ALONE, unchanged, open_questions, as_wanted)
UNDO: tuple[Rule, ...] = (open_questions, as_wanted)
UNDO_LEAVES: tuple[Rule, ...] = tuple(rule for rule in LEFT_ALONE if rule is not already_replaced)
"""What is asked before it is known what an undo would bring back; that two run is no reason against it."""
