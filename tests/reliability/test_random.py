"""Faults by chance: on requests and commits, over several processes, on workspaces and servers of every kind.

`python -m tests.reliability seed 'tests 3/17'` plays again what that seed, told by a failure, stands for.
"""

import pytest

from .campaigns import thrown

PARTS, FAULTS = 10, 2_000


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_goes_wrong_by_chance_nothing_is_lost_and_two_runs_finish(part: int) -> None:
    tally = thrown(f"tests {part}", FAULTS)
    assert tally.broken == []
    assert tally.faults.total() >= FAULTS
