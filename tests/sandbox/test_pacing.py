"""The rate limit: a token bucket in real time, told in headers."""

from __future__ import annotations

from typing import Literal

import pytest

from edges_nb.sandbox import World
from tests.faults import Behaviour, RateLimit, Sandbox

from .caller import Caller

Headers = Literal["all", "waits", "none"]


class Stopwatch:
    """Real time that moves only when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


def limited(world: World, stopwatch: Stopwatch, limit: RateLimit, headers: Headers = "all") -> Caller:
    behaviour = Behaviour(rate_limit=limit, rate_headers=headers)
    return Caller(Sandbox(world, behaviour, monotonic=stopwatch))


def test_a_burst_is_let_through_and_then_refused(world: World, stopwatch: Stopwatch) -> None:
    caller = limited(world, stopwatch, RateLimit(per_second=2, burst=3))
    replies = [caller.get("/schedules") for _ in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["2", "1", "0", "0", "0"]
    assert replies[3].json["error_label"] == "STATUS_429"
    assert replies[3].headers["Retry-After"] == "1"
    assert "Retry-After" not in replies[0].headers


def test_tokens_come_back_with_real_time_not_with_the_clock(world: World, stopwatch: Stopwatch) -> None:
    caller = limited(world, stopwatch, RateLimit(per_second=0.4, burst=1))
    assert [caller.get("/schedules").status for _ in range(2)] == [200, 429]
    assert caller.get("/schedules").headers["Retry-After"] == "3"
    stopwatch.seconds += 2.4
    assert caller.get("/schedules").status == 429
    stopwatch.seconds += 0.2
    assert caller.get("/schedules").status == 200


def test_the_bucket_never_holds_more_than_the_burst(world: World, stopwatch: Stopwatch) -> None:
    caller = limited(world, stopwatch, RateLimit(per_second=10, burst=2))
    stopwatch.seconds += 3600
    assert [caller.get("/schedules").status for _ in range(3)] == [200, 200, 429]


def test_a_refused_mutation_does_nothing(world: World, stopwatch: Stopwatch, schedule_uid: str) -> None:
    caller = limited(world, stopwatch, RateLimit(per_second=1, burst=1))
    caller.get("/schedules")
    assert caller.post(f"/schedules/{schedule_uid}/cancel").status == 429
    assert world.schedules[schedule_uid].status == "ACTIVE"
    assert [call.effect for call in caller.sandbox.history] == [False, False]


def test_outputs_have_a_limit_of_their_own(world: World, stopwatch: Stopwatch) -> None:
    run = world.add_run(world.add_schedule("somebody"))
    caller = limited(world, stopwatch, RateLimit(per_second=1, burst=1))
    outputs = f"/runs/{run.uid}/outputs"
    replies = [caller.get(path) for path in ("/schedules", outputs, outputs)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert [reply.headers["X-RateLimit-Type"] for reply in replies] == ["workspace", "outputs", "outputs"]


@pytest.mark.parametrize(("headers", "shown"), [("waits", ["Retry-After"]), ("none", [])])
def test_headers_can_be_left_out(
    world: World, stopwatch: Stopwatch, headers: Headers, shown: list[str]
) -> None:
    caller = limited(world, stopwatch, RateLimit(per_second=1, burst=1), headers)
    replies = [caller.get("/schedules") for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 429]
    assert [name for reply in replies for name in reply.headers if "Rate" in name or "Retry" in name] == shown


def test_without_a_limit_there_are_no_rate_headers(caller: Caller) -> None:
    assert "X-RateLimit-Remaining" not in caller.get("/schedules").headers


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_limit_that_lets_nothing_through_is_refused(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="positive rate"):
        RateLimit(per_second, burst)
