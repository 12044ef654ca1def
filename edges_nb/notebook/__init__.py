"""What the cells of the notebooks call. People keep copies of notebooks, so these names and this path stay.

They load when used, so that a notebook that explores does not wait for what another one needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edges_nb.notebook.explore import Exploration
    from edges_nb.notebook.migrate import Migration
    from edges_nb.notebook.start import Starting
    from edges_nb.notebook.watch import Watch

__all__ = ["Exploration", "Migration", "Starting", "Watch"]

_HOMES = {
    "Exploration": "edges_nb.notebook.explore",
    "Migration": "edges_nb.notebook.migrate",
    "Starting": "edges_nb.notebook.start",
    "Watch": "edges_nb.notebook.watch",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'edges_nb.notebook' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
