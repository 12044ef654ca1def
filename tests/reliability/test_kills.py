"""Processes that are really killed, anywhere, leave nothing lost or doubled, and the next ones finish."""

import signal
from collections.abc import Iterator

import pytest

from . import kills
from .killing import Stage
from .setting import Setting
from .victim import Point

COUNT = 200
CHANGING = ("pause", "create", "cancel")
LEDGER = ("ledger: commit before", "ledger: commit after", "ledger: torn write")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as there:
        yield there


def test_killed_processes_lose_and_double_nothing_and_the_next_ones_finish(stage: Stage) -> None:
    done = kills.run(COUNT, "tests", stage)
    assert done.failures == []
    assert done.count >= COUNT
    points = [f"{phase} {operation}" for phase in ("before", "after", "answered") for operation in CHANGING]
    assert [point for point in (*points, *LEDGER) if not done.by_point[point]] == []


def test_dozen_more_are_killed_through_papermill() -> None:
    assert kills.Kills().through_papermill >= 12


@pytest.mark.parametrize(
    ("point", "signalled", "where", "effects"),
    [
        (Point("before", 11), signal.SIGKILL, "before pause", []),
        (Point("after", 11), signal.SIGKILL, "after pause", ["pause"]),
        (Point("answered", 12), signal.SIGKILL, "answered create", ["pause", "create"]),
        (Point("commit before", 3), signal.SIGKILL, "ledger: commit before", []),
        (Point("commit after", 6), signal.SIGKILL, "ledger: commit after", ["pause"]),
        (Point("torn write", 60_000), signal.SIGXFSZ, "ledger: torn write", ["pause"]),
    ],
)
def test_process_dies_where_it_is_told(
    stage: Stage, point: Point, signalled: int, where: str, effects: list[str]
) -> None:
    with stage.case(Setting(count=1)) as case:
        ended, told = case.run(point)
        assert (ended.code, ended.outcome, told) == (-signalled, None, where)
        assert [call.operation for call in case.bench.sandbox.history if call.effect] == effects
        assert case.judged(ended) == []
        assert case.finish() == []
