"""What a run of starts leaves in its folder: the plan, the results, and the report."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edges_nb.client import Edges
from edges_nb.errors import EdgesNbError
from edges_nb.models.plan_items import Start, StartDecision
from edges_nb.notebook.artifacts import as_json, written
from edges_nb.notebook.parameters import StartParameters
from edges_nb.planning.start_plan import StartPlan
from edges_nb.reports.cards import error_card, ledger_card
from edges_nb.reports.html import Html
from edges_nb.reports.page import Part, page
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.safe_csv import to_safe_csv
from edges_nb.reports.start_report import start_parts

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome


class StartDossier:
    """Writes what a run leaves, each file at once and for its owner only; without `out_dir` nothing.

    Attributes:
        stands_in: whether examples of the sandbox stand in for what is not chosen.
    """

    def __init__(self, parameters: StartParameters, edges: Edges) -> None:
        self._parameters = parameters
        self._edges = edges
        self.stands_in = edges.sandbox and not parameters.chosen

    def asked(self, plan: StartPlan | None) -> ReportContext:
        """Return what a report answers."""
        given, command = self._parameters, ""
        if plan is not None and given.mode == "preview" and plan.to_start and not self.stands_in:
            command = given.command(approve=plan.digest)
        return ReportContext(
            title="Start in incremental mode",
            mode=given.mode,
            parameters=given.model_dump(),
            where=self._edges.where,
            sandbox=self._edges.sandbox,
            workspace=self._edges.workspace_words,
            at=plan.now if plan else self._edges.now(),
            digest=plan.digest if plan else "",
            command=command,
            notice=ledger_card(plan.ledger_state) if plan else Html(),
        )

    def keep_plan(self, plan: StartPlan) -> list[str]:
        """Write the plan, for scripts and for people, and return the names of the files."""
        return self._keep({"plan.json": as_json(plan.as_json()), "plan.csv": to_safe_csv(plan.frame())})

    def keep_outcome(self, plan: StartPlan | None, outcome: "Outcome | None") -> list[str]:
        """Write what is known so far, whatever comes, and return the names of the files."""
        return self._keep({"results.json": as_json(_rows(plan, outcome))})

    def keep_results(
        self,
        plan: StartPlan | None,
        outcome: "Outcome | None",
        more: Sequence[Part] = (),
        error: EdgesNbError | None = None,
    ) -> list[str]:
        """Write the results and the report, also of a run that failed, and return the names of the files.

        Args:
            more: parts of the report about what was brought.
        """
        # Before the report, which is more to make: what was done has to be told whatever comes.
        results = self.keep_outcome(plan, outcome)
        parts: list[Part] = [("", error_card(error))] if error else []
        asked = self.asked(plan)
        if plan is not None:
            parts += start_parts(asked, plan.items, plan.way, outcome, list(more))
        return results + self._keep({"report.html": page(asked, parts)})

    def _keep(self, files: Mapping[str, str | Iterable[str]]) -> list[str]:
        folder = self._parameters.out_dir
        return written(Path(folder), files) if folder else []


def _rows(plan: StartPlan | None, outcome: "Outcome | None") -> list[dict[str, Any]]:
    if outcome is None or plan is None:
        return []
    results = {result.schedule_uid: result for result in outcome.results}
    rows = []
    for item in plan.items:
        result = results.get(item.uid)
        rows.append(
            {
                "identity_uid": item.request.identity_ids[0],
                "outcome": result.outcome if result else _left(item),
                "uid": result.new_uid if result else item.found,
                "reason": result.reason if result else item.reason,
            }
        )
    return rows


def _left(item: Start) -> str:
    return "skipped" if item.decision is StartDecision.SKIP else "needs_input"
