"""One incremental schedule, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edges_nb.models.api import Run, Schedule
from edges_nb.monitoring.due_times import Iterations
from edges_nb.monitoring.loss_forecast import Forecast

URGENCY = (
    *("unfinished", "both_live", "gone", "lost", "failing", "never_ran", "stopped", "may_lose"),
    "first_capped",
)
"""The codes of findings, what can't wait first."""


@dataclass(frozen=True)
class Finding:
    """Something that somebody has to look at.

    Attributes:
        code: one of `URGENCY`; stable, for scripts.
        sentence: what was seen.
        next_step: what to do.
    """

    code: str
    sentence: str
    next_step: str

    @property
    def rank(self) -> int:
        """Its place in `URGENCY`: a smaller one can wait less."""
        return URGENCY.index(self.code)


@dataclass(frozen=True)
class Load:
    """What was read, or would have been: items, and pages of a hundred to read them by."""

    items: int = 0
    pages: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(self.items + other.items, self.pages + other.pages)

    def __sub__(self, other: Load) -> Load:
        return Load(self.items - other.items, self.pages - other.pages)


@dataclass(frozen=True)
class WatchedSchedule:
    """An incremental schedule with its runs since a moment.

    Attributes:
        old_uid: what it replaced, None where it replaced nothing.
        runs: those since the moment, the newest first.
        items_before: what a run of the schedule that it replaced usually brought.
        items_now: what its own runs usually bring, without the first, which brings everything.
        brought: what its runs brought; in_full: what full mode would have brought at the same times, None
            where its first run is not known any more.
        cap: its `max_results`, None where it has none or none is known.
        capped: runs, without the first, that brought as many items as `max_results` allowed.
    """

    schedule: Schedule
    old_uid: str | None = None
    runs: tuple[Run, ...] = ()
    items_before: float | None = None
    items_now: float | None = None
    brought: Load = Load()
    in_full: Load | None = None
    cap: int | None = None
    capped: tuple[Run, ...] = ()
    forecast: Forecast | None = None
    iterations: Iterations = field(default_factory=Iterations)
    failures: Mapping[str, int] = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()

    @property
    def uid(self) -> str:
        """The schedule's uid."""
        return self.schedule.uid

    @property
    def awaits_first_result(self) -> bool:
        """Whether nothing can be said of its runs yet: none has ended, as far as the server still knows."""
        ended = any(not run.unfinished for run in self.runs)
        return not ended and (bool(self.runs) or self.schedule.last_executed_at is None)

    @property
    def saved(self) -> Load | None:
        """What was not read again, None where it is not known."""
        return self.in_full - self.brought if self.in_full is not None else None

    def as_json(self) -> dict[str, Any]:
        """The same for scripts, without secrets."""
        next_at = self.schedule.next_execution_at
        return {
            "schedule_uid": self.uid,
            "replaces": self.old_uid,
            "status": self.schedule.status,
            "runs": len(self.runs),
            "items_before": self.items_before,
            "items_now": self.items_now,
            "items": self.brought.items,
            "items_in_full_mode": self.in_full.items if self.in_full else None,
            "items_saved": self.saved.items if self.saved else None,
            "requests_saved": self.saved.pages if self.saved else None,
            "skipped": self.iterations.skipped,
            "missed": self.iterations.missed,
            "failures": dict(self.failures),
            "max_results": self.cap,
            "next_execution": next_at.isoformat() if next_at else None,
            "findings": [vars(finding) for finding in self.findings],
        }
