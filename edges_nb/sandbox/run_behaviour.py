"""How a workspace's life goes on as its clock moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Habits:
    """What runs bring, how long they take and how often they fail. All chances are drawn from the seed.

    Args:
        contacts: fewest and most contacts that a network has when the clock begins.
        growth: fewest and most contacts that a network gains per day, on average.
        minutes: shortest and longest time that a run takes.
        default_max_results: the cap where a run's parameters set none, None for no cap.
        memory: what has to have been synced before for an incremental run to bring only what is new: the
            same schedule (or async run), the same input of the same identity, or anything of that identity.
        failing: chance that an input of a run fails.
    """

    contacts: tuple[int, int] = (300, 1500)
    growth: tuple[float, float] = (1.0, 12.0)
    minutes: tuple[float, float] = (3.0, 25.0)
    default_max_results: int | None = None
    memory: Literal["schedule", "input", "identity"] = "schedule"
    failing: float = 0.0

    def __post_init__(self) -> None:
        for low, high in (self.contacts, self.growth, self.minutes):
            if not 0 <= low <= high:
                raise ValueError(f"a range goes from a smaller to a larger number, not from {low} to {high}")
        if not 0 <= self.failing <= 1:
            raise ValueError("a chance is between 0 and 1")
