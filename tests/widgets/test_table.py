"""The searchable table: rows by key, nothing left out unsaid, nothing that a page would run."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from edges_nb.widgets import SearchTable

from .finding import inside

MANY = pd.DataFrame({"uid": [f"u{number}" for number in range(30)], "value": range(30)})
LARGE = pd.DataFrame({"uid": [f"u{number}" for number in range(6_000)], "value": range(6_000)})
"""More than itables would show of its own accord."""

HOSTILE = "<img src=x onerror=alert(1)>"


def parts(table: SearchTable) -> dict[str, Any]:
    """The widgets of a table by their class; of several, the last."""
    return {type(widget).__name__: widget for widget in inside(table.widget())}


def sent(table: SearchTable) -> list[list[Any]]:
    rows: list[list[Any]] = json.loads(parts(table)["ITable"]._dt_args["data_json"])
    return rows


@pytest.fixture
def cut() -> SearchTable:
    return SearchTable(MANY, key="uid", caption="Many", sent_rows=20, static_rows=5)


def test_rows_that_are_left_out_are_counted_and_can_be_asked_for(cut: SearchTable) -> None:
    assert len(sent(cut)) == 20
    assert "10 of 30 rows are left out here" in parts(cut)["HTML"].value
    assert parts(cut)["Button"].description == "List all 30"

    parts(cut)["Button"].click()

    assert len(sent(cut)) == 30
    assert parts(cut)["HTML"].value == ""
    assert parts(cut)["Button"].layout.display == "none"


def test_static_twin_counts_what_it_leaves_out(cut: SearchTable) -> None:
    assert "25 more rows are not shown here." in repr(cut)
    assert "u4" in repr(cut)
    assert "u5" not in repr(cut)


def test_everything_is_sent_however_large(cut: SearchTable) -> None:
    table = SearchTable(LARGE, key="uid", caption="Large", sent_rows=len(LARGE))

    assert len(sent(table)) == len(LARGE)
    assert "downsampling_warning" not in parts(table)["ITable"]._dt_args


def test_everything_is_sent_however_large_also_after_an_update(cut: SearchTable) -> None:
    table = SearchTable(LARGE.head(1), key="uid", caption="Large", sent_rows=len(LARGE))
    sent(table)
    table.show(LARGE)

    assert len(sent(table)) == len(LARGE)
    assert "downsampling_warning" not in parts(table)["ITable"]._dt_args


def test_picking_rows_in_the_page_selects_their_keys(cut: SearchTable) -> None:
    heard: list[list[str]] = []
    cut.on_select(lambda: heard.append(cut.selected))
    parts(cut)["ITable"].selected_rows = [3, 1]

    parts(cut)["ITable"].selected_rows = [1, 3]  # the page tells the same rows in another order

    assert cut.selected == ["u1", "u3"]
    assert heard == [["u1", "u3"]]


def test_selection_follows_its_rows_when_others_are_shown(cut: SearchTable) -> None:
    parts(cut)["ITable"].selected_rows = [3, 5]
    cut.show(MANY[MANY["value"] >= 4])

    assert cut.selected == ["u5"]
    assert parts(cut)["ITable"].selected_rows == [1]

    cut.show(MANY)

    assert cut.selected == ["u5"]


def test_selection_beyond_the_rows_sent_is_kept(cut: SearchTable) -> None:
    parts(cut)
    cut.selected = ["u2", "u25"]
    parts(cut)["ITable"].selected_rows = [2, 4]

    assert cut.selected == ["u2", "u4", "u25"]


def test_updated_table_equals_one_made_anew(cut: SearchTable) -> None:
    parts(cut)
    part = MANY[MANY["value"] > 17]
    cut.show(part)
    anew = SearchTable(part, key="uid", caption="Many", sent_rows=20, static_rows=5)

    assert sent(cut) == sent(anew)
    assert parts(cut)["ITable"]._dt_args == parts(anew)["ITable"]._dt_args
    assert repr(cut) == repr(anew)


def test_what_comes_from_outside_stays_text() -> None:
    frame = pd.DataFrame({"uid": ["a"], HOSTILE: [HOSTILE], "turned": ["\u202egnp.exe"]})
    table = SearchTable(frame, key="uid", caption=HOSTILE)
    everything = (
        json.dumps(parts(table)["ITable"].get_state(), default=str) + table._repr_mimebundle_()["text/html"]
    )

    assert "<img" not in everything
    assert "\u202e" not in sent(table)[0][2]


def test_missing_values_are_empty_and_numbers_and_times_are_short() -> None:
    frame = pd.DataFrame(
        {
            "uid": pd.array(["a", "b"], dtype="string"),
            "at": pd.to_datetime(pd.Series(["2026-11-02T08:00:00Z", None]), utc=True),
            "rate": pd.array([0.0657, None], dtype="Float64"),
            "count": pd.array([3, None], dtype="Int64"),
            "active": pd.array([True, None], dtype="boolean"),
            "name": pd.array([None, "x" * 100], dtype="string"),
        }
    )

    first, second = sent(SearchTable(frame, key="uid", caption="Values"))

    assert first == ["a", "2026-11-02 08:00", "0.07", "3", "yes", ""]
    assert second == ["b", "", "", "", "", "x" * 59 + "…"]
