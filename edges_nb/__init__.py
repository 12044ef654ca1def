"""Migrate Edges LinkedIn schedules to incremental mode, safely, from Jupyter and papermill."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edges_nb.client import Edges
    from edges_nb.frames import load_identities, load_runs, load_schedules
    from edges_nb.plans import plan_changes, plan_migration

__all__ = ["Edges", "load_identities", "load_runs", "load_schedules", "plan_changes", "plan_migration"]

# Names load when used, so that `import edges_nb` (and the command line's --help) stays light.
_HOMES = {
    "Edges": "edges_nb.client",
    "load_identities": "edges_nb.frames",
    "load_runs": "edges_nb.frames",
    "load_schedules": "edges_nb.frames",
    "plan_changes": "edges_nb.plans",
    "plan_migration": "edges_nb.plans",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'edges_nb' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
