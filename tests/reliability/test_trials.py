"""What lasts longer than one request: a part of each series, in full by `python -m tests.reliability`."""

import pytest

from . import trials
from .cases import Case
from .trials import SERIES, thrown


@pytest.mark.parametrize(
    ("series", "cases"), [("lasting", 60), ("crowded", 12), ("off time", 40), ("without ledger", 60)]
)
def test_nothing_is_lost_doubled_or_untruly_told(series: str, cases: int) -> None:
    assert trials.played(series, "tests", cases).broken == []


@pytest.mark.parametrize("series", sorted(SERIES))
def test_case_of_a_series_is_read_as_it_was_written(series: str) -> None:
    for case, _ in zip(thrown(series, "reading"), range(30), strict=False):
        assert Case.read(str(case)) == case
