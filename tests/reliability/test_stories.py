"""One thing that goes wrong, told right and mended by the next run."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from edges_nb.models.results import MIGRATED, NEEDS_ATTENTION, ROLLED_BACK
from tests.faults import Fault

from . import scenarios, scenarios_of_others
from .meetings import LEDGER, OTHER
from .scenarios import BRIEF, GUIDE, LAGGING, NAMELESS, ONE, REFUSED, TWINS, endless, play
from .scenarios_of_others import Moment
from .setting import Setting
from .staging import Death, stage

Story = Callable[[], list[str]]

BOTH = (ONE, GUIDE)

STORIES: dict[str, Story] = {
    **{
        f"{setting}: {what}": lambda setting=setting, fault=fault: play(setting, fault, told=MIGRATED)
        for setting in (ONE, GUIDE, NAMELESS, BRIEF, TWINS, LAGGING)
        for what, fault in {
            "a create whose answer is lost": Fault("create", "cut", "after"),
            "a create that is lost": Fault("create", "cut"),
        }.items()
    },
    "a pause that arrives late": lambda: scenarios.pause_that_arrives_late(ONE),
    "the disk is full from some commit on": lambda: scenarios.full_disk(ONE),
    "the key is refused": lambda: scenarios.key_refused(Setting()),
    "nothing tells the callback": lambda: scenarios.nothing_tells_the_callback(BRIEF),
    "what is due soon comes last": lambda: scenarios.due_soon_comes_last(Setting()),
    "stopped by hand": lambda: scenarios.stopped_by_hand(Setting()),
    "a redirected pause": lambda: scenarios.redirected(ONE),
    "one twin in doubt": lambda: scenarios.one_twin_in_doubt(TWINS),
    "no pause is offered": lambda: scenarios.no_pause_offered(Setting()),
    "a run in progress": lambda: scenarios.run_in_progress(ONE),
    "a private ledger": scenarios.private_ledger,
    "the first one fails in the notebook": lambda: scenarios.first_one_fails(Setting()),
    "a removed one that lists show late": lambda: scenarios.removed_child_that_lists_show_late(LAGGING),
    "a wrong one before a death": lambda: scenarios.wrong_child_before_a_death(ONE, Death("cancel", "after")),
    **{
        f"{setting}: {what}": story
        for setting in BOTH
        for what, story in {
            "a wrong one whose cancel is lost": lambda setting=setting: scenarios.wrong_child_that_resists(
                setting, Fault("cancel", "cut", nth=1 if setting is ONE else 2)
            ),
            "taken back": lambda setting=setting: scenarios.undone(setting),
            "refused": lambda setting=setting: play(setting, REFUSED, told=ROLLED_BACK),
            "creates that get no answer": lambda setting=setting: endless(setting, Fault("create", "cut")),
            "nothing left to do": lambda setting=setting: scenarios_of_others.nothing_left_to_do(
                setting, LEDGER
            ),
            "nothing left for another": lambda setting=setting: scenarios_of_others.nothing_left_to_do(
                setting, OTHER
            ),
            "resumed by hand": lambda setting=setting: scenarios_of_others.resumed_by_hand(setting),
            "cancelled by hand": lambda setting=setting: scenarios_of_others.cancelled_by_hand(setting),
        }.items()
        if not (setting is GUIDE and what.endswith("by hand"))
    },
    "pauses that get no answer": lambda: endless(ONE, Fault("pause", "cut")),
    "cancels that get no answer": lambda: endless(ONE, Fault("cancel", "cut")),
    "a second run meanwhile": lambda: scenarios_of_others.second_run_meanwhile(ONE, "create"),
    "a look-alike made by hand": lambda: scenarios_of_others.look_alike_made_by_hand(NAMELESS),
    "nothing goes wrong": lambda: scenarios.undisturbed(ONE),
    "nothing goes wrong where little is shown": lambda: scenarios.undisturbed(BRIEF),
    "the first of three can't be paused": lambda: scenarios.one_of_three_fails(Setting()),
    "paused by another right before": lambda: scenarios_of_others.moved_meanwhile(ONE, "pause", "drifted"),
    "cancelled by another right before": lambda: scenarios_of_others.moved_meanwhile(
        ONE, "cancel", "migrated"
    ),
    "its replacement cancelled by hand": lambda: scenarios_of_others.replacement_cancelled_by_hand(
        ONE, Death("cancel", "before")
    ),
    "the only one left cancelled by hand": lambda: scenarios_of_others.replacement_cancelled_by_hand(
        ONE, Death("cancel", "after")
    ),
    "its replacement paused by hand": lambda: scenarios_of_others.replacement_paused_by_hand(
        ONE, Death("cancel", "after")
    ),
    "its replacement paused and it cancelled by hand": lambda: scenarios_of_others.replacement_paused_by_hand(
        ONE, Death("create", "after"), "cancel"
    ),
    "it runs beside its replacement": lambda: scenarios_of_others.runs_beside_its_replacement(ONE),
    "two operators": lambda: scenarios_of_others.two_operators(TWINS, "t0", "t3"),
    "two operators who cancel first": lambda: scenarios_of_others.two_operators(
        Setting("guide", "refused", count=2, twins=True), "t1", "t2"
    ),
    "another died halfway": lambda: scenarios_of_others.another_died_halfway(
        replace(ONE, window=True), Death("create", "after")
    ),
    "another at work on a twin": lambda: scenarios_of_others.another_at_work(
        replace(TWINS, window=True), Fault("create", "cut", "after", nth=2), Moment("create", "before", 1)
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_story_ends_well(story: str) -> None:
    assert STORIES[story]() == []


@pytest.mark.parametrize("setting", BOTH, ids=str)
@pytest.mark.parametrize(
    "fault",
    [
        Fault("get_schedule", status=404, label="STATUS_404", nth=2, times=0),
        Fault("get_schedule", status=403, label="NO_ACCESS", nth=2, times=0),
        Fault("get_schedule", "garbage", nth=2, times=0),
    ],
    ids=["404", "403", "no JSON"],
)
@pytest.mark.parametrize("operation", ["stop", "create"])
def test_that_a_schedule_is_not_shown_any_more_says_nothing_of_what_became_of_it(
    setting: Setting, fault: Fault, operation: str
) -> None:
    lost = {"pause": "pause", "guide": "cancel"}[setting.order] if operation == "stop" else "create"
    # Planning reads the list twice, and so does taking stock.
    unlisted = Fault("list_schedules", status=403, label="NO_ACCESS", nth=5, times=0)
    with stage(setting, fault, unlisted, Fault(lost, "cut", "after")) as bench:
        for _ in range(2):
            ending = bench.run()
            assert set(ending.outcomes.values()) == {NEEDS_ATTENTION}
            assert bench.violations() == []
            assert ending.outcome is not None
            assert "othing was" not in ending.outcome.results[0].reason
            bench.sandbox.faults.clear()
            for again in (fault, unlisted):
                bench.sandbox.faults.add(replace(again, nth=max(1, again.nth - 2)))
        bench.sandbox.faults.clear()
        assert bench.rerun() == []
