"""The filter over schedules: choices with counts, a query for who wants one, and the rows that are left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from edges_nb.planning.plan_warnings import RECONNECT
from edges_nb.reports.formatting import labels, short_rhythm
from edges_nb.reports.html import Html, tag
from edges_nb.widgets.error_box import TURN, Notice, inner
from edges_nb.widgets.facet_bar import FacetBar
from edges_nb.widgets.filter_logic import (
    FACETS,
    Facet,
    apply_filter,
    checked,
    choices,
    describe,
    facet_labels,
    no_limit,
    picks,
)
from edges_nb.widgets.layout import panel
from edges_nb.widgets.search_table import SearchTable
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import DOMWidget

COLUMNS = {
    "name": "Name",
    "status": "Status",
    "identity_name": "Identity",
    "identity_type": "Type",
    "identity_linkedin": "LinkedIn",
    "cron_words": "Runs",
    "timezone": "Timezone",
    "runs_per_day": "Runs a day",
    "next_execution": "Next run (UTC)",
    "schedule_uid": "Schedule",
    "action": "Action",
}
"""What the table shows of a schedule, and how it is called."""

HIDDEN = ("identity_type", "identity_linkedin", "timezone", "action")
"""Columns that are shown only when asked for: the filters tell them too."""

HOURS = (0, 1, 6, 24, 72, 168)
"""What `due_within` offers to choose from; a parameter may be any number of hours."""

QUERY_HINT = "pandas, such as runs_per_day > 1 and name.str.contains('sync')"


class ScheduleFilter(Twin):
    """Narrow schedules by what they have, by name, or by a query.

    Its value is a notebook's parameters: the same dict narrows the same schedules without any widget.

    Args:
        schedules: what `load_schedules` returned.
        now: where `due_within` counts from, such as `edges.now()`.
        values: any of the filters' values to begin with.
        facets: what there is to choose by.
        titles: the columns of the table, with their titles; hidden: those
            that are shown only when asked for.
    """

    def __init__(
        self,
        schedules: pd.DataFrame,
        *,
        now: datetime,
        values: Mapping[str, object] | None = None,
        facets: Sequence[Facet] = FACETS,
        titles: Mapping[str, str] = COLUMNS,
        hidden: Sequence[str] = HIDDEN,
    ) -> None:
        self.schedules = schedules
        self._now, self._facets = now, tuple(facets)
        self._value = checked(values or {}, self._facets)
        self._filtered = self._fitting(self._value)
        self._labels = facet_labels(schedules, self._facets)
        self._listeners: list[Callable[[], object]] = []
        self._controls: dict[str, Any] = {}
        self._panel: DOMWidget | None = None
        self._setting = False
        self._marked: Collection[str] = ()
        self.facets = FacetBar(self._facets, self._changed)
        self.table = SearchTable(
            _named(self._filtered),
            key="schedule_uid",
            caption="Schedules that fit",
            titles=dict(titles),
            hidden=hidden,
            searchable=False,
            links={"identity_name": (RECONNECT, "identity_uid")},
        )

    @property
    def value(self) -> dict[str, str | float]:
        """Every filter's value, `""` or 0 where it leaves nothing out."""
        return dict(self._value)

    @value.setter
    def value(self, values: Mapping[str, object]) -> None:
        self._take(values)
        self._show_controls()

    @property
    def filtered(self) -> pd.DataFrame:
        """The schedules that fit."""
        return self._filtered

    @property
    def chosen(self) -> pd.DataFrame:
        """The selected rows, or every schedule that fits where no row is selected."""
        selected = set(self.table.selected)
        return self._filtered[self._filtered["schedule_uid"].isin(selected)] if selected else self._filtered

    @property
    def only(self) -> str:
        """The chosen schedules as the parameter `only` takes them: uids with commas, `""` for all."""
        chosen = self.chosen
        return "" if len(chosen) == len(self.schedules) else ",".join(chosen["schedule_uid"])

    def on_change(self, listener: Callable[[], object]) -> None:
        """Call `listener` whenever other schedules are left or selected."""
        self._listeners.append(listener)
        self.table.on_select(listener)

    def static(self) -> Html:
        """Return what was asked for, and the schedules that fit."""
        return tag("p", self._sentence()) + self.table.static()

    def widget(self) -> DOMWidget:
        """Return the controls with the table below."""
        if self._panel is None:
            self._panel = self._build()
        return self._panel

    def replace(self, schedules: pd.DataFrame, *, marked: Collection[str] = ()) -> None:
        """Go on with other rows, some of them marked: filters and selection stay as far as they can."""
        self.schedules, self._marked = schedules, marked
        self._labels = facet_labels(schedules, self._facets)
        self._take(self._value)
        self._show_controls()

    def clear(self) -> None:
        """Leave nothing out any more."""
        self.facets.clear()
        self.value = no_limit(self._facets)

    def _take(self, values: Mapping[str, object]) -> None:
        """Narrow by other values; where one can't be used, everything stays as it was."""
        value = checked(values, self._facets)
        filtered = self._fitting(value)
        self._value, self._filtered = value, filtered
        self.table.show(_named(filtered), marked=self._marked)
        for listener in self._listeners:
            listener()

    def _sentence(self) -> str:
        return describe(self.schedules, self._value, len(self._filtered), facets=self._facets)

    def _fitting(self, value: Mapping[str, object]) -> pd.DataFrame:
        return apply_filter(self.schedules, value, now=self._now, facets=self._facets)

    def _build(self) -> DOMWidget:
        from ipywidgets import HTML, Button, HBox, Layout

        self._notice, self._said = Notice(), HTML()
        self._controls = _controls()
        for name, control in self._controls.items():
            control.observe(lambda change, name=name: self._changed(name, change["new"]), "value")
        reset = Button(description="Clear filters", layout=Layout(width="auto"))
        reset.on_click(self._notice.guarded(self.clear))
        line = HBox(
            [*self._controls.values(), reset], layout=Layout(grid_gap="2px 14px", flex_flow="row wrap")
        )
        self._show_controls()
        below = (line, self._notice.widget, self._said, self.table.widget())
        return panel(self.facets.widget(), *below)

    def _changed(self, name: str, value: object) -> None:
        # The other controls are not asked: what one of them got meanwhile is for its own handler to take.
        with TURN:
            if self._setting:
                return
            with self._notice.catching():
                self._notice.clear()
                self._take({**self._value, name: value})
                self._show_controls()

    def _show_controls(self) -> None:
        """Show the values and, beside each choice, how many schedules it would leave."""
        if not self._controls:
            return
        self._setting = True
        try:
            offered = choices(
                self.schedules, self._value, now=self._now, facets=self._facets, labels=self._labels
            )
            named = picks(self.schedules, self._value, facets=self._facets)
            self.facets.show(offered, {name: pick.negated for name, pick in named.items()})
            self._controls["due_within"].options = _hours(float(self._value["due_within"]))
            for name in ("due_within", "due_at", "name", "query"):
                self._controls[name].value = self._value[name]
            self._said.value = inner(tag("p", self._sentence(), aria_live="polite"))
        finally:
            self._setting = False


def _controls() -> dict[str, Any]:
    from ipywidgets import Dropdown, Layout, Text

    style = {"description_width": "initial"}
    hours = Dropdown(options=_hours(0), value=0, description="Due within", style=style)
    hours.layout.width = "180px"
    controls: dict[str, Any] = {"due_within": hours}
    for name, title, width, hint in (
        ("due_at", "Due at", "200px", "such as Mon 09:00 UTC"),
        ("name", "Search", "250px", "part of a name, identity or uid"),
        ("query", "Query", "380px", QUERY_HINT),
    ):
        # They answer to Enter, not to each letter: a half-written query is an error.
        controls[name] = Text(
            description=title,
            placeholder=hint,
            continuous_update=False,
            style=style,
            layout=Layout(flex=f"{2 if name == 'query' else 1} 1 {width}", width="auto"),
        )
    return controls


def _hours(value: float) -> list[tuple[str, float]]:
    hours = sorted({*HOURS, value})
    return [
        (f"{hour:g} h" if hour < 72 else f"{hour / 24:g} days", hour) if hour else ("any time", 0)
        for hour in hours
    ]


def _named(schedules: pd.DataFrame) -> pd.DataFrame:
    """The rows with names for those that have none, and rhythms that a row has room for."""
    import pandas as pd

    called = labels(*(schedules[name].fillna("") for name in ("name", "identity_name", "cron")))
    short = [short_rhythm(cron) for cron in schedules["cron"].fillna("")]
    runs = pd.Series(short, schedules.index, "string")
    runs = runs.where(runs != schedules["cron"].fillna(""), schedules["cron_words"])
    return schedules.assign(name=pd.array(called, dtype="string"), cron_words=runs)
