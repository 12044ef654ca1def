"""Schedules that only their names tell apart, on a server that keeps no names."""

from .cases import Case


def test_nothing_that_looks_the_same_is_begun_beside_one_that_did_not_end() -> None:
    # The first stays paused, by whom is not clear; were the second begun beside it, and the first one's new
    # schedule created unseen, nothing could tell any more which of the two is without one.
    case = Case.read(
        "pause, names refused, reference, 2 at one time: cut after request 11 + 402 before request 13 + "
        "cut before request 16 + 402 before request 17 then cut after request 13 + 402 before request 14"
    )
    assert case.play().broken == []
