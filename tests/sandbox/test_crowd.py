"""A large workspace: quickly built, quickly listed, and the same each time."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from edges_nb.sandbox import World
from tests.crowd import crowd
from tests.faults import Sandbox

from .caller import Caller


@pytest.fixture(scope="module")
def large() -> World:
    return crowd(schedules=5000, identities=1000)


def test_it_has_as_many_as_asked_and_a_run_each(large: World) -> None:
    assert (len(large.identities), len(large.schedules), len(large.runs)) == (1000, 5000, 5000)
    assert {run.scheduled_run_uid for run in large.runs.values()} == set(large.schedules)
    assert not crowd(schedules=20, identities=5, runs=False).runs


def test_its_schedules_differ_in_what_a_migration_decides_on(large: World) -> None:
    statuses = Counter(schedule.status for schedule in large.schedules.values())
    modes = Counter(schedule.parameters["sync_mode"] for schedule in large.schedules.values())
    people = [large.identities[schedule.identity_ids[0]] for schedule in large.schedules.values()]
    kinds = Counter((identity.type, identity.is_active) for identity in people)
    assert min(statuses["PAUSED"], modes["incremental"], *kinds.values()) > 5
    assert len(kinds) == 4
    assert statuses["ACTIVE"] > 4500


def test_it_is_the_same_each_time_for_the_same_seed_only() -> None:
    first, again, other = (crowd(schedules=50, identities=10, seed=seed) for seed in (1, 1, 2))
    assert (first.schedules, first.runs) == (again.schedules, again.runs)
    assert not set(first.schedules) & set(other.schedules)


def test_reading_it_page_by_page_gives_every_schedule_once_in_order(large: World) -> None:
    caller = Caller(Sandbox(large))
    before = time.process_time()
    uids = []
    for offset in range(0, 5000, 100):
        page = caller.get(f"/schedules?limit=100&sort=created_at&offset={offset}").json
        uids += [row["uid"] for row in page]
    assert uids == list(large.schedules)
    # 10 ms a page, which sorting anew for each page would use up twice at 100,000 schedules.
    assert time.process_time() - before < 0.5


def test_a_long_list_is_sorted_once_for_all_its_pages(large: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sorts = []

    def count(*given: Any, **options: Any) -> list[Any]:
        sorts.append(given)
        return sorted(*given, **options)

    monkeypatch.setattr("edges_nb.sandbox.list_pages.sorted", count, raising=False)
    caller = Caller(Sandbox(large))
    for offset in range(0, 1000, 100):
        caller.get(f"/schedules?limit=100&sort=created_at&offset={offset}")
    assert len(sorts) == 1
