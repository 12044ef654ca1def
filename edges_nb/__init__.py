"""Start incremental LinkedIn schedules on Edges, or migrate to them, safely, from Jupyter and papermill."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from edges_nb.retired import tell_retired_paths

if TYPE_CHECKING:
    from edges_nb.async_runs import continue_run, load_outputs, load_syncs, start_run, wait
    from edges_nb.client import Edges
    from edges_nb.frames.deliveries import load_callbacks
    from edges_nb.frames.loading import load_identities, load_runs, load_schedules
    from edges_nb.frames.planned_runs import load_calendar
    from edges_nb.planning.plan import plan_changes, plan_migration, plan_undo
    from edges_nb.planning.start_plan import plan_starts

__all__ = [
    "Edges",
    "continue_run",
    "load_calendar",
    "load_callbacks",
    "load_identities",
    "load_outputs",
    "load_runs",
    "load_schedules",
    "load_syncs",
    "plan_changes",
    "plan_migration",
    "plan_starts",
    "plan_undo",
    "start_run",
    "wait",
]

# Names load when used, so that `import edges_nb` (and the command line's --help) stays light.
_HOMES = {
    "Edges": "edges_nb.client",
    "continue_run": "edges_nb.async_runs",
    "load_calendar": "edges_nb.frames.planned_runs",
    "load_callbacks": "edges_nb.frames.deliveries",
    "load_identities": "edges_nb.frames.loading",
    "load_outputs": "edges_nb.async_runs",
    "load_runs": "edges_nb.frames.loading",
    "load_schedules": "edges_nb.frames.loading",
    "load_syncs": "edges_nb.async_runs",
    "plan_changes": "edges_nb.planning.plan",
    "plan_migration": "edges_nb.planning.plan",
    "plan_starts": "edges_nb.planning.start_plan",
    "plan_undo": "edges_nb.planning.plan",
    "start_run": "edges_nb.async_runs",
    "wait": "edges_nb.async_runs",
}


tell_retired_paths()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'edges_nb' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
