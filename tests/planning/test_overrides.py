"""What people give for single schedules: read, checked cell by cell, and used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS
from edges_nb.models.plan_items import Decision
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.overrides import Override, read_overrides

from .bench import SECRET, known, migrated, override, schedule

INPUTS = [{"linkedin_url": "https://www.linkedin.com/in/other", "custom_data": {"crm": [1, "ä"]}}]


def read_csv(folder: Path, *lines: str) -> dict[str, Override]:
    path = folder / "overrides.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_overrides(path)


def faults(folder: Path, *lines: str) -> str:
    with pytest.raises(BadInput) as caught:
        read_csv(folder, *lines)
    return str(caught.value)


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_gives_no_overrides(nothing: str | None) -> None:
    assert read_overrides(nothing) == {}


def test_every_column_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "schedule_uid": ["s1"],
            "decision": ["migrate"],
            "identity_uid": ["identity-2"],
            "max_results": [7],
            "callback_url": ["https://new.example.com/in"],
            "inputs_json": [json.dumps(INPUTS)],
            "cron": ["10 5 * * 1"],
            "timezone": ["America/Sao_Paulo"],
            "name": ["Another label"],
        }
    )
    frame.to_csv(tmp_path / "given.csv", index=False)
    expected = Override(
        schedule_uid="s1",
        place="line 2",
        decision="migrate",
        identity_uid="identity-2",
        max_results=7,
        callback_url="https://new.example.com/in",
        inputs=INPUTS,
        cron="10 5 * * 1",
        timezone="America/Sao_Paulo",
        name="Another label",
    )

    assert read_overrides(str(tmp_path / "given.csv")) == {"s1": expected}
    (from_frame,) = read_overrides(frame).values()
    assert from_frame.place == "row 1"
    assert from_frame.inputs == INPUTS


def test_empty_cells_give_nothing(tmp_path: Path) -> None:
    overrides = read_csv(tmp_path, "schedule_uid,cron,max_results", "s1,,", "s2, ,5", "", "s3")

    assert overrides["s1"] == Override(schedule_uid="s1", place="line 2")
    assert overrides["s2"].max_results == 5
    assert overrides["s3"].place == "line 5"


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA, pd.NaT, "", "  "])
def test_gaps_of_a_frame_give_nothing(gap: Any) -> None:
    frame = pd.DataFrame({"schedule_uid": ["s1"], "max_results": pd.Series([gap], dtype="object")})

    assert read_overrides(frame)["s1"].max_results is None


def test_whole_numbers_in_a_column_with_gaps_are_numbers() -> None:
    frame = pd.DataFrame({"schedule_uid": ["s1", "s2"], "max_results": [777, None]})

    assert read_overrides(frame)["s1"].max_results == 777


def test_uids_may_be_the_index_of_a_frame() -> None:
    frame = pd.DataFrame({"cron": ["0 5 * * *"]}, index=pd.Index(["s1"], name="schedule_uid"))

    assert read_overrides(frame)["s1"].cron == "0 5 * * *"


def test_a_byte_order_mark_and_semicolons_of_a_spreadsheet_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text("schedule_uid;cron\r\ns1;0 5 * * 1,2\r\n", encoding="utf-8-sig")

    assert read_overrides(path)["s1"].cron == "0 5 * * 1,2"


def test_a_row_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    told = faults(tmp_path, "schedule_uid,name,max_results", 's1,"two\nlines",5', 's2,"one\nmore",no')

    assert "line 4, column max_results" in told


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("decision", "maybe", "migrate or skip"),
        ("max_results", "plenty", "'plenty': use a whole number from 1"),
        ("max_results", "0", "whole number"),
        ("max_results", "-5", "whole number"),
        ("max_results", "5.5", "whole number"),
        ("max_results", "1e3", "whole number"),
        ("max_results", "٣", "whole number"),
        ("callback_url", "hooks.example.com", "https://"),
        ("callback_url", "ftp://hooks.example.com", "https://"),
        ("callback_url", "https://", "https://"),
        ("callback_url", "https://[broken", "https://"),
        ("callback_url", "https://hooks.example.com/a b", "https://"),
        ("inputs_json", "linkedin", "JSON"),
        ("inputs_json", "[]", "JSON"),
        ("inputs_json", "[1]", "JSON"),
        ("inputs_json", '[{""cookie"": ""********""}]', "masked"),
        ("inputs_json", '[{""n"": NaN}]', "JSON"),
        ("cron", "0 9 * *", "five fields"),
        ("cron", "0 9 31 2 *", "day-of-month"),
        ("timezone", "Paris", "IANA"),
        ("name", "x" * 256, "256 characters"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(tmp_path: Path, column: str, cell: str, told: str) -> None:
    sentence = faults(tmp_path, f"schedule_uid,{column}", "good-one,", f's1,"{cell}"')

    assert f"line 3, column {column}: " in sentence
    assert told in sentence


@pytest.mark.parametrize("value", [True, np.True_, 2.5, 0, -3, "many", np.float64(1.5)])
def test_a_bad_number_of_a_frame_is_named_by_row(value: object) -> None:
    frame = pd.DataFrame({"schedule_uid": ["s1"], "max_results": pd.Series([value], dtype="object")})

    with pytest.raises(BadInput, match=r"row 1, column max_results: is .*: use a whole number from 1"):
        read_overrides(frame)


def test_all_bad_cells_are_told_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "schedule_uid,max_results,cron,wrong",
        "s1,x,0 9 * * *,1",
        "s2,5,nonsense,2",
        "s2,5,,3",
        ",6,,4",
    )

    for place in (
        "line 1, column 'wrong'",
        "line 2, column max_results",
        "line 3, column cron",
        "line 5, column schedule_uid",
    ):
        assert place in told


def test_a_schedule_in_two_rows_is_told_with_both(tmp_path: Path) -> None:
    told = faults(tmp_path, "schedule_uid,cron", "s1,0 9 * * *", "s1,0 8 * * *")

    assert "line 3, column schedule_uid: 's1' is there twice, first in line 2" in told


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["uid,cron", "s1,0 9 * * *"], "column schedule_uid: is missing"),
        (["schedule_uid,cron,cron", "s1,,"], "column cron: is there twice"),
        (["schedule_uid,cron", "s1,0 9 * * 1,2"], "line 2, column 3: has no heading"),
        (["schedule_uid,name", 's1,"broken"quote'], "line 2"),
        ([""], "are empty"),
    ],
)
def test_a_table_of_another_shape_is_told(tmp_path: Path, lines: list[str], told: str) -> None:
    assert told in faults(tmp_path, *lines)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no-such-file\.csv"):
        read_overrides(tmp_path / "no-such-file.csv")


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("schedule_uid,name\ns1,é".encode("latin-1"))

    with pytest.raises(BadInput, match="UTF-8"):
        read_overrides(path)


def test_no_sentence_repeats_an_address_or_inputs(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "schedule_uid,callback_url,inputs_json",
        f's1,ftp://{SECRET}@x.example.com,"[""{SECRET}"""',
    )

    assert SECRET not in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"uid": "no-such-schedule"}, "line 2, column schedule_uid: no schedule of"),
        ({"identity_uid": "nobody"}, "line 2, column identity_uid: no identity"),
        ({"identity_uid": "standard-1"}, "line 2, column identity_uid: Desk standard-1 is standard"),
        ({"identity_uid": "idle-1"}, "line 2, column identity_uid: Desk idle-1 is not active"),
        ({"identity_uid": "odd-1"}, "needs an engagement identity"),
    ],
)
def test_what_the_workspace_does_not_have_is_a_bad_cell_too(given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        migrated(known(schedule()), overrides=override(**given))


def test_bad_cells_that_the_workspace_tells_are_told_at_once() -> None:
    given = override(identity_uid="nobody") | override("no-such-schedule", identity_uid="idle-1")

    with pytest.raises(BadInput) as caught:
        draft_migration(known(schedule()), action=CONNECTIONS, overrides=given)

    assert all(told in str(caught.value) for told in ("no-such-schedule", "nobody", "Desk idle-1"))


def test_a_row_about_a_schedule_that_is_not_planned_for_does_no_harm() -> None:
    there = known(schedule(), schedule("s2"))

    items = draft_migration(there, action=CONNECTIONS, only=["s2"], overrides=override(cron="1 1 * * *"))

    assert [item.uid for item in items] == ["s2"]


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"identity_uid": "identity-2"}, "identity_ids", ["identity-2"]),
        ({"inputs": INPUTS}, "inputs", INPUTS),
        ({"cron": "10 5 * * 1"}, "cron", "10 5 * * 1"),
        ({"timezone": "UTC"}, "timezone", "UTC"),
        ({"name": "New"}, "name", "New"),
        ({"max_results": 4}, "parameters", {"sync_mode": "incremental", "max_results": 4}),
    ],
)
def test_an_override_changes_what_it_names_and_nothing_else(
    given: dict[str, Any], field: str, value: object
) -> None:
    without = migrated(known(schedule())).request
    with_it = migrated(known(schedule()), overrides=override(**given)).request

    assert without is not None
    assert with_it == without.model_copy(update={field: value})


def test_an_override_of_the_callback_keeps_headers_and_on() -> None:
    item = migrated(known(schedule()), overrides=override(callback_url="https://new.example.com"))

    assert item.request is not None
    assert item.request.callback == {**(schedule().callback or {}), "url": "https://new.example.com"}
    assert item.sources["callback.url"] == "override"
    assert item.sources["callback"] == "schedule"


def test_max_results_of_a_row_goes_before_the_one_for_all() -> None:
    item = migrated(known(schedule()), overrides=override(max_results=4), max_results=9)

    assert item.request is not None
    assert item.request.parameters is not None
    assert item.request.parameters["max_results"] == 4
    assert item.sources["parameters.max_results"] == "override"


@pytest.mark.parametrize(
    "owners", [None, ["nobody"], ["identity-1", "standard-1"], ["idle-1"], ["standard-1"]]
)
def test_a_given_identity_takes_the_place_of_any_other(owners: list[str] | None) -> None:
    item = migrated(known(schedule(identity_ids=owners)), overrides=override(identity_uid="identity-2"))

    assert item.decision is Decision.MIGRATE
    assert item.request is not None
    assert item.request.identity_ids == ["identity-2"]


def test_skip_leaves_a_schedule_out() -> None:
    item = migrated(known(schedule()), overrides=override(decision="skip"))

    assert item.decision is Decision.SKIP
    assert item.reason.startswith("excluded by hand")


@pytest.mark.parametrize(
    "fields", [{"status": "PAUSED"}, {"cron": None}, {"parameters": {"sync_mode": "incremental"}}]
)
def test_migrate_does_not_force_what_there_is_nothing_to_do_for(fields: dict[str, Any]) -> None:
    item = migrated(known(schedule(**fields)), overrides=override(decision="migrate"))

    assert item.decision is Decision.SKIP


def test_a_mark_in_a_given_name_is_taken_out() -> None:
    item = migrated(known(schedule()), overrides=override(name="New [edges-nb copy of x]"))

    assert item.request is not None
    assert item.request.name == "New"
