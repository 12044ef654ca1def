"""Switch each safeguard off, and see which check of the suite notices."""

import time
from dataclasses import dataclass

from .editing import NotThereError, edited
from .safeguards import Safeguard, Scenario
from .safeguards_of_plans import ENDS, OTHERS, PLANS, WIRES
from .safeguards_of_requests import ANSWERS, LEDGERS, LOOKING
from .safeguards_of_starts import STARTS

SAFEGUARDS = (*LEDGERS, *ANSWERS, *LOOKING, *OTHERS, *ENDS, *PLANS, *STARTS, *WIRES)


@dataclass(frozen=True)
class Mutant:
    """A safeguard that was switched off.

    Attributes:
        name: what it protects from, or how.
        what: the place in the source, and what stood there instead.
        caught_by: the check that failed; "" where none did.
    """

    name: str
    what: str
    caught_by: str
    seconds: float


def table() -> list[Mutant]:
    """Switch off one safeguard after the other."""
    return [_mutant(safeguard) for safeguard in SAFEGUARDS]


def caught(safeguard: Safeguard) -> list[str]:
    """What goes wrong without a safeguard."""
    with edited(*safeguard.edits):
        try:
            return played(safeguard.scenario)
        except NotThereError:
            raise
        except AssertionError as error:
            return [f"the run misbehaved: {error}"]


def played(scenario: Scenario) -> list[str]:
    """What is broken at the end of a scenario."""
    return scenario.story(*scenario.given, **scenario.told)


def _mutant(safeguard: Safeguard) -> Mutant:
    start = time.perf_counter()
    found = caught(safeguard)
    return Mutant(
        safeguard.name,
        safeguard.what,
        str(safeguard.scenario) if found else "",
        time.perf_counter() - start,
    )
