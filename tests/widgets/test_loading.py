"""Loading: somebody who waits is told why, and nothing of it stays in the notebook."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from edges_nb.widgets import loading_indicator as module
from edges_nb.widgets.loading_indicator import loading, loading_words

EDGES: Any = SimpleNamespace(pace=SimpleNamespace(per_second=20.0, waiting=0.0))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was displayed, and what its place was updated with."""
    seen: list[Any] = []

    def display(widget: Any) -> Any:
        seen.append(widget)
        return SimpleNamespace(update=lambda data, raw: seen.append(data))

    monkeypatch.setattr(module, "interactive", lambda: True)
    monkeypatch.setattr(module, "_display", display)
    monkeypatch.setattr(module, "_AT_ONCE", 0.0)
    return seen


def test_sentence_is_there_while_it_goes_on_and_gone_afterwards(shown: list[Any]) -> None:
    deadline = time.monotonic() + 10
    with loading(EDGES, "Reading the workspace"):
        while "Reading the workspace: 0 s" not in shown[0].value and time.monotonic() < deadline:
            time.sleep(0.01)
        told = shown[0].value

    assert "up to 20 requests a second" in told
    assert shown[1:] == [{"text/plain": ""}]


def test_sentence_goes_also_where_it_fails(shown: list[Any]) -> None:
    with pytest.raises(OSError, match="gone"), loading(EDGES, "Reading"):
        raise OSError("gone")

    assert shown[1:] == [{"text/plain": ""}]


def test_nothing_is_displayed_where_nobody_looks(shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "interactive", lambda: False)
    with loading(EDGES, "Reading"):
        pass

    assert shown == []


def test_waiting_tells_how_long_and_why() -> None:
    assert loading_words("Reading", 4.2, 20.0, 0.0) == "Reading: 4 s, up to 20 requests a second …"
    assert "waiting 9 s, because the server asked to slow down" in loading_words("Reading", 4.2, 20.0, 9.0)
