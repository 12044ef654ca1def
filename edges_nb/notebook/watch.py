"""Watching incremental schedules after a migration, one method for each cell of `04_watch`; nothing is
changed."""

import json
from pathlib import Path

from edges_nb.client import Edges
from edges_nb.errors import BadInput, NeedsAttention
from edges_nb.monitoring.monitor import Aftermath, observe
from edges_nb.notebook import messages
from edges_nb.notebook.base import Session
from edges_nb.notebook.parameters import WatchParameters
from edges_nb.notebook.validation import refuse_key_in_kernel
from edges_nb.planning.ledger_session import past_of
from edges_nb.planning.lost_ledger import LedgerState, ledger_state
from edges_nb.private_files import private_folder, write_private
from edges_nb.reports.cards import ledger_card
from edges_nb.reports.formatting import counted, moment, sentence
from edges_nb.reports.html import Html, tag
from edges_nb.reports.page import facts, page
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.watch_report import (
    risks_table,
    savings,
    standing,
    watch_headline,
    watch_parts,
    watched_table,
)
from edges_nb.widgets.loading_indicator import loading


class Watch(Session[WatchParameters]):
    """Tells what became of incremental schedules, cell by cell."""

    def __init__(self, edges: Edges, parameters: WatchParameters) -> None:
        super().__init__(edges, parameters)
        self._aftermath: Aftermath | None = None
        self._ledger = LedgerState()

    @property
    def aftermath(self) -> Aftermath:
        """What became of the schedules, once it is loaded."""
        if self._aftermath is None:
            raise BadInput("Nothing is read yet: run the cell with load() first.")
        return self._aftermath

    def load(self) -> Html:
        """Read schedules and runs, and say in one sentence how things stand."""
        given = self.parameters
        with loading(self.edges, "Reading the workspace"):
            past = past_of(self.edges)
            self._aftermath = observe(self.edges, given.action, past, days=given.days)
            self._ledger = ledger_state(self.edges, "", self._aftermath.schedules)
        read = tag("p", f"Read at {moment(self._aftermath.now)}.")
        read += messages.odd_rows(self.edges)
        return read + ledger_card(self._ledger) + watch_headline(self._aftermath)

    def risks(self) -> Html:
        """Show what somebody has to look at, and what to do."""
        return risks_table(self.aftermath)

    def savings(self) -> Html:
        """Show what full mode would have read again."""
        return savings(self.aftermath)

    def schedules(self) -> Html:
        """Show each schedule in one row."""
        if not self.aftermath.watched:
            return tag("p", "There is no schedule to show.")
        return watched_table(self.aftermath.watched)

    def results(self) -> Html:
        """Write report and JSON where there is a folder for them, and say where."""
        refuse_key_in_kernel(self.edges.settings.key.reveal())
        asked, folder = self._asked(), self.parameters.out_dir
        if folder:
            target = private_folder(Path(folder))
            rows = [watched.as_json() for watched in self.aftermath.watched]
            write_private(target / "watch.json", json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
            write_private(target / "report.html", page(asked, watch_parts(asked, self.aftermath)))
        return facts(asked) + messages.in_folder(folder, ["watch.json", "report.html"] if folder else [])

    def finish(self) -> Html:
        """End with an error where somebody has to look at something.

        Raises:
            NeedsAttention: schedules are at risk, or the ledger may be lost.
        """
        at_risk, begun = len(self.aftermath.at_risk), len(self.aftermath.begun)
        told = [f"{counted(at_risk, 'schedule')} to look at"] * bool(at_risk)
        told += [f"{counted(begun, 'replacement')} begun and not ended"] * bool(begun)
        at_each = f"{' and '.join(told)}: what to do stands above, at each of them." if told else ""
        if at_each or self._ledger.lost:
            raise NeedsAttention(f"{at_each} {self._ledger.lost}".strip())
        return tag("p", sentence(standing(self.aftermath) or "There is nothing to watch"))

    @staticmethod
    def _schema() -> type[WatchParameters]:
        return WatchParameters

    def _asked(self) -> ReportContext:
        return ReportContext(
            title="Incremental schedules since their migration",
            mode="watch",
            parameters=self.parameters.model_dump(),
            where=self.edges.where,
            sandbox=self.edges.sandbox,
            workspace=self.edges.workspace_words,
            at=self.aftermath.now,
            digest="",
            command="",
            notice=ledger_card(self._ledger),
        )
