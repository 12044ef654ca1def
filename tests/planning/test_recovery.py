from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

import pytest

from edges_nb.models.api import CONNECTIONS, Run, RunInput, Schedule
from edges_nb.planning.recovery import recover
from edges_nb.sandbox import World

from .bench import FULL, NOW, Bench, bare, run, schedule

MINUTE = timedelta(minutes=1)


class Runs:
    """A server's runs, counted as they are asked for."""

    def __init__(self, rows: Iterable[Run], page: int = 100, *, ignores_offset: bool = False) -> None:
        self.rows, self.page, self.ignores_offset = list(rows), page, ignores_offset
        self.pages = 0
        self.inputs: list[str] = []

    def runs_page(self, offset: int, action: str | None = None) -> list[Run]:
        self.pages += 1
        start = 0 if self.ignores_offset else offset
        return self.rows[start : start + self.page]

    def run_inputs(self, uid: str) -> list[RunInput]:
        self.inputs.append(uid)
        return [RunInput(input_data={"linkedin_url": f"https://example.com/{uid}"})]

    @property
    def requests(self) -> int:
        return self.pages + len(self.inputs)


def of(uid: str, number: int, **fields: object) -> Run:
    """The run of a schedule that began so many minutes ago."""
    at = (NOW - number * MINUTE).isoformat()
    return run(f"run-{uid}-{number}", scheduled_run_uid=uid, created_at=at, **fields)


def bares(count: int, **fields: object) -> list[Schedule]:
    return [bare(f"s{number}").model_copy(update=fields) for number in range(count)]


def recovered(runs: Runs, schedules: list[Schedule], *, listed: int | None = None, spent: int = 0):  # type: ignore[no-untyped-def]
    return recover(runs, CONNECTIONS, schedules, listed=listed or len(schedules), spent=spent)


def test_callback_parameters_and_inputs_come_from_the_newest_run() -> None:
    newest = of("schedule-1", 1, callback={"url": "https://new.example.com"}, parameters={"max_results": 9})
    older = of("schedule-1", 2, callback={"url": "https://old.example.com"}, parameters={"max_results": 5})
    runs = Runs([newest, older])

    found = recovered(runs, [bare()])["schedule-1"]

    assert found.run_uid == newest.uid
    assert found.callback == newest.callback
    assert found.parameters == newest.parameters
    assert runs.inputs == [newest.uid]
    assert found.inputs == [{"linkedin_url": f"https://example.com/{newest.uid}"}]
    assert set(found.sources.values()) == {newest.uid}


def test_a_run_that_does_not_show_something_leaves_it_to_an_older_one() -> None:
    newest = of("schedule-1", 1, callback=None, parameters=None)
    older = of("schedule-1", 2, callback={"url": "https://old.example.com"})

    found = recovered(Runs([newest, older]), [bare()])["schedule-1"]

    assert (found.callback, found.sources["callback"]) == (older.callback, older.uid)
    assert (found.parameters, found.sources["parameters"]) == (FULL, older.uid)


def test_runs_without_a_schedule_prove_nothing() -> None:
    found = recovered(Runs([of("schedule-1", 1).model_copy(update={"scheduled_run_uid": None})]), [bare()])

    assert found["schedule-1"].runs == ()
    assert found["schedule-1"].parameters is None


def test_inputs_that_the_schedule_shows_are_not_asked_for() -> None:
    runs = Runs([of("schedule-1", 1)])

    found = recovered(runs, [schedule()])["schedule-1"]

    assert runs.inputs == []
    assert found.inputs is None


def test_inputs_that_are_known_from_elsewhere_are_not_asked_for() -> None:
    runs = Runs([of("schedule-1", 1)])

    recover(runs, CONNECTIONS, [bare()], listed=1, spent=0, known=["schedule-1"])

    assert runs.inputs == []


@pytest.mark.parametrize(
    ("older", "differing"),
    [
        pytest.param({}, (), id="alike"),
        pytest.param({"parameters": {"max_results": 7}}, ("parameters.max_results",), id="max_results"),
        pytest.param({"parameters": {**FULL, "depth": 2}}, ("parameters.depth",), id="unknown-parameter"),
        pytest.param(
            {"parameters": {**FULL, "sync_mode": "incremental"}}, ("parameters.sync_mode",), id="mode"
        ),
        pytest.param({"parameters": {"max_results": 500}}, (), id="the-default-mode-left-out"),
        pytest.param({"parameters": None}, (), id="parameters-not-shown"),
        pytest.param({"callback": {"url": "https://b.example.com"}}, ("callback.url",), id="url"),
        pytest.param(
            {"callback": {"url": "https://a.example.com", "headers": {"X": "1"}}},
            ("callback.headers",),
            id="headers",
        ),
    ],
)
def test_fields_in_which_runs_differ_are_named(older: dict[str, object], differing: tuple[str, ...]) -> None:
    callback = {"url": "https://a.example.com"}
    runs = [of("schedule-1", 1, callback=callback), of("schedule-1", 2, **({"callback": callback} | older))]

    assert recovered(Runs(runs), [bare()])["schedule-1"].differing == differing


@pytest.mark.parametrize("status", ["CREATED", "QUEUED", "SCHEDULED", "RUNNING"])
def test_a_run_that_has_not_ended_is_noted(status: str) -> None:
    busy = of("schedule-1", 2, status=status)

    assert recovered(Runs([of("schedule-1", 1), busy]), [bare()])["schedule-1"].busy_run == busy.uid


def test_one_page_is_enough_where_it_has_a_run_of_each() -> None:
    schedules = bares(50)
    runs = Runs([of(s.uid, 1, parameters={}) for s in schedules] + [of("other", 2)] * 500)

    recovered(runs, schedules)

    assert runs.pages == 1


def test_pages_are_read_until_each_that_ran_was_met() -> None:
    rows = [of("other", number) for number in range(950)] + [of("schedule-1", 951, parameters={})]
    runs = Runs(rows)

    found = recovered(runs, [bare()], listed=50)

    assert found["schedule-1"].run_uid == rows[-1].uid
    assert runs.pages == 10


def test_the_end_of_the_list_is_an_empty_page() -> None:
    rows = [of("other", number) for number in range(30)]
    runs = Runs(rows, page=15)

    found = recovered(runs, [bare()], listed=50)

    assert runs.pages == 3
    assert found["schedule-1"].looked


def test_a_server_that_gives_fewer_rows_than_asked_for_is_read_on() -> None:
    rows = [of("other", number) for number in range(70)] + [of("schedule-1", 71, parameters={})]

    found = recovered(Runs(rows, page=20), [bare()], listed=50)

    assert found["schedule-1"].run_uid == rows[-1].uid


def test_rows_that_slide_onto_the_next_page_are_counted_once() -> None:
    class Growing(Runs):
        def runs_page(self, offset: int, action: str | None = None) -> list[Run]:
            page = super().runs_page(offset, action)
            self.rows.insert(0, of("other", -self.pages))
            return page

    rows = [of("schedule-1", number, parameters={"max_results": 1}) for number in range(3)]
    rows += [of("s2", number) for number in range(3, 6)]

    found = recovered(Growing(rows, page=2), [bare(), bare("s2")], listed=50)

    assert [each.uid for each in found["schedule-1"].runs] == [row.uid for row in rows[:3]]
    assert found["s2"].runs


def test_a_server_that_ignores_the_offset_does_not_keep_us_for_ever() -> None:
    runs = Runs([of("other", number) for number in range(5)], ignores_offset=True)

    found = recovered(runs, [bare()], listed=50)

    assert runs.pages == 3
    assert found["schedule-1"].runs == ()


def test_a_run_that_would_have_come_by_now_is_not_waited_for() -> None:
    archived = bare(last_executed_at=(NOW - timedelta(days=100)).isoformat())
    rows = [of("other", 24 * 60 * day) for day in range(300) for _ in range(9)]
    for number, row in enumerate(rows):
        rows[number] = row.model_copy(update={"uid": f"run-{number}"})

    found = recovered(runs := Runs(rows), [archived], listed=500)

    assert found["schedule-1"].looked
    assert runs.pages <= 12 < len(rows) / 100


def test_a_run_that_was_created_some_time_before_it_was_executed_is_waited_for() -> None:
    # Created 110 minutes ago, on the second page, and executed half an hour later.
    ran = bare(last_executed_at=(NOW - 80 * MINUTE).isoformat())
    runs = Runs([*(of("other", number) for number in range(110)), of("schedule-1", 110)])

    found = recovered(runs, [ran], listed=50)["schedule-1"]

    assert found.parameters == FULL
    assert found.looked


def test_a_schedule_that_never_ran_costs_no_page_beyond_the_first() -> None:
    runs = Runs([of("other", number) for number in range(900)])

    found = recovered(runs, [bare(last_executed_at=None)], listed=50)

    assert runs.pages == 1
    assert found["schedule-1"].looked


def test_where_the_server_does_not_tell_the_last_execution_the_run_is_looked_for() -> None:
    silent = Schedule.model_validate(
        {key: value for key, value in bare().model_dump().items() if key != "last_executed_at"}
    )
    rows = [of("other", number) for number in range(200)] + [of("schedule-1", 201, parameters={})]

    assert recovered(Runs(rows), [silent], listed=50)["schedule-1"].runs


def test_no_candidate_needs_no_request() -> None:
    runs = Runs([of("schedule-1", 1)])

    assert recovered(runs, []) == {}
    assert runs.requests == 0


def test_a_list_in_another_order_is_read_to_its_end_for_the_newest_run() -> None:
    rows = [of("schedule-1", number, parameters={"max_results": number}) for number in range(30, 0, -1)]

    found = recovered(Runs(rows, page=10), [bare()], listed=50)

    assert found["schedule-1"].run_uid == of("schedule-1", 1).uid


def test_a_list_in_another_order_that_is_too_long_proves_nothing() -> None:
    rows = [of("schedule-1", number) for number in range(3000, 0, -1)]

    found = recovered(Runs(rows), [bare()], listed=3)["schedule-1"]

    assert found.runs == ()
    assert not found.looked


@pytest.mark.parametrize("count", [1, 3, 60, 120, 250])
@pytest.mark.parametrize("runs_each", [1, 3, 30])
@pytest.mark.parametrize("page", [100, 50])
def test_requests_stay_within_a_page_a_hundred_and_one_for_each(
    count: int, runs_each: int, page: int
) -> None:
    schedules = bares(count)
    rows = [of(s.uid, number) for number in range(runs_each) for s in schedules]
    rows.sort(key=lambda each: each.created_at or NOW, reverse=True)
    runs = Runs(rows, page)

    recovered(runs, schedules, listed=count)

    assert runs.requests <= math.ceil(count / page) + count


@pytest.mark.parametrize("count", [1, 40, 100, 250])
def test_the_budget_is_enough_to_recover_everything_of_those_that_ran_together(count: int) -> None:
    schedules = bares(count)
    runs = Runs([of(s.uid, 1) for s in schedules])

    found = recovered(runs, schedules, spent=0)

    assert all(found[s.uid].inputs and found[s.uid].parameters for s in schedules)
    assert runs.requests <= math.ceil(count / 100) + count


def test_what_the_budget_does_not_reach_is_said_not_to_be_looked_for() -> None:
    rows = [of("other", number) for number in range(900)] + [of("schedule-1", 901)]

    found = recovered(Runs(rows), [bare()], listed=2)["schedule-1"]

    assert found.runs == ()
    assert not found.looked


def test_room_is_left_for_the_inputs_of_what_was_met() -> None:
    schedules = [*bares(9), bare("never-met")]
    rows = [of(s.uid, 1, parameters={}) for s in schedules[:9]] + [of("other", n) for n in range(2, 5000)]
    runs = Runs(rows)

    found = recovered(runs, schedules)

    assert all(found[s.uid].inputs for s in schedules[:9])
    assert runs.requests <= 11


def test_a_page_that_brings_more_than_was_expected_does_not_break_the_budget() -> None:
    schedules = bares(10)
    first = [of(f"s{n}", n, parameters={}) for n in range(5)] + [of("other", n) for n in range(5, 100)]
    runs = Runs(first + [of(f"s{n - 95}", n, parameters={}) for n in range(100, 105)])

    found = recovered(runs, schedules)

    assert runs.requests == 11
    assert sum(found[s.uid].inputs is not None for s in schedules) == 9
    assert all(found[s.uid].parameters is not None for s in schedules)


def test_a_server_that_filters_after_paging_is_read_on() -> None:
    class FilteringLate(Runs):
        def runs_page(self, offset: int, action: str | None = None) -> list[Run]:
            return [row for row in super().runs_page(offset, action) if row.action_name == CONNECTIONS]

    rows = [of(f"s{n}", n, parameters={}) for n in range(100)]
    rows += [of("other", n, action_name=CONNECTIONS if n % 3 else "another") for n in range(100, 500)]
    rows += [of("last", n, parameters={}) for n in range(500, 502)]
    schedules = [*bares(100, inputs=schedule().inputs), bare("last")]

    assert recovered(FilteringLate(rows), schedules, listed=500)["last"].runs


def test_capped_pages_that_are_read_ahead_leave_no_gap() -> None:
    rows = [of(f"s{n}", n, parameters={}) for n in range(300)]

    found = recovered(Runs(rows, page=50), bares(300, inputs=schedule().inputs), listed=300)

    assert all(each.runs for each in found.values())


def test_a_run_whose_inputs_are_gone_leaves_them_unknown() -> None:
    class Archived(Runs):
        def run_inputs(self, uid: str) -> list[RunInput]:
            return []

    assert recovered(Archived([of("schedule-1", 1)]), [bare()])["schedule-1"].inputs is None


def test_more_of_the_past_is_read_where_a_growth_can_lose_items() -> None:
    rows = [of("schedule-1", 0)] + [of("other", n) for n in range(1, 150)] + [of("schedule-1", 150)]

    found = recovered(Runs(rows), [bare()], listed=50)

    assert len(found["schedule-1"].runs) == 2


def test_custom_data_and_all_cursor_pages_of_inputs_are_recovered() -> None:
    world = World(seed=1)
    inputs = [
        {"linkedin_url": f"https://example.com/{n}", "custom_data": {"crm": n, "deep": [None, "ä"]}}
        for n in range(1203)
    ]
    made = world.add_schedule(world.add_identity("Desk"), inputs=inputs)
    made.last_executed_at = world.clock.now()
    world.add_run(made, output_count=3)
    bench = Bench(world, dialect="reference")

    found = bench.read().evidence[made.uid]

    assert found.inputs == inputs
    assert bench.requests["run_inputs"] == 3


def test_an_input_that_a_run_does_not_show_is_not_read_as_an_empty_one() -> None:
    class Silent(Runs):
        def run_inputs(self, uid: str) -> list[RunInput]:
            return [RunInput.read({"custom_data": {"crm": "1"}, "status": "SUCCEEDED"})]

    found = recovered(Silent([of("schedule-1", 1)]), [bare()])["schedule-1"]
    assert (found.inputs, found.unreadable) == (None, {"inputs"})
