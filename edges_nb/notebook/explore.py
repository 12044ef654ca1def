"""Exploring a workspace, one method for each cell of `01_explore`; nothing here changes anything."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from edges_nb.client import Edges
from edges_nb.frames import identities_frame, runs_frame, schedules_frame
from edges_nb.monitoring.costs import full_mode_costs
from edges_nb.notebook import messages
from edges_nb.notebook.base import Session
from edges_nb.notebook.parameters import ExploreParameters
from edges_nb.reports.formatting import counted, moment
from edges_nb.reports.html import Html, tag
from edges_nb.widgets.filter_logic import no_limit
from edges_nb.widgets.hand_over import HandOver
from edges_nb.widgets.live_figure import Picture
from edges_nb.widgets.loading_indicator import loading
from edges_nb.widgets.schedule_filter import ScheduleFilter
from edges_nb.widgets.search_table import SearchTable

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

_IDENTITY_TITLES = {
    "name": "Name",
    "type": "Type",
    "active": "Active",
    "linkedin": "LinkedIn",
    "timezone": "Timezone",
    "schedules": "Schedules",
    "live": "Active schedules",
    "runs_per_day": "Runs a day",
    "identity_uid": "Identity",
}


class Exploration(Session[ExploreParameters]):
    """One run of `01_explore`; the workspace is read when it starts.

    Attributes:
        identities_frame, schedules, runs: what was read, as DataFrames to go on with.
        now: the server's time.
    """

    def __init__(self, edges: Edges, parameters: ExploreParameters) -> None:
        super().__init__(edges, parameters)
        with loading(edges, "Reading the workspace"):
            self.identities_frame, self.schedules, self.runs = _read(edges)
        self.now: datetime = edges.now()

    def connect(self) -> Html:
        """Say which workspace this is, how much is in it, and as of when."""
        badge = tag("span", self.edges.where, class_=f"badge {'sandbox' if self.edges.sandbox else 'live'}")
        what = " A made-up workspace on this machine; nothing real is touched." if self.edges.sandbox else ""
        counts = (
            counted(len(self.identities_frame), "identity", "identities"),
            counted(len(self.schedules), "schedule"),
            counted(len(self.runs), "run"),
        )
        told = f"{', '.join(counts)}, as of {moment(self.now)}. Nothing is changed here."
        named = tag("p", "Workspace: ", tag("strong", self.edges.workspace.words or "not told by the server"))
        return tag("p", badge, what) + named + tag("p", told) + messages.odd_rows(self.edges)

    def identities(self) -> SearchTable:
        """Show the identities, each with its schedules."""
        return SearchTable(
            identity_loads(self.identities_frame, self.schedules),
            key="identity_uid",
            caption="Every identity, the busiest first",
            titles=_IDENTITY_TITLES,
            selectable=False,
        )

    @cached_property
    def filter(self) -> ScheduleFilter:
        """Show the schedules that the parameters leave, with controls to narrow them."""
        asked = {name: getattr(self.parameters, name) for name in no_limit()}
        return ScheduleFilter(self.schedules, now=self.now, values=asked)

    @property
    def chosen(self) -> pd.DataFrame:
        """The schedules selected in the filter's table, or all that fit where none is selected."""
        return self.filter.chosen

    def calendar(self) -> Picture:
        """Draw when the chosen schedules run over a week, in a timezone of choice."""
        zones = sorted({*self.schedules["timezone"].dropna().unique(), "UTC"})
        return Picture(
            self._calendar,
            follows=self.filter,
            picked=lambda hour: self._narrow("due_at", hour),
            title="Shown in",
            options=tuple(zones),
            choice=self.parameters.shown_in,
        )

    def load(self) -> Picture:
        """Draw how many runs a day each identity carries."""
        from edges_nb.reports.figures import load_figure

        return Picture(
            lambda _: load_figure(self.chosen),
            follows=self.filter,
            picked=lambda identity: self._narrow("identity", identity),
        )

    def items(self) -> Picture:
        """Draw how many items each run of the chosen schedules brought."""
        from edges_nb.reports.figures import items_figure

        return Picture(lambda _: items_figure(self._runs_of_chosen()), follows=self.filter)

    def costs(self) -> Picture:
        """Show what full mode fetched again and again, and what incremental mode would have saved."""
        from edges_nb.reports.costs_report import costs_part

        return Picture(lambda _: costs_part(full_mode_costs(self.runs, self.chosen)), follows=self.filter)

    def selection(self) -> HandOver:
        """Show the chosen schedules as the parameter `only` of `02_migrate`, with a button to save them."""
        return HandOver(self.filter)

    @staticmethod
    def _schema() -> type[ExploreParameters]:
        return ExploreParameters

    def _narrow(self, name: str, value: str) -> None:
        """Filter by what was clicked in a picture; clicked again, it is taken back."""
        given = self.filter.value
        self.filter.value = {**given, name: "" if given[name] == value else value}

    def _calendar(self, timezone: str) -> Html:
        from edges_nb.reports.figures import calendar

        live = self.chosen[(self.chosen["status"] == "ACTIVE") & self.chosen["cron"].notna()]
        rhythms = Counter(zip(live["cron"], live["timezone"].fillna("UTC"), strict=True))
        title = f"{counted(len(live), 'active schedule')}, seven days from {moment(self.now, timezone)}"
        return calendar(rhythms, timezone, self.now, title, pick=True)

    def _runs_of_chosen(self) -> pd.DataFrame:
        return self.runs[self.runs["schedule_uid"].isin(self.chosen["schedule_uid"])]


def identity_loads(identities: pd.DataFrame, schedules: pd.DataFrame) -> pd.DataFrame:
    """Return the identities with their schedules, the active ones among them, and runs a day."""
    live = schedules[schedules["status"] == "ACTIVE"]
    by_uid = {
        "schedules": schedules.groupby("identity_uid").size(),
        "live": live.groupby("identity_uid").size(),
        "runs_per_day": live.groupby("identity_uid")["runs_per_day"].sum(),
    }
    loads = {
        name: identities["identity_uid"]
        .map(counts)
        .fillna(0)
        .astype("Float64" if name == "runs_per_day" else "Int64")
        for name, counts in by_uid.items()
    }
    return identities.assign(**loads).sort_values(["schedules", "name"], ascending=[False, True])


def _read(edges: Edges) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    with ThreadPoolExecutor(3, "edges-nb-reading") as pool:
        schedules, runs = pool.submit(edges.schedules), pool.submit(edges.runs)
        identities = edges.identities()
        return (
            identities_frame(identities),
            schedules_frame(schedules.result(), identities),
            runs_frame(runs.result()),
        )
