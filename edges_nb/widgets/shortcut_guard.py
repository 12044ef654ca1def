"""Keys pressed in a table belong to the table."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import DOMWidget


def table_keys() -> DOMWidget:
    """Return a widget that cannot be seen and keeps keys pressed in a table from JupyterLab's shortcuts.

    The mark that it sets is Lumino's, `data-lm-suppress-shortcuts`.
    """
    return _kind()(layout={"display": "none"})


@cache
def _kind() -> type[DOMWidget]:
    from anywidget import AnyWidget

    class TableKeys(AnyWidget):
        _esm = Path(__file__).parent / "keys.js"

    return TableKeys
