"""Whatever operators, outsiders and faults do in whatever order: the invariants hold after every step."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import PLAYED, Operating

RULES = ("preview", "apply", "apply as approved", "die", "undo", "outsider edits", "outsider cancel")


def test_operators_outsiders_and_faults_in_any_order() -> None:
    # Without a database and by a fixed seed: every run of the tests plays the same.
    calm = settings(max_examples=60, stateful_step_count=15, deadline=None, derandomize=True, database=None)
    run_state_machine_as_test(Operating, settings=calm)
    assert all(PLAYED[rule] >= 10 for rule in RULES), PLAYED
