"""The table: it sorts, searches and selects over all rows, and the page gets a window of text."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from edges_nb.widgets.search_table import SearchTable

from .finding import inside

MANY = pd.DataFrame({"uid": [f"u{number}" for number in range(30)], "value": range(30)})
LARGE = pd.DataFrame({"uid": [f"u{number}" for number in range(50_000)], "value": range(50_000)})

HOSTILE = "<img src=x onerror=alert(1)>"


def state(table: SearchTable) -> dict[str, Any]:
    """What the page was sent."""
    found: dict[str, Any] = page(table).state
    return found


def page(table: SearchTable) -> Any:
    return next(each for each in inside(table.widget()) if type(each).__name__ == "Drawn")


def shown(table: SearchTable) -> list[str]:
    """The keys of the rows in the window."""
    return [row["key"] for row in state(table)["rows"]]


def sent(table: SearchTable) -> list[list[str]]:
    return [row["cells"] for row in state(table)["rows"]]


@pytest.fixture
def table() -> SearchTable:
    return SearchTable(MANY, key="uid", caption="Many", static_rows=5)


def test_page_gets_a_window_and_is_told_of_how_many(table: SearchTable) -> None:
    assert shown(table) == [f"u{number}" for number in range(10)]
    table.take({"what": "page", "start": 20})
    assert shown(table) == [f"u{number}" for number in range(20, 30)]
    assert (state(table)["start"], state(table)["fitting"], state(table)["total"]) == (20, 30, 30)


def test_page_gets_no_more_of_a_large_frame_than_of_a_small_one() -> None:
    large = SearchTable(LARGE, key="uid", caption="Large")
    assert len(json.dumps(state(large))) < 5_000
    large.take({"what": "search", "text": "u4999"})
    assert (shown(large)[0], state(large)["fitting"]) == ("u4999", 11)


def test_sorting_goes_over_all_rows_and_turns_around(table: SearchTable) -> None:
    table.take({"what": "sort", "column": "value"})
    assert shown(table)[0] == "u0"
    table.take({"what": "sort", "column": "value"})
    assert shown(table)[0] == "u29"
    assert state(table)["sort"] == ["value", True]


def test_sorting_ignores_case_and_puts_what_is_missing_last() -> None:
    frame = pd.DataFrame({"uid": list("abcd"), "name": pd.array(["b", None, "A", "c"], dtype="string")})
    named = SearchTable(frame, key="uid", caption="Names")
    named.take({"what": "sort", "column": "name"})
    assert shown(named) == ["c", "a", "d", "b"]


def test_order_page_length_and_search_stay_when_other_rows_are_shown(table: SearchTable) -> None:
    table.take({"what": "sort", "column": "value"})
    table.take({"what": "sort", "column": "value"})
    table.take({"what": "length", "length": 25})
    table.take({"what": "search", "text": "u1"})
    shown(table)

    table.show(MANY[MANY["value"] < 18])

    assert shown(table) == ["u17", "u16", "u15", "u14", "u13", "u12", "u11", "u10", "u1"]
    assert (state(table)["length"], state(table)["search"]) == (25, "u1")


def test_a_page_beyond_the_end_becomes_the_last_one(table: SearchTable) -> None:
    table.take({"what": "page", "start": 20})
    table.show(MANY.head(12))
    assert shown(table) == ["u10", "u11"]


def test_static_twin_counts_what_it_leaves_out(table: SearchTable) -> None:
    assert "25 more rows are not shown here." in repr(table)
    assert "u4" in repr(table)
    assert "u5" not in repr(table)


def test_picking_rows_in_the_page_selects_their_keys(table: SearchTable) -> None:
    heard: list[list[str]] = []
    table.on_select(lambda: heard.append(table.selected))
    table.take({"what": "select", "keys": ["u3"], "on": True, "alone": True})
    table.take({"what": "select", "keys": ["u1"], "on": True})
    table.take({"what": "select", "keys": ["u1"], "on": True})  # nothing new
    table.take({"what": "select", "keys": ["u3"], "on": False})

    assert heard == [["u3"], ["u1", "u3"], ["u1"]]
    assert state(table)["selected"] == ["u1"]


def test_selecting_all_takes_what_the_search_left_on_every_page(table: SearchTable) -> None:
    table.take({"what": "search", "text": "u2"})
    table.take({"what": "select_all"})
    assert table.selected == ["u2", *(f"u{number}" for number in range(20, 30))]
    table.take({"what": "clear"})
    assert table.selected == []


def test_keys_that_no_row_has_are_not_selected(table: SearchTable) -> None:
    table.take({"what": "select", "keys": ["u1", "elsewhere"], "on": True})
    assert table.selected == ["u1"]


def test_selection_follows_its_rows_when_others_are_shown(table: SearchTable) -> None:
    table.selected = ["u3", "u25"]
    heard: list[list[str]] = []
    table.on_select(lambda: heard.append(table.selected))

    table.show(MANY[MANY["value"] >= 4])

    assert table.selected == ["u25"]
    assert heard == [["u25"]]


def test_columns_can_be_hidden_and_shown(table: SearchTable) -> None:
    table.take({"what": "column", "column": "value", "on": False})
    assert [column["name"] for column in state(table)["columns"]] == ["uid"]
    assert sent(table)[0] == ["u0"]
    table.take({"what": "column", "column": "value", "on": True})
    assert sent(table)[0] == ["u0", "0"]


def test_rows_can_stand_out(table: SearchTable) -> None:
    table.widget()
    table.show(MANY, marked=["u2"])
    assert [row["key"] for row in state(table)["rows"] if row["marked"]] == ["u2"]


@pytest.mark.parametrize(("chosen", "lines"), [([], 30), (["u3", "u25"], 2)])
def test_csv_has_the_selected_rows_or_all_that_fit(table: SearchTable, chosen: list[str], lines: int) -> None:
    given: list[dict[str, str]] = []
    page(table).send = given.append
    table.selected = chosen
    table.take({"what": "csv", "how": "save"})
    assert given[0]["csv"].startswith("uid,value\r\n")
    assert given[0]["csv"].count("\r\n") == lines + 1


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"what": "sort", "column": "nothing"},
        {"what": "column", "column": "nothing", "on": True},
        {"what": "page", "start": -5},
        {"what": "length", "length": 10**9},
    ],
)
def test_an_odd_message_leaves_a_table(table: SearchTable, message: dict[str, Any]) -> None:
    table.take(message)
    assert shown(table)[0] == "u0"
    assert len(shown(table)) <= 100


def test_what_comes_from_outside_stays_text() -> None:
    frame = pd.DataFrame({"uid": ["a"], HOSTILE: [HOSTILE], "turned": ["\u202egnp.exe"]})
    hostile = SearchTable(frame, key="uid", caption=HOSTILE)

    assert "<img" not in hostile._repr_mimebundle_()["text/html"]
    assert "\u202e" not in sent(hostile)[0][2]


def test_missing_values_are_empty_and_numbers_and_times_are_short() -> None:
    frame = pd.DataFrame(
        {
            "uid": pd.array(["a", "b"], dtype="string"),
            "at": pd.to_datetime(pd.Series(["2026-11-02T08:00:00Z", None]), utc=True),
            "rate": pd.array([0.0657, None], dtype="Float64"),
            "count": pd.array([3, None], dtype="Int64"),
            "active": pd.array([True, None], dtype="boolean"),
            "name": pd.array([None, "x" * 300], dtype="string"),
        }
    )

    first, second = sent(SearchTable(frame, key="uid", caption="Values"))

    assert first == ["a", "2026-11-02 08:00", "0.07", "3", "yes", ""]
    assert second == ["b", "", "", "", "", "x" * 239 + "…"]
