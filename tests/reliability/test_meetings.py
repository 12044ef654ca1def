"""Two operators at once, each with a ledger of their own or both with one: each schedule gets one child."""

from dataclasses import replace

import pytest

from .exhaustive import ONE
from .meetings import LEDGER, OTHER, meetings, taking_turns
from .setting import Setting, all_requests

EVERY = 5
"""One request of so many is met at; `python -m tests.reliability` plays all of them."""

settings = pytest.mark.parametrize("setting", ONE, ids=str)


@settings
def test_second_run_in_the_middle_of_the_first_doubles_and_loses_nothing(setting: Setting) -> None:
    numbers = range(1 + ONE.index(setting) % EVERY, all_requests(setting) + 1, EVERY)
    for ledger in (OTHER, LEDGER):
        assert meetings(setting, numbers, ledger=ledger).broken == []


@settings
def test_two_runs_that_take_turns_with_faults_double_and_lose_nothing(setting: Setting) -> None:
    several = replace(setting, count=2, twins=ONE.index(setting) % 2 == 0)
    assert taking_turns(several, "tests", chance=0.15, same_ledger=ONE.index(setting) % 3 == 0).broken == []
