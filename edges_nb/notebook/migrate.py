"""A migration as its notebook goes through it: one method for each cell.

Each step can be run again: what was done is in the ledger, and is not done twice.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from edges_nb.client import Edges
from edges_nb.errors import BadInput, EdgesNbError, NeedsAttention
from edges_nb.models.plan_items import Decision, Item
from edges_nb.notebook import messages
from edges_nb.notebook.artifacts import Dossier
from edges_nb.notebook.base import Walkthrough
from edges_nb.notebook.by_hand import ByHand
from edges_nb.notebook.parameters import MigrateParameters
from edges_nb.notebook.progress import on_terminal
from edges_nb.notebook.verify import verified
from edges_nb.planning.plan import Plan, plan_migration, plan_undo
from edges_nb.reports.apply_report import applied_screen, attention_table, outcome_table
from edges_nb.reports.before_after import diff_table
from edges_nb.reports.cards import card
from edges_nb.reports.decisions_needed import needs_table
from edges_nb.reports.deeds import DEEDS
from edges_nb.reports.figures import identity_figure, week_figure
from edges_nb.reports.first_screen import first_screen
from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, tag
from edges_nb.reports.page import facts
from edges_nb.reports.preview_report import decisions_table
from edges_nb.reports.rows import usual_timezone
from edges_nb.widgets.loading_indicator import loading

if TYPE_CHECKING:
    from edges_nb.models.results import Event, Outcome, Progress, Result
    from edges_nb.widgets.live_text import LiveText
    from edges_nb.widgets.migration_panel import MigrationPanel


class Migration(Walkthrough[MigrateParameters, Plan]):
    """Previews, applies or takes back a migration to incremental mode, cell by cell.

    Attributes:
        on_progress: told of each step of an apply, in place of the bar on the terminal.
    """

    def __init__(self, edges: Edges, parameters: MigrateParameters) -> None:
        super().__init__(edges, parameters)
        self.on_progress: Callable[[Progress], None] | None = None
        self._dossier = Dossier(parameters, edges)
        self._tried: list[Item] | None = None
        self._left_alone = ""
        self._results: dict[str, Result] = {}
        self._events: list[Event] = []
        self._hand: ByHand | None = None

    @property
    def plan(self) -> Plan:
        """The plan, once it is loaded; in mode preview as it was edited by hand."""
        return super().plan if self._hand is None else self._hand.plan

    @property
    def outcome(self) -> "Outcome | None":
        """What came of every schedule so far; None where nothing was tried."""
        from edges_nb.models.results import SKIPPED, WAITING, Outcome, Result

        if self._hand is not None:
            return self._hand.outcome
        if self._tried is None:
            return None
        waiting = f"It was left alone: {self._left_alone}" if self._left_alone else "It was not begun."
        left = {
            item.uid: Result(item.uid, WAITING, None, waiting)
            if item.decision is Decision.MIGRATE
            else Result(item.uid, SKIPPED, None, item.reason)
            for item in self.plan.items
        }
        return Outcome(tuple({**left, **self._results}.values()), tuple(self._events))

    def load(self) -> Html:
        """Read the workspace, decide on each schedule, and say what is there."""
        with self._recorded(), loading(self.edges, "Reading the workspace"):
            self._plan, self._hand = self._planned(), None
            if self.parameters.mode == "preview":
                self._hand = ByHand(self._plan, self.parameters, self._planned)
            self._tried, self._left_alone, self._results, self._events = None, "", {}, []
        there = messages.what_is_there(self.plan.reading, self.edges)
        left_out = tag("p", self.plan.left_out) if self.plan.left_out else Html()
        return there + left_out + self._dossier.asked(self.plan).notice

    def preview(self) -> "Html | LiveText":
        """Say what the plan would do, what it saves and risks, and what waits for an answer."""
        if self._hand is not None:
            return self._hand.live(self._hand.preview)
        return first_screen(self._dossier.asked(self.plan), self.plan.items)

    def decisions(self) -> "Html | LiveText":
        """Show how many schedules got which decision, and why."""
        return self._following(lambda: decisions_table(self.plan.items, self.plan.kind))

    def needs(self) -> "Html | LiveText":
        """Show what only a person can decide."""
        identities = self.plan.reading.identities.values()
        return self._following(lambda: needs_table(self.plan.items, now=self.plan.now, identities=identities))

    def changes(self) -> "Html | LiveText":
        """Show what each replacement changes and keeps."""
        return self._following(lambda: diff_table(self.plan.items))

    def pictures(self) -> Html:
        """Show when schedules run over a week, before and after, and the decisions by identity."""
        items = self.plan.items
        if not items:
            return tag("p", "There is nothing to draw.")
        return week_figure(items, usual_timezone(items), start=self.plan.now) + identity_figure(items)

    def by_hand(self) -> "Html | MigrationPanel":
        """In JupyterLab, show a panel to edit the plan and to migrate by clicks; only in mode preview."""
        if self.parameters.mode != "preview":
            return tag("p", f"Nothing is done by hand in mode {self.parameters.mode}: the cells below do it.")
        self.plan  # noqa: B018 - says that it has to be loaded first
        return self._hand.panel if self._hand is not None else Html()

    def keep(self) -> "Html | LiveText":
        """Keep what is there now, and stop where the plan is not the one that was approved."""
        with self._recorded():
            files = self._dossier.keep_plan(self.plan)
            objection = self._objection()
        number = counted(len(self.plan.to_replace), "schedule")
        told = f"The complete configuration of {number} to replace is kept in the ledger, as "
        kept = tag("p", told, tag("code", self.plan.digest), ".")
        kept += messages.in_folder(self.parameters.out_dir, files) + objection
        if (hand := self._hand) is None:
            return kept
        return hand.live(lambda: hand.kept(kept))

    def canary(self) -> "Html | LiveText":
        """Replace the first schedule and show what took its place; in mode preview do nothing.

        What an earlier run began is brought to its end before.
        """
        if self._hand is not None:
            return self._hand.live(self._hand.first)
        begun = [item for item in self.plan.to_replace if item.begun]
        groups = [begun] * bool(begun) + [[item] for item in self.plan.to_replace if not item.begun]
        self._tried = tried = list[Item]()
        self._left_alone = ""
        for items in groups:
            self._replace(items)
            tried += items
            if self._settled_by(items):
                break
        if not tried:
            return tag("p", "There is nothing to replace.")
        with self._recorded():
            return messages.what_took_its_place(self.edges, tried, [self._results[i.uid] for i in tried])

    def rest(self) -> "Html | LiveText":
        """Replace the others, unless the first one failed; in mode preview do nothing."""
        if self._hand is not None:
            return self._hand.live(self._hand.done)
        items = self.plan.to_replace
        if self._tried is None:
            raise BadInput("One schedule is tried before the rest: run the cell with canary() first.")
        if self._left_alone:
            return card("The rest was left alone", self._left_alone)
        tried = {item.uid for item in self._tried}
        rest = [item for item in items if item.uid not in tried]
        self._replace([item for item in rest if self._is_waiting(item)])
        return messages.how_they_ended([self._results[item.uid] for item in rest], self.plan.kind)

    def verify(self) -> "Html | LiveText":
        """Read the list once more, and compare it with what was done; tell what could still be migrated."""
        if self._hand is not None:
            with self._recorded():
                return self._hand.verify()
        done = [self._results[item.uid] for item in self.plan.to_replace if item.uid in self._results]
        with self._recorded():
            wrong, told = verified(self.plan, done)
        self._results |= {result.schedule_uid: result for result in wrong}
        return told

    def results(self) -> "Html | LiveText":
        """Say what came of it, and write results and report."""
        with self._recorded():
            asked, outcome = self._dossier.asked(self.plan), self.outcome
            files = self._keep_results()
        if (hand := self._hand) is not None:
            return hand.live(lambda: hand.results(files))
        if outcome is None:
            told = first_screen(asked, self.plan.items) + facts(asked)
        else:
            approved = self.parameters.approved
            told = applied_screen(asked, self.plan.items, outcome, approved=approved)
            told += attention_table(outcome, self.plan.items) if messages.open_ends(outcome) else Html()
            told += outcome_table(outcome, self.plan.items, kind=self.plan.kind)
        return told + messages.in_folder(self.parameters.out_dir, files)

    def finish(self) -> "Html | LiveText":
        """End with an error where somebody has to look at something.

        Raises:
            NeedsAttention: some replacements did not come to their end, also those of an earlier run, or the
                ledger may be lost.
        """
        if self.parameters.mode != "preview" and self._tried is None:
            raise BadInput("Nothing was tried yet: run the cells above first.")
        tried = self.outcome if self._hand is None else self._hand.trouble
        open_ends = messages.open_ends(tried) if tried else ""
        if told := [sentence for sentence in (open_ends, self.plan.ledger_state.trouble) if sentence]:
            raise NeedsAttention(" ".join(told))
        undecided = messages.open_decisions(self.plan.counts[Decision.NEEDS_INPUT])
        if self._hand is not None:
            return self._hand.live(self._hand.ended)
        number, done = len(self.plan.to_replace), DEEDS[self.plan.kind].done
        ended = f"{number:,} of {number:,} {done}." if number else f"Nothing was to be {done}."
        return tag("p", f"{ended} {undecided}".strip())

    def _following(self, say: Callable[[], Html]) -> "Html | LiveText":
        """What a cell says; in mode preview it follows what is edited by hand."""
        return say() if self._hand is None else self._hand.live(say)

    def _planned(self) -> Plan:
        given = self.parameters
        if given.mode == "undo":
            return plan_undo(self.edges, given.selection, action=given.action)
        return plan_migration(
            self.edges,
            given.selection,
            action=given.action,
            limit=given.limit,
            overrides=given.overrides or None,
            max_results=given.max_results,
            first_run=given.first_run,
            unknown=given.unknown,
        )

    def _replace(self, items: list[Item]) -> None:
        from edges_nb.models.results import outcome_until

        given, words = self.parameters, (DEEDS[self.plan.kind].done, "left as before")
        with self._recorded(), on_terminal(len(items), words) as on_progress:
            try:
                done = self.plan.apply(
                    approve=given.approved,
                    order=given.order,
                    uids=[item.uid for item in items],
                    on_progress=self.on_progress or on_progress,
                )
            except BaseException as error:
                self._take(outcome_until(error))
                raise
        self._take(done)
        self._dossier.keep_outcome(self.outcome)

    def _take(self, done: "Outcome") -> None:
        """Add what was done to what is known."""
        self._results |= {result.schedule_uid: result for result in done.results}
        self._events += done.events

    def _settled_by(self, items: list[Item]) -> bool:
        """Whether these tell that the others may go on, or that they must not."""
        results = [self._results[item.uid] for item in items]
        if any(result.outcome == "migrated" for result in results):
            return True
        # What somebody else changed meanwhile, and what went wrong earlier, tells nothing about the others.
        failed = [result for result in results if result.outcome != "drifted"]
        if not failed or items[0].begun:
            return False
        self._left_alone = f"{failed[0].schedule_uid} was tried first and failed. {failed[0].reason}"
        return True

    def _is_waiting(self, item: Item) -> bool:
        result = self._results.get(item.uid)
        return result is None or result.outcome == "waiting"

    @staticmethod
    def _schema() -> type[MigrateParameters]:
        return MigrateParameters

    def _keep_results(self, error: EdgesNbError | None = None) -> list[str]:
        return self._dossier.keep_results(self.plan if self._plan else None, self.outcome, error)
