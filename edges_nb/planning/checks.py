"""What could make the creation of a replacement fail, or be a guess: told before anything is touched."""

from collections.abc import Iterator, Mapping

from edges_nb.cron import check_cron, check_timezone
from edges_nb.models import CONNECTIONS, Identity, mode_of
from edges_nb.planning.configuration import Configuration, callback_url

_GIVEN = ("override", "parameter")
"""Sources that are a person's word, which settles what runs do not agree on."""


def problems(
    wanted: Configuration, identities: Mapping[str, Identity], action: str, *, accepted: bool, where: str
) -> Iterator[str]:
    """Tell what is missing or wrong in a configuration that is to be created.

    Args:
        accepted: whether a person accepts what the newest run says where runs differ.
        where: what can be used to give what is missing, such as `the overrides`; "" where nothing can.
    """
    incremental = mode_of(wanted.parameters) == "incremental"
    yield from _identity_problems(wanted.identity_ids, identities, action, incremental, where)
    if not wanted.inputs:
        yield "inputs unknown: neither the schedule nor a run shows them" + _give("inputs_json", where)
    if not callback_url(wanted.callback):
        yield "callback unknown: neither the schedule nor a run shows its address" + _give(
            "callback_url", where
        )
    if not accepted:
        for name in wanted.differing:
            if wanted.sources.get(name) not in _GIVEN:
                yield f"runs differ in {name}: {_how_to_settle(name, where)}"
    if not wanted.cron:
        yield "cron missing: it would run only once" + _give("cron", where)
    else:
        yield from _faults("cron", wanted.cron, where)
    if wanted.timezone is not None:
        yield from _faults("timezone", wanted.timezone, where)


def _identity_problems(
    uids: list[str] | None, identities: Mapping[str, Identity], action: str, incremental: bool, where: str
) -> Iterator[str]:
    give = _give("identity_uid", where)
    if not uids:
        yield "identity unknown: the server does not show which one it runs as" + give
        return
    if len(uids) > 1 and (incremental or action == CONNECTIONS):
        yield f"several identities: it runs as {len(uids)} of them, and a replacement runs as one" + give
        return
    for uid in uids:
        identity = identities.get(uid)
        if identity is None:
            yield f"identity unknown: {uid} is not among the workspace's identities" + give
        elif identity.is_active is False:
            yield f"inactive identity: {identity.name or uid} can't run" + give
        elif incremental and identity.type == "standard":
            yield f"standard identity: incremental mode can't run as {identity.name or uid}" + give
        elif incremental and identity.type != "engagement":
            yield f"identity unknown: {identity.name or uid} is of type {identity.type}" + give


def _faults(column: str, value: str, where: str) -> Iterator[str]:
    try:
        (check_cron if column == "cron" else check_timezone)(value)
    except ValueError as error:
        yield f"{column} invalid: {str(error).rstrip('.')}" + _give(column, where)


def _give(column: str, where: str) -> str:
    return f"; give {column} in {where}" if where else ""


def _how_to_settle(name: str, where: str) -> str:
    column = {"parameters.max_results": "max_results", "callback.url": "callback_url"}.get(name)
    if where != "the overrides":
        return "so it is not known"
    newest = "decision=migrate in the overrides to take the newest run's"
    return f"give {column}, or {newest}" if column else f"give {newest}"
