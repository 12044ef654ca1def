"""A preview in JupyterLab: the panel that edits and replaces, and the cells that tell what it did."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edges_nb.models.plan_items import Decision
from edges_nb.notebook import messages
from edges_nb.notebook.artifacts import Dossier
from edges_nb.notebook.parameters import MigrateParameters
from edges_nb.notebook.verify import verified
from edges_nb.planning.plan import Plan
from edges_nb.reports.apply_report import attention_table, outcome_table
from edges_nb.reports.first_screen import first_screen
from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, tag
from edges_nb.reports.page import facts
from edges_nb.widgets.apply_panel import child_card
from edges_nb.widgets.live_text import LiveText
from edges_nb.widgets.migration_panel import migrate

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome
    from edges_nb.widgets.results_log import Doings

_FOLDER = Path("out/by-hand")
"""Where "Write report" writes to where the notebook was given no folder."""


class ByHand:
    """What the cells of a preview show, before and after something was done in its panel.

    Attributes:
        panel: edits the plan, and replaces by clicks.
    """

    def __init__(self, plan: Plan, parameters: MigrateParameters, replan: Callable[[], Plan]) -> None:
        self._loaded, self._parameters = plan, parameters
        self._dossier = Dossier(parameters, plan.edges)
        self._texts: list[LiveText] = []
        self._told: object = None
        self.panel = migrate(
            plan,
            order=parameters.order,
            overrides=parameters.overrides,
            folder=parameters.out_dir,
            replan=replan,
            verify=lambda done: verified(self.plan, done),
            write=self._write,
        )
        self.panel.run.on_change(self._tell)

    @property
    def plan(self) -> Plan:
        """The plan as it was edited, or as it is being applied."""
        return self.panel.run.running.plan

    @property
    def doings(self) -> "Doings":
        """What was done, by earlier sessions too."""
        return self.panel.run.running.doings

    @property
    def outcome(self) -> "Outcome | None":
        """What came of every schedule of the plan in this session; None where nothing was tried."""
        return self.doings.outcome(self.plan)

    @property
    def trouble(self) -> "Outcome":
        """What was tried by hand and somebody has to look at; what a person left for later is none of it."""
        from edges_nb.models.results import TROUBLE, Outcome

        return Outcome(tuple(one for one in self.doings.results.values() if one.outcome in TROUBLE))

    def live(self, say: Callable[[], Html]) -> LiveText:
        """Return a cell's text that follows the panel."""
        self._texts.append(LiveText(say))
        return self._texts[-1]

    def preview(self) -> Html:
        """Say what the plan would do or, once something was done, how things stand."""
        if self.doings.results:
            return self._standing()
        asked, told = self._dossier.asked(self.plan), Html()
        if self.doings.known:
            asked, told = replace(asked, mode="resumed"), self._standing()
        return told + first_screen(asked, self.plan.items)

    def kept(self, told: Html) -> Html:
        """Say under which digest the plan is kept.

        Args:
            told: what was said of the plan as it was loaded.
        """
        if self.plan is self._loaded:
            return told
        digest = tag("code", self.plan.digest)
        return tag("p", "The plan is ", digest, " now; it is kept in the ledger as soon as it is applied.")

    def first(self) -> Html:
        """Show what took the place of the first schedule."""
        child = self.panel.run.running.child
        return child_card(child) if child is not None else self._done()

    def done(self) -> Html:
        """Say what the panel did."""
        return self._done()

    def verify(self) -> LiveText:
        """Compare what was done with a fresh listing, and say what it shows."""
        running = self.panel.run.running
        if running.can_verify and not running.busy:
            running.verify_now()
        return self.live(self._verified)

    def results(self, files: Sequence[str]) -> Html:
        """Say what came of it."""
        outcome, plan = self.outcome, self.plan
        if outcome is None:
            told = self.preview() + facts(self._dossier.asked(plan))
        else:
            told = self._standing()
            told += attention_table(outcome, plan.items) if messages.open_ends(outcome) else Html()
            told += outcome_table(outcome, plan.items)
        return told + messages.in_folder(self._parameters.out_dir, files)

    def ended(self) -> Html:
        """Say how things stand in the end."""
        if self.doings.known:
            return self._standing()
        number = counted(len(self.plan.to_replace), "schedule")
        return tag("p", f"{number} to be replaced; nothing has been changed. {self._undecided()}".strip())

    def _standing(self) -> Html:
        lead = tag("p", self.doings.headline(len(self.panel.run.running.left)), class_="lead")
        undecided = self._undecided()
        return lead + (tag("p", undecided) if undecided else Html())

    def _undecided(self) -> str:
        return messages.open_decisions(self.plan.counts[Decision.NEEDS_INPUT])

    def _done(self) -> Html:
        if not self.doings.known:
            return messages.nothing_done()
        return tag("p", self.doings.headline(len(self.panel.run.running.left)))

    def _verified(self) -> Html:
        if not self.doings.known:
            return messages.nothing_done()
        told = "Not verified since the last step: press Verify in the panel, or run this cell."
        return self.panel.run.running.verified or tag("p", told)

    def _write(self) -> str:
        folder = Path(self._parameters.out_dir or _FOLDER)
        parameters = self._parameters.model_copy(update={"out_dir": str(folder)})
        dossier = Dossier(parameters, self.plan.edges)
        files = [*dossier.keep_plan(self.plan), *dossier.keep_results(self.plan, self.outcome)]
        return f"{', '.join(files)} are in {folder.absolute()}."

    def _tell(self) -> None:
        """Bring every cell to where things stand, each time that something was planned or done."""
        running, doings = self.panel.run.running, self.doings
        counts = len(doings.results), len(doings.undone), len(doings.before), len(doings.events)
        state = (running.plan, running.busy, running.verified, counts)
        if state == self._told:
            return
        self._told = state
        if doings.results and not running.busy and self._parameters.out_dir:
            self._dossier.keep_results(self.plan, self.outcome)
        for text in self._texts:
            text.refresh()
