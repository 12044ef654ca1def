"""At limits that count by family and minute, as the reference publishes them, with minutes of six seconds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Literal

from tests.faults import Behaviour, WindowLimit

from .figure import Figure
from .migrating import Migrated, migrated_by_us
from .server import Seen, Server, everyday

SUBJECT = "at windows by family"
SCHEDULES, LATENCY, SECONDS = 120, 0.02, 6.0
QUOTAS = {"schedules": 60, "actions": 60, "runs": 15}
"""Requests of each family in a window."""
STRETCH, REFUSED = 1.25, 0.04

Told = Literal["all", "waits"]
_WORDS: dict[Told, str] = {"all": "told by headers", "waits": "Retry-After alone"}


def figures() -> Iterator[Figure]:
    """Migrate in fixed and in sliding windows, with headers and without."""
    for sliding, told in product((False, True), _WORDS):
        limit = WindowLimit(**QUOTAS, seconds=SECONDS, sliding=sliding)
        behaviour = Behaviour(window_limit=limit, latency=LATENCY, rate_headers=told)
        with Server(behaviour, everyday, SCHEDULES) as server:
            done = migrated_by_us(server)
        where = f"{'sliding' if sliding else 'fixed'}, {_WORDS[told]}"
        yield from _held_against_the_floor(done, where)


def _held_against_the_floor(done: Migrated, where: str) -> Iterator[Figure]:
    floor, family = max((floor, family) for family, floor in _floors(done.seen).items())
    note = f"{done.count} schedules in {done.seconds:.1f} s; {family} needs {floor:.0f} s"
    yield Figure(SUBJECT, f"time against the floor, {where}", done.seconds / floor, "×", STRETCH, note=note)
    refused = f"{done.refused} of {len(done.seen)}"
    yield Figure(SUBJECT, f"refused, {where}", 100 * done.refused_share, "%", 100 * REFUSED, note=refused)


def _floors(seen: list[Seen]) -> dict[str, float]:
    """Seconds of the windows that the served requests of each family need."""
    served = Counter(request.family for request in seen if request.status != 429)
    return {family: math.ceil(served[family] / quota) * SECONDS for family, quota in QUOTAS.items()}
