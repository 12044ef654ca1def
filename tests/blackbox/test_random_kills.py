"""Killed at random moments while it works at 24 schedules at once, and run again: each is there once."""

from __future__ import annotations

from .random_kills import Game
from .scenario import plays

GAMES = (Game("kept", 3), Game("refused", 3), Game("hidden", 3), Game("kept", 4), Game("refused", 4))


@plays(*GAMES)
def test_runs_that_are_killed_break_no_promise(outcome: list[str]) -> None:
    assert outcome == []
