"""What came of applying a plan: a result for each schedule, and the events on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from edges_nb.errors import LedgerError

if TYPE_CHECKING:
    import pandas as pd

MIGRATED, SKIPPED, DRIFTED = "migrated", "skipped", "drifted"
ROLLED_BACK, NEEDS_ATTENTION, WAITING = "rolled_back", "needs_attention", "waiting"

STARTED, CONTINUED, REFUSED = "started", "continued", "refused"
"""Of what is started in place of nothing."""

TROUBLE = (NEEDS_ATTENTION, ROLLED_BACK, REFUSED, DRIFTED)
"""Outcomes after which somebody has to do something, the most urgent first."""


@dataclass(frozen=True)
class Result:
    """How one schedule ended.

    Attributes:
        schedule_uid: of what was to be replaced; the digest of its request where it was to be started.
        outcome: `migrated`, `skipped` (the plan left it out), `drifted` (it was not what the plan saw, and
            was left alone, or somebody else put something in its place first), `rolled_back` (refused; the
            old configuration runs as before), `needs_attention` (a person has to look) or `waiting` (not
            begun yet). What replaces nothing is `started`, `skipped` (an equal one is there), `continued` (an
            async run goes on) or `refused` (nothing came of it).
        new_uid: the schedule that took its place or was started, or None.
        reason: a sentence, with what to do next where something is to be done.
    """

    schedule_uid: str
    outcome: str
    new_uid: str | None
    reason: str


@dataclass(frozen=True)
class Event:
    """One step of one replacement, in the server's time, for a timeline; it holds no secret."""

    at: datetime
    schedule_uid: str
    step: str
    sentence: str


@dataclass(frozen=True)
class Progress:
    """Where an apply stands.

    Attributes:
        total: schedules to replace; done: those with a result.
        migrated, rolled_back, attention: of those done. `rolled_back` counts drifted ones too.
        waiting: those without a result.
        sentence: what happened last.
        per_second: requests a second that are allowed now.
        pause: seconds until requests go on, 0 where they do.
    """

    total: int
    done: int
    migrated: int
    rolled_back: int
    attention: int
    waiting: int
    sentence: str
    per_second: float
    pause: float


@dataclass(frozen=True, repr=False)
class Outcome:
    """Results in the order of the plan, and events in the order in which they came."""

    results: tuple[Result, ...]
    events: tuple[Event, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many schedules had which outcome."""
        return Counter(result.outcome for result in self.results)

    @property
    def attention(self) -> list[Result]:
        """Results that somebody has to look at, the most urgent first."""
        trouble = (result for result in self.results if result.outcome in TROUBLE)
        return sorted(trouble, key=lambda result: TROUBLE.index(result.outcome))

    def frame(self) -> pd.DataFrame:
        """One row a schedule: schedule_uid, outcome, new_uid, reason (strings)."""
        import pandas as pd

        return pd.DataFrame(self.as_json(), columns=[each.name for each in fields(Result)]).astype("string")

    def __repr__(self) -> str:
        told = ", ".join(f"{number:,} {outcome}" for outcome, number in self.counts.most_common())
        return f"<Outcome of {len(self.results):,}: {told or 'nothing was done'}>"

    # Reports stand above models, and load when one is shown.
    def _repr_html_(self) -> str:
        return str(import_module("edges_nb.reports.plan_page").outcome_summary(self))

    def as_json(self) -> list[dict[str, Any]]:
        """What `results.json` holds."""
        return [asdict(result) for result in self.results]


class Interrupted(KeyboardInterrupt):
    """An apply was interrupted: what was begun had time to come to its end, and nothing more was begun.

    Attributes:
        outcome: what was done until then.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("interrupted")
        self.outcome = outcome


def outcome_until(error: BaseException) -> Outcome:
    """Return what was done until an error broke an apply off; no results where it did not begin."""
    outcome = error.outcome if isinstance(error, Interrupted | LedgerError) else None
    return outcome if isinstance(outcome, Outcome) else Outcome(())
