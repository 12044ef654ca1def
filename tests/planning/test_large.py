"""What is done for the sake of a hundred thousand schedules, and must not be seen in one."""

from __future__ import annotations

import weakref

from edges_nb.models.api import CONNECTIONS, Schedule, ScheduleRequest
from edges_nb.planning.collecting import collection_paused
from edges_nb.planning.configuration import configuration_of
from edges_nb.planning.evidence import NO_EVIDENCE

from .bench import schedule


class Knot:
    """What is freed only by a collection."""

    def __init__(self) -> None:
        self.itself = self


def test_what_planning_again_and_again_leaves_behind_is_collected() -> None:
    """By Python itself: nobody calls the collector in a kernel that is open all day."""
    left: list[weakref.ref[Knot]] = []
    for _ in range(300):
        with collection_paused():
            left.append(weakref.ref(Knot()))
            made = [Knot() for _ in range(300)]
        del made
    assert sum(each() is not None for each in left) < 150


def test_request_of_checked_values_is_the_one_that_is_checked_again() -> None:
    known = configuration_of(schedule(parameters={"max_results": 5}), NO_EVIDENCE)
    made = known.request(CONNECTIONS, schedule_at="2026-11-03T09:00:00.000Z")
    assert made is not None

    again = ScheduleRequest(**made.model_dump())
    assert made == again
    assert made.body() == again.body()
    assert made.model_dump_json() == again.model_dump_json()
    assert made.model_copy(update={"name": "Another"}).body() == again.body() | {"name": "Another"}


def test_records_that_show_the_same_fields_hold_their_names_once_and_change_apart() -> None:
    one, two = (Schedule.read({"uid": uid, "status": "ACTIVE"}) for uid in ("a", "b"))
    assert one.model_fields_set is two.model_fields_set

    other = one.model_copy(update={"cron": "0 9 * * *"})
    assert other.model_fields_set == {"uid", "status", "cron"}
    assert two.model_fields_set == {"uid", "status"}
