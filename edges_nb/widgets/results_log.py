"""What was done in a panel so far: results, events, and what was taken back, as rows to select."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edges_nb.models.plan_items import Decision, Item
from edges_nb.models.results import MIGRATED, SKIPPED, TROUBLE, WAITING, Outcome, Result
from edges_nb.reports.deeds import ENDINGS
from edges_nb.reports.formatting import label, listed, moment, sentence
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.tables import table

if TYPE_CHECKING:
    import pandas as pd

    from edges_nb.models.results import Event
    from edges_nb.planning.plan import Plan

TITLES = {
    "outcome": "Outcome",
    "name": "Name",
    "identity_name": "Identity",
    "reason": "What to know",
    "schedule_uid": "Schedule",
    "new_uid": "New schedule",
}

_BEFORE = "replaced before"

_WORDS = {
    **{outcome: ENDINGS[outcome] for outcome in ("needs_attention", "rolled_back", "drifted", "waiting")},
    "migrated": "replaced",
    "before": _BEFORE,
    "taken_back": "taken back",
}
"""What each outcome is called; the first ones come first."""

_AFTER = tuple(kind for kind in _WORDS if kind not in (MIGRATED, "before"))


@dataclass
class Doings:
    """Results by the uid of the schedule that was to be replaced.

    Attributes:
        before: what earlier sessions replaced and what still stands; ended: when the last of them ended.
    """

    results: dict[str, Result] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    undone: dict[str, Result] = field(default_factory=dict)
    """What came of taking a replacement back, by the uid of the original."""
    before: dict[str, Result] = field(default_factory=dict)
    ended: datetime | None = None

    @classmethod
    def of(cls, plan: Plan) -> Doings:
        """Return what earlier sessions did of the plan's action, as the ledger has it."""
        past = plan.past
        standing = [
            one
            for one in past.replaced.values()
            if one.kind == "migration"
            and one.request.action == plan.reading.action
            and getattr(past.replaced.get(one.new_uid), "kind", "") != "undo"
        ]
        before = {one.old_uid: Result(one.old_uid, MIGRATED, one.new_uid, "") for one in standing}
        return cls(before=before, ended=max((one.at for one in standing if one.at), default=None))

    @property
    def known(self) -> dict[str, Result]:
        """What was done, in this session or before."""
        return {**self.before, **self.results}

    def add(self, outcome: Outcome) -> None:
        """Take in what came of an apply; what was not begun does not hide an earlier result."""
        for result in outcome.results:
            if result.outcome != WAITING or result.schedule_uid not in self.results:
                self.results[result.schedule_uid] = result
                self.undone.pop(result.schedule_uid, None)
        self.events += outcome.events

    def add_undo(self, outcome: Outcome) -> None:
        """Take in what came of an undo, whose schedules are the replacements."""
        originals = {result.new_uid: uid for uid, result in self.known.items() if result.new_uid}
        for result in outcome.results:
            if result.outcome != WAITING and result.schedule_uid in originals:
                self.undone[originals[result.schedule_uid]] = result
        self.events += outcome.events

    @property
    def unfinished(self) -> list[str]:
        """Uids of what was not brought to its end: to go on with it, the same is applied again."""
        return [uid for uid, result in self.results.items() if result.outcome in (WAITING, *TROUBLE)]

    @property
    def standing(self) -> list[Result]:
        """What was replaced and not taken back."""
        return [self.known[uid] for uid in self.undoable(self.known)]

    def correct(self, wrong: Sequence[Result]) -> None:
        """Take in what a fresh listing contradicts."""
        for result in wrong:
            (self.results if result.schedule_uid in self.results else self.before)[result.schedule_uid] = (
                result
            )

    def undoable(self, uids: Collection[str]) -> list[str]:
        """Return those of the originals that were replaced and not taken back yet."""
        return [uid for uid in uids if self._outcome(uid) in (MIGRATED, "before")]

    def outcome(self, plan: Plan) -> Outcome | None:
        """Return what came of every schedule of a plan in this session; None where nothing was tried."""
        if not self.results:
            return None
        ends = {item.uid: _untouched(item) for item in plan.items}
        for uid, result in self.results.items():
            ends[uid] = _of_undo(uid, self.undone[uid]) if uid in self.undone else result
        return Outcome(tuple(ends.values()), tuple(self.events))

    def headline(self, left: int = 0) -> str:
        """Return in one sentence what came of it.

        Args:
            left: schedules of the plan that were not tried yet.
        """
        counts = Counter(self._outcome(uid) for uid in self.known)
        if not counts:
            return "Nothing was done."
        total = len(self.results) + left
        told = [f"{counts[MIGRATED]:,} of {total:,} replaced"] * bool(self.results)
        others = [f"{counts[kind]:,} {_WORDS[kind]}" for kind in _AFTER if counts[kind]]
        told += [listed(others)] * bool(others)
        told += [f"{counts['before']:,} {_BEFORE}, {_when(self.ended)}"] * bool(counts["before"])
        told += [f"{left:,} to go"] * bool(left)
        return f"{'; '.join(told)}."

    def frame(self, plan: Plan) -> pd.DataFrame:
        """Return one row a result, those to look at first."""
        import pandas as pd

        known = {item.uid: item for item in plan.items}
        order = list(_WORDS)
        uids = sorted(self.known, key=lambda uid: order.index(self._outcome(uid)))
        rows = [self._row(uid, known.get(uid)) for uid in uids]
        return pd.DataFrame(rows, columns=list(TITLES)).astype("string")

    def story(self, uids: Collection[str], plan: Plan) -> Html:
        """Return the events of some schedules and of what took their place, in their order."""
        names = {item.uid: label(item.schedule, item.identity) for item in plan.items}
        return joined(self._events_of(uid, names.get(uid, uid)) for uid in uids)

    def _events_of(self, uid: str, name: str) -> Html:
        result = self.known.get(uid)
        uids = {uid, result.new_uid if result else None}
        rows = [
            (f"{event.at:%H:%M:%S}", event.step, sentence(event.sentence))
            for event in self.events
            if event.schedule_uid in uids
        ]
        if not rows:
            return tag("p", f"{name}: nothing was sent that changes anything.")
        return table(["Time (UTC)", "Step", "What happened"], rows, caption=f"{name}, {uid}")

    def _row(self, uid: str, item: Item | None) -> dict[str, object]:
        result = self.undone.get(uid) or self.known[uid]
        return {
            "outcome": _WORDS[self._outcome(uid)],
            "name": label(item.schedule, item.identity) if item else None,
            "identity_name": item.identity.name if item and item.identity else None,
            "reason": sentence(result.reason),
            "schedule_uid": uid,
            "new_uid": result.new_uid,
        }

    def _outcome(self, uid: str) -> str:
        undone = self.undone.get(uid)
        if undone is not None:
            return "taken_back" if undone.outcome == MIGRATED else undone.outcome
        if uid in self.results:
            return self.results[uid].outcome
        return _of_before(self.before[uid]) if uid in self.before else ""


def _untouched(item: Item) -> Result:
    if item.decision is Decision.MIGRATE:
        return Result(item.uid, WAITING, None, "It was not begun.")
    return Result(item.uid, SKIPPED, None, item.reason)


def _of_undo(uid: str, undone: Result) -> Result:
    if undone.outcome == MIGRATED:
        return Result(uid, SKIPPED, None, "It was replaced, and taken back.")
    return replace(undone, schedule_uid=uid)


def _of_before(result: Result) -> str:
    return "before" if result.outcome == MIGRATED else result.outcome


def _when(at: datetime | None) -> str:
    """Return when something ended, in UTC, by the clock of this machine."""
    if at is None:
        return "by an earlier run"
    today = at.date() == datetime.now(UTC).date()
    return f"today {at.astimezone(UTC):%H:%M} UTC" if today else moment(at)
