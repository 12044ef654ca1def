"""The plan in JupyterLab: one row a schedule, what it would change, and what only a person can tell."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput
from edges_nb.planning.overrides import read_overrides
from edges_nb.planning.plan import Plan
from edges_nb.private_files import write_private
from edges_nb.reports.formatting import counted, label
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.widgets.error_box import Notice, inner
from edges_nb.widgets.layout import panel
from edges_nb.widgets.override_edits import Edits
from edges_nb.widgets.plan_fields import PlanFields
from edges_nb.widgets.plan_table import PLAN_FACETS, TITLES, item_details, plan_rows, plan_sentence
from edges_nb.widgets.schedule_filter import ScheduleFilter
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import DOMWidget

_NAMED = 10


class PlanPreview(Twin):
    """A plan that can be narrowed and edited; every edit is an override, and the plan is made again.

    Args:
        plan: a migration, as `plan_migration` made it.
        overrides: the CSV that the plan was made with, "" for none; edits are added to it.
        folder: where the edits are saved as a CSV.
    """

    def __init__(self, plan: Plan, *, overrides: str | Path = "", folder: str | Path = "") -> None:
        self.plan = plan
        self.edits = Edits.of(read_overrides(overrides))
        self._folder = Path(folder)
        self._only: tuple[str, ...] = ()
        self._listeners: list[Callable[[], object]] = []
        self._panel: DOMWidget | None = None
        self._locked = False
        self.fields = PlanFields(lambda: self.plan, lambda: self.edits, self.give)
        self._places: dict[str, int] = {}

    @cached_property
    def filter(self) -> ScheduleFilter:
        """The filters and the table, made when somebody looks: a headless run has no use for them."""
        made = ScheduleFilter(
            self._rows(self.plan),
            now=self.plan.now,
            facets=PLAN_FACETS,
            titles=TITLES,
            hidden=(),
        )
        made.on_change(self._show_selected)
        made.table.editor = self.fields
        return made

    @property
    def shows_all(self) -> bool:
        """Whether the filters leave all of the plan, so that what would be replaced is what is seen."""
        return len(self.filter.filtered) == len(self.plan.items)

    @property
    def selected(self) -> list[str]:
        """Uids of the schedules that an edit is about."""
        return self.filter.table.selected

    @selected.setter
    def selected(self, uids: Collection[str]) -> None:
        self.filter.table.selected = uids

    @property
    def only(self) -> str:
        """The parameter `only` that gives this plan: "" where nothing was narrowed."""
        return ",".join(self._only)

    def on_change(self, listener: Callable[[], object]) -> None:
        """Call `listener` whenever the plan becomes another one."""
        self._listeners.append(listener)

    def give(self, column: str, value: str) -> None:
        """Override a field of the selected schedules; "" takes the override back.

        Raises:
            BadInput: nothing is selected, or the value can't be used; the plan stays as it was.
        """
        if not self.selected:
            raise BadInput("No schedule is selected: click a row of the table first.")
        self._become(self.edits.give(self.selected, column, value), self._only)

    def take_back(self) -> None:
        """Take back every override of the selected schedules, or of all where none is selected."""
        self._become(self.edits.without(self.selected) if self.selected else Edits(), self._only)

    def narrow(self) -> None:
        """Plan for the chosen schedules alone: the selected ones, or those that the filter leaves."""
        chosen = self.filter.chosen["schedule_uid"].tolist()
        if not chosen:
            raise BadInput("No schedule fits the filters: there is nothing to plan for.")
        self._become(self.edits, tuple(sorted(chosen)))

    def widen(self) -> None:
        """Plan for all schedules again."""
        self._become(self.edits, ())

    def replace(self, plan: Plan) -> None:
        """Go on with a plan that was made anew; the edits are made again."""
        self.plan, self._only = plan, ()
        self._places = {}
        self._become(self.edits, ())

    def save(self) -> Path:
        """Write the edits as a CSV of overrides, and return where it is; its name is the plan's."""
        path = self._folder / f"overrides-{self.plan.digest.removeprefix('plan-')}.csv"
        write_private(path, self.edits.csv())
        return path

    def static(self) -> Html:
        """Return the counts, the digest, and every schedule with its decision."""
        return self._summary() + self.filter.static()

    def widget(self) -> DOMWidget:
        """Return the filters, the table, and below it what is selected, to look at and to edit."""
        if self._panel is None:
            self._panel = self._build()
        return self._panel

    def lock(self, locked: bool) -> None:
        """Take the plan out of reach while it is applied, or give it back."""
        self._locked = self.fields.locked = locked
        self._show()
        self.filter.table.refresh()

    def _become(self, edits: Edits, only: tuple[str, ...]) -> None:
        plan = self.plan.redrafted(edits.frame() if len(edits) else None, only=only)
        self.plan, self.edits, self._only = plan, edits, only
        self.filter.replace(self._rows(plan), marked=tuple(edits.rows))
        self._show()
        for listener in self._listeners:
            listener()

    def _rows(self, plan: Plan) -> pd.DataFrame:
        """The plan's rows, where they were: a row that is edited does not move away."""
        rows = plan_rows(plan, self._places)
        self._places = self._places or {uid: place for place, uid in enumerate(rows["schedule_uid"])}
        return rows

    def _summary(self) -> Html:
        edited = f" {counted(len(self.edits), 'schedule')} with overrides." if len(self.edits) else ""
        locked = " It is kept to from now on, until the workspace is planned again." if self._locked else ""
        narrowed = f" Planned for {counted(len(self._only), 'schedule')} alone." if self._only else ""
        lead = tag("p", plan_sentence(self.plan), class_="lead", aria_live="polite")
        return lead + tag("p", "Plan ", tag("code", self.plan.digest), f".{edited}{narrowed}{locked}")

    def _build(self) -> DOMWidget:
        from ipywidgets import HTML, Button, HBox, Layout

        self._notice, self._head, self._details, self._kept = Notice(), HTML(), HTML(), HTML()
        actions = (
            ("Take back edits", self.take_back),
            ("", self.narrow),
            ("", self.widen),
            ("Save edits as CSV", self._save),
        )
        self._buttons = []
        for title, action in actions:
            button = Button(description=title, layout=Layout(width="auto"))
            button.on_click(self._notice.guarded(action))
            self._buttons.append(button)
        self._narrow, self._widen = self._buttons[1:3]
        wrap = Layout(flex_flow="row wrap", grid_gap="6px 14px")
        do = HBox(self._buttons, layout=wrap)
        self._show()
        below = (self._details, do, self._notice.widget, self._kept)
        return panel(self._head, self.filter.widget(), *below)

    def _show(self) -> None:
        if self._panel is None and not hasattr(self, "_head"):
            return
        self._head.value = inner(self._summary())
        self._kept.value = inner(self._edits_folded())
        self._show_selected()

    def _show_selected(self) -> None:
        if not hasattr(self, "_details"):
            return
        uids = self.selected
        known = {item.uid: item for item in self.plan.items}
        items = [known[uid] for uid in uids if uid in known]
        if not items:
            told = tag("p", "Click a row to see what it would change, and to edit it.", class_="note")
        elif len(items) == 1:
            told = item_details(items[0])
        else:
            names = [label(item.schedule, item.identity) for item in items[:_NAMED]]
            more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
            told = tag("p", tag("b", f"{len(items):,} schedules: "), ", ".join(names), more, ".")
        self._details.value = inner(told)
        for button in self._buttons:
            button.disabled = self._locked
        self._show_scope()

    def _show_scope(self) -> None:
        """Name how many the plan would be made for, and offer no more than makes a difference."""
        chosen, total = len(self.filter.chosen), len(self.plan.reading.schedules)
        which = f"only the {chosen:,} selected" if self.selected else f"these {chosen:,}"
        self._narrow.description = f"Plan {which}"
        self._narrow.disabled = self._locked or chosen in (0, len(self.plan.items))
        self._widen.description = f"Plan all {total:,}"
        self._widen.disabled = self._locked or not self._only

    def _edits_folded(self) -> Html:
        if not len(self.edits):
            return Html()
        look = {"class_": "rows", "tabindex": "0", "role": "region", "aria_label": "Edits as CSV"}
        rows = tag("pre", self.edits.csv(secrets=False), **look)
        return folded(f"{counted(len(self.edits), 'schedule')} with overrides, as a CSV has them", rows)

    def _save(self) -> None:
        path = self.save()
        words = ["edges-nb", "apply", "--overrides", str(path), "--approve", self.plan.digest]
        words += ["--only", self.only] if self.only else []
        told = tag("p", "Saved as ", tag("code", path), ". The same plan from the command line:")
        self._notice.show(
            joined([told, tag("pre", shlex.join(words), tabindex="0", role="region", aria_label="Command")])
        )
