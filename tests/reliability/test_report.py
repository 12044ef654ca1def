"""RELIABILITY.md says what was found, good or bad."""

from collections import Counter
from pathlib import Path

import pytest

from . import report
from .campaigns import thrown_once
from .figures import Campaign
from .kills import Kills
from .report import Told
from .setting import Tally


@pytest.fixture
def told() -> Told:
    campaign = Campaign("By chance", "faults by chance", [Tally], done=1, seconds=3.0)
    campaign.tally += thrown_once("report")
    kills = Kills(2, by_point=Counter({"before pause": 2}))
    return Told([campaign], kills, "report", 1.0, "2 cores", "python -m tests.reliability")


def test_figures_are_those_of_the_run(told: Told) -> None:
    text = report.text(told)
    faults = told.campaigns[0].tally.faults
    assert f"with {faults.total():,} injected faults, no invariant was broken" in text
    assert f"| {'cut after'} | {faults['cut after']} |" in text
    assert "| before pause | 2 |" in text
    assert "$" not in text


def test_what_was_broken_is_told_first_and_last(told: Told) -> None:
    told.campaigns[0].tally.broken.append("I1 one was lost")
    text = report.text(told)
    assert "1 of the checks failed" in text
    assert "- I1 one was lost\n" in text


def test_file_in_the_repository_was_written_with_the_words_of_today() -> None:
    written = Path(__file__).parents[2].joinpath("RELIABILITY.md").read_text(encoding="utf-8")
    template = Path(report.__file__).with_suffix(".md").read_text(encoding="utf-8")
    sentences = [line for line in template.splitlines() if line and "$" not in line]
    assert [line for line in sentences if line not in written] == []
