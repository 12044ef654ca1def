"""The one renderer of tables."""

from datetime import UTC, datetime

import pandas as pd

from edges_nb.reports.html import tag
from edges_nb.reports.tables import LONGEST_CELL, PLAIN_ROWS, Column, Row, frame_table, table
from tests.reports.markup import Markup, dangers


def test_a_table_has_a_caption_heads_with_scope_and_a_region_that_takes_the_keyboard() -> None:
    markup = Markup(table(["Name", Column("Runs", "number")], [("a", 1)], caption="Some runs").markup)
    assert markup.one("caption").text == "Some runs"
    assert [cell.attributes["scope"] for cell in markup.all("th")] == ["col", "col", "row"]
    region = markup.one("div").attributes
    assert (region["role"], region["tabindex"], region["aria-label"]) == ("group", "0", "Some runs")
    assert dangers(markup) == []


def test_a_row_can_be_linked_to() -> None:
    markup = Markup(table(["a"], [Row(("x",), "s-1"), ("y",)], caption="c").markup)
    assert [cell.attributes.get("id") for cell in markup.all("th")] == [None, "s-1", None]


def test_columns_of_numbers_are_set_apart_by_the_column_and_not_cell_by_cell() -> None:
    markup = Markup(table(["a", Column("b", "number")], [(1, 2)], caption="c").markup)
    assert markup.one("table").attributes == {"class": "n2"}
    assert markup.one("td").attributes == {}


def test_titles_of_stacked_cells_are_text_whatever_they_are() -> None:
    markup = Markup(table(["a", '"};x{'], [(1, 2)], caption="c", stacked=True).markup)
    assert dangers(markup) == []
    assert markup.one("table").attributes["style"] == '--c2:"\\22 \\7d \\3b x\\7b "'


def test_a_long_cell_is_cut() -> None:
    cell = Markup(table(["a", "b"], [("x", "y" * 5_000)], caption="c").markup).one("td")
    assert len(cell.text) == LONGEST_CELL


def test_a_fragment_in_a_cell_stays_as_it_is() -> None:
    assert "<td><b>&lt;</b></td>" in table(["a", "b"], [("x", tag("b", "<"))], caption="c").markup


def test_the_plain_text_is_aligned_and_says_what_it_leaves_out() -> None:
    rows = [(f"row {number}", number) for number in range(PLAIN_ROWS + 5)]
    lines = repr(table(["Name", "Number"], rows, caption="Rows")).splitlines()
    assert lines[:3] == ["Rows", "Name    Number", "row 0   0"]
    assert lines[-1] == "… and 5 more rows"


def test_a_frame_is_shown_with_everything_escaped() -> None:
    frame = pd.DataFrame({"<i>": ["<b>"]}, index=pd.Index(["<u>"], name="<s>"))
    markup = Markup(frame_table(frame, caption="<em>", index=True).markup)
    assert dangers(markup) == []
    assert [cell.text for cell in markup.all("caption", "th", "td")] == ["<em>", "<s>", "<i>", "<u>", "<b>"]


def test_values_of_a_frame_are_told_in_words() -> None:
    frame = pd.DataFrame(
        {
            "name": pd.array(["a", None], dtype="string"),
            "active": pd.array([True, None], dtype="boolean"),
            "number": pd.array([1, None], dtype="Int64"),
            "share": pd.array([1234.5, None], dtype="Float64"),
            "at": pd.Series([datetime(2026, 11, 2, 8, 30, tzinfo=UTC), None], dtype="datetime64[us, UTC]"),
        }
    )
    markup = Markup(frame_table(frame, caption="c").markup)
    cells = [cell.text for cell in markup.elements if cell.name in ("th", "td") and "tbody" in cell.above]
    assert cells == ["a", "yes", "1", "1,234.5", "2026-11-02 08:30", "", "", "", "", ""]


def test_rows_beyond_the_limit_are_counted() -> None:
    fragment = frame_table(pd.DataFrame({"a": range(1_500)}), caption="c", limit=10)
    assert len(Markup(fragment.markup).all("tr")) == 11
    assert "1,490 more rows are not shown here." in repr(fragment)


def test_a_frame_with_equal_column_names_and_several_indexes_is_shown() -> None:
    index = pd.MultiIndex.from_tuples([("x", "y")], names=["a", "b"])
    frame = pd.DataFrame([[1, 2]], columns=["same", "same"], index=index)
    markup = Markup(frame_table(frame, caption="c", index=True).markup)
    assert [cell.text for cell in markup.all("th", "td")] == ["a / b", "same", "same", "x / y", "1", "2"]


def test_an_empty_frame_is_a_table_without_rows() -> None:
    markup = Markup(frame_table(pd.DataFrame({"a": []}), caption="c").markup)
    assert len(markup.all("tr")) == 1
