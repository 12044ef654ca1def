"""What an apply costs is told before it starts."""

from __future__ import annotations

import pytest

from edges_nb.planning.request_forecast import request_forecast


@pytest.mark.parametrize(
    ("plan", "minutes", "limit"),
    [
        ("Bronze", 609 / 120, "the published limit of plan Bronze (120 a minute)"),
        ("Gold annual", 609 / 600, "the published limit of plan Gold annual (600 a minute)"),
        (None, 609 / 600, "the rate seen so far (10 a second)"),
        ("Special", 609 / 600, "the rate seen so far (10 a second)"),
    ],
)
def test_minutes_go_by_the_published_limit_or_else_by_the_rate_seen(
    plan: str | None, minutes: float, limit: str
) -> None:
    told = request_forecast(300, 480, plan_name=plan, per_second=10)
    assert (told.actions, told.schedules) == (300, 609)
    assert (told.minutes, told.limit) == (pytest.approx(minutes), limit)
    assert told.sentence.startswith("about ")
    assert told.sentence.endswith(": about 909 requests, 300 to run actions and 609 to schedules.")


def test_no_limit_is_made_up() -> None:
    told = request_forecast(3, 10, plan_name=None, per_second=2_000)
    assert told.minutes is None
    assert told.sentence.startswith("about 12 requests, 3 to run actions and 9 to schedules; how long")


def test_few_requests_take_under_a_minute() -> None:
    assert "under a minute" in request_forecast(3, 10, plan_name="Trial", per_second=0).sentence


def test_nothing_to_replace_costs_nothing() -> None:
    told = request_forecast(0, 400, plan_name="Gold", per_second=5)
    assert (told.actions, told.schedules) == (0, 0)
