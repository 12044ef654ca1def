"""What a safeguard is: how it is switched off, and the scenario that has to notice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edges_nb.sandbox import Fault

from . import scenarios, situations
from .editing import Edit
from .scenarios import Death
from .scenarios_of_others import Moment

_OF_THE_SUITE = (
    scenarios.existing,
    scenarios.with_ledger,
    scenarios.with_folder,
    scenarios.on_a_bench,
)
"""Stories that are tests of the suite's other parts."""


@dataclass(frozen=True)
class Scenario:
    """A story and what it is told with."""

    story: Callable[..., list[str]]
    given: tuple[Any, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.story in _OF_THE_SUITE:
            return "tests/{}.py: {}".format(self.given[0].replace(".", "/"), self.given[1])
        told = ", ".join(
            [*map(_shown, self.given), *(f"{name} {_shown(v)}" for name, v in self.told.items())]
        )
        return f"{self.story.__name__.replace('_', ' ')}" + (f" ({told})" if told else "")


def _shown(value: Any) -> str:
    match value:
        case Fault():
            kind = value.status if value.kind == "status" else value.kind
            nth = f" {value.nth}" if value.nth > 1 else ""
            return f"{kind} {value.when} {value.operation}{nth}"
        case Death():
            return f"{value.when} {value.operation}"
        case Moment():
            return f"number {value.which + 1} {value.when} {value.operation}"
        case dict():
            return ", ".join(f"{name} {what}" for name, what in value.items())
        case _ if callable(value):
            named = (name for name, drift in situations.DRIFTS.items() if drift is value)
            return next(named, value.__name__.replace("_", " "))
    return str(value)


@dataclass(frozen=True)
class Safeguard:
    """What protects, in words; the edits that take it away; and what then has to fail."""

    name: str
    edits: tuple[Edit, ...]
    scenario: Scenario

    @property
    def what(self) -> str:
        return "; ".join(map(str, self.edits))


def guard(name: str, *edits: Edit) -> Callable[..., Safeguard]:
    """Begin a safeguard; what it gives takes the scenario."""

    def caught_by(story: Callable[..., list[str]], *given: Any, **told: Any) -> Safeguard:
        return Safeguard(name, edits, Scenario(story, given, told))

    return caught_by
