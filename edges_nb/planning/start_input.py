"""What is to be started, as a person gives it: one row for each identity, or a single one as a mapping."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from edges_nb.models.api import CONNECTIONS, Identity, ScheduleRequest, iso
from edges_nb.planning import cells
from edges_nb.planning.input_tables import Columns, Table
from edges_nb.planning.overrides import identity_fault

if TYPE_CHECKING:
    import pandas as pd

Way = Literal["schedule", "async"]
"""A schedule that runs by its cron, or one run that is continued each time it is told to."""

_NEEDED = {"schedule": ("input", "callback_url", "cron"), "async": ("input", "callback_url")}
_TIMES = ("cron", "timezone", "schedule_at")
"""What only a schedule has."""


@dataclass(frozen=True)
class StartRow:
    """One row whose cells can be used.

    Attributes:
        place: where it is, such as `line 3`, "" where there is one row only.
        values: what the cells hold, by column.
    """

    place: str
    values: Mapping[str, Any]

    @property
    def identity_uid(self) -> str:
        """Who it runs as."""
        return str(self.values["identity_uid"])

    def request(self, action: str, way: Way, identity: Identity) -> ScheduleRequest:
        """Return what will be sent, the name without its mark."""
        values, cap = self.values, self.values.get("max_results")
        times = {name: values.get(name) for name in _TIMES} if way == "schedule" else {}
        if way == "schedule" and not times["timezone"]:
            times["timezone"] = identity.timezone or "UTC"
        callback = {"url": values["callback_url"]}
        callback |= {
            name: values[f"callback_{name}"] for name in ("headers", "on") if f"callback_{name}" in values
        }
        return ScheduleRequest(
            action=action,
            inputs=values["input"],
            callback=callback,
            identity_ids=[self.identity_uid],
            parameters={"sync_mode": "incremental", **({"max_results": cap} if cap else {})},
            name=values.get("name"),
            **times,
        )


Rows: TypeAlias = "str | Path | pd.DataFrame | Mapping[str, object] | Sequence[Mapping[str, object]]"
"""What is to be started: the path of a CSV, a DataFrame, rows as mappings, or a single one."""


class StartRows:
    """Reads rows, and collects what is wrong with them until all is known that can be.

    Args:
        source: the path of a CSV, a DataFrame, rows as mappings, or a single one.
        defaults: cells for what a row leaves empty.
    """

    def __init__(
        self,
        source: "Rows",
        way: Way,
        defaults: Mapping[str, object] | None = None,
    ) -> None:
        self._table = Table("starts", COLUMNS, "identity_uid")
        self._needed = _NEEDED[way]
        self._defaults, _ = self._table.values("", defaults or {})
        self.rows = [self._row(place, row) for place, row in self._table.rows(source)]
        uids = [(row.place, row.identity_uid) for row in self.rows if "identity_uid" in row.values]
        self._table.check_repeated(uids)

    def checked(self, identities: Mapping[str, Identity], action: str, now: datetime) -> list[StartRow]:
        """Return the rows, once the workspace is known.

        Raises:
            BadInput: with a sentence for each bad cell, by line and column.
        """
        for row in self.rows:
            for column, why in _faults(row.values, identities, action, now):
                self._table.fault(row.place, column, why)
        self._table.raise_faults()
        return self.rows

    def _row(self, place: str, row: Mapping[str, object]) -> StartRow:
        values, _ = self._table.values(place, row)
        values = {**self._defaults, **values}
        for column in ("identity_uid", *self._needed):
            if column in values or self._table.is_faulty(place, column) or self._table.is_faulty("", column):
                continue
            if column in row:
                self._table.fault(place, column, "is empty: every row needs it")
            elif column != "identity_uid":  # which is missed from the heading already
                self._table.fault("", column, "is missing: every row needs it")
        return StartRow(place, values)


def _faults(
    values: Mapping[str, Any], identities: Mapping[str, Identity], action: str, now: datetime
) -> Iterable[tuple[str, str]]:
    """Tell what only the workspace can, or what does not go together, by column."""
    uid = values.get("identity_uid")
    fault = identity_fault(uid, identities) if uid else None
    if fault:
        yield "identity_uid", fault
    inputs = values.get("input", [])
    # The API's reference names the input of this action only.
    if action == CONNECTIONS and not all(isinstance(each.get("linkedin_url"), str) for each in inputs):
        yield (
            "input",
            "lacks linkedin_url: give the address of the profile, such as https://www.linkedin.com/in/…",
        )
    at = values.get("schedule_at")
    if at and datetime.fromisoformat(at) <= now:
        yield "schedule_at", f"is past: the server's time is {iso(now)}"


def _parsed_input(value: object) -> list[dict[str, Any]]:
    value = cells.parsed_json(value, "an object, or an array of objects")
    return cells.parsed_inputs([value] if isinstance(value, dict) else value)


def _parsed_headers(value: object) -> dict[str, str]:
    value = cells.parsed_json(value, 'an object such as {"X-Team": "north"}')
    # Headers hold secrets, so no sentence quotes them.
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError("is no JSON object of texts")
    return value


def _parsed_on(value: object) -> str:
    if value not in ("all", "final"):
        raise ValueError(f"is {cells.quoted(value)}: use all or final")
    return str(value)


def _parsed_time(value: object) -> str:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"is {cells.quoted(value)}: use a time such as 2026-11-03T09:00:00+01:00") from None
    if moment.tzinfo is None:
        raise ValueError(f"is {cells.quoted(value)}: add its offset from UTC, such as +01:00 or Z")
    return iso(moment)


COLUMNS: Columns = {
    "identity_uid": cells.parsed_text,
    "input": _parsed_input,
    "callback_url": cells.parsed_url,
    "callback_headers": _parsed_headers,
    "callback_on": _parsed_on,
    "cron": cells.parsed_cron,
    "timezone": cells.parsed_timezone,
    "schedule_at": _parsed_time,
    "max_results": cells.parsed_max_results,
    "name": cells.parsed_name,
}
"""What a row of what is to be started can have."""
