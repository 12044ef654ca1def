"""Something that can be clicked while a person is there, and that reads as plain HTML when nobody is."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from edges_nb.reports.html import Html

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

VIEW = "application/vnd.jupyter.widget-view+json"


def interactive() -> bool:
    """Whether the running cell was sent by somebody who could answer a question.

    Papermill, nbconvert and nbval all tell the kernel that nobody is there to type; JupyterLab tells that
    somebody is.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))


class Twin(ABC):
    """A widget with a static twin of the same content.

    The twin goes into the notebook beside the widget: it is what is seen where there is no kernel, in a
    notebook that is not trusted, and in a page made of it. A headless run shows the twin alone, so that its
    outputs hold no widget that nobody could click.
    """

    @abstractmethod
    def static(self) -> Html:
        """Return what the widget shows now, as plain HTML."""

    @abstractmethod
    def widget(self) -> DOMWidget:
        """Return the widget; every call returns the same one."""

    def __repr__(self) -> str:
        return repr(self.static())

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, Any]:
        twin = self.static()
        bundle: dict[str, Any] = {"text/plain": repr(twin), "text/html": twin._repr_html_()}
        if interactive():
            view = self.widget()._repr_mimebundle_()
            if VIEW in view:
                bundle[VIEW] = view[VIEW]
        return bundle
