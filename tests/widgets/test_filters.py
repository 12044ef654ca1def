"""Filters narrow a frame by plain parameters, with or without a widget."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.widgets.filter_logic import (
    UNKNOWN,
    Choice,
    Values,
    apply_filter,
    choices,
    describe,
    no_limit,
)

from .conftest import NOW


def left(schedules: pd.DataFrame, **values: object) -> list[str]:
    return apply_filter(schedules, values, now=NOW)["schedule_uid"].tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, ["one", "two", "three", "four", "five", "six"], id="nothing"),
        pytest.param(no_limit(), ["one", "two", "three", "four", "five", "six"], id="all at no limit"),
        pytest.param({"status": "PAUSED"}, ["four"], id="status"),
        pytest.param({"identity": "paris"}, ["one", "two", "six"], id="identity by uid"),
        pytest.param({"identity": "Outreach desk Berlin"}, ["three", "four"], id="identity by name"),
        pytest.param({"identity": UNKNOWN}, ["five"], id="identity not told"),
        pytest.param({"identity_type": "standard"}, ["four"], id="identity type"),
        pytest.param({"linkedin": "VALID"}, ["one", "two", "six"], id="connection"),
        pytest.param({"linkedin": UNKNOWN}, ["three", "four", "five"], id="connection not told"),
        pytest.param({"action": "linkedin-extract-messages"}, ["five"], id="action"),
        pytest.param({"timezone": "Europe/Berlin"}, ["three"], id="timezone"),
        pytest.param({"cron": "0 6 * * 1"}, ["one"], id="cron"),
        pytest.param({"name": "SYNC"}, ["one", "two"], id="name in any case"),
        pytest.param({"name": "a.c"}, ["six"], id="name is text, no pattern"),
        pytest.param({"name": "d.ily"}, [], id="name is never a pattern"),
        pytest.param({"name": "thre"}, ["three"], id="part of a uid"),
        pytest.param({"due_at": "Mon 06:00 Europe/Paris"}, ["one", "six"], id="due in an hour"),
        pytest.param({"due_at": "Tue 08:00"}, ["two", "three", "five", "six"], id="in UTC"),
        pytest.param({"query": "runs_per_day > 1"}, ["six"], id="query"),
        pytest.param({"query": "max_results > 5"}, [], id="query on what is not told"),
        pytest.param({"identity": "paris", "name": "daily"}, ["two"], id="all have to fit"),
        pytest.param({"status": " PAUSED "}, ["four"], id="blanks around"),
        pytest.param({"cron": "0 6 * * 1 | */30 * * * *"}, ["one", "six"], id="one of several"),
        pytest.param({"identity": f"berlin-1|{UNKNOWN}"}, ["three", "five"], id="several without blanks"),
        pytest.param({"status": "not PAUSED"}, ["one", "two", "three", "five", "six"], id="not"),
        pytest.param({"identity": "not paris | Outreach desk Berlin"}, ["five"], id="none of several"),
        pytest.param(
            {"status": "ACTIVE | ACTVE"}, ["one", "two", "three", "five", "six"], id="one is misspelt"
        ),
    ],
)
def test_schedules_that_fit_are_left_in_their_order(
    schedules: pd.DataFrame, values: Values, expected: list[str]
) -> None:
    assert left(schedules, **values) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(1, ["two"]), (0.5, []), (24, ["one", "two", "three", "five", "six"])]
)
def test_due_within_counts_from_the_given_moment_and_leaves_out_what_is_never_due(
    schedules: pd.DataFrame, hours: float, expected: list[str]
) -> None:
    assert left(schedules, due_within=hours) == expected
    assert apply_filter(schedules, {"due_within": hours}, now=NOW - timedelta(days=9)).empty


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("foo > 1", "there is no column foo. The columns are schedule_uid, name"),
        ("status ==", "it is no expression"),
        ("name", "does not tell which rows to keep"),
        ("1 + 1", "does not tell which rows to keep"),
        ("name == @query", "there is no column query"),
        ("name.str.nothing()", "can't be used"),
        ("__import__('os').getcwd()", "can't be used"),
    ],
)
def test_query_that_can_not_be_used_is_told_in_one_line(
    schedules: pd.DataFrame, query: str, told: str
) -> None:
    with pytest.raises(BadInput) as caught:
        left(schedules, query=query)

    assert query in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_query_shows_no_secret_of_its_text(schedules: pd.DataFrame) -> None:
    with pytest.raises(BadInput) as caught:
        left(schedules, query="url == 'https://hooks.example.com/in?token=not-a-secret-4711'")

    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"statsu": "ACTIVE"}, "There is no filter statsu: the filters are action, identity"),
        ({"status": 3}, "status is 3"),
        ({"due_at": "Monday"}, "due_at is 'Monday': give a weekday and an hour"),
        ({"due_at": "Mon 24:00"}, "due_at is 'Mon 24:00'"),
        ({"due_at": "Mon 09:00 Mars/Base"}, "due_at is 'Mon 09:00 Mars/Base'"),
        ({"due_within": "soon"}, "due_within is 'soon'"),
        ({"due_within": -1}, "due_within is -1"),
        ({"due_within": True}, "due_within is True"),
        ({"due_within": float("nan")}, "due_within is nan"),
    ],
)
def test_values_that_no_filter_has_are_refused(schedules: pd.DataFrame, values: Values, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        apply_filter(schedules, values, now=NOW)


def test_choices_count_what_is_left_if_each_is_chosen_with_the_other_filters(schedules: pd.DataFrame) -> None:
    offered = choices(schedules, {"status": "ACTIVE", "identity": "paris"}, now=NOW)

    assert {choice.value: choice.count for choice in offered["identity"]} == {
        "paris": 3,
        "berlin-1": 1,
        "berlin-2": 0,
        UNKNOWN: 1,
    }
    assert {choice.value: choice.count for choice in offered["status"]} == {"ACTIVE": 3, "PAUSED": 0}
    assert {choice.value: choice.count for choice in offered["timezone"]} == {
        "Europe/Berlin": 0,
        "Europe/Paris": 3,
    }


def test_choices_tell_identities_of_one_name_apart_and_put_the_unknown_last(schedules: pd.DataFrame) -> None:
    labels = [choice.label for choice in choices(schedules, {})["identity"]]

    assert labels == [
        "Outreach desk Berlin (berlin-1)",
        "Outreach desk Berlin (berlin-2)",
        "Outreach desk Paris",
        UNKNOWN,
    ]


def test_choices_say_a_cron_in_words(schedules: pd.DataFrame) -> None:
    assert "0 6 * * 1 (At 06:00, only on Monday)" in [c.label for c in choices(schedules, {})["cron"]]


def test_counts_of_a_choice_are_what_the_filter_leaves(schedules: pd.DataFrame) -> None:
    values = {"name": "sync"}
    for name, offered in choices(schedules, values, now=NOW).items():
        for choice in offered:
            assert choice.count == len(left(schedules, **values, **{name: choice.value})), (name, choice)


def test_description_says_what_was_asked_and_how_many_fit(schedules: pd.DataFrame) -> None:
    values = {"identity": "paris", "due_within": 24, "name": "sync", "query": "runs_per_day < 2"}

    assert describe(schedules, {}, 6) == "All 6 schedules: nothing is filtered out."
    assert describe(schedules, values, 2) == (
        "2 of 6 schedules: identity Outreach desk Paris, due within 24 h, name contains “sync”, "
        "query runs_per_day < 2."
    )


def test_description_says_so_where_no_schedule_has_the_value(schedules: pd.DataFrame) -> None:
    assert describe(schedules, {"status": "ACTVE"}, 0) == (
        "0 of 6 schedules: status ACTVE. No schedule has status ACTVE: there are ACTIVE, PAUSED."
    )


def test_description_tells_several_values_and_those_left_out(schedules: pd.DataFrame) -> None:
    assert (
        describe(schedules, {"status": "ACTIVE | PAUSED"}, 6) == "6 of 6 schedules: status ACTIVE or PAUSED."
    )
    assert describe(schedules, {"identity": "not paris | berlin-1"}, 2) == (
        "2 of 6 schedules: identity not Outreach desk Paris and not Outreach desk Berlin (berlin-1)."
    )


def test_name_that_looks_like_several_values_is_one(schedules: pd.DataFrame) -> None:
    odd = schedules.assign(
        identity_name=schedules["identity_name"].replace("Outreach desk Paris", "not A | B")
    )

    assert left(odd, identity="not A | B") == ["one", "two", "six"]
    assert describe(odd, {"identity": "not A | B"}, 3) == "3 of 6 schedules: identity not A | B."


def test_choices_tell_which_values_are_named(schedules: pd.DataFrame) -> None:
    offered = choices(schedules, {"identity": "not Outreach desk Berlin | paris"})["identity"]

    assert [choice.value for choice in offered if choice.named] == ["berlin-1", "berlin-2", "paris"]


def test_empty_workspace_can_be_filtered(schedules: pd.DataFrame) -> None:
    empty = schedules.head(0)

    assert apply_filter(
        empty, {"status": "ACTIVE", "name": "x", "due_within": 3, "query": "inputs > 1"}
    ).empty
    assert choices(empty, {"identity": "paris"})["identity"] == [Choice("paris", "paris", 0, named=True)]
