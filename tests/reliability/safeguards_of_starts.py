"""The safeguards of what is started in place of nothing: schedules and async runs."""

from edges_nb.sandbox import Fault

from .editing import Edit
from .safeguards import guard
from .scenarios import on_a_bench, with_folder

_EQUAL = "planning.starts:_Drafting._equal"
_RUNS = "replacing.async_runs:AsyncRuns"

STARTS = (
    guard(
        "What the ledger says was started is not started again",
        Edit("planning.starts:_Drafting.draft", "equal = self._equal(origin, request)", "equal = None"),
    )(on_a_bench, "starting.test_decisions", "test_a_second_time_the_ledger_tells_that_it_is_there"),
    guard(
        "Without the ledger, its name tells that it was started",
        Edit(_EQUAL, "if origin in self._started:", "if False:"),
    )(on_a_bench, "starting.test_decisions", "test_without_the_ledger_the_name_tells"),
    guard(
        "Without ledger and name, its configuration tells that it was started",
        Edit(_EQUAL, "if self._is_equal(s, request)", "if False"),
    )(
        with_folder,
        "starting.test_decisions",
        "test_without_ledger_and_name_the_configuration_tells",
        "guide",
        "ignored",
    ),
    guard(
        "What somebody started since it was planned is not started again",
        Edit(
            "replacing.starting:Starting._begin",
            "trouble = self._creating.find(record, once=True)",
            "trouble = None",
        ),
    )(
        with_folder,
        "starting.test_faults",
        "test_what_was_started_between_plan_and_apply_is_found_also_without_names",
    ),
    guard(
        "Two who start the same at once leave one",
        Edit(
            "replacing.starting:Starting._create",
            "if record.new_uid or (refusal and record.memo.creates):",
            "if False:",
        ),
    )(with_folder, "starting.test_faults", "test_two_processes_with_ledgers_of_their_own_leave_one"),
    guard(
        "An equal schedule of somebody else is not cancelled",
        Edit(
            "replacing.creating:_surplus",
            "if found.most is None or (own is None and record.memo.creates):",
            "if True:",
        ),
    )(with_folder, "starting.test_faults", "test_somebody_elses_equal_schedule_is_never_cancelled"),
    guard(
        "A run that may have been started is not sent again before it was looked for",
        Edit(
            f"{_RUNS}._start",
            "refusal = self._create(record)",
            "refusal = self._create(record) or record.new_uid is None and self._create(record)",
        ),
    )(
        on_a_bench,
        "starting.test_async_runs",
        "test_a_run_that_may_have_been_started_is_not_sent_again_before_it_was_looked_for",
    ),
    guard(
        "Whether a run goes on is settled by looking",
        Edit(f"{_RUNS}._settled", "if looks(self._edges.run(uid)) != record.memo.before:", "if False:"),
    )(
        on_a_bench,
        "starting.test_async_runs",
        "test_an_unknown_answer_to_continue_is_settled_by_looking",
        Fault("continue_run", kind="cut", when="after"),
        True,
    ),
    guard(
        "A run that an earlier process continued is not continued again",
        Edit(
            f"{_RUNS}.go_on", "record.state is State.CONTINUING and looks(run) != record.memo.before", "False"
        ),
    )(
        on_a_bench,
        "starting.test_async_runs",
        "test_a_process_that_dies_after_continue_does_not_make_the_next_one_continue_twice",
        True,
    ),
    guard(
        "A run whose status does not allow it is not continued",
        Edit("replacing.async_runs:check_continuable", "run.status not in CONTINUABLE", "False"),
    )(
        on_a_bench,
        "starting.test_async_runs",
        "test_a_run_whose_status_does_not_allow_it_is_not_continued_and_nothing_is_sent",
        "INVALID",
    ),
)
