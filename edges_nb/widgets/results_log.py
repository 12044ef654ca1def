"""What was done in a panel so far: results, events, and what was taken back, as rows to select."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edges_nb.models.results import MIGRATED, TROUBLE, WAITING
from edges_nb.reports.formatting import label, listed, sentence
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.tables import table

if TYPE_CHECKING:
    import pandas as pd

    from edges_nb.models.plan_items import Item
    from edges_nb.models.results import Event, Outcome, Result
    from edges_nb.planning.plan import Plan

TITLES = {
    "outcome": "Outcome",
    "name": "Name",
    "identity_name": "Identity",
    "reason": "What to know",
    "schedule_uid": "Schedule",
    "new_uid": "New schedule",
}

_WORDS = {
    "needs_attention": "needs a look",
    "rolled_back": "refused, runs as before",
    "drifted": "changed by somebody else, left alone",
    "waiting": "not begun yet",
    "migrated": "replaced",
    "taken_back": "taken back",
}
"""What each outcome is called; the first ones come first."""


@dataclass
class Doings:
    """Results by the uid of the schedule that was to be replaced."""

    results: dict[str, Result] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    undone: dict[str, Result] = field(default_factory=dict)
    """What came of taking a replacement back, by the uid of the original."""

    def add(self, outcome: Outcome) -> None:
        """Take in what came of an apply; what was not begun does not hide an earlier result."""
        for result in outcome.results:
            if result.outcome != WAITING or result.schedule_uid not in self.results:
                self.results[result.schedule_uid] = result
                self.undone.pop(result.schedule_uid, None)
        self.events += outcome.events

    def add_undo(self, outcome: Outcome) -> None:
        """Take in what came of an undo, whose schedules are the replacements."""
        originals = {result.new_uid: uid for uid, result in self.results.items() if result.new_uid}
        for result in outcome.results:
            if result.outcome != WAITING and result.schedule_uid in originals:
                self.undone[originals[result.schedule_uid]] = result
        self.events += outcome.events

    @property
    def unfinished(self) -> list[str]:
        """Uids of what was not brought to its end: to go on with it, the same is applied again."""
        return [uid for uid, result in self.results.items() if result.outcome in (WAITING, *TROUBLE)]

    def undoable(self, uids: Collection[str]) -> list[str]:
        """Return those of the originals that were replaced and not taken back yet."""
        return [uid for uid in uids if self._outcome(uid) == MIGRATED]

    def headline(self) -> str:
        """Return in one sentence what came of it."""
        counts = Counter(self._outcome(uid) for uid in self.results)
        if not counts:
            return "Nothing was done."
        others = [
            f"{counts[kind]:,} {words}" for kind, words in _WORDS.items() if counts[kind] and kind != MIGRATED
        ]
        told = f"{counts[MIGRATED]:,} of {len(self.results):,} replaced"
        return f"{told}; {listed(others)}." if others else f"{told}."

    def frame(self, plan: Plan) -> pd.DataFrame:
        """Return one row a result, those to look at first."""
        import pandas as pd

        known = {item.uid: item for item in plan.items}
        order = list(_WORDS)
        uids = sorted(self.results, key=lambda uid: order.index(self._outcome(uid)))
        rows = [self._row(uid, known.get(uid)) for uid in uids]
        return pd.DataFrame(rows, columns=list(TITLES)).astype("string")

    def story(self, uids: Collection[str], plan: Plan) -> Html:
        """Return the events of some schedules and of what took their place, in their order."""
        names = {item.uid: label(item.schedule, item.identity) for item in plan.items}
        return joined(self._events_of(uid, names.get(uid, uid)) for uid in uids)

    def _events_of(self, uid: str, name: str) -> Html:
        result = self.results.get(uid)
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
        result = self.undone.get(uid) or self.results[uid]
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
        return self.results[uid].outcome if uid in self.results else ""
