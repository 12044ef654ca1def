"""What full mode costs: what was fetched again, what was new, and what is not counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from edges_nb.frames import runs_frame, schedules_frame
from edges_nb.models.api import Run, Schedule
from edges_nb.monitoring.costs import COST_COLUMNS, full_mode_costs, totals
from edges_nb.reports.costs_report import costs_part

FIRST = datetime(2026, 10, 1, 9, tzinfo=UTC)


def runs(uid: str, *items: int | None, **fields: object) -> list[Run]:
    """One run a day."""
    return [
        Run.model_validate(
            {
                "uid": f"{uid}-{day}",
                "scheduled_run_uid": uid,
                "status": "SUCCEEDED",
                "output_count": count,
                "started_at": FIRST + timedelta(days=day),
                "parameters": {"sync_mode": "full"},
                **fields,
            }
        )
        for day, count in enumerate(items)
    ]


def costs(*found: list[Run], uids: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    schedules = [Schedule(uid=uid, name=f"Sync {uid}", cron="0 9 * * *", status="ACTIVE") for uid in uids]
    return full_mode_costs(
        runs_frame([run for part in found for run in part]), schedules_frame(schedules, [])
    )


def row(frame: pd.DataFrame, *columns: str) -> list[object]:
    return [frame[column].iloc[0] for column in columns]


def test_what_later_runs_bring_again_is_saved_and_growth_is_new() -> None:
    assert row(costs(runs("a", 100, 110, 130)), "runs", "fetched", "new", "saved") == [2, 240, 30, 210]


def test_contacts_that_left_and_came_back_are_not_new() -> None:
    assert row(costs(runs("a", 100, 90, 100, 105)), "fetched", "new") == [295, 5]


def test_order_in_which_runs_are_listed_does_not_matter() -> None:
    listed = runs("a", 100, 110, 130)

    assert costs(listed[::-1]).equals(costs(listed))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(runs("a", 5, parameters={"sync_mode": "incremental"}), id="incremental"),
        pytest.param(runs("a", 0, status="FAILED"), id="failed"),
        pytest.param(runs("a", 7, status="RUNNING"), id="unfinished"),
        pytest.param(runs("a", None), id="not told"),
        pytest.param(runs("c", 50, 60), id="of another schedule"),
        pytest.param(runs("b", 50), id="the only one of its schedule"),
    ],
)
def test_runs_that_tell_nothing_of_full_mode_are_not_counted(other: list[Run]) -> None:
    assert costs(runs("a", 100, 110), other).equals(costs(runs("a", 100, 110)))


def test_run_without_a_mode_is_a_full_one() -> None:
    assert row(costs(runs("a", 100, 110, parameters={})), "fetched") == [110]


def test_run_that_stopped_at_its_cap_says_so() -> None:
    cap = {"parameters": {"sync_mode": "full", "max_results": 110}}

    assert row(costs(runs("a", 100, 110, **cap)), "capped") == [True]
    assert row(costs(runs("a", 100, 109, **cap)), "capped") == [False]
    assert "≥ 10" in repr(costs_part(costs(runs("a", 100, 110, **cap))))


def test_month_goes_by_the_schedules_pace() -> None:
    assert row(costs(runs("a", 100, 110, 130)), "month_full", "month_incremental") == [3900.0, 450.0]


def test_costliest_comes_first_and_sums_are_of_all() -> None:
    frame = costs(runs("a", 100, 110), runs("b", 1000, 1010))
    sums = totals(frame)

    assert frame["schedule_uid"].tolist() == ["b", "a"]
    assert (sums.schedules, sums.runs, sums.fetched, sums.new) == (2, 2, 1120, 20)
    assert sums.saved_share == pytest.approx(1100 / 1120)


def test_columns_are_there_without_a_run_and_the_part_says_so() -> None:
    frame = costs()

    assert dict(frame.dtypes.astype(str)) == dict(COST_COLUMNS)
    assert totals(frame).saved_share == 0
    assert "No schedule has two full runs yet" in repr(costs_part(frame))


def test_part_tells_fetched_new_and_saved_in_one_sentence() -> None:
    told = repr(costs_part(costs(runs("a", 100, 110, 130))))

    assert "240 items were fetched by 2 full runs, and 30 of them were new" in told
    assert "would have saved 87.5 %" in told
    assert "30 days of full mode fetch 3,900 items, and 30 days of incremental mode 450." in told


def test_names_from_outside_stay_text() -> None:
    frame = costs(runs("a", 100, 110)).assign(name="<img src=x>", identity_name="<b>")

    assert "<img" not in costs_part(frame).markup
    assert "<b>&lt;img" in costs_part(frame).markup


def test_a_schedule_without_an_estimate_is_shown_without_one() -> None:
    schedule = Schedule(uid="a", name="Sync a", cron="not a cron", status="ACTIVE")
    frame = full_mode_costs(runs_frame(runs("a", 100, 110)), schedules_frame([schedule], []))
    assert frame["month_full"].isna().all()
    assert "Sync a" in costs_part(frame).markup
