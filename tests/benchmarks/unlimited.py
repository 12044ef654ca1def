"""Without a limit: how many times faster than the guide's script."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.faults import Behaviour

from .figure import NO_GUIDE, Figure
from .migrating import Migrated, guide_at_hand, migrated_by_the_guide, migrated_by_us
from .server import Server, everyday

SUBJECT = "without a limit"
SCHEDULES, LATENCY = 400, 0.05
FASTER = 10.0


def figures() -> Iterator[Figure]:
    """Migrate the same workspace with ours and with the guide's script."""
    ours, guide = migrated(SCHEDULES)
    what = f"faster than the guide's script for each schedule migrated, {SCHEDULES} schedules"
    if guide is None:
        yield Figure(SUBJECT, what, None, "×", FASTER, "at least", NO_GUIDE)
    else:
        # The guide's script takes the first page of identities that the server caps for the last.
        note = f"{ours.count} in {ours.seconds:.1f} s against {guide.count} in {guide.seconds:.1f} s"
        times = (guide.seconds / guide.count) / (ours.seconds / ours.count)
        yield Figure(SUBJECT, what, times, "×", FASTER, "at least", note)
    yield Figure(SUBJECT, f"time for {ours.count} schedules", ours.seconds, "s")


def by_number(numbers: tuple[int, ...]) -> Iterator[dict[str, float]]:
    """For the picture: ours and the guide's at each number of schedules."""
    for number in numbers:
        ours, guide = migrated(number)
        row = {"schedules": float(number), "ours": ours.seconds}
        yield row | ({"guide": guide.seconds} if guide else {})


@cache
def migrated(number: int) -> tuple[Migrated, Migrated | None]:
    """Migrate so many schedules in a workspace for each; measured once, for the table and for the picture."""
    with Server(Behaviour(latency=LATENCY), everyday, number) as server:
        ours = migrated_by_us(server)
    guide = guide_at_hand()
    if guide is None:
        return ours, None
    with Server(Behaviour(latency=LATENCY), everyday, number) as server:
        return ours, migrated_by_the_guide(guide, server)
