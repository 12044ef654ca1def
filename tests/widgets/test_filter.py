"""The filter widget: its value is what a headless run would be given, and its controls follow."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.widgets.filter_logic import UNKNOWN, apply_filter, no_limit
from edges_nb.widgets.schedule_filter import ScheduleFilter

from .conftest import NOW
from .finding import control, offered, said, tick


@pytest.fixture
def shown(schedules: pd.DataFrame) -> ScheduleFilter:
    """A filter whose widget was made."""
    made = ScheduleFilter(schedules, now=NOW)
    made.widget()
    return made


def test_choosing_narrows_as_the_same_parameters_do(shown: ScheduleFilter, schedules: pd.DataFrame) -> None:
    tick(shown, "identity", "paris")
    control(shown.widget(), "Search").value = "sync"

    assert shown.value == {**no_limit(), "identity": "paris", "name": "sync"}
    assert shown.filtered.equals(apply_filter(schedules, shown.value, now=NOW))
    assert shown.only == "one,two"
    assert shown.table.frame["schedule_uid"].tolist() == ["one", "two"]


def test_value_set_by_hand_moves_the_controls(shown: ScheduleFilter) -> None:
    shown.value = {"status": "PAUSED", "due_within": 5, "query": "inputs.isna()"}

    assert offered(shown, "status")["told"] == "PAUSED"
    assert control(shown.widget(), "Due within").value == 5
    assert control(shown.widget(), "Query").value == "inputs.isna()"
    assert shown.filtered.empty


def test_parameters_at_the_start_are_what_the_controls_show(schedules: pd.DataFrame) -> None:
    shown = ScheduleFilter(
        schedules, now=NOW, values={"identity": "Outreach desk Paris", "cron": "1 1 1 1 *"}
    )

    assert offered(shown, "identity")["told"] == "Outreach desk Paris"
    assert offered(shown, "cron")["told"] == "1 1 1 1 *"
    assert shown.value["identity"] == "Outreach desk Paris"


def test_choices_show_counts_that_follow_the_other_filters(shown: ScheduleFilter) -> None:
    tick(shown, "status", "PAUSED")

    identity, status = offered(shown, "identity")["choices"], offered(shown, "status")["choices"]
    assert {"value": "paris", "label": "Outreach desk Paris", "count": 0, "named": False} in identity
    assert {"value": "PAUSED", "label": "PAUSED", "count": 1, "named": True} in status
    assert "1 of 6 schedules: status PAUSED." in said(shown.widget())


def test_query_that_can_not_be_used_leaves_the_rows_and_shows_a_card(shown: ScheduleFilter) -> None:
    tick(shown, "status", "PAUSED")
    control(shown.widget(), "Query").value = "foo > 1"

    assert shown.filtered["schedule_uid"].tolist() == ["four"]
    assert shown.value["query"] == ""
    assert "there is no column foo" in said(shown.widget())
    assert "Technical details" not in said(shown.widget())

    control(shown.widget(), "Query").value = ""

    assert "foo" not in said(shown.widget())


def test_filter_that_can_not_be_used_raises_where_a_person_sets_it(shown: ScheduleFilter) -> None:
    with pytest.raises(BadInput, match="no filter staus"):
        shown.value = {"staus": "ACTIVE"}
    assert len(shown.filtered) == 6


def test_clearing_brings_everything_back(shown: ScheduleFilter) -> None:
    shown.value = {"status": "PAUSED", "name": "x"}
    tick(shown, "status", without=True)
    control(shown.widget(), "Clear filters").click()

    assert shown.value == no_limit()
    assert shown.only == ""

    tick(shown, "status", "PAUSED")

    assert shown.value["status"] == "PAUSED"


def test_selected_rows_are_the_choice_and_all_that_fit_without_a_selection(shown: ScheduleFilter) -> None:
    tick(shown, "identity", "paris")
    shown.table.selected = ["two", "six"]

    assert shown.only == "two,six"
    assert shown.chosen["schedule_uid"].tolist() == ["two", "six"]

    control(shown.widget(), "Search").value = "daily"

    assert shown.only == "two"


def test_listeners_hear_of_every_change_of_the_choice(shown: ScheduleFilter) -> None:
    heard: list[str] = []
    shown.on_change(lambda: heard.append(shown.only))
    tick(shown, "status", "PAUSED")
    shown.table.selected = ["four"]

    assert heard[-1] == "four"
    assert heard[0] == "four"


def test_static_twin_has_the_same_rows_and_sentence(shown: ScheduleFilter) -> None:
    control(shown.widget(), "Search").value = "sync"
    bundle = shown._repr_mimebundle_()

    assert set(bundle) == {"text/plain", "text/html"}  # no widget where nobody could click it
    assert "2 of 6 schedules: name contains “sync”." in bundle["text/plain"]
    assert "Weekly sync" in bundle["text/html"]
    assert "Outreach desk Berlin" not in bundle["text/html"]


def test_many_choices_are_cut_with_a_count_and_found_by_typing(schedules: pd.DataFrame) -> None:
    many = pd.concat([schedules.head(1)] * 300, ignore_index=True)
    many["identity_uid"] = [f"identity-{number:03d}" for number in range(300)]
    many["identity_name"] = many["identity_uid"]
    shown = ScheduleFilter(many, now=NOW, values={"identity": "identity-299"})
    identity = offered(shown, "identity")

    assert "identity-299" in [choice["value"] for choice in identity["choices"] if choice["named"]]
    assert (len(identity["choices"]), identity["more"]) == (200, 100)

    shown.facets.take({"what": "find", "facet": "identity", "text": "IDENTITY-27"})

    assert [choice["value"] for choice in offered(shown, "identity")["choices"]] == [
        f"identity-{number}" for number in range(270, 280)
    ]


def test_several_values_are_kept_or_left_out(shown: ScheduleFilter) -> None:
    tick(shown, "identity", "berlin-1", UNKNOWN)

    assert shown.value["identity"] == f"berlin-1 | {UNKNOWN}"
    assert shown.filtered["schedule_uid"].tolist() == ["three", "five"]

    tick(shown, "identity", "berlin-1", UNKNOWN, without=True)

    assert shown.value["identity"] == f"not berlin-1 | {UNKNOWN}"
    assert shown.filtered["schedule_uid"].tolist() == ["one", "two", "four", "six"]
    assert offered(shown, "identity")["told"] == f"not Outreach desk Berlin (berlin-1), {UNKNOWN}"

    shown.facets.take({"what": "all", "facet": "identity"})

    assert shown.value == no_limit()
    assert not offered(shown, "identity")["negated"]


def test_leaving_out_may_be_said_before_anything_is_ticked(shown: ScheduleFilter) -> None:
    shown.facets.take({"what": "negate", "facet": "status", "on": True})

    assert len(shown.filtered) == 6

    shown.facets.take({"what": "tick", "facet": "status", "value": "PAUSED", "on": True})

    assert shown.value["status"] == "not PAUSED"


def test_change_that_comes_while_another_is_answered_is_not_lost(shown: ScheduleFilter) -> None:
    # As in a kernel with subshells, where the handlers of two controls run in two threads.
    entered, go_on, typed = threading.Event(), threading.Event(), threading.Event()

    def answer_slowly(_: object) -> None:
        entered.set()
        go_on.wait(10)

    def type_name() -> None:
        control(shown.widget(), "Search").value = "sync"
        typed.set()

    shown.facets.widget().observe(answer_slowly, "state")
    choosing = threading.Thread(target=tick, args=(shown, "status", "ACTIVE"))
    choosing.start()
    assert entered.wait(10)
    typing = threading.Thread(target=type_name)
    typing.start()
    while control(shown.widget(), "Search").value != "sync":
        assert typing.is_alive()
    go_on.set()
    choosing.join(10)
    assert typed.wait(10)

    assert shown.value == {**no_limit(), "status": "ACTIVE", "name": "sync"}
    assert control(shown.widget(), "Search").value == "sync"
    assert shown.table.frame["schedule_uid"].tolist() == ["one", "two"]
