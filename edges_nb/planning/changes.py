"""Plan a change of fields: the same replacement as a migration, but of whatever somebody wants changed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Literal

from edges_nb.errors import BadInput
from edges_nb.gc_pause import resting_collector
from edges_nb.models.api import Schedule, mode_of
from edges_nb.models.history import Past
from edges_nb.models.name_marks import plain
from edges_nb.models.plan_items import Item
from edges_nb.planning import cells
from edges_nb.planning.configuration import Configuration, callback_url
from edges_nb.planning.item_builder import Drafting
from edges_nb.planning.overrides import identity_fault
from edges_nb.planning.plan_warnings import with_twins_told
from edges_nb.planning.snapshot import Reading, live_children

_FIELDS: dict[str, Callable[[object], Any]] = {
    "callback_url": cells.parsed_url,
    "cron": cells.parsed_cron,
    "timezone": cells.parsed_timezone,
    "identity_uid": cells.parsed_text,
    "max_results": cells.parsed_max_results,
    "name": cells.parsed_name,
}


@resting_collector()
def draft_changes(
    reading: Reading,
    changed: Mapping[str, object],
    *,
    past: Past | None = None,
    only: Collection[str] = (),
    first_run: Literal["api", "next"] = "api",
) -> list[Item]:
    """Decide on every schedule, or on those in `only`, in the order in which they were created.

    Args:
        changed: any of `callback_url`, `cron`, `timezone`, `identity_uid`, `max_results`, `name`.

    Raises:
        BadInput: a field or its value can't be used; all of them are told.
    """
    past = past or Past()
    wanted = _checked(changed, reading)
    drafting = Drafting(reading, past, reading.action, "the changes", first_run)
    children = live_children(reading.schedules, past)
    chosen = set(only)
    items = [
        _item(drafting, schedule, wanted, children)
        for schedule in reading.schedules
        if not chosen or schedule.uid in chosen
    ]
    return with_twins_told(items)


def _checked(changed: Mapping[str, object], reading: Reading) -> dict[str, Any]:
    if not changed:
        raise BadInput(f"No change is given: give at least one of {', '.join(_FIELDS)}.")
    values: dict[str, Any] = {}
    faults = []
    for field, value in changed.items():
        if field not in _FIELDS:
            faults.append(f"{field} is not known, use {', '.join(_FIELDS)}")
            continue
        try:
            values[field] = _FIELDS[field](value)
        except ValueError as error:
            faults.append(f"{field}: {str(error).rstrip('.')}")
    uid = values.get("identity_uid")
    fault = identity_fault(uid, reading.identities, incremental=False) if uid else None
    if fault:
        faults.append(f"identity_uid: {fault}")
    if faults:
        raise BadInput(f"The changes can't be used: {'; '.join(faults)}.")
    return values


def _item(
    drafting: Drafting, schedule: Schedule, changed: Mapping[str, Any], children: Mapping[str, Schedule]
) -> Item:
    known = drafting.known(schedule)
    begun = drafting.past.begun.get(schedule.uid)
    if begun is not None and begun.kind == "change":
        return drafting.going_on(schedule, begun)
    reason = drafting.untouchable(schedule, children)
    if reason:
        return drafting.skip(schedule, reason, known)
    wanted = _with_changes(known, changed)
    if known.parameters is not None and _alike(known, wanted):
        return drafting.skip(schedule, "already so: nothing would change", known)
    if known.parameters is None:
        why = "parameters unknown: nothing shows its sync_mode, and a guess could make it another extraction"
        return drafting.ask(schedule, why, known)
    mode = mode_of(known.parameters) or "full"
    return drafting.replacement(schedule, known, wanted, reason=f"to be changed: it stays {mode}")


def _with_changes(known: Configuration, changed: Mapping[str, Any]) -> Configuration:
    given = {name: changed[name] for name in ("cron", "timezone") if name in changed}
    if "name" in changed:
        given["name"] = plain(changed["name"])
    wanted = known.changed("parameter", **given) if given else known
    if "identity_uid" in changed:
        wanted = wanted.with_identity("parameter", changed["identity_uid"])
    if "callback_url" in changed:
        wanted = wanted.with_callback_url("parameter", changed["callback_url"])
    if "max_results" in changed and known.parameters is not None:
        parameters = {**known.parameters, "max_results": changed["max_results"]}
        sources = {**wanted.sources, "parameters.max_results": "parameter"}
        wanted = replace(wanted, parameters=parameters, sources=sources)
    return wanted


def _alike(known: Configuration, wanted: Configuration) -> bool:
    fields = ("identity_ids", "identity_mode", "cron", "timezone", "name", "parameters")
    same = all(getattr(known, field) == getattr(wanted, field) for field in fields)
    return same and callback_url(known.callback) == callback_url(wanted.callback)
