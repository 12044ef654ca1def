"""What could make the creation of a replacement fail, or be a guess: told before anything is touched."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from edges_nb.cron import check_cron, check_timezone
from edges_nb.models.api import CONNECTIONS, Identity, mode_of
from edges_nb.planning.configuration import Configuration, callback_url

_GIVEN = ("override", "parameter")
"""Sources that are a person's word, which settles what runs do not agree on."""


class Problem(NamedTuple):
    """Something missing or wrong, and what a person can give to settle it, "" where nothing can."""

    sentence: str
    remedy: str


def problems(
    wanted: Configuration, identities: Mapping[str, Identity], action: str, *, accepted: bool = False
) -> Iterator[Problem]:
    """Tell what is missing or wrong in a configuration that is to be created.

    Args:
        accepted: whether a person accepts what the newest run says where runs differ.
    """
    incremental = mode_of(wanted.parameters) == "incremental"
    for sentence in _identity_problems(wanted.identity_ids, identities, action, incremental):
        yield Problem(sentence, "identity_uid")
    if incremental and wanted.identity_mode not in (None, "direct"):
        sentence = f"identity mode {wanted.identity_mode}: it may run as one that incremental mode can't have"
        yield Problem(sentence, "identity_uid")
    if not wanted.inputs:
        yield Problem("inputs unknown: neither the schedule nor a run shows them", "inputs_json")
    if not callback_url(wanted.callback):
        yield Problem("callback unknown: neither the schedule nor a run shows its address", "callback_url")
    if not accepted:
        yield from _disagreements(wanted)
    yield from _faults(wanted)


def asked(found: list[Problem], where: str) -> str:
    """Say what is missing and what to give.

    Args:
        where: what takes it, such as `the overrides`; "" where nothing does.
    """
    told = "; ".join(problem.sentence for problem in found)
    remedies = dict.fromkeys(problem.remedy for problem in found if problem.remedy)
    return f"{told}; give {', '.join(remedies)} in {where}" if where and remedies else told


def _identity_problems(
    uids: list[str] | None, identities: Mapping[str, Identity], action: str, incremental: bool
) -> Iterator[str]:
    if not uids:
        yield "identity unknown: the server does not show which one it runs as"
        return
    if len(uids) > 1 and (incremental or action == CONNECTIONS):
        yield f"several identities: it runs as {len(uids)} of them, and a replacement runs as one"
        return
    for uid in uids:
        identity = identities.get(uid)
        if identity is None:
            yield f"identity unknown: {uid} is not among the workspace's identities"
        elif identity.is_active is False:
            yield f"inactive identity: {identity.name or uid} can't run"
        elif incremental and identity.type == "standard":
            yield f"standard identity: incremental mode can't run as {identity.name or uid}"
        elif incremental and identity.type != "engagement":
            told = f"is of type {identity.type}" if identity.type else "has no type"
            yield f"identity type unknown: {identity.name or uid} {told}"


def _disagreements(wanted: Configuration) -> Iterator[Problem]:
    remedies = {"parameters.max_results": "max_results", "callback.url": "callback_url"}
    for name in wanted.differing:
        if wanted.sources.get(name) not in _GIVEN:
            remedy = remedies.get(name)
            newest = "decision=migrate to take the newest run's"
            yield Problem(f"runs differ in {name}", f"{remedy} or {newest}" if remedy else newest)


def _faults(wanted: Configuration) -> Iterator[Problem]:
    if not wanted.cron:
        yield Problem("cron missing: it would run only once", "cron")
    for name, value, check in (
        ("cron", wanted.cron, check_cron),
        ("timezone", wanted.timezone, check_timezone),
    ):
        # An empty timezone is sent as it was, and would be refused.
        if value is None or (name == "cron" and not value):
            continue
        try:
            check(value)
        except ValueError as error:
            yield Problem(f"{name} invalid: {str(error).rstrip('.')}", name)
