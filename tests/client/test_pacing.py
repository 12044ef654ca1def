"""The server's rate limits are found, kept to and followed, measured on a clock that nobody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest

from edges_nb.transport.rate_limiter import Pacer, Turn

from .limited import Bucket, FixedWindow, Headers, Limited, SlidingWindow
from .virtual import VirtualTime

PATH = "/schedules"
REQUESTS = 670
"""What a migration of 160 schedules sends."""


@pytest.mark.parametrize("latency", [0.02, 0.1])
@pytest.mark.parametrize("burst", [10, 20, 40, 100])
@pytest.mark.parametrize("per_second", [5, 10, 40])
def test_bucket_told_by_headers_is_used_up_and_hardly_ever_met(
    per_second: float, burst: int, latency: float
) -> None:
    server = Limited(Bucket(per_second, burst), latency=latency)
    server.work(REQUESTS)
    assert server.stretch <= 1.04
    assert server.refused_share <= 0.005


@pytest.mark.parametrize("burst", [10, 20, 40, 100])
@pytest.mark.parametrize("per_second", [10, 40])
def test_bucket_that_nobody_tells_is_found(per_second: float, burst: int) -> None:
    server = Limited(Bucket(per_second, burst), headers="none")
    server.work(REQUESTS)
    assert server.stretch <= 1.05
    assert server.refused_share <= (0.02 if burst < 100 else 0.035)


@pytest.mark.parametrize("latency", [0.02, 0.04])
@pytest.mark.parametrize("per_second", [10, 40])
def test_bucket_that_families_share_is_found_as_soon_as_one_of_its_own(
    per_second: float, latency: float
) -> None:
    paths = ("/schedules", "/actions/a/run/schedule", "/schedules")
    server = Limited(Bucket(per_second, 20), headers="none", latency=latency, uneven=0.003, paths=paths)
    server.work(500, threads=24)
    assert server.stretch <= 1.05
    assert server.refused_share <= 0.025


@pytest.mark.parametrize("headers", ["all", "refusals"])
@pytest.mark.parametrize("quota", [15, 60])
@pytest.mark.parametrize("kind", ["from the minute", "late in a minute", "sliding"])
def test_quota_of_each_minute_is_used_at_once_and_its_end_waited_for(
    kind: str, quota: int, headers: Headers
) -> None:
    limit = {
        "from the minute": FixedWindow(quota),
        "late in a minute": FixedWindow(quota, phase=17.3),
        "sliding": SlidingWindow(quota),
    }[kind]
    server = Limited(limit, headers=headers)
    server.work(8 * quota)
    assert server.stretch <= 1.05
    assert len(server.refused) <= max(0.015 * 8 * quota, 9)
    assert server.too_early == 0


def test_quota_of_six_seconds_is_learned_like_one_of_a_minute() -> None:
    server = Limited(FixedWindow(60, 6, 4.7), headers="refusals")
    server.work(480, threads=24)
    assert server.stretch <= 1.05
    assert server.refused_share <= 0.03


@pytest.mark.parametrize("limit", [FixedWindow(60, 6, 4.7), SlidingWindow(60, 6)], ids=["fixed", "sliding"])
def test_answers_that_overtake_each_other_are_not_taken_for_a_larger_quota(
    limit: FixedWindow | SlidingWindow,
) -> None:
    server = Limited(limit, headers="refusals", uneven=0.02)
    server.work(480, threads=24)
    assert server.stretch <= 1.1
    assert server.refused_share <= 0.05


@pytest.mark.parametrize(("before", "after"), [(120, 60), (60, 120)])
def test_quota_that_changes_is_followed(before: int, after: int) -> None:
    server = Limited(FixedWindow(before), headers="refusals")

    def change() -> None:
        server.time.sleep(300)
        server.limit = FixedWindow(after, phase=360)

    server.work_until(900, change)
    assert server.rate(480, 900) >= 0.95 * after / 60
    assert server.refused_share <= 0.04


@pytest.mark.parametrize(
    "limit", [FixedWindow(60), SlidingWindow(60), Bucket(10, 20)], ids=lambda it: type(it).__name__
)
def test_clients_of_one_key_share_its_limit(limit: FixedWindow | SlidingWindow | Bucket) -> None:
    server = Limited(limit, headers="refusals")
    server.work(480, threads=8, clients=3)
    assert server.stretch <= 1.35
    assert server.refused_share <= 0.15


def test_look_for_more_that_finds_none_costs_a_refusal_not_a_search() -> None:
    server = Limited(Bucket(5, 20), headers="none", latency=0.1)
    server.work(750, threads=24)
    assert server.stretch <= 1.01
    assert sum(at > 30 for at in server.refused) <= 6  # in 115 seconds


@pytest.mark.parametrize("headers", ["all", "none"])
@pytest.mark.parametrize("per_second", [2, 10, 40])
def test_server_without_any_burst_is_not_driven_into_refusing(per_second: float, headers: Headers) -> None:
    server = Limited(Bucket(per_second, 1), headers=headers)
    server.work(200)
    assert server.stretch <= 2
    assert server.refused_share <= 0.15


@pytest.mark.parametrize("burst", [10, 20, 40])
def test_limit_that_changes_is_followed_within_three_seconds_by_headers(burst: int) -> None:
    server = Limited(Bucket(40, burst))
    server.work_until(60, *changes(server, {20: 5, 40: 40}, burst))
    assert server.rate(10, 20) == pytest.approx(40, rel=0.05)
    assert server.rate(23, 40) == pytest.approx(5, rel=0.1)
    assert server.rate(43, 60) == pytest.approx(40, rel=0.05)
    assert server.refused_share <= 0.005


@pytest.mark.parametrize(("latency", "refused"), [(0.02, 0.02), (0.1, 0.045)])
@pytest.mark.parametrize("burst", [10, 20, 40])
def test_limit_that_changes_is_followed_within_five_seconds_without_headers(
    burst: int, latency: float, refused: float
) -> None:
    server = Limited(Bucket(40, burst), headers="none", latency=latency)
    server.work_until(75, *changes(server, {20: 5, 45: 40}, burst))
    assert server.rate(26, 45) == pytest.approx(5, rel=0.1)
    assert server.rate(51, 75) >= 0.85 * 40
    assert server.refused_share <= refused


def changes(server: Limited, limits: dict[float, float], burst: int) -> list[Callable[[], None]]:
    def change(at: float, per_second: float) -> None:
        server.time.sleep(at)
        server.limit = Bucket(per_second, burst)

    return [partial(change, at, per_second) for at, per_second in limits.items()]


@pytest.mark.parametrize("per_second", [1, 10, 40])
def test_nothing_leaves_before_the_server_wants_it(per_second: float) -> None:
    server = Limited(Bucket(per_second, 3))
    server.work(150)
    assert server.refused
    assert server.too_early == 0


def test_server_without_a_limit_is_not_held_up() -> None:
    server = Limited(None, latency=0.05)
    server.work(1600)
    assert server.seconds <= 1.15 * 1600 * 0.05 / 16


@pytest.mark.parametrize("limit", [None, Bucket(40, 20)])
def test_own_cap_is_never_exceeded(limit: Bucket | None) -> None:
    server = Limited(limit)
    server.work(60, cap=4)
    gaps = [later - earlier for earlier, later in zip(server.served, server.served[1:], strict=False)]
    assert min(gaps) >= 0.25 - 1e-6
    assert server.seconds <= 59 / 4 * 1.02


def test_cap_holds_for_all_families_together() -> None:
    time = VirtualTime()
    pacer = Pacer(4, time)
    left: list[float] = []
    for path in ("/schedules", "/runs/r-1/outputs") * 10:
        pacer.served(pacer.wait(path))
        left.append(time.monotonic())
    assert left[-1] - left[0] >= 18 / 4


class DayQuota(Pacer):
    """Hears in each answer how much is left of the day's quota, whatever limit a request met."""

    left = 50_000

    def served(self, turn: Turn, remaining: int | None = None, kind: str | None = None) -> None:
        self.left -= 1
        super().served(turn, self.left)

    def refused(
        self, turn: Turn, retry_after: float | None, remaining: int | None = None, kind: str | None = None
    ) -> None:
        super().refused(turn, retry_after, self.left)


def test_tokens_of_another_limit_are_not_counted_on() -> None:
    server = Limited(Bucket(10, 20), headers="none")
    pacer = DayQuota(None, server.time)

    def work() -> None:
        while len(server.served) < 300:
            server.send(pacer)

    server.time.run(*[work] * 16)
    assert server.stretch <= 1.1
    assert server.refused_share <= 0.12


def test_nobody_sleeps_holding_the_lock() -> None:
    """A thread that waits for its turn lets others tell their answers and ask for the pace."""
    asleep, wake = threading.Event(), threading.Event()

    class Stuck(VirtualTime):
        def sleep(self, seconds: float) -> None:
            asleep.set()
            assert wake.wait(5)
            super().sleep(seconds)

    pacer = Pacer(1, Stuck())
    first = pacer.wait(PATH)
    waiting = threading.Thread(target=pacer.wait, args=(PATH,))
    waiting.start()
    assert asleep.wait(5)

    def tell() -> None:
        pacer.served(first, 3)
        assert pacer.pace.per_second > 0

    others = threading.Thread(target=tell)
    others.start()
    others.join(5)
    stuck = others.is_alive()
    wake.set()
    waiting.join(5)
    assert not stuck


def test_interrupted_wait_gives_its_place_to_the_next() -> None:
    class Interrupted(VirtualTime):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    time = Interrupted()
    pacer = Pacer(1, time)
    pacer.wait(PATH)
    with pytest.raises(KeyboardInterrupt):
        pacer.wait(PATH)
    time._now += 1.0
    assert pacer.wait(PATH).at == 1.0


def test_answer_that_never_came_does_not_slow_the_others_down() -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    for _ in range(20):
        pacer.lost(pacer.wait(PATH))
    pacer.served(pacer.wait(PATH), 19)
    before = time.monotonic()
    for _ in range(15):
        pacer.wait(PATH)
    assert time.monotonic() == before


def test_answer_that_was_overtaken_does_not_tell_how_full_the_bucket_is() -> None:
    time = VirtualTime()
    pacer = Pacer(None, time)
    first = pacer.wait(PATH)
    time.sleep(0.1)
    second = pacer.wait(PATH)
    pacer.served(second, 4)
    pacer.served(first, 30)
    before = time.monotonic()
    for _ in range(4):
        pacer.wait(PATH)
    assert time.monotonic() > before


def test_rate_of_a_server_that_was_hardly_used_is_not_taken_for_its_limit() -> None:
    server = Limited(Bucket(40, 20))
    pacer = Pacer(None, server.time)

    def seldom_then_often() -> None:
        for _ in range(40):
            server.send(pacer)
            server.time.sleep(0.5)

    server.time.run(seldom_then_often)
    server.served.clear()

    def often() -> None:
        for _ in range(20):
            server.send(pacer)

    server.time.run(*[often] * 16)
    assert server.stretch <= 1.05


def test_rate_that_nobody_used_does_not_grow() -> None:
    server = Limited(Bucket(10, 20), headers="none")
    pacer = Pacer(None, server.time)

    def seldom_then_often() -> None:
        for _ in range(300):
            server.send(pacer)
            server.time.sleep(0.3)

    server.time.run(seldom_then_often)
    assert pacer.pace.per_second < 100
    assert not server.refused
