"""Twins: the widget for who is there, plain HTML for who is not."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import ipywidgets
import pytest

from edges_nb.reports.html import Html, tag
from edges_nb.widgets.static_fallback import Twin, interactive


class Greeting(Twin):
    def static(self) -> Html:
        return tag("p", "Hello")

    def widget(self) -> ipywidgets.DOMWidget:
        return ipywidgets.HTML("Hello")


@pytest.mark.parametrize(("somebody", "kinds"), [(True, 3), (False, 2)])
def test_widget_is_shown_only_where_somebody_could_answer(
    monkeypatch: pytest.MonkeyPatch, somebody: bool, kinds: int
) -> None:
    shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=somebody))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    bundle = Greeting()._repr_mimebundle_()

    assert interactive() is somebody
    assert len(bundle) == kinds
    assert bundle["text/plain"] == "Hello"
    assert "<p>Hello</p>" in bundle["text/html"]


def test_nobody_is_there_outside_a_kernel() -> None:
    assert not interactive()


def test_package_loads_no_widget_library_before_one_is_shown() -> None:
    code = (
        "import sys; from edges_nb.widgets import filter_logic, schedule_filter;"
        "from edges_nb.widgets import search_table, static_fallback;"
        "heavy = ('ipywidgets', 'anywidget', 'matplotlib');"
        "print([name for name in heavy if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
