"""Limits are counted by family of endpoints: what one is refused does not hold the others."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from edges_nb.errors import LimitReached
from edges_nb.transport.mutation_result import Refused
from edges_nb.transport.rate_limiter import Pacer

from .serving import Scripted, client, failure
from .virtual import VirtualTime

PATHS = {"actions": "/actions/a/run/schedule", "schedules": "/schedules/s-1", "runs": "/runs/r-1/inputs"}


def delay(pacer: Pacer, time: VirtualTime, path: str) -> float:
    """Seconds until a request to a path may leave."""
    before = time.monotonic()
    pacer.lost(pacer.wait(path))
    return time.monotonic() - before


@pytest.mark.parametrize("refused", PATHS)
def test_refusal_of_a_family_holds_that_family_alone(refused: str) -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    pacer.refused(pacer.wait(PATHS[refused]), 30.0)
    others = [path for family, path in PATHS.items() if family != refused]
    assert [delay(pacer, time, path) for path in others] == [0.0, 0.0]
    assert pacer.pace.waiting == 0
    assert delay(pacer, time, PATHS[refused]) >= 30


def test_who_waits_is_told_the_family_and_how_long() -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    pacer.refused(pacer.wait("/runs"), 30.0)

    def watch() -> None:
        time.sleep(10)
        assert (pacer.pace.family, pacer.pace.waiting) == ("runs", pytest.approx(20))

    time.run(lambda: pacer.wait("/runs/r-1"), watch)


def test_limit_that_is_said_to_be_of_all_holds_everything() -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    pacer.refused(pacer.wait("/schedules"), 30.0, kind="workspace")
    assert delay(pacer, time, "/actions/a/run/schedule") >= 30


def test_routes_of_one_path_with_limits_of_their_own_are_told_apart() -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    pacer.served(pacer.wait("/runs"), kind="/v1/runs")
    pacer.served(pacer.wait("/runs/r-1/outputs"), kind="/v1/runs/outputs")
    pacer.refused(pacer.wait("/runs/r-1/outputs"), 30.0, kind="/v1/runs/outputs")
    assert delay(pacer, time, "/runs") < 1
    assert delay(pacer, time, "/runs/r-1/outputs") >= 29


def test_families_that_are_refused_together_are_taken_for_one_limit() -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    for path in ("/schedules", "/identities"):
        pacer.refused(pacer.wait(path), 30.0)
    assert delay(pacer, time, "/runs") >= 30


@pytest.mark.parametrize(
    "header", ["36000", "Mon, 02 Nov 2026 21:30:00 GMT"], ids=["in seconds", "as a date"]
)
def test_limit_of_a_day_is_told_with_its_end_and_not_waited_for(header: str) -> None:
    headers = {"Date": "Mon, 02 Nov 2026 11:30:00 GMT", "Retry-After": header}
    time, server = VirtualTime(), Scripted(failure(429, "STATUS_429", headers))
    edges = client(server, time=time)
    with pytest.raises(LimitReached, match="2026-11-02T21:30:00Z") as caught:
        edges.schedule("s-1")
    assert caught.value.until == datetime(2026, 11, 2, 21, 30, tzinfo=UTC)
    answer = edges.pause("s-1")
    assert isinstance(answer, Refused)
    assert isinstance(answer.error, LimitReached)
    assert (len(server.requests), time.monotonic()) == (2, pytest.approx(0, abs=1))


def test_limit_of_a_minute_is_waited_for_however_often_others_were_faster() -> None:
    time = VirtualTime()
    refused = failure(429, "STATUS_429", {"Retry-After": "58"})
    server = Scripted(*[refused] * 5, httpx.Response(200, json={"uid": "s-1"}))
    assert client(server, time=time).schedule("s-1").uid == "s-1"
    assert time.monotonic() >= 5 * 58
