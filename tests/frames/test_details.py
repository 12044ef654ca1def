"""What a list leaves out of schedules is filled from runs; what stays empty is told; help() tells columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import pytest

from edges_nb import Edges, load_calendar, load_callbacks, load_identities, load_runs, load_schedules
from edges_nb.frames import IDENTITY_COLUMNS, RUN_COLUMNS, SCHEDULE_COLUMNS
from edges_nb.frames.deliveries import CALLBACK_COLUMNS
from edges_nb.frames.planned_runs import CALENDAR_COLUMNS
from edges_nb.redaction import Secret
from edges_nb.sandbox import World
from edges_nb.settings import Settings
from tests.faults import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Three schedules: one ran with a cap, one without parameters, one never."""
    world = World(seed=4)
    owner = world.add_identity("Outreach desk Paris")
    for name, parameters in (("capped", {"max_results": 250}), ("bare", {}), ("new", {})):
        made = world.add_schedule(owner, name=name, parameters=parameters)
        if name != "new":
            world.add_run(made, output_count=3, started_at=world.clock.now())
    with Sandbox(world) as sandbox:
        yield sandbox


@pytest.fixture
def edges(sandbox: Sandbox) -> Iterator[Edges]:
    with Edges(Settings(Secret(sandbox.key), sandbox.base_url, "unused", sandbox=True)) as edges:
        yield edges


def row(frame: pd.DataFrame, name: str) -> dict[str, Any]:
    (found,) = frame[frame["name"] == name].to_dict("records")
    return found


def test_details_are_filled_from_runs_and_what_stays_empty_is_told(edges: Edges, sandbox: Sandbox) -> None:
    frame = load_schedules(edges, details=True)

    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(SCHEDULE_COLUMNS)
    capped, bare, new = (row(frame, name) for name in ("capped", "bare", "new"))
    assert (capped["sync_mode"], capped["max_results"], capped["inputs"]) == ("full", 250, 1)
    assert capped["callback_host"]
    assert bare["sync_mode"] == "full"
    assert pd.isna(bare["max_results"])
    assert pd.isna(new["sync_mode"])
    empty = frame.attrs["empty"]
    assert empty["sync_mode"] == "empty in 1 of 3 rows: of 1 the server still has no run"
    assert empty["max_results"] == (
        "empty in 2 of 3 rows: of 1 the server still has no run; of 1 the runs tell none"
    )
    assert {call.method for call in sandbox.history} == {"GET"}


def test_without_details_no_run_is_asked_for_and_it_is_said_how_to_get_them(
    edges: Edges, sandbox: Sandbox
) -> None:
    frame = load_schedules(edges)

    assert frame["sync_mode"].isna().all()
    assert "details=True" in frame.attrs["empty"]["sync_mode"]
    assert not any("runs" in call.path for call in sandbox.history)


@pytest.mark.parametrize(
    ("load", "columns"),
    [
        pytest.param(load_identities, IDENTITY_COLUMNS, id="identities"),
        pytest.param(load_schedules, SCHEDULE_COLUMNS, id="schedules"),
        pytest.param(load_runs, RUN_COLUMNS, id="runs"),
        pytest.param(load_calendar, CALENDAR_COLUMNS, id="calendar"),
        pytest.param(load_callbacks, CALLBACK_COLUMNS, id="callbacks"),
    ],
)
def test_help_tells_columns_with_dtypes_what_is_returned_and_an_example(
    load: Callable[..., pd.DataFrame], columns: Mapping[str, str]
) -> None:
    told = load.__doc__ or ""

    assert all(f"{name}: {dtype}\n" in told for name, dtype in columns.items())
    assert "Returns:" in told
    assert ">>> " in told
