"""What a person gives for single schedules: the same rows that a CSV of overrides has."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edges_nb.planning.overrides import Override

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("schedule_uid", "decision", "identity_uid", "max_results", "callback_url", "inputs_json"),
    *("cron", "timezone", "name", "callback_headers"),
)
"""The columns of a CSV of overrides, in the order in which they are written."""

_SECRET = ("callback_url", "callback_headers")


@dataclass(frozen=True)
class Edits:
    """Rows by schedule uid; each change gives new edits, so one that can't be used is just not kept."""

    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, overrides: Mapping[str, Override]) -> Edits:
        """Return the edits that a CSV of overrides already holds."""
        return cls({uid: _row(override) for uid, override in overrides.items()})

    def __len__(self) -> int:
        return len(self.rows)

    def value(self, uid: str, column: str) -> str:
        """Return what was given for a schedule, "" where nothing was."""
        return self.rows.get(uid, {}).get(column, "")

    def give(self, uids: Collection[str], column: str, value: str) -> Edits:
        """Return the edits with a value for some schedules; "" takes back what was given."""
        rows = {uid: dict(row) for uid, row in self.rows.items()}
        for uid in uids:
            row = rows.setdefault(uid, {})
            row.pop(column, None)
            if value:
                row[column] = value
        return Edits({uid: row for uid, row in rows.items() if row})

    def without(self, uids: Collection[str]) -> Edits:
        """Return the edits without anything for some schedules."""
        return Edits({uid: row for uid, row in self.rows.items() if uid not in set(uids)})

    def frame(self) -> pd.DataFrame:
        """Return the rows as `plan_migration` takes them."""
        import pandas as pd

        return pd.DataFrame(self._table(), columns=list(self._used())).astype("string")

    def csv(self, *, secrets: bool = True) -> str:
        """Return the rows as the CSV that the parameter `overrides` names.

        Args:
            secrets: whether addresses and headers are whole, as a file has them and no page.
        """
        text = io.StringIO()
        writer = csv.DictWriter(text, self._used(), restval="", lineterminator="\n")
        writer.writeheader()
        hidden = {} if secrets else dict.fromkeys(_SECRET, "•••")
        writer.writerows(
            {name: hidden.get(name, cell) for name, cell in row.items()} for row in self._table()
        )
        return text.getvalue()

    def _used(self) -> tuple[str, ...]:
        given = {column for row in self.rows.values() for column in row}
        return tuple(column for column in COLUMNS if column == "schedule_uid" or column in given)

    def _table(self) -> list[dict[str, str]]:
        return [{"schedule_uid": uid, **row} for uid, row in sorted(self.rows.items())]


def _row(override: Override) -> dict[str, str]:
    given = {column: getattr(override, column, None) for column in COLUMNS[1:]}
    given["inputs_json"] = override.inputs
    return {
        column: str(value) if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
        for column, value in given.items()
        if value is not None
    }
