"""What a panel knows of the one schedule that is to be started; without any widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput
from edges_nb.models.plan_items import Start, StartDecision
from edges_nb.planning.start_decisions import origin_of_request
from edges_nb.planning.start_input import StartRows
from edges_nb.planning.start_plan import StartPlan, plan_starts
from edges_nb.reports.formatting import rhythm
from edges_nb.reports.html import Html, tag
from edges_nb.reports.start_report import (
    next_times_table,
    request_text,
    started_headline,
    started_table,
    usable_identities,
)

if TYPE_CHECKING:
    from edges_nb.client import Edges
    from edges_nb.models.results import Outcome
    from edges_nb.planning.snapshot import Reading


class StartForm:
    """Cells that somebody fills in, the request that they make, and what came of it.

    Args:
        reading: the workspace; its identities are those to choose from.
        defaults: what the cells hold at first.

    Attributes:
        cells: what is filled in, by column.
        plan: what was asked about; None until then, and after each edit.
        outcome: what came of it.
    """

    def __init__(
        self, edges: Edges, reading: Reading, *, action: str, defaults: Mapping[str, object]
    ) -> None:
        self.cells: dict[str, object] = {"cron": "0 9 * * *", **defaults}
        self.plan: StartPlan | None = None
        self.outcome: Outcome | None = None
        self._edges, self._reading, self._action = edges, reading, action

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Names and uids of the identities to choose from."""
        usable = usable_identities(self._reading.identities.values())
        return [(each.name or each.uid, each.uid) for each in usable]

    def fill(self, column: str, cell: object) -> None:
        """Fill in a cell; what was asked about before is not agreed to any more."""
        self.cells[column] = cell
        self.plan = None

    def preview(self) -> Html:
        """Return the request that would be sent and its next times; nothing is requested.

        Raises:
            BadInput: a sentence for each cell that can't be used.
        """
        (row,) = StartRows(self._given, "schedule", self._action).checked(
            self._reading.identities, self._reading.now
        )
        request = row.request(self._action, "schedule", self._reading.identities[row.identity_uid])
        text = request_text(request, origin_of_request(request), "schedule")
        shown = tag("pre", tag("code", text), tabindex="0", role="group", aria_label="Request")
        return shown + next_times_table(request.cron or "", request.timezone or "UTC", self._reading.now)

    def look(self) -> Start:
        """Look whether an equal one is there, and return what is to be agreed to, or why there is nothing to.

        Raises:
            BadInput: a cell can't be used.
        """
        plan = plan_starts(self._edges, self._given, action=self._action)
        (item,) = plan.items
        self.plan = plan if item.decision is StartDecision.START else None
        return item

    def question(self, item: Start) -> str:
        """Return what has to be agreed to before it is started."""
        digest = self.plan.digest if self.plan else ""
        request, identity = item.request, item.identity
        name = identity.name if identity else request.identity_ids[0]
        told = f"A schedule of {name}, {rhythm(request.cron, request.timezone)}, would be started"
        warned = [warning.sentence for warning in item.warnings]
        return " ".join([f"{told} in {self._edges.place}, as {digest} says.", *warned])

    def start(self) -> Html:
        """Start what was asked about, and return what came of it.

        Raises:
            BadInput: nothing was asked about, or it was edited since.
        """
        if self.plan is None:
            raise BadInput("Nothing was agreed to: press the button that asks first.")
        plan, self.plan = self.plan, None
        self.outcome = plan.apply(approve=plan.digest)
        return started_headline(self.outcome, plan.items, "schedule") + started_table(
            plan.items, self.outcome
        )

    @property
    def _given(self) -> dict[str, object]:
        return {
            "identity_uid": "",
            **{name: cell for name, cell in self.cells.items() if cell not in ("", 0)},
        }
