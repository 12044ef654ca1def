"""The frame around widgets that gives them one look, in JupyterLab's light and dark theme."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from edges_nb.reports.html import fragment_style

if TYPE_CHECKING:
    from ipywidgets import DOMWidget


@cache
def drawn_by(*scripts: str) -> type[DOMWidget]:
    """Return a widget whose `state` scripts of this package draw, and which passes its messages on."""
    from anywidget import AnyWidget
    from traitlets import Dict

    class Drawn(AnyWidget):
        _esm = "".join(map(_text, ("elements.js", *scripts)))
        state = Dict().tag(sync=True)

    return Drawn


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
    return _text("panel.css")


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
