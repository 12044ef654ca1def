"""Pictures follow the filter; only what is still wanted is drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pandas as pd

from edges_nb.reports.html import Html, tag
from edges_nb.widgets.live_figure import Picture, _painter
from edges_nb.widgets.loading_indicator import loading_words
from edges_nb.widgets.schedule_filter import ScheduleFilter

from .conftest import NOW
from .finding import control, said


def drawn() -> None:
    """Wait until the painter has nothing left to do."""
    _painter().submit(lambda: None).result(10)


def test_picture_follows_the_filter_and_its_own_choice(schedules: pd.DataFrame) -> None:
    shown = ScheduleFilter(schedules, now=NOW)
    picture = Picture(
        lambda zone: tag("p", f"{len(shown.chosen)} in {zone}"),
        follows=shown,
        title="Shown in",
        options=("UTC", "Europe/Paris"),
        choice="UTC",
    )
    assert "6 in UTC" in said(picture.widget())

    shown.value = {"status": "PAUSED"}
    drawn()

    assert "1 in UTC" in said(picture.widget())

    control(picture.widget(), "Shown in").value = "Europe/Paris"
    drawn()

    assert "1 in Europe/Paris" in said(picture.widget())
    assert repr(picture) == "1 in Europe/Paris"


def test_of_many_changes_the_last_is_drawn_and_those_between_are_not(schedules: pd.DataFrame) -> None:
    shown = ScheduleFilter(schedules, now=NOW)
    held, seen = threading.Event(), []

    def draw(_: str) -> Html:
        seen.append(len(shown.chosen))
        return tag("p", f"{len(shown.chosen)} schedules")

    picture = Picture(draw, follows=shown)
    picture.widget()
    _painter().submit(held.wait, 10)
    for name in ("sync", "weekly", "daily", "a.c"):
        shown.value = {"name": name}
    held.set()
    drawn()

    assert seen == [6, 1]
    assert "1 schedules" in said(picture.widget())


def test_picture_that_can_not_be_drawn_is_a_card(schedules: pd.DataFrame) -> None:
    shown = ScheduleFilter(schedules, now=NOW)
    fail: list[Callable[[], Html]] = [lambda: tag("p", "fine")]
    picture = Picture(lambda _: fail[0](), follows=shown)
    picture.widget()
    fail[0] = lambda: tag("p", str(1 / 0))
    shown.value = {"name": "sync"}
    drawn()

    assert "division by zero" in said(picture.widget())


def test_waiting_for_a_load_says_why() -> None:
    assert loading_words("Reading", 4.2, 20.0, 0.0) == "Reading: 4 s, up to 20 requests a second …"
    assert "waiting 9 s, because the server asked to slow down" in loading_words("Reading", 4.2, 20.0, 9.0)
