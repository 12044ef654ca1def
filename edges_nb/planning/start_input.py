"""What is to be started, as a person gives it: one row for each identity, or a single one as a mapping."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from edges_nb.models.api import NO_INPUT_ACTIONS, Identity, ScheduleRequest, iso
from edges_nb.planning import cells
from edges_nb.planning.input_tables import Rows, Table, TableRow, columns_of
from edges_nb.planning.overrides import identity_fault

Way = Literal["schedule", "async"]
"""A schedule that runs by its cron, or one run that is continued each time it is told to."""


class StartRow(TableRow):
    """One row: what is given for one identity, None where nothing is."""

    identity_uid: cells.Text = ""
    input: cells.Inputs | None = None
    callback_url: cells.Url | None = None
    callback_headers: cells.Headers | None = None
    callback_on: cells.On | None = None
    cron: cells.Cron | None = None
    timezone: cells.Timezone | None = None
    schedule_at: cells.Time | None = None
    max_results: cells.Count | None = None
    name: cells.Name | None = None

    def request(self, action: str, way: Way, identity: Identity) -> ScheduleRequest:
        """Return what will be sent, the name without its mark."""
        times: dict[str, Any] = {}
        if way == "schedule":
            zone = self.timezone or identity.timezone or "UTC"
            times = {"cron": self.cron, "timezone": zone, "schedule_at": self.schedule_at}
        callback = {"url": self.callback_url, "headers": self.callback_headers, "on": self.callback_on}
        cap = {"max_results": self.max_results} if self.max_results else {}
        return ScheduleRequest(
            action=action,
            inputs=self.input or [{}],
            callback={name: value for name, value in callback.items() if value is not None},
            identity_ids=[self.identity_uid],
            parameters={"sync_mode": "incremental", **cap},
            name=self.name,
            **times,
        )


COLUMNS = columns_of(StartRow)
"""What a row of what is to be started can have."""


class StartRows:
    """Reads rows, and collects what is wrong with them until all is known that can be.

    Args:
        source: the path of a CSV, a DataFrame, rows as mappings, or a single one.
        defaults: cells for what a row leaves empty.
    """

    def __init__(
        self, source: Rows, way: Way, action: str, defaults: Mapping[str, object] | None = None
    ) -> None:
        needed = [] if action in NO_INPUT_ACTIONS else ["input"]
        needed += ["callback_url", "cron"] if way == "schedule" else []
        self._table = Table("starts", StartRow, needed)
        self._rows = self._table.rows(source, defaults)

    @property
    def identity_uids(self) -> list[str]:
        """The identities that the rows name."""
        return [row.identity_uid for row in self._rows if row.identity_uid]

    def checked(self, identities: Mapping[str, Identity], now: datetime) -> list[StartRow]:
        """Return the rows, once the workspace is known.

        Raises:
            BadInput: with a sentence for each bad cell, by line and column.
        """
        for row in self._rows:
            for column, why in _faults(row, identities, now):
                self._table.fault(row.place, column, why)
        self._table.raise_faults()
        return self._rows


def _faults(row: StartRow, identities: Mapping[str, Identity], now: datetime) -> Iterable[tuple[str, str]]:
    """Tell what only the workspace and the row as a whole can, by column."""
    if not row.callback_url and (row.callback_headers or row.callback_on):
        yield "callback_url", "it is missing, and callback_headers and callback_on say nothing without it"
    fault = identity_fault(row.identity_uid, identities) if row.identity_uid else None
    if fault:
        yield "identity_uid", fault
    if row.schedule_at and datetime.fromisoformat(row.schedule_at) <= now:
        yield "schedule_at", f"is past: the server's time is {iso(now)}"
