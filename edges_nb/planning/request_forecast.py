"""What applying a plan costs before it starts: requests by family of endpoints, and about how long."""

import math
from dataclasses import dataclass

_A_PAGE = 100
"""Rows that a list gives at once, and uids that one request asks for."""

_A_MINUTE = {
    "trial": 60,
    "bronze": 120,
    "silver": 600,
    "gold": 600,
    "platinum": 1_200,
    "diamond": 1_200,
    "titanium": 1_200,
}
"""Requests a minute of a family that a plan allows (API reference, page rate-limits)."""

_UNLIMITED = 500.0
"""Requests a second beyond which no limit was met yet, so that the rate says nothing."""


@dataclass(frozen=True)
class RequestForecast:
    """What an apply would ask for.

    Attributes:
        actions: creates; schedules: looks, pauses, cancels and lists.
        minutes: about how long it takes at the limit, None where no limit is known.
        limit: which limit that is, in words; "" where none is known.
    """

    actions: int
    schedules: int
    minutes: float | None
    limit: str

    @property
    def sentence(self) -> str:
        """The forecast for a person."""
        total = self.actions + self.schedules
        told = (
            f"about {total:,} requests, {self.actions:,} to run actions and {self.schedules:,} to schedules"
        )
        if self.minutes is None:
            return f"{told}; how long they take is not known before the first of them."
        spent = "under a minute" if self.minutes < 1 else f"about {math.ceil(self.minutes):,} minutes"
        return f"{spent} at {self.limit}: {told}."


def request_forecast(
    replacements: int, listed: int, *, plan_name: str | None, per_second: float
) -> RequestForecast:
    """Return what an apply costs where all goes well.

    Args:
        replacements: schedules to replace; listed: schedules of the action, which verifying lists again.
        plan_name: the workspace's plan, whose limits are published.
        per_second: requests a second at the rate seen so far.
    """
    pages = math.ceil(listed / _A_PAGE) + 1
    schedules = 2 * replacements + math.ceil(replacements / _A_PAGE) + pages if replacements else 0
    published = next((most for name, most in _A_MINUTE.items() if name in (plan_name or "").lower()), None)
    if published is not None:
        minutes: float | None = max(schedules, replacements) / published
        limit = f"the published limit of plan {plan_name} ({published:,} a minute)"
    elif 0 < per_second < _UNLIMITED:
        minutes, limit = schedules / (60 * per_second), f"the rate seen so far ({per_second:.0f} a second)"
    else:
        minutes, limit = None, ""
    return RequestForecast(replacements, schedules, minutes, limit)
