"""One odd row never stands in the way of the others."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edges_nb.client import Edges
from edges_nb.models.api import (
    ApiRecord,
    CallbackDelivery,
    CreatedSchedule,
    Identity,
    Run,
    RunInput,
    Schedule,
)
from edges_nb.models.workspace import Workspace
from edges_nb.planning.evidence import evidence_from, with_inputs

from .serving import client

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud83d"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KINDS: dict[str, type[ApiRecord]] = {
    "identities": Identity,
    "schedules": Schedule,
    "runs": Run,
    "callbacks": CallbackDelivery,
}


def read(edges: Edges, name: str) -> list[ApiRecord]:
    return list(getattr(edges, name)())


def serving(content: str) -> Edges:
    """A server that gives one page, whatever is asked."""

    def app(request: httpx.Request) -> httpx.Response:
        first = request.url.params.get("page", "1") == "1" and request.url.params.get("offset", "0") == "0"
        return httpx.Response(200, content=content if first else "[]")

    return client(app)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_in_any_field_leaves_the_other_rows_as_they_are(name: str, data: st.DataObject) -> None:
    fields = sorted(KINDS[name].model_fields)
    row: Any = {"uid": "odd", "name": "Odd", data.draw(st.sampled_from(fields)): data.draw(JSON)}
    usual = [
        {"uid": f"u-{number}", "name": "Usual", "created_at": "2026-11-01T00:00:00Z"} for number in (1, 2)
    ]
    found = read(serving(json.dumps([usual[0], row, usual[1]])), name)
    left = [record for record in found if getattr(record, "name", None) == "Usual"]
    assert sorted(left, key=str) == sorted((KINDS[name].read(each) for each in usual), key=str)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "row", ["null", "7", '"s"', "[]", "{}", '{"uid": null}', '{"uid": 7}', '{"uid": ""}']
)
def test_row_without_a_uid_is_left_out_and_counted(name: str, row: str) -> None:
    edges = serving(f'[{{"uid": "a"}}, {row}, {{"uid": "b"}}]')
    assert [getattr(record, "uid", None) for record in read(edges, name)] == ["a", "b"]
    assert list(edges.lists.without_uid.values()) == [1]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r'"ab\ud83d"', "ab\ufffd"),
        (r'"\ude00ab"', "\ufffdab"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        ("NaN", None),
        ("-Infinity", None),
        ("1e999", None),
        ("9" * 5000, None),
        ('"a", "name": "b"', "b"),
    ],
)
def test_value_that_is_no_json_is_replaced_and_the_rest_read(written: str, name: str | None) -> None:
    (schedule,) = serving(f'[{{"uid": "s", "cron": "0 9 * * *", "name": {written}}}]').schedules()
    assert (schedule.name, schedule.cron) == (name, "0 9 * * *")


def test_rows_that_were_not_read_whole_are_told_with_their_fields() -> None:
    edges = serving('[{"uid": "a", "cron": [7]}, {"uid": "b"}, null]')
    edges.schedules()
    edges.runs()
    assert edges.lists.told == [
        "1 row has fields that could not be read and count as not shown: a (cron).",
        "Left out 1 row of /schedules without a readable uid: report this to Edges' support.",
        "Left out 1 row of /runs without a readable uid: report this to Edges' support.",
    ]


def test_number_that_no_table_can_hold_is_unknown() -> None:
    (run,) = serving('[{"uid": "r", "output_count": 1' + "0" * 40 + "}]").runs()
    assert (run.output_count, run.unreadable) == (None, ("output_count",))


def test_number_in_a_text_is_read() -> None:
    (run,) = serving('[{"uid": "r", "output_count": "12"}]').runs()
    assert run.output_count == 12


@pytest.mark.parametrize(
    ("row", "uid"),
    [
        ({"schedule_uid": "s"}, "s"),
        ({"schedule_uid": None, "scheduled_run_uid": "s"}, "s"),
        ({"schedule_uid": None, "scheduled_run_uid": "", "uid": "s"}, "s"),
        ({"schedule_uid": "s", "uid": "u"}, "s"),
    ],
)
def test_uid_of_what_was_created_is_read_under_each_of_its_names(row: Any, uid: str) -> None:
    assert CreatedSchedule.read(row).uid == uid


def test_run_that_found_nothing_new_succeeded() -> None:
    failed = {"uid": "r", "status": "FAILED"}
    assert Run.read({**failed, "last_error": {"label": "NO_RESULT"}}).result == "SUCCEEDED"
    assert Run.read({**failed, "last_error": {"error_label": "STATUS_404"}}).result == "SUCCEEDED"
    assert Run.read({**failed, "last_error": {"label": "LK_ERROR"}}).result == "FAILED"
    assert Run.read({**failed, "last_error": {"label": ["NO_RESULT"]}}).result == "FAILED"


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_value_in_any_field_of_a_run_input_leaves_the_others_as_they_are(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from([*sorted(RunInput.model_fields), "uid"]))
    usual = {"input_data": {"linkedin_url": "https://www.linkedin.com/in/a"}, "custom_data": {"crm": 1}}
    content = json.dumps([usual, {**usual, field: data.draw(JSON)}, usual])
    found = serving(content).run_inputs("r")
    assert len(found) == 3
    assert [found[0].sent, found[-1].sent] == [RunInput.model_validate(usual).sent] * 2


@pytest.mark.parametrize("row", [None, 7, "s", [], {}, {"input_data": "s"}, {"input_data": None}])
def test_inputs_of_which_one_can_not_be_read_are_unknown_and_never_fewer(row: Any) -> None:
    content = json.dumps([{"input_data": {"linkedin_url": "https://www.linkedin.com/in/a"}}, row])
    found = serving(content).run_inputs("r")
    evidence = with_inputs(evidence_from([Run(uid="r")], True), found)
    assert len(found) == 2
    assert (evidence.inputs, evidence.unreadable) == (None, {"inputs"})


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_value_in_any_field_of_the_workspace_leaves_the_rest_of_it_readable(data: st.DataObject) -> None:
    usual = {"uid": "w-1", "name": "Acme", "plan_name": "Gold", "credits_left": 5}
    field = data.draw(st.sampled_from(sorted({*Workspace.model_fields} - {"uid"})))
    edges = serving(json.dumps({**usual, field: data.draw(JSON)}))
    assert edges.workspace.uid == "w-1"
    assert "w-1" in edges.workspace.words
