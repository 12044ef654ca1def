"""Starting in incremental mode as its notebook goes through it: one method for each cell of
`03_start_incremental`.

Each step can be run again: what was started is found, and is not started twice.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from edges_nb.async_runs import load_outputs, load_syncs, wait
from edges_nb.client import Edges
from edges_nb.errors import BadInput, EdgesNbError, NeedsAttention, StillRunning
from edges_nb.models.plan_items import StartDecision
from edges_nb.notebook import messages
from edges_nb.notebook.base import Walkthrough
from edges_nb.notebook.example_rows import example_rows
from edges_nb.notebook.parameters import StartParameters
from edges_nb.notebook.progress import on_terminal, waiting_on_terminal
from edges_nb.notebook.start_artifacts import StartDossier
from edges_nb.planning.start_input import COLUMNS
from edges_nb.planning.start_plan import StartPlan, plan_starts
from edges_nb.reports.cards import error_card
from edges_nb.reports.formatting import counted, moment
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.page import Part, facts
from edges_nb.reports.start_report import (
    identities_table,
    requests,
    started_headline,
    started_table,
    starts_headline,
    starts_table,
    times_table,
    trouble_cards,
)
from edges_nb.reports.tables import frame_table
from edges_nb.widgets.loading_indicator import loading

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome

_SHOWN_OUTPUTS = 5
"""Results of a run that a cell shows."""

_BROUGHT = ("SUCCEEDED", "PARTIAL_SUCCEEDED")

_NOT_ASYNC = "That is for way async: a schedule brings what is new by itself."


class Starting(Walkthrough[StartParameters, StartPlan]):
    """Previews and starts incremental schedules or runs, cell by cell."""

    def __init__(self, edges: Edges, parameters: StartParameters) -> None:
        super().__init__(edges, parameters)
        self._dossier = StartDossier(parameters, edges)
        self._outcome: Outcome | None = None
        self._ended: dict[str, str] = {}
        self._late: list[str] = []

    @property
    def outcome(self) -> "Outcome | None":
        """What came of what was started; None where nothing was tried."""
        return self._outcome

    def load(self) -> Html:
        """Read the workspace, check what is asked for as a whole, and decide on each row.

        Raises:
            BadInput: something can't be used, each with its line and column, or nothing is chosen.
        """
        with self._recorded(), loading(self.edges, "Reading the workspace"):
            self._plan, self._outcome, self._ended, self._late = self._planned(), None, {}, []
        read = tag("p", f"Read at {moment(self.plan.now)}.") + messages.odd_rows(self.edges)
        read += self._dossier.asked(self.plan).notice
        if not self._dossier.stands_in:
            return read
        told = "As nothing is chosen, examples of the sandbox stand in for it."
        return read + tag("p", told, class_="note")

    def identities(self) -> Html:
        """Show who can run in incremental mode."""
        return identities_table(self.plan.reading.identities.values())

    def preview(self) -> Html:
        """Say what would be done about each row, and why."""
        items = self.plan.items
        return starts_headline(items, self._what) + (starts_table(items) if items else Html())

    def requests(self) -> Html:
        """Show the exact requests, without what may be a secret."""
        return requests(self.plan.items, self.plan.way)

    def times(self) -> Html:
        """Show when the schedules would run."""
        if self.plan.way == "async":
            return tag("p", "It runs at once, and again whenever this notebook is run again.")
        return times_table(self.plan.to_start, self.plan.now) or tag("p", "There is nothing to start.")

    def by_hand(self) -> Any:
        """In JupyterLab, show a panel to choose, preview and start one by clicks; only in mode preview."""
        given = self.parameters
        if given.mode != "preview" or given.way != "schedule":
            return tag("p", "Nothing is done by hand in this mode: the cells below do it.")
        from edges_nb.widgets.start_panel import start

        return start(self.edges, self.plan.reading, action=given.action, defaults=self._defaults)

    def keep(self) -> Html:
        """Keep the plan, and stop where it is not the one that was approved."""
        with self._recorded():
            files = self._dossier.keep_plan(self.plan)
            objection = self._objection()
        kept = tag(
            "p", "The complete requests are kept in the ledger, as ", tag("code", self.plan.digest), "."
        )
        return kept + messages.in_folder(self.parameters.out_dir, files) + objection

    def begin(self) -> Html:
        """Start what the plan says, or let it go on; in mode preview do nothing."""
        if self.parameters.mode == "preview":
            return messages.nothing_done()
        from edges_nb.models.results import outcome_until

        plan, words = self.plan, ("started", "not started")
        with self._recorded(), on_terminal(len(plan.to_start), words) as on_progress:
            try:
                self._outcome = plan.apply(approve=self.parameters.approved, on_progress=on_progress)
            except BaseException as error:
                until = outcome_until(error)
                self._outcome = until if until.results else None
                raise
        self._dossier.keep_outcome(plan, self._outcome)  # before a wait of hours
        told = started_headline(self._outcome, plan.items, self._what)
        return told + trouble_cards(plan.items, self._outcome)

    def wait(self) -> Html:
        """Wait until the async runs have ended, for as long as the parameters say."""
        if self.plan.way != "async":
            return tag("p", _NOT_ASYNC)
        if self._outcome is None:
            return messages.nothing_done()
        at_most = self.parameters.wait_minutes * 60.0
        told = []
        for uid in self._runs:
            try:
                with self._recorded(), waiting_on_terminal(at_most) as on_progress:
                    run = wait(self.edges, uid, at_most=at_most, on_progress=on_progress)
                self._ended[uid] = run.result or ""
                brought = counted(run.output_count or 0, "item")
                told.append(tag("p", tag("code", uid), f" {(run.status or '').lower()}: {brought} in all."))
            except StillRunning as error:
                self._late.append(uid)
                told.append(error_card(error))
        return joined(told) or tag("p", "There is nothing to wait for.")

    def outputs(self) -> pd.DataFrame:
        """Return what the async runs brought, one row each, with the run's uid in front."""
        frames = [load_outputs(self.edges, uid).assign(run_uid=uid) for uid in self._ended]
        together = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"run_uid": []})
        return together[["run_uid", *(name for name in together.columns if name != "run_uid")]]

    def brought(self) -> Html:
        """Show the first full sync of each async run against what each continuation brought."""
        if self.plan.way != "async":
            return tag("p", _NOT_ASYNC)
        if self._outcome is None:
            return messages.nothing_done()
        outputs = self.outputs()
        rest = frame_table(outputs, caption="The newest results", limit=_SHOWN_OUTPUTS)
        return self._syncs() + (rest if len(outputs) else Html())

    def results(self) -> Html:
        """Say what came of it, and write results and report."""
        with self._recorded():
            files = self._keep_results()
        asked, items = self._dossier.asked(self.plan), self.plan.items
        if self._outcome is None:
            told = starts_headline(items, self._what) + facts(asked)
            if self.plan.to_start and not self._dossier.stands_in and not asked.command:
                told += tag(
                    "p", f"To start exactly this: the same with mode apply and approve {self.plan.digest}."
                )
        else:
            told = started_headline(self._outcome, items, self._what)
            told += started_table(items, self._outcome)
        return told + messages.in_folder(self.parameters.out_dir, files)

    def finish(self) -> Html:
        """End with an error where somebody has to look at something.

        Raises:
            NeedsAttention: something was not started, or has not ended.
        """
        if self.parameters.mode == "preview":
            return starts_headline(self.plan.items, self._what)
        if self._outcome is None:
            raise BadInput("Nothing was tried yet: run the cells above first.")
        undone = len(self._outcome.attention) + self._outcome.counts["waiting"]
        unclear = self.plan.counts[StartDecision.NEEDS_INPUT]
        told = [f"{counted(undone, self._what)} not started"] * bool(undone)
        told += [f"{counted(unclear, 'row')} to decide on"] * bool(unclear)
        told += [f"still at work: {', '.join(self._late)}"] * bool(self._late)
        broken = [uid for uid, status in self._ended.items() if status not in _BROUGHT]
        told += [f"ended without success: {', '.join(broken)}"] * bool(broken)
        if told:
            raise NeedsAttention(f"{'; '.join(told).capitalize()}. What to do stands above, at each of them.")
        return tag("p", f"Every {self._what} that was planned came to its end.")

    @property
    def _what(self) -> str:
        return "run" if self.parameters.way == "async" else "schedule"

    @property
    def _runs(self) -> list[str]:
        from edges_nb.models.results import CONTINUED, STARTED

        results = self._outcome.results if self._outcome else ()
        return [r.new_uid for r in results if r.new_uid and r.outcome in (STARTED, CONTINUED)]

    @cached_property
    def _defaults(self) -> dict[str, object]:
        given = self.parameters
        cells = {
            "input": given.inputs_json,
            "callback_url": given.callback_url,
            "cron": given.cron,
            "timezone": given.timezone,
            "max_results": given.max_results,
            "name": given.name,
        }
        return {name: cell for name, cell in cells.items() if cell}

    def _planned(self) -> StartPlan:
        given = self.parameters
        rows: str | pd.DataFrame | dict[str, object] = pd.DataFrame(columns=list(COLUMNS))
        if given.starts:
            rows = given.starts
        elif given.identity_uid:
            rows = {"identity_uid": given.identity_uid}
        elif self._dossier.stands_in:
            rows = example_rows(self.edges, given.action, given.way)
        elif given.mode == "apply":
            raise BadInput("Nothing is chosen to start: give identity_uid, or the path of a CSV as starts.")
        return plan_starts(self.edges, rows, action=given.action, way=given.way, defaults=self._defaults)

    def _syncs(self) -> Html:
        tables = []
        for uid in self._ended:
            syncs = load_syncs(self.edges, uid)
            tables.append(frame_table(syncs, caption=f"What {uid} brought, sync by sync"))
        return joined(tables) or tag("p", "There is nothing to compare.")

    @staticmethod
    def _schema() -> type[StartParameters]:
        return StartParameters

    def _keep_results(self, error: EdgesNbError | None = None) -> list[str]:
        more: list[Part] = [("What each sync brought", self._syncs())] if self._ended else []
        return self._dossier.keep_results(self._plan, self._outcome, more, error)
