"""Notices show what handlers raise: what happened, where, what next, a reference, and no secret."""

from __future__ import annotations

from edges_nb.errors import BadInput, BadRequest
from edges_nb.widgets.error_box import Notice, trouble_card


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_handler_that_raises_leaves_a_card_and_the_next_success_takes_it_away() -> None:
    notice = Notice()

    def fail() -> None:
        raise BadInput("due_within is 'soon': give a number of hours.")

    notice.guarded(fail)()

    assert "give a number of hours" in notice.widget.value

    notice.guarded(lambda: None)()

    assert notice.widget.value == ""


def test_card_names_schedule_reference_and_place_but_no_traceback_lines() -> None:
    error = raised(
        BadRequest("The cron was refused.", uid="s-1", error_ref="ref-9", status=400, method="POST")
    )
    told = trouble_card(error).markup

    assert "The cron was refused." in told
    assert "<code>s-1</code>" in told
    assert "<code>ref-9</code>" in told
    assert "<details>" in told
    assert "test_notice.py" in told
    assert "raise error" not in told


def test_card_of_a_slip_has_no_technical_details() -> None:
    assert "<details>" not in trouble_card(raised(BadInput("Name it."))).markup


def test_unforeseen_error_says_so_without_secrets_or_places_of_this_machine() -> None:
    error = raised(ValueError("https://hooks.example.com/in?token=not-a-secret-4711 <i>"))
    told = trouble_card(error).markup

    assert "report it to the makers of edges-nb" in told
    assert "ValueError" in told
    assert "4711" not in told
    assert "<i>" not in told
    assert __file__ not in told
