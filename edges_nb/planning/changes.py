"""Plan a change of fields: the same replacement as a migration, but of whatever somebody wants changed."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

from edges_nb.errors import BadInput
from edges_nb.models.history import Past
from edges_nb.models.plan_items import Item
from edges_nb.models.reasons import Remedy, Source
from edges_nb.planning import cells
from edges_nb.planning.collecting import collection_paused
from edges_nb.planning.configuration import Configuration, callback_url
from edges_nb.planning.input_tables import Table, columns_of
from edges_nb.planning.item_builder import ItemBuilder
from edges_nb.planning.overrides import GivenRow, identity_fault, with_given
from edges_nb.planning.plan_warnings import with_constants_told, with_twins_told
from edges_nb.planning.rules import CHANGE
from edges_nb.planning.snapshot import Reading

if TYPE_CHECKING:
    import pandas as pd

Changes: TypeAlias = "str | Path | pd.DataFrame | Mapping[str, object] | None"
"""The same for all as a mapping, or a row for each schedule, in a DataFrame or a CSV."""


class ChangeRow(GivenRow):
    """What is to be changed of one schedule, None where it stays; of all where the uid is `EVERY`."""

    callback_host: cells.Host | None = None


EVERY = "*"
_FIELDS = columns_of(ChangeRow)[1:]
_TAKES = frozenset(remedy for remedy in Remedy if remedy in _FIELDS)


@collection_paused()
def draft_changes(
    reading: Reading,
    changed: Changes,
    *,
    past: Past | None = None,
    only: Collection[str] = (),
    first_run: Literal["api", "next"] = "api",
    fields: Mapping[str, object] | None = None,
) -> list[Item]:
    """Decide on every schedule, or on those in `only`, in the order in which they were created.

    Args:
        changed: any of `callback_url`, `callback_headers`, `callback_host` (path, query and headers stay),
            `inputs_json`, `cron`, `timezone`, `identity_uid`, `max_results`, `name`: the same for all as a
            mapping, or rows with `schedule_uid`, which leave all other schedules out.
        fields: the same for all rows, where a row leaves it empty.

    Raises:
        BadInput: a field or its value can't be used; all of them are told.
    """
    rows = _checked(changed, fields or {}, reading)
    builder = ItemBuilder(reading, past or Past(), "change", "the changes", _TAKES, first_run)
    chosen = set(only)
    items = []
    for schedule in reading.schedules:
        row = rows.get(EVERY) or rows.get(schedule.uid)
        if row is None or (chosen and schedule.uid not in chosen):
            continue
        facts = builder.facts(schedule)
        items.append(builder.item(builder.case(facts, _with_changes(facts.known, row)), CHANGE))
    return with_twins_told(with_constants_told(items))


def _checked(changed: Changes, fields: Mapping[str, object], reading: Reading) -> dict[str, ChangeRow]:
    table = Table("changes", ChangeRow)
    if changed is None or isinstance(changed, Mapping):
        rows = table.rows({"schedule_uid": EVERY, **(changed or {}), **fields})
    else:
        rows = table.rows(changed, fields)
    for row in rows:
        if row.schedule_uid not in (EVERY, "") and row.schedule_uid not in reading.by_uid:
            stranger = cells.quoted(row.schedule_uid)
            table.fault(row.place, "schedule_uid", f"no schedule of {reading.action} has the uid {stranger}")
        uid = row.identity_uid
        fault = identity_fault(uid, reading.identities, incremental=False) if uid else None
        if fault:
            table.fault(row.place, "identity_uid", fault)
        if row.callback_url and row.callback_host:
            table.fault(
                row.place, "callback_host", "is the host of callback_url already: give one of the two"
            )
    table.raise_faults()
    if all(row == ChangeRow(place=row.place, schedule_uid=row.schedule_uid) for row in rows):
        raise BadInput(f"No change is given: give at least one of {', '.join(_FIELDS)}.")
    return {row.schedule_uid: row for row in rows}


def _with_changes(known: Configuration, row: ChangeRow) -> Configuration:
    source = Source.PARAMETER if row.schedule_uid == EVERY else Source.OVERRIDE
    wanted = with_given(known, row, source)
    moved = _moved(callback_url(known.callback), row.callback_host)
    if moved:
        wanted = wanted.with_callback(source, url=moved)
    if row.max_results and known.parameters is not None:
        wanted = wanted.with_parameters(source, max_results=row.max_results)
    return wanted


def _moved(url: str | None, host: str | None) -> str | None:
    """Return an address on another host; its path and query, and its port where none is given, stay."""
    if not url or not host:
        return None
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    port = place[len(place.rstrip("0123456789")) - 1 :] if ":" in place.rpartition("]")[2] else ""
    port = "" if ":" in host.rpartition("]")[2] else port
    return parts._replace(netloc=f"{user}{at}{host}{port}").geturl()
