"""A migration by hand: the plan to look at and to edit, and below it the buttons that do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edges_nb.reports.html import Html, tag
from edges_nb.widgets.apply_panel import MigrationRun
from edges_nb.widgets.layout import panel
from edges_nb.widgets.plan_editor import PlanPreview
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

    from edges_nb.planning.plan import Plan
    from edges_nb.widgets.apply_controller import Verify


class MigrationPanel(Twin):
    """Preview and run of one migration.

    Attributes:
        preview: the plan, to narrow and to edit.
        run: what applies it.
    """

    def __init__(self, preview: PlanPreview, run: MigrationRun) -> None:
        self.preview, self.run = preview, run
        self._panel: DOMWidget | None = None

    def static(self) -> Html:
        """Return where things stand; the plan itself is told by the notebook's other cells."""
        told = "In JupyterLab, a panel stands here: edit the plan, replace one schedule, then the others."
        return self.run.static() + tag("p", told, class_="note")

    def widget(self) -> DOMWidget:
        """Return the panel."""
        if self._panel is None:
            self._panel = panel(self.preview.widget(), self.run.widget())
        return self._panel


def migrate(
    plan: Plan,
    *,
    order: Literal["pause", "guide"] = "pause",
    overrides: str | Path = "",
    folder: str | Path = "",
    replan: Callable[[], Plan],
    verify: Verify,
    write: Callable[[], str],
) -> MigrationPanel:
    """Return a panel for a plan that `plan_migration` made.

    Args:
        order: as for `Plan.apply`.
        overrides: the CSV that the plan was made with; edits in the panel are added to its rows.
        folder: where edits are saved as a CSV.
        replan: makes the plan anew after something was done.
        verify, write: as for `MigrationRun`.
    """
    preview = PlanPreview(plan, overrides=overrides, folder=folder)
    run = MigrationRun(preview, order=order, replan=replan, verify=verify, write=write)
    return MigrationPanel(preview, run)
