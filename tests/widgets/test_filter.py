"""The filter widget: its value is what a headless run would be given, and its controls follow."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.widgets import ScheduleFilter
from edges_nb.widgets.filter_logic import apply_filter, no_limit

from .conftest import NOW
from .finding import control, said


@pytest.fixture
def shown(schedules: pd.DataFrame) -> ScheduleFilter:
    """A filter whose widget was made."""
    made = ScheduleFilter(schedules, now=NOW)
    made.widget()
    return made


def test_choosing_narrows_as_the_same_parameters_do(shown: ScheduleFilter, schedules: pd.DataFrame) -> None:
    control(shown.widget(), "Identity").value = "paris"
    control(shown.widget(), "Search").value = "sync"

    assert shown.value == {**no_limit(), "identity": "paris", "name": "sync"}
    assert shown.filtered.equals(apply_filter(schedules, shown.value, now=NOW))
    assert shown.only == "one,two"
    assert shown.table.frame["schedule_uid"].tolist() == ["one", "two"]


def test_value_set_by_hand_moves_the_controls(shown: ScheduleFilter) -> None:
    shown.value = {"status": "PAUSED", "due_within": 5, "query": "inputs.isna()"}

    assert control(shown.widget(), "Status").value == "PAUSED"
    assert control(shown.widget(), "Due within").value == 5
    assert control(shown.widget(), "Query").value == "inputs.isna()"
    assert shown.filtered.empty


def test_parameters_at_the_start_are_what_the_controls_show(schedules: pd.DataFrame) -> None:
    shown = ScheduleFilter(
        schedules, now=NOW, values={"identity": "Outreach desk Paris", "cron": "1 1 1 1 *"}
    )

    assert control(shown.widget(), "Identity").value == "paris"
    assert control(shown.widget(), "Cron").value == "1 1 1 1 *"
    assert shown.value["identity"] == "Outreach desk Paris"


def test_choices_show_counts_that_follow_the_other_filters(shown: ScheduleFilter) -> None:
    control(shown.widget(), "Status").value = "PAUSED"

    assert ("Outreach desk Paris (0)", "paris") in control(shown.widget(), "Identity").options
    assert ("PAUSED (1)", "PAUSED") in control(shown.widget(), "Status").options
    assert "1 of 6 schedules: status PAUSED." in said(shown.widget())


def test_query_that_can_not_be_used_leaves_the_rows_and_shows_a_card(shown: ScheduleFilter) -> None:
    control(shown.widget(), "Status").value = "PAUSED"
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
    control(shown.widget(), "Clear filters").click()

    assert shown.value == no_limit()
    assert shown.only == ""


def test_selected_rows_are_the_choice_and_all_that_fit_without_a_selection(shown: ScheduleFilter) -> None:
    control(shown.widget(), "Identity").value = "paris"
    shown.table.selected = ["two", "six"]

    assert shown.only == "two,six"
    assert shown.chosen["schedule_uid"].tolist() == ["two", "six"]

    control(shown.widget(), "Search").value = "daily"

    assert shown.only == "two"


def test_listeners_hear_of_every_change_of_the_choice(shown: ScheduleFilter) -> None:
    heard: list[str] = []
    shown.on_change(lambda: heard.append(shown.only))
    control(shown.widget(), "Status").value = "PAUSED"
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


def test_many_choices_are_cut_with_a_count_and_the_chosen_one_stays(schedules: pd.DataFrame) -> None:
    many = pd.concat([schedules.head(1)] * 300, ignore_index=True)
    many["identity_uid"] = [f"identity-{number:03d}" for number in range(300)]
    many["identity_name"] = many["identity_uid"]
    shown = ScheduleFilter(many, now=NOW, values={"identity": "identity-299"})
    options = control(shown.widget(), "Identity").options

    assert ("identity-299 (1)", "identity-299") in options
    assert options[-1] == ("… 100 more: use Search or Query", "")
    assert control(shown.widget(), "Identity").value == "identity-299"


def test_change_that_comes_while_another_is_answered_is_not_lost(shown: ScheduleFilter) -> None:
    # As in a kernel with subshells, where the handlers of two controls run in two threads.
    entered, go_on, typed = threading.Event(), threading.Event(), threading.Event()

    def answer_slowly(_: object) -> None:
        entered.set()
        go_on.wait(10)

    def type_name() -> None:
        control(shown.widget(), "Search").value = "sync"
        typed.set()

    control(shown.widget(), "Identity").observe(answer_slowly, "options")
    choosing = threading.Thread(target=setattr, args=(control(shown.widget(), "Status"), "value", "ACTIVE"))
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
