"""Two operators at once, each with a ledger of their own or both with one: each schedule gets one child."""

from dataclasses import replace

import pytest

from edges_nb.models.name_marks import marked
from edges_nb.models.results import MIGRATED
from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault

from . import scenarios_of_others, worlds
from .bench import Doing
from .exhaustive import ONE
from .meetings import LEDGER, OTHER, meetings, taking_turns
from .scenarios import REFUSED
from .setting import Setting, all_requests
from .staging import stage

EVERY = 5
"""One request of so many is met at; `python -m tests.reliability` plays all of them."""

settings = pytest.mark.parametrize("setting", ONE, ids=str)

UNDONE = tuple(replace(setting, doing="undo") for setting in ONE)
# Without its ledger an undo needs names, and where nothing shows an identity a change has to be told it.
NAMED = tuple(setting for setting in ONE if setting.names == "kept" and setting.dialect == "guide")
GUIDE = tuple(setting for setting in ONE if setting.order == "guide")
CHANGED = tuple(replace(setting, doing="change") for setting in ONE if setting.dialect == "guide")


@settings
def test_second_run_in_the_middle_of_the_first_doubles_and_loses_nothing(setting: Setting) -> None:
    numbers = range(1 + ONE.index(setting) % EVERY, all_requests(setting) + 1, EVERY)
    for ledger in (OTHER, LEDGER):
        assert meetings(setting, numbers, ledger=ledger).broken == []


@settings
def test_two_runs_that_take_turns_with_faults_double_and_lose_nothing(setting: Setting) -> None:
    several = replace(setting, count=2, twins=ONE.index(setting) % 2 == 0)
    assert taking_turns(several, "tests", chance=0.15, same_ledger=ONE.index(setting) % 3 == 0).broken == []


@pytest.mark.parametrize(
    ("setting", "then"),
    [
        *((setting, "migrate") for setting in (*UNDONE, *CHANGED)),
        *((setting, "undo") for setting in NAMED),
    ],
    ids=str,
)
def test_nothing_is_created_beside_what_another_operator_made_of_an_unnoted_replacement(
    setting: Setting, then: Doing
) -> None:
    assert scenarios_of_others.replaced_before_it_was_noted(setting, then) == []


@pytest.mark.parametrize("setting", [setting for setting in UNDONE if setting.dialect == "guide"], ids=str)
def test_undo_that_broke_off_and_was_migrated_by_another_operator_leaves_one_live(setting: Setting) -> None:
    assert scenarios_of_others.replaced_after_it_broke_off(setting, "migrate") == []


@pytest.mark.parametrize("setting", [setting for setting in UNDONE if setting.names != "kept"], ids=str)
def test_nothing_is_created_beside_what_the_same_ledger_made_of_an_unnoted_replacement(
    setting: Setting,
) -> None:
    assert scenarios_of_others.replaced_before_it_was_noted(setting, "migrate", LEDGER) == []


@pytest.mark.parametrize("setting", GUIDE, ids=str)
def test_what_another_operator_brought_back_is_neither_doubled_nor_called_migrated(setting: Setting) -> None:
    assert scenarios_of_others.brought_back_by_another(setting) == []


@pytest.mark.parametrize("seed", ["sweep1029", "sweep1048"])
def test_what_one_of_two_operators_brought_back_is_not_doubled_by_the_other(seed: str) -> None:
    setting = Setting("guide", "refused", "reference", one_time=True)
    assert taking_turns(setting, seed, chance=0.25).broken == []


@pytest.mark.parametrize("setting", GUIDE, ids=str)
@pytest.mark.parametrize("refused", [False, True])
def test_of_what_two_operators_create_at_the_same_time_one_stays(setting: Setting, refused: bool) -> None:
    setting = replace(setting, window=True)
    for when in ("before", "after"):
        nth = 1 + refused + (setting.names == "refused")
        faults = [REFUSED] if refused else []
        assert scenarios_of_others.another_creates_meanwhile(setting, when, nth, *faults) == []


def test_ours_stays_where_it_is_older_than_what_another_operator_made_of_it() -> None:
    with stage(Setting(count=1), Fault("create", "cut", "after")) as bench:
        (original,) = worlds.planned(bench.world)
        theirs: list[StoredSchedule] = []

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("create", "after"):
                bench.meanwhile = None
                name = marked("Theirs", original.uid, incremental=False)
                owner = bench.world.identities[original.identity_ids[0]]
                theirs.append(bench.world.add_schedule(owner, name=name, cron="1 1 * * *"))

        bench.meanwhile = meanwhile
        ending = bench.run()
        (ours,) = (call.created for call in ending.calls if call.created)
        assert ending.outcomes == {original.uid: MIGRATED}
        assert [bench.world.schedules[uid].status for uid in (ours, theirs[0].uid)] == ["ACTIVE", "ACTIVE"]
