"""A request, a commit or two requests go wrong in any way: nothing is lost, and two runs finish.

The cases are spread evenly over all of their kind; `python -m tests.reliability` plays all of them. What
fails tells the command that plays it alone.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from . import exhaustive
from .cases import Case, played
from .exhaustive import ONE, STANDING_FOR_ALL, spread
from .faults import VARIANTS
from .process import LEDGER_KINDS
from .setting import OTHER_SETTINGS, SETTINGS, Setting

ALL = (*SETTINGS, *OTHER_SETTINGS)

settings = pytest.mark.parametrize("setting", ALL, ids=str)

SINGLES, COMMITS, FIRSTS, SECONDS = 211, 211, 227, 167
"""One case of so many is played; each is prime to the number of kinds, so that the kinds take turns."""


@settings
def test_whichever_request_goes_wrong_nothing_is_lost_and_two_runs_finish(setting: Setting) -> None:
    cases = spread(exhaustive.single_faults(setting), SINGLES, ALL.index(setting))
    assert played(cases).broken == []


@settings
def test_whichever_commit_fails_nothing_is_lost_and_two_runs_finish(setting: Setting) -> None:
    cases = spread(exhaustive.ledger_faults(setting), COMMITS, ALL.index(setting))
    assert played(cases).broken == []


@pytest.mark.parametrize("setting", ONE, ids=str)
def test_whichever_two_requests_go_wrong_nothing_is_lost_and_two_runs_finish(setting: Setting) -> None:
    firsts = spread(exhaustive.first_faults(setting), FIRSTS, ONE.index(setting))
    assert played(spread(exhaustive.pairs(setting, firsts), SECONDS)).broken == []


def test_part_that_is_played_here_meets_every_kind_of_fault() -> None:
    singles, commits = set(), set()
    for number, setting in enumerate(ALL):
        here = _faults(spread(exhaustive.single_faults(setting), SINGLES, number))
        singles |= {(fault.kind, fault.when) for fault in here}
        commits |= {f.kind for f in _faults(spread(exhaustive.ledger_faults(setting), COMMITS, number))}
    assert singles == {*VARIANTS} > {*STANDING_FOR_ALL}
    assert commits == {*LEDGER_KINDS}


def test_case_is_read_as_it_was_written() -> None:
    setting = SETTINGS[5]
    firsts = spread(exhaustive.first_faults(ONE[5]), 97)
    series = (
        exhaustive.single_faults(setting),
        exhaustive.ledger_faults(setting),
        exhaustive.pairs(ONE[5], firsts),
    )
    for case in spread(itertools.chain(*series), 7):
        assert Case.read(str(case)) == case


def _faults(cases: Iterator[Case]) -> list[Any]:
    return [fault for case in cases for faults in case.processes for fault in faults]
