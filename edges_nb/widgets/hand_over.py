"""What is chosen in one notebook, handed over to the one that migrates: by a button, or as its parameter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edges_nb.models.api import CONNECTIONS, INCREMENTAL_ACTIONS
from edges_nb.private_files import write_private
from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.safe_csv import to_safe_csv
from edges_nb.widgets.error_box import Notice
from edges_nb.widgets.layout import panel
from edges_nb.widgets.live_figure import Picture
from edges_nb.widgets.schedule_filter import ScheduleFilter
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import DOMWidget

SELECTION = "selection.csv"
"""The file that a selection is saved as, beside the notebook."""

_COLUMNS = ["schedule_uid", "action", "name", "identity_name"]
_MOST_NAMED = 100
"""Schedules that a parameter names; beyond, a file is the way."""


class HandOver(Twin):
    """The chosen schedules of a filter as the parameter `only` of `02_migrate`."""

    def __init__(self, chosen: ScheduleFilter) -> None:
        self._chosen = chosen
        self._told = Picture(lambda _: self._words(), follows=chosen)
        self._panel: DOMWidget | None = None

    def save(self, path: str | Path = SELECTION) -> Path:
        """Write the chosen schedules as a CSV that `only` can name, and return its path."""
        path = Path(path).expanduser().resolve()
        write_private(path, to_safe_csv(self._chosen.chosen[_COLUMNS]))
        return path

    def static(self) -> Html:
        """Return what to set in `02_migrate`."""
        return self._told.static()

    def widget(self) -> DOMWidget:
        """Return the same with a button that saves the selection."""
        if self._panel is None:
            from ipywidgets import Button, Layout

            notice = Notice()
            button = Button(
                description="Save the selection for 02_migrate", layout=Layout(width="fit-content")
            )
            button.on_click(notice.guarded(lambda: notice.show(self._saved())))
            self._panel = panel(self._told.widget(), button, notice.widget)
        return self._panel

    def _saved(self) -> Html:
        number, path = counted(len(self._chosen.chosen), "schedule"), self.save()
        told = tag("p", f"{number} saved as ", tag("code", path), ". Set in 02_migrate:")
        return joined([told, *(box(action, SELECTION) for action in _actions(self._chosen.chosen))])

    def _words(self) -> Html:
        chosen, only = self._chosen.chosen, self._chosen.only
        if not only:
            return tag("p", "All schedules are chosen: leave the parameter only of 02_migrate empty.")
        actions = _actions(chosen)
        others = len(chosen) - int(chosen["action"].isin(actions).sum())
        left_out = f" {_are(others)} of actions without incremental mode and left out." if others else ""
        told = f"{counted(len(chosen), 'schedule')} chosen.{left_out}"
        if not actions:
            return tag("p", told)
        if len(chosen) > _MOST_NAMED:
            code = tag("code", "exploration.selection().save()")
            saved = tag(
                "p", f"{told} Save them, here by the button, elsewhere with ", code, ". Set in 02_migrate:"
            )
            return joined([saved, *(box(each, SELECTION) for each in actions)])
        several = " 02_migrate plans one action at a time:" if len(actions) > 1 else ""
        boxes = [
            box(each, ",".join(chosen.loc[chosen["action"] == each, "schedule_uid"])) for each in actions
        ]
        return joined([tag("p", f"{told} To migrate these alone, set in 02_migrate.{several}"), *boxes])


def box(action: str, only: str) -> Html:
    """Return the parameters of `02_migrate` to copy."""
    lines = [f'action = "{action}"'] * (action != CONNECTIONS) + [f'only = "{only}"']
    look = {"class_": "rows", "tabindex": "0", "role": "region", "aria_label": "Parameter only"}
    return tag("pre", "\n".join(lines), **look)


def _actions(chosen: pd.DataFrame) -> list[str]:
    there = set(chosen["action"].dropna())
    return [action for action in INCREMENTAL_ACTIONS if action in there]


def _are(number: int) -> str:
    return f"{number:,} {'is' if number == 1 else 'are'}"
