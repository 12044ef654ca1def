"""What analysts click in JupyterLab: filter, table, preview, progress; each also stands still as plain HTML.

ipywidgets loads when a widget is shown, not when this package is imported.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edges_nb.widgets.migration_panel import MigrationPanel, migrate
    from edges_nb.widgets.schedule_filter import ScheduleFilter
    from edges_nb.widgets.search_table import SearchTable
    from edges_nb.widgets.start_panel import StartPanel, start
    from edges_nb.widgets.static_fallback import Twin, interactive

__all__ = [
    "MigrationPanel",
    "ScheduleFilter",
    "SearchTable",
    "StartPanel",
    "Twin",
    "interactive",
    "migrate",
    "start",
]

_HOMES = {
    "MigrationPanel": "edges_nb.widgets.migration_panel",
    "ScheduleFilter": "edges_nb.widgets.schedule_filter",
    "SearchTable": "edges_nb.widgets.search_table",
    "StartPanel": "edges_nb.widgets.start_panel",
    "Twin": "edges_nb.widgets.static_fallback",
    "interactive": "edges_nb.widgets.static_fallback",
    "migrate": "edges_nb.widgets.migration_panel",
    "start": "edges_nb.widgets.start_panel",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'edges_nb.widgets' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
