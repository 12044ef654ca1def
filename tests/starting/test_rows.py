"""What is to be started is checked as a whole, and every bad cell is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from edges_nb.errors import BadInput

from .bench import SECRET, Bench

HEADING = (
    "identity_uid,input,callback_url,callback_headers,callback_on,cron,timezone,schedule_at,max_results,name"
)


def told(bench: Bench, rows: Any, **options: Any) -> str:
    with pytest.raises(BadInput) as caught:
        bench.plan(rows, **options)
    assert not any(call.method == "POST" for call in bench.sandbox.history)
    return str(caught.value)


def test_the_request_is_exactly_what_the_row_says(bench: Bench) -> None:
    row = bench.row(
        callback_on="final",
        timezone="America/Sao_Paulo",
        schedule_at="2026-11-03T09:00:00+01:00",
        max_results="50",
        name="Weekly",
    )
    row["callback_headers"] = json.dumps(row["callback_headers"])
    (item,) = bench.plan(row).items
    assert list(item.request.body().items()) == [
        ("inputs", [{"linkedin_url": "https://www.linkedin.com/in/desk-0"}]),
        (
            "callback",
            {
                "url": "https://hooks.example.com/edges",
                "headers": {"Authorization": f"Bearer {SECRET}"},
                "on": "final",
            },
        ),
        ("identity_ids", [bench.desks[0].uid]),
        ("cron", "0 9 * * *"),
        ("timezone", "America/Sao_Paulo"),
        ("schedule_at", "2026-11-03T08:00:00.000Z"),
        ("parameters", {"sync_mode": "incremental", "max_results": 50}),
        ("name", "Weekly"),
    ]


def test_what_a_row_leaves_empty_comes_from_the_defaults_and_the_timezone_from_the_identity(
    bench: Bench,
) -> None:
    rows = pd.DataFrame([bench.row(0), bench.row(1, cron=None, max_results=7, name="Own")])
    plan = bench.plan(rows, defaults={"cron": "30 6 * * 1", "max_results": 50, "name": "All"})
    sent = [(i.request.cron, i.request.timezone, i.request.parameters, i.request.name) for i in plan.items]
    mode = {"sync_mode": "incremental"}
    assert sent == [
        ("0 9 * * *", "Europe/Paris", {**mode, "max_results": 50}, "All"),
        ("30 6 * * 1", "Europe/Berlin", {**mode, "max_results": 7}, "Own"),
    ]


def test_rows_may_be_a_list_of_mappings(bench: Bench) -> None:
    assert [item.place for item in bench.plan([bench.row(0), bench.row(1)]).items] == ["row 1", "row 2"]
    assert "row 2, column max_results" in told(bench, [bench.row(0), bench.row(1, max_results=0)])
    assert "column 'color'" in told(bench, [bench.row(0, color=1)])


def test_several_inputs_go_into_one_request(bench: Bench) -> None:
    inputs = [{"linkedin_url": f"https://www.linkedin.com/in/{n}", "custom_data": {"n": n}} for n in (1, 2)]
    (item,) = bench.plan(bench.row(input=json.dumps(inputs))).items
    assert item.request.inputs == inputs


def test_every_bad_cell_is_named_by_line_and_column_at_once(bench: Bench, tmp_path: Path) -> None:
    profile = '"{""linkedin_url"": ""https://www.linkedin.com/in/x""}"'
    hook = "https://hooks.example.com/x"
    lines = [
        HEADING,
        f"{bench.desks[0].uid},{profile},{hook},,,0 9 * * *,,,plenty,",
        f"{bench.standard.uid},{profile},{SECRET},,,0 9 * * *,Mars/Base,,,",
        f"{bench.idle.uid},[],{hook},{SECRET},sometimes,never,,,,",
        f"nobody,{profile},{hook},,,0 9 * * *,,2026-11-01T09:00:00Z,,",
        f'{bench.desks[0].uid},"{{}}",{hook},,,,,2026-11-03T09:00:00,,',
        f",{profile},,,,0 9 * * *,,,,",
    ]
    (tmp_path / "starts.csv").write_text("\n".join(lines), encoding="utf-8")
    sentence = told(bench, str(tmp_path / "starts.csv"))
    assert "The starts can't be used in 16 places" in sentence
    for place in (
        *("line 2, column max_results", "line 3, column callback_url", "line 3, column timezone"),
        *(
            "line 3, column identity_uid: Scout is standard",
            "line 4, column identity_uid: Idle is not active",
        ),
        *("line 4, column input", "line 4, column callback_headers", "line 4, column callback_on"),
        *(
            "line 4, column cron",
            "line 5, column identity_uid: no identity",
            "line 5, column schedule_at: is past",
        ),
        *("line 6, column cron: is empty", "line 6, column schedule_at: is"),
        *(
            "line 6, column identity_uid: ",
            "line 7, column identity_uid: is empty",
            "line 7, column callback_url",
        ),
    ):
        assert place in sentence, place
    assert SECRET not in sentence


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"input": "{"}, "input: is no JSON"),
        ({"callback_headers": {"X": 1}}, "callback_headers: is no JSON object of texts"),
        ({"cron": "0 9 * *"}, "cron: '0 9 * *' is no cron expression"),
        ({"cron": ""}, "cron: is empty"),
        ({"colour": "red"}, "'colour': is not known"),
    ],
)
def test_the_only_row_is_told_without_a_line(bench: Bench, cells: dict[str, Any], why: str) -> None:
    assert told(bench, bench.row(**cells)).startswith(f"The starts can't be used: {why}")


def test_a_missing_column_is_told_once(bench: Bench) -> None:
    frame = pd.DataFrame([bench.row(0), bench.row(1)]).drop(columns="input")
    assert [item.request.inputs for item in bench.plan(frame).items] == [[{}], [{}]]
    assert (
        told(bench, frame, action="linkedin-extract-messages")
        == "The starts can't be used: input: is missing: every row needs it."
    )


def test_an_identity_has_one_row(bench: Bench) -> None:
    sentence = told(bench, pd.DataFrame([bench.row(0), bench.row(0, cron="0 5 * * *")]))
    assert "row 2, column identity_uid" in sentence
    assert "is there twice, first in row 1" in sentence


def test_only_actions_with_incremental_mode_and_the_two_ways_are_taken(bench: Bench) -> None:
    assert "no incremental mode" in told(bench, bench.row(), action="linkedin-search-people")
    assert "way is 'daily'" in told(bench, bench.row(), way="daily")


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("linkedin-extract-messages", {"linkedin_thread_url": "https://www.linkedin.com/x"}),
        ("linkedin-extract-profile-viewers", {"custom_data": {"crm": 1}}),
        ("linkedin-extract-page-followers", {"linkedin_company_id": "7"}),
    ],
)
def test_all_actions_with_incremental_mode_can_be_started(
    bench: Bench, action: str, given: dict[str, object]
) -> None:
    plan = bench.plan(bench.row(input=given), action=action)
    assert plan.apply(workers=1).counts == {"started": 1}
    assert [(row.action_name, row.parameters) for row in bench.live] == [
        (action, {"sync_mode": "incremental"})
    ]
