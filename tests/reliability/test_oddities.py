"""What can't be decided upon yet is left alone, and told, whatever goes wrong beside it."""

import pytest

from tests.faults import Fault

from . import crowds, oddities
from .bench import Bench
from .setting import Play, Setting, series
from .staging import stage


@pytest.mark.parametrize("play", [oddities.unseen, oddities.busy])
def test_what_is_not_known_or_runs_is_left_alone(play: Play) -> None:
    assert series(play, "tests", 15).broken == []


def test_a_guess_at_parameters_that_nothing_shows_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Bench.plan

    def guessing(bench: Bench, *given: object) -> object:
        # A person who answers for one schedule says the same of it as a guess would.
        bench.overrides = bench.overrides.assign(decision="migrate")
        return plan(bench, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Bench, "plan", guessing)
    assert any("I" in sentence for sentence in series(oddities.unseen, "tests", 3).broken)


def test_inputs_that_a_run_has_and_does_not_show_are_not_taken_for_none() -> None:
    gone = Fault("run_inputs", status=404, label="STATUS_404", nth=2)
    with stage(Setting(dialect="reference"), gone) as bench:
        outcomes = bench.run().outcomes
        assert len(outcomes) == 2
        assert bench.violations() == []
        assert bench.rerun() == []


def test_two_operators_with_many_at_once_lose_and_double_nothing() -> None:
    assert series(crowds.thrown_once, "tests", 10).broken == []
