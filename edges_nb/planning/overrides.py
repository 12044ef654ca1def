"""What a person gives for single schedules, in a CSV or a DataFrame; bad cells are told all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from edges_nb.models.api import Identity
from edges_nb.planning import cells
from edges_nb.planning.cells import quoted
from edges_nb.planning.input_tables import Columns, Table
from edges_nb.planning.snapshot import Reading

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Override:
    """One row: what is given for one schedule, None where nothing is.

    Attributes:
        place: where the row is, such as `line 3` or `row 2`.
    """

    schedule_uid: str
    place: str = ""
    decision: Literal["migrate", "skip"] | None = None
    identity_uid: str | None = None
    max_results: int | None = None
    callback_url: str | None = None
    inputs: list[dict[str, Any]] | None = None
    cron: str | None = None
    timezone: str | None = None
    name: str | None = None


def read_overrides(source: "str | Path | pd.DataFrame | None") -> dict[str, Override]:
    """Read overrides by schedule uid; nothing gives none.

    Raises:
        BadInput: with a sentence for each bad cell, by line and column.
    """
    if source is None or (isinstance(source, str) and not source):
        return {}
    table = Table("overrides", _COLUMNS, "schedule_uid")
    rows = [_override(table, place, row) for place, row in table.rows(source)]
    found = [override for override in rows if override is not None]
    table.check_repeated((override.place, override.schedule_uid) for override in found)
    table.raise_faults()
    return {override.schedule_uid: override for override in found}


def check_overrides(overrides: Mapping[str, Override], reading: Reading, action: str) -> None:
    """Check what only the workspace can tell: whether schedules are there and identities can be used.

    Raises:
        BadInput: with a sentence for each bad cell, by line and column.
    """
    table = Table("overrides", _COLUMNS, "schedule_uid")
    for override in overrides.values():
        if override.schedule_uid not in reading.by_uid:
            stranger = quoted(override.schedule_uid)
            table.fault(override.place, "schedule_uid", f"no schedule of {action} has the uid {stranger}")
        if override.identity_uid is not None:
            fault = identity_fault(override.identity_uid, reading.identities)
            if fault:
                table.fault(override.place, "identity_uid", fault)
    table.raise_faults()


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


def _parsed_decision(value: object) -> str:
    if value not in ("migrate", "skip"):
        raise ValueError(f"is {quoted(value)}: use migrate or skip")
    return str(value)


_COLUMNS: Columns = {
    "schedule_uid": cells.parsed_text,
    "decision": _parsed_decision,
    "identity_uid": cells.parsed_text,
    "max_results": cells.parsed_max_results,
    "callback_url": cells.parsed_url,
    "inputs_json": cells.parsed_inputs,
    "cron": cells.parsed_cron,
    "timezone": cells.parsed_timezone,
    "name": cells.parsed_name,
}


def _override(table: Table, place: str, row: Mapping[str, object]) -> Override | None:
    """Read one row; None where something is wrong with it."""
    values, good = table.values(place, row)
    if good and values and "schedule_uid" not in values:
        table.fault(place, "schedule_uid", "is empty, so that nobody knows what the row is about")
    if not good or "schedule_uid" not in values:
        return None
    if "inputs_json" in values:
        values["inputs"] = values.pop("inputs_json")
    return Override(place=place, **values)
