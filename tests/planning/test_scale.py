"""Planning pauses the cycle collector, and leaves it as it was."""

from __future__ import annotations

import gc
import weakref

from edges_nb.gc_pause import resting_collector
from edges_nb.models.api import CONNECTIONS
from edges_nb.planning.migration import draft_migration

from .bench import known, schedule


def test_the_cycle_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    draft_migration(known(schedule()), action=CONNECTIONS)
    assert gc.isenabled()

    gc.disable()
    try:
        draft_migration(known(schedule()), action=CONNECTIONS)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_made_meanwhile_counts_as_old_where_it_is_much() -> None:
    with resting_collector():
        made = [[] for _ in range(300_000)]
    assert young().isdisjoint(map(id, made))


def test_little_garbage_is_found_by_and_by() -> None:
    class Knot:
        def __init__(self) -> None:
            self.self = self

    alive = weakref.WeakSet[Knot]()
    for _ in range(20_000):
        with resting_collector():
            alive.add(Knot())
    assert len(alive) < 10_000


def test_what_the_program_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with resting_collector():
            made = [[] for _ in range(300_000)]
        assert gc.get_freeze_count() >= frozen - 1000 > 0
        assert len(made) > 0
    finally:
        gc.unfreeze()


def young() -> set[int]:
    """Objects that were made since the collector was at work last, or survived it once."""
    return {id(each) for generation in (0, 1) for each in gc.get_objects(generation)}
