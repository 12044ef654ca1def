"""What incremental mode would save: items a month as they are fetched now, and as they would be then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edges_nb.cron import runs_per_day
from edges_nb.models.api import Run, mode_of
from edges_nb.models.plan_items import Item
from edges_nb.planning.evidence import NO_EVIDENCE, Evidence

_MONTH = 30.0
_DAY = 86_400.0
_ENDED_WELL = ("SUCCEEDED", "PARTIAL_SUCCEEDED")


@dataclass(frozen=True)
class Savings:
    """Items that schedules fetch in 30 days.

    Attributes:
        schedules: how many are to be replaced; known: those of which two full runs tell what is new.
        now, then: items in full mode and in incremental mode, of those that are known.
    """

    schedules: int
    known: int
    now: float
    then: float

    @property
    def sentence(self) -> str:
        """The savings for a person, or from when they can be told."""
        if not self.known:
            return "Not known yet: it can be told once a schedule has two full runs to compare."
        share = 100 * (1 - self.then / self.now) if self.now else 0.0
        told = f"About {_rounded(self.now)} items a month now, {_rounded(self.then)} then: {share:.0f} % less"
        if self.known < self.schedules:
            told += f" (told by the {self.known:,} of {self.schedules:,} that have two full runs)"
        return f"{told}. The first run of each brings everything once more."


def savings(items: Iterable[Item], evidence: Mapping[str, Evidence]) -> Savings:
    """Return what the replacements among the items would save; nothing is requested.

    Args:
        evidence: what runs tell, by the uid of the schedule.
    """
    chosen = [item for item in items if item.request and item.request.sync_mode == "incremental"]
    months = [_month(item, evidence.get(item.uid, NO_EVIDENCE).runs) for item in chosen]
    known = [month for month in months if month is not None]
    return Savings(len(chosen), len(known), sum(now for now, _ in known), sum(then for _, then in known))


def _month(item: Item, runs: Iterable[Run]) -> tuple[float, float] | None:
    """Items of 30 days in full mode and in incremental mode; None where the runs do not tell."""
    full = [
        (run.started_at, run.output_count)
        for run in runs
        if run.result in _ENDED_WELL and mode_of(run.parameters) != "incremental"
    ]
    sized = sorted((at, count) for at, count in full if at is not None and count is not None)
    try:
        often = runs_per_day(item.schedule.cron or "")
    except ValueError:
        return None
    if len(sized) < 2 or sized[-1][0] == sized[0][0]:
        return None
    days = (sized[-1][0] - sized[0][0]).total_seconds() / _DAY
    now = often * _MONTH * sized[-1][1]
    # What is new is what a run brought beyond the largest before it: contacts may leave and come back.
    new = max(count for _, count in sized) - sized[0][1]
    return now, min(new / days * _MONTH, now)


def _rounded(number: float) -> str:
    """An estimate, to three digits."""
    return f"{round(number, -max(0, len(f'{number:.0f}') - 3)):,.0f}"
