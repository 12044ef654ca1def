"""Schedules that only their names tell apart, on a server that keeps no names."""

from .campaigns import Setting, Tally, play
from .faults import RequestFault


def test_nothing_that_looks_the_same_is_begun_beside_one_that_did_not_end() -> None:
    # The first stays paused, by whom is not clear; were the second begun beside it, and the first one's new
    # schedule created unseen, nothing could tell any more which of the two is without one.
    setting = Setting(names="refused", dialect="reference", count=2, one_time=True)
    first = [
        RequestFault("cut", "after", 11),
        RequestFault("402", "before", 13),
        RequestFault("cut", "before", 16),
        RequestFault("402", "before", 17),
    ]
    second = [RequestFault("cut", "after", 13), RequestFault("402", "before", 14)]
    tally = Tally()
    play(tally, setting, "two at one time", [first, second])
    assert tally.broken == []
