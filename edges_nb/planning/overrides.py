"""What a person gives for single schedules, in a CSV or a DataFrame; bad cells are told all at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from edges_nb.models.api import Identity
from edges_nb.models.name_marks import plain
from edges_nb.models.reasons import Source
from edges_nb.planning import cells
from edges_nb.planning.cells import quoted
from edges_nb.planning.configuration import Configuration
from edges_nb.planning.input_tables import Table, TableRow
from edges_nb.planning.snapshot import Reading

if TYPE_CHECKING:
    import pandas as pd


class GivenRow(TableRow):
    """What is given for one schedule, None where nothing is."""

    schedule_uid: cells.Text = ""
    identity_uid: cells.Text | None = None
    max_results: cells.Count | None = None
    callback_url: cells.Url | None = None
    inputs: cells.Inputs | None = Field(default=None, validation_alias="inputs_json")
    cron: cells.Cron | None = None
    timezone: cells.Timezone | None = None
    name: cells.Name | None = None
    callback_headers: cells.Headers | None = None


class Override(GivenRow):
    """One row: what is given for one schedule of a migration."""

    decision: cells.Choice | None = None


NO_OVERRIDE = Override()


def read_overrides(source: "str | Path | pd.DataFrame | None") -> dict[str, Override]:
    """Read overrides by schedule uid; nothing gives none.

    Raises:
        BadInput: with a sentence for each bad cell, by line and column.
    """
    if source is None or (isinstance(source, str) and not source):
        return {}
    table = Table("overrides", Override)
    rows = table.rows(source)
    table.raise_faults()
    return {override.schedule_uid: override for override in rows}


def check_overrides(overrides: Mapping[str, Override], reading: Reading, action: str) -> None:
    """Check what only the workspace can tell: whether schedules are there and identities can be used.

    Raises:
        BadInput: with a sentence for each bad cell, by line and column.
    """
    table = Table("overrides", Override)
    for override in overrides.values():
        if override.schedule_uid not in reading.by_uid:
            stranger = quoted(override.schedule_uid)
            table.fault(override.place, "schedule_uid", f"no schedule of {action} has the uid {stranger}")
        if override.identity_uid is not None:
            fault = identity_fault(override.identity_uid, reading.identities)
            if fault:
                table.fault(override.place, "identity_uid", fault)
    table.raise_faults()


def with_given(known: Configuration, row: GivenRow, source: Source = Source.OVERRIDE) -> Configuration:
    """Return a configuration with what a person gave in place of what is known, but for `max_results`."""
    if row is NO_OVERRIDE:
        return known
    given: dict[str, Any] = {
        "inputs": row.inputs,
        "cron": row.cron,
        "timezone": row.timezone,
        "name": plain(row.name),
    }
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        known = known.changed(source, **given)
    if row.identity_uid:
        known = known.with_identity(source, row.identity_uid)
    callback = {"url": row.callback_url, "headers": row.callback_headers}
    callback = {name: value for name, value in callback.items() if value is not None}
    return known.with_callback(source, **callback) if callback else known


def identity_fault(uid: str, identities: Mapping[str, Identity], *, incremental: bool = True) -> str | None:
    """Say why an identity can't be given to a schedule, None where it can."""
    identity = identities.get(uid)
    if identity is None:
        return f"no identity of the workspace has the uid {quoted(uid)}"
    if incremental and identity.type != "engagement":
        return f"{identity.name or uid} is {identity.type}, and incremental mode needs an engagement identity"
    if identity.is_active is False:
        return f"{identity.name or uid} is not active"
    return None
