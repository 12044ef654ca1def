"""Real commands that are told to end at any moment lose and double nothing, and tell what is so."""

from . import signals

CASES = 2


def test_commands_that_are_told_to_end_leave_what_a_clean_run_finishes() -> None:
    tally = signals.played("tests", CASES)
    assert tally.broken == []
    assert tally.faults.total() >= CASES
