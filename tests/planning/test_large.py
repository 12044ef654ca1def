"""What is done for the sake of a hundred thousand schedules, and must not be seen in one."""

from __future__ import annotations

import gc
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


def test_what_was_made_while_collection_paused_is_collected_later() -> None:
    gc.collect()
    with collection_paused():
        made = [[number] for number in range(50_000)]
        gone = weakref.ref(Knot())
        assert not gc.isenabled()
    assert gc.isenabled()
    assert len(gc.get_objects(generation=0)) < len(made)
    assert gone() is not None

    gc.collect()
    assert gone() is None


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
