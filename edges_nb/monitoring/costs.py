"""What full mode costs: items that runs fetch again and again, against items that were new."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

COST_COLUMNS: Mapping[str, str] = {
    "schedule_uid": "string",
    "name": "string",
    "identity_name": "string",
    "runs": "Int64",
    "fetched": "Int64",
    "new": "Int64",
    "saved": "Int64",
    "capped": "boolean",
    "month_full": "Float64",
    "month_incremental": "Float64",
}
"""`runs` are full ones after the first known; `saved` is what incremental mode would not have fetched;
`capped` tells that a run stopped at its `max_results`, which hides what was new; months are 30 days."""

_MONTH = 30.0
_DAY = 86_400.0
_OF_SCHEDULE = ["schedule_uid", "name", "identity_name", "runs_per_day"]
_ENDED_WELL = ("SUCCEEDED", "PARTIAL_SUCCEEDED")


@dataclass(frozen=True)
class Totals:
    """The sums over schedules, for one sentence."""

    schedules: int
    runs: int
    fetched: int
    new: int
    month_full: float
    month_incremental: float

    @property
    def saved_share(self) -> float:
        """Which part of the items would not have been fetched, from 0 to 1."""
        return (self.fetched - self.new) / self.fetched if self.fetched else 0.0


def full_mode_costs(runs: pd.DataFrame, schedules: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each schedule with at least two full runs, the costliest first.

    The first run known of a schedule counts as its first sync, which incremental mode needs too. What is new
    is what a run brought beyond the largest before it: contacts that left meanwhile make that too low, never
    too high.

    Args:
        runs: what `load_runs` gives; schedules: what `load_schedules` gives, all of them or a selection.
    """
    counted = runs[_counts(runs) & runs["schedule_uid"].isin(schedules["schedule_uid"])]
    known = {str(row["schedule_uid"]): row for row in schedules[_OF_SCHEDULE].to_dict("records")}
    rows = [
        _row(str(uid), part.sort_values("started"), known[str(uid)])
        for uid, part in counted.groupby("schedule_uid", sort=True)
        if len(part) > 1
    ]
    rows.sort(key=lambda row: (-row["saved"], row["schedule_uid"]))
    return pd.DataFrame(rows, columns=list(COST_COLUMNS)).astype(dict(COST_COLUMNS))


def totals(costs: pd.DataFrame) -> Totals:
    """Return the sums over all schedules."""
    return Totals(
        schedules=len(costs),
        runs=int(costs["runs"].sum()),
        fetched=int(costs["fetched"].sum()),
        new=int(costs["new"].sum()),
        month_full=float(costs["month_full"].sum()),
        month_incremental=float(costs["month_incremental"].sum()),
    )


def _counts(runs: pd.DataFrame) -> pd.Series[bool]:
    full = runs["sync_mode"].fillna("full").eq("full")
    return full & runs["status"].isin(_ENDED_WELL) & runs["items"].notna() & runs["started"].notna()


def _row(uid: str, runs: pd.DataFrame, schedule: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
    items = runs["items"].astype("int64")
    later, before = items.iloc[1:], items.cummax().shift(1).iloc[1:].astype("int64")
    fetched, new = int(later.sum()), int((later - before).clip(lower=0).sum())
    days = (runs["started"].iloc[-1] - runs["started"].iloc[0]).total_seconds() / _DAY
    per_day = schedule["runs_per_day"]
    at_full = None if pd.isna(per_day) else float(per_day) * _MONTH * int(items.iloc[-1])
    at_incremental = None if at_full is None or days <= 0 else min(new / days * _MONTH, at_full)
    return {
        "schedule_uid": uid,
        "name": schedule["name"],
        "identity_name": schedule["identity_name"],
        "runs": len(later),
        "fetched": fetched,
        "new": new,
        "saved": fetched - new,
        "capped": bool((runs["max_results"].notna() & (runs["items"] >= runs["max_results"])).any()),
        "month_full": at_full,
        "month_incremental": at_incremental,
    }
