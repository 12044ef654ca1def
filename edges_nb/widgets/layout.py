"""The frame around widgets that gives them one look, in JupyterLab's light and dark theme."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from edges_nb.reports.html import fragment_style

if TYPE_CHECKING:
    from ipywidgets import DOMWidget


def panel(*children: DOMWidget) -> DOMWidget:
    """Return a column of widgets with the package's look."""
    from ipywidgets import HTML, VBox

    style = HTML(f"<style>{fragment_style()}{panel_style()}</style>")
    style.layout.display = "none"
    box = VBox([style, *children])
    box.add_class("edges-nb-panel")
    return box


@cache
def panel_style() -> str:
    """Return the style sheet of the widgets."""
    return (resources.files(__package__) / "panel.css").read_text(encoding="utf-8")
