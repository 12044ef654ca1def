"""CSV for people is safe to open in a spreadsheet."""

import csv
import io

import pandas as pd
import pytest

from edges_nb.reports.safe_csv import csv_line, rows_to_safe_csv, to_safe_csv


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  =", " @"])
def test_text_that_looks_like_a_formula_is_led_by_an_apostrophe(start: str) -> None:
    (row,) = read(to_safe_csv(pd.DataFrame({"name": [f"{start}1+1"]})))
    assert row["name"] == f"'{start}1+1"


@pytest.mark.parametrize("text", ["Weekly sync", "a=b", "'quoted", "", "50 % more", "0 9 * * *"])
def test_other_text_stays_as_it_is(text: str) -> None:
    (row,) = read(to_safe_csv(pd.DataFrame({"name": [text], "x": ["y"]})))
    assert row["name"] == text


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_cell_can_not_begin_a_line_of_its_own(end: str) -> None:
    frame = pd.DataFrame({"schedule_uid": [f"a{end}=1+1"], "name": [f"b{end}=1+1"]})
    (row,) = read(to_safe_csv(frame))
    assert row == {"schedule_uid": f"a{end}=1+1", "name": f"b{end}=1+1"}
    assert csv_line([f"a{end}=1+1", "b"]) == f'"a{end}=1+1",b'


def test_uids_stay_exact_so_that_scripts_can_match_them() -> None:
    frame = pd.DataFrame({"schedule_uid": ["-5f1c"], "new_uid": ["=x"], "name": ["-5f1c"]})
    (row,) = read(to_safe_csv(frame))
    assert (row["schedule_uid"], row["new_uid"], row["name"]) == ("-5f1c", "=x", "'-5f1c")


def test_negative_numbers_and_times_stay_what_they_are() -> None:
    frame = pd.DataFrame({"change": [-5], "share": pd.array([-0.5], dtype="Float64")})
    assert to_safe_csv(frame) == "change,share\r\n-5,-0.5\r\n"


def test_titles_of_columns_are_made_safe_too() -> None:
    assert to_safe_csv(pd.DataFrame({"=1+1": ["x"]})) == "'=1+1\r\nx\r\n"


def test_missing_values_and_equal_titles_are_kept() -> None:
    frame = pd.DataFrame([["=a", None]], columns=["same", "same"])
    assert to_safe_csv(frame) == "same,same\r\n'=a,\r\n"


def test_an_empty_frame_has_its_titles() -> None:
    assert to_safe_csv(pd.DataFrame({"schedule_uid": pd.array([], dtype="string")})) == "schedule_uid\r\n"


def test_a_line_quotes_what_has_to_be_quoted() -> None:
    assert csv_line(["a", "b,c", 'd"e', ""]) == 'a,"b,c","d""e",'


def test_rows_become_the_same_csv_as_a_frame_of_them() -> None:
    rows = [
        {"schedule_uid": "=s", "name": "=1+1", "reason": 'a "quoted", one'},
        {"schedule_uid": "t", "name": None, "reason": "two\nlines"},
    ]
    frame = pd.DataFrame(rows).astype("string")
    assert "".join(rows_to_safe_csv(list(frame.columns), rows)) == to_safe_csv(frame)
