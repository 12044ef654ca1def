"""What only a person can settle before a replacement is created: an ordered table, all of it told at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from edges_nb.cron import check_cron, check_timezone
from edges_nb.models.api import CONNECTIONS, Identity, mode_of
from edges_nb.models.reasons import GIVEN, Reason, Remedy
from edges_nb.planning.configuration import Configuration, callback_url

_REMEDIES = {
    "callback": Remedy.CALLBACK_URL,
    "callback.url": Remedy.CALLBACK_URL,
    "callback.headers": Remedy.CALLBACK_HEADERS,
    "inputs": Remedy.INPUTS,
    "parameters.max_results": Remedy.MAX_RESULTS,
    "identity_ids": Remedy.IDENTITY,
    "identity_mode": Remedy.IDENTITY,
    "cron": Remedy.CRON,
    "timezone": Remedy.TIMEZONE,
    "name": Remedy.NAME,
}


class QuestionInput(NamedTuple):
    """What questions are asked of.

    Attributes:
        accepted: whether a person takes what the newest run says where runs differ.
        full: whether a person takes it for a full one where nothing tells its mode.
    """

    wanted: Configuration
    before: Configuration
    identities: Mapping[str, Identity]
    action: str
    accepted: bool = False
    full: bool = False

    @property
    def incremental(self) -> bool:
        """Whether it is to be in incremental mode."""
        return mode_of(self.wanted.parameters) == "incremental"


class Question(NamedTuple):
    """Something missing or wrong, and what settles it."""

    code: Reason
    sentence: str
    remedies: tuple[Remedy, ...] = ()


def questions(asked: QuestionInput) -> list[Question]:
    """Return what has to be settled, in the order of the table; nothing where all is known."""
    return [question for ask in QUESTIONS for question in ask(asked)]


def sentence_of(found: list[Question], where: str) -> str:
    """Say what is missing and what to give.

    Args:
        where: what takes it, such as `the overrides`; "" where nothing does.
    """
    told = "; ".join(question.sentence for question in found)
    remedies = dict.fromkeys(remedy for question in found for remedy in question.remedies)
    return f"{told}; give {', '.join(remedies)} in {where}" if where and remedies else told


def unreadable_fields(asked: QuestionInput) -> Iterator[Question]:
    """A field holds what it can't hold, such as a number for a name."""
    for name in sorted(asked.wanted.unreadable - {"parameters"}):
        remedy = _REMEDIES.get(name)
        yield Question(Reason.UNREADABLE, Reason.UNREADABLE.told(field=name), (remedy,) if remedy else ())


def identity(asked: QuestionInput) -> Iterator[Question]:
    """It has to run as one usable identity."""
    uids, incremental = asked.wanted.identity_ids, asked.incremental
    if not uids:
        why = "the server does not show which one it runs as"
        yield _about_identity(Reason.IDENTITY_UNKNOWN, why=why)
    elif len(uids) > 1 and (incremental or asked.action == CONNECTIONS):
        yield _about_identity(Reason.SEVERAL_IDENTITIES, count=len(uids))
    else:
        for uid in uids:
            yield from _usable(uid, asked.identities.get(uid), incremental)


def identity_mode(asked: QuestionInput) -> Iterator[Question]:
    """A mode in which the server chooses the identity excludes incremental sync."""
    mode = asked.wanted.identity_mode
    if mode not in (None, "direct") and asked.incremental:
        yield _about_identity(Reason.IDENTITY_MODE, mode=mode)


def masked_values(asked: QuestionInput) -> Iterator[Question]:
    """A mask is no value: what stands behind it is unknown."""
    for name in sorted(asked.wanted.masked):
        remedy = _REMEDIES.get(name)
        yield Question(Reason.MASKED, Reason.MASKED.told(field=name), (remedy,) if remedy else ())


def inputs(asked: QuestionInput) -> Iterator[Question]:
    """Inputs that nothing shows are not invented."""
    if not asked.wanted.inputs and "inputs" not in asked.wanted.masked | asked.wanted.unreadable:
        yield Question(Reason.INPUTS_UNKNOWN, Reason.INPUTS_UNKNOWN.told(), (Remedy.INPUTS,))


def callback(asked: QuestionInput) -> Iterator[Question]:
    """Results have to arrive where they arrived."""
    if callback_url(asked.wanted.callback):
        return
    unclear = asked.wanted.masked | asked.wanted.unreadable
    if unclear.isdisjoint(("callback", "callback.url")):
        yield Question(Reason.CALLBACK_UNKNOWN, Reason.CALLBACK_UNKNOWN.told(), (Remedy.CALLBACK_URL,))


def parameters(asked: QuestionInput) -> Iterator[Question]:
    """Whether it is a full one, and with which cap, is not guessed."""
    known = asked.before.parameters
    if asked.full:
        return
    if known is None or "parameters" in asked.before.unreadable:
        why = "Neither the schedule, nor a run, nor the ledger, nor its name tells"
    elif (mode_of(known) or "full").lower() not in ("full", "incremental"):
        why = "Its sync_mode is neither"
    else:
        return
    remedies = (Remedy.ACCEPT, Remedy.MAX_RESULTS)
    yield Question(Reason.PARAMETERS_UNKNOWN, Reason.PARAMETERS_UNKNOWN.told(why=why), remedies)


def agreement(asked: QuestionInput) -> Iterator[Question]:
    """Runs of one schedule that differ do not tell what the schedule itself says."""
    for name in () if asked.accepted else asked.wanted.differing:
        if asked.wanted.sources.get(name) not in GIVEN:
            remedy = _REMEDIES.get(name)
            remedies = (remedy, Remedy.ACCEPT) if remedy else (Remedy.ACCEPT,)
            yield Question(Reason.RUNS_DIFFER, Reason.RUNS_DIFFER.told(field=name), remedies)


def rhythm(asked: QuestionInput) -> Iterator[Question]:
    """What the server runs is carried over as it is; only what a person gives is checked."""
    wanted = asked.wanted
    if not wanted.cron and "cron" not in wanted.unreadable:
        yield Question(Reason.CRON_MISSING, Reason.CRON_MISSING.told(), (Remedy.CRON,))
    for name, check, code, remedy in _CHECKS:
        if wanted.sources.get(name) in GIVEN:
            try:
                check(getattr(wanted, name))
            except ValueError as error:
                yield Question(code, code.told(why=str(error).rstrip(".")), (remedy,))


_CHECKS: tuple[tuple[str, Callable[[str], None], Reason, Remedy], ...] = (
    ("cron", check_cron, Reason.CRON_INVALID, Remedy.CRON),
    ("timezone", check_timezone, Reason.TIMEZONE_INVALID, Remedy.TIMEZONE),
)

QUESTIONS: tuple[Callable[[QuestionInput], Iterator[Question]], ...] = (
    unreadable_fields,
    identity,
    identity_mode,
    masked_values,
    inputs,
    callback,
    parameters,
    agreement,
    rhythm,
)
"""In the order in which they are told; the first gives the code."""


def _about_identity(code: Reason, **particulars: object) -> Question:
    return Question(code, code.told(**particulars), (Remedy.IDENTITY,))


def _usable(uid: str, found: Identity | None, incremental: bool) -> Iterator[Question]:
    if found is None:
        yield _about_identity(Reason.IDENTITY_UNKNOWN, why=f"{uid} is not among the workspace's identities")
    elif found.is_active is False:
        yield _about_identity(Reason.INACTIVE_IDENTITY, name=found.name or uid)
    elif incremental and found.type == "standard":
        yield _about_identity(Reason.STANDARD_IDENTITY)
    elif incremental and found.type != "engagement":
        told = f"is of type {found.type}" if found.type else "has no type"
        yield _about_identity(Reason.IDENTITY_TYPE_UNKNOWN, why=f"{found.name or uid} {told}")
