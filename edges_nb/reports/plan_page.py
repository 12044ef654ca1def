"""The page of a plan that no notebook made."""

from pathlib import Path

from edges_nb.models.results import TROUBLE, Outcome
from edges_nb.planning.plan import Plan
from edges_nb.planning.start_plan import StartPlan
from edges_nb.private_files import private_folder, write_private
from edges_nb.reports.cards import ledger_card
from edges_nb.reports.html import joined, tag
from edges_nb.reports.page import page
from edges_nb.reports.preview_report import preview_parts
from edges_nb.reports.report_context import ReportContext, preparer
from edges_nb.reports.tables import frame_table

_TITLES = {"migration": "Migration to incremental mode", "change": "Change of schedules", "undo": "Undo"}


_SHOWN = 10
"""Rows of a plan that a cell shows."""


def summary(plan: Plan | StartPlan, to_do: int) -> str:
    """Return counts, digest, the first rows and the next line to run, as a cell shows them."""
    following = f'plan.apply(approve="{plan.digest}")' if to_do else "plan.frame()"
    rows = frame_table(plan.frame(), caption="Plan", limit=_SHOWN)
    told = joined([tag("p", repr(plan)), rows, tag("p", "Next: ", tag("code", following))])
    return told._repr_html_()


def outcome_summary(outcome: Outcome) -> str:
    """Return counts, the first rows, those with trouble on top, and the next line to run."""
    frame = outcome.frame()
    trouble = frame["outcome"].isin(TROUBLE)
    first = frame.assign(trouble=~trouble).sort_values("trouble", kind="stable").drop(columns="trouble")
    rows = frame_table(first, caption="Outcome", limit=_SHOWN)
    following = "outcome.attention" if trouble.any() else "load_schedules(edges)"
    told = joined([tag("p", repr(outcome)), rows, tag("p", "Next: ", tag("code", following))])
    return told._repr_html_()


def write(plan: Plan, path: Path) -> Path:
    """Write the page for its owner only, and return its path."""
    edges = plan.edges
    asked = ReportContext(
        title=_TITLES[plan.kind],
        mode="preview",
        parameters={},
        where=edges.where,
        sandbox=edges.sandbox,
        workspace=edges.workspace_words,
        at=plan.now,
        digest=plan.digest,
        kind=plan.kind,
        cost=plan.forecast.sentence,
        saves=plan.savings.sentence if plan.kind == "migration" else "",
        prepared_by=preparer(),
        command=f'plan.apply(approve="{plan.digest}")' if plan.to_replace else "",
        notice=ledger_card(plan.ledger_state),
    )
    private_folder(path.parent)
    write_private(path, page(asked, preview_parts(asked, plan.items, plan.reading.identities.values())))
    return path
