"""Tables as spreadsheets and pandas write them are read where their meaning is clear, else told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.planning.changes import draft_changes
from edges_nb.planning.overrides import read_overrides

from .bench import SECRET, by_uid, known, schedule

HEADING = ["schedule_uid", "decision", "max_results", "name"]
ROW = ["s1", "Migrate", "500.0", "Label"]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "given.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("trailing", [0, 3])
def test_whatever_wrote_it_the_same_is_read(
    tmp_path: Path, separator: str, encoding: str, end: str, trailing: int
) -> None:
    lines = [separator.join([*cells, *[""] * trailing]) for cells in (HEADING, ROW)]

    (found,) = read_overrides(written(tmp_path, end.join([*lines, ""]), encoding)).values()

    assert (found.schedule_uid, found.decision, found.max_results, found.name) == (
        "s1",
        "migrate",
        500,
        "Label",
    )


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_first_line_that_names_the_separator_is_obeyed(tmp_path: Path, separator: str) -> None:
    text = "\r\n".join([f"sep={separator}", separator.join(HEADING), separator.join(ROW)])

    (found,) = read_overrides(written(tmp_path, text)).values()

    assert (found.place, found.max_results) == ("line 3", 500)


def test_capital_letters_and_spaces_of_a_heading_mean_nothing(tmp_path: Path) -> None:
    text = " Schedule_UID , Max_Results \n s1 , 7 "

    assert read_overrides(written(tmp_path, text))["s1"].max_results == 7


def test_a_cell_may_be_as_long_as_inputs_are(tmp_path: Path) -> None:
    inputs = [{"linkedin_url": f"https://www.linkedin.com/in/{n}"} for n in range(4_000)]
    frame = pd.DataFrame({"schedule_uid": ["s1"], "inputs_json": [json.dumps(inputs)]})
    frame.to_csv(tmp_path / "given.csv", index=False)
    limit = csv.field_size_limit()

    assert read_overrides(tmp_path / "given.csv")["s1"].inputs == inputs
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize("cell", ["1,5", "500.5", "5e2", "-5", "0.0", "५"])
def test_a_number_whose_meaning_is_not_clear_is_told(tmp_path: Path, cell: str) -> None:
    with pytest.raises(BadInput, match="line 2, column max_results"):
        read_overrides(written(tmp_path, f'schedule_uid,max_results\ns1,"{cell}"\n'))


def test_a_cell_below_no_heading_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3, column 3: has no heading"):
        read_overrides(written(tmp_path, "schedule_uid,name,\ns1,a,\ns2,b,c\n"))


def test_no_row_shows_what_may_be_secret() -> None:
    given = pd.DataFrame({"schedule_uid": ["s1"], "callback_url": [f"https://x.example.com/{SECRET}"]})

    assert SECRET not in repr(read_overrides(given))


def test_changes_may_be_a_row_for_each_schedule(tmp_path: Path) -> None:
    there = known(schedule("s1"), schedule("s2"), schedule("s3"))
    path = written(tmp_path, "schedule_uid,cron,max_results\ns1,1 1 * * *,\ns2,,7\n")

    items = by_uid(draft_changes(there, path, fields={"timezone": "UTC"}))

    assert items.keys() == {"s1", "s2"}
    sent = {uid: item.request for uid, item in items.items()}
    assert sent["s1"] is not None
    assert sent["s2"] is not None
    assert (sent["s1"].cron, sent["s1"].timezone) == ("1 1 * * *", "UTC")
    assert (sent["s2"].cron, sent["s2"].timezone) == ("0 9 * * *", "UTC")
    assert sent["s2"].parameters == {"sync_mode": "full", "max_results": 7}


def test_bad_cells_of_changes_are_told_by_line_and_column_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "schedule_uid,cron,identity_uid\ns1,never,\nnobody,,\ns2,,nobody\n")

    with pytest.raises(BadInput) as caught:
        draft_changes(known(schedule("s1"), schedule("s2")), path)

    for place in ("line 2, column cron", "line 3, column schedule_uid", "line 4, column identity_uid"):
        assert place in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "moved"),
    [
        ("https://a.example.com/x?q=1#f", "b.example.com", "https://b.example.com/x?q=1#f"),
        ("https://a.example.com:8443/x", "b.example.com", "https://b.example.com:8443/x"),
        ("https://a.example.com:8443/x", "b.example.com:99", "https://b.example.com:99/x"),
        ("https://user:fake@a.example.com/x", "b.example.com", "https://user:fake@b.example.com/x"),
        ("https://[::1]:8/x", "b.example.com", "https://b.example.com:8/x"),
        ("https://a.example.com/x", "[::1]:8", "https://[::1]:8/x"),
    ],
)
def test_only_the_host_of_a_callback_is_replaced(url: str, host: str, moved: str) -> None:
    callback = {"url": url, "headers": {"X": SECRET}, "on": "final"}

    (item,) = draft_changes(known(schedule(callback=callback)), {"callback_host": host})

    assert item.request is not None
    assert item.request.callback == {**callback, "url": moved}


@pytest.mark.parametrize(
    "host", ["https://b.example.com", "b.example.com/x", "a b", "b?q", "u@b.example.com", ""]
)
def test_what_is_no_host_is_told(host: str) -> None:
    with pytest.raises(BadInput, match=r"callback_host|No change"):
        draft_changes(known(schedule()), {"callback_host": host})


def test_one_constant_for_many_different_values_is_a_warning_with_their_number() -> None:
    urls = [f"https://hooks.example.com/{n % 3}" for n in range(6)]
    there = known(*(schedule(f"s{n}", callback={"url": url}) for n, url in enumerate(urls)))

    all_alike = draft_changes(there, {"callback_url": "https://new.example.com/in"})
    moved = draft_changes(there, {"callback_host": "new.example.com"})

    told = {each.sentence for item in all_alike for each in item.warnings if each.code == "one_for_many"}
    assert told == {"The same callback.url takes the place of 3 different ones."}
    assert not any(each.code == "one_for_many" for item in moved for each in item.warnings)
