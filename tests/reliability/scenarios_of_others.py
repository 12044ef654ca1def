"""Short stories in which somebody else is at work: another operator, or a person by hand."""

from dataclasses import dataclass, replace

import pandas as pd

from edges_nb.client import Edges
from edges_nb.errors import LedgerError
from edges_nb.models.results import DRIFTED, MIGRATED, NEEDS_ATTENTION, Outcome
from edges_nb.planning.plan import Plan, plan_changes, plan_migration, plan_undo
from edges_nb.sandbox.wire_types import Call
from tests.faults import Fault

from . import worlds
from .bench import Bench, Doing, Ending
from .checker import LIVE
from .meetings import LEDGER, OTHER, taking_turns
from .process import LedgerFault, When
from .scenarios import REFUSED
from .setting import Setting
from .situations import move
from .staging import Death, effects, finished, killing, mistold, stage, told_later, unsettled


@dataclass(frozen=True)
class Moment:
    """Another operator replaces one of the schedules before or after the effect of such a request."""

    operation: str
    when: When
    which: int


def moved_meanwhile(setting: Setting, verb: str, told: str) -> list[str]:
    """Somebody does to the original what is about to be done to it, right before."""
    with stage(setting) as bench:

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == (verb, "before"):
                bench.meanwhile = None
                move(bench, bench.world.cases["planned"][0], verb)

        bench.meanwhile = meanwhile
        ending = bench.run()
        return bench.violations() + mistold(bench, ending, told) or unsettled(bench)


def resumed_by_hand(setting: Setting) -> list[str]:
    """A run dies after some commit, and somebody resumes the original: the next one begins anew."""
    for number in range(3, 9):
        with stage(setting) as bench:
            bench.run(ledger_faults=[LedgerFault("crash after", number)])
            move(bench, bench.world.cases["planned"][0], "resume")
            if found := bench.rerun():
                return [f"after commit {number}: {sentence}" for sentence in found]
    return []


def cancelled_by_hand(setting: Setting) -> list[str]:
    """A run dies before it created anything, and somebody cancels the original: nothing takes its place."""
    for number in range(3, 7):
        with stage(setting) as bench:
            bench.run(ledger_faults=[LedgerFault("crash after", number)])
            move(bench, bench.world.cases["planned"][0], "cancel")
            ending = bench.run()
            if found := [*bench.violations(), *(f"{what} (commit {number})" for what in effects(ending))]:
                return found
    return []


def runs_beside_its_replacement(setting: Setting) -> list[str]:
    """A run died, somebody resumed the original, and the next one knows nothing of it: it is left alone."""
    with stage(setting, death=Death("cancel", "before")) as bench:
        bench.run()
        move(bench, bench.world.cases["planned"][0], "resume")
        ending = bench.run(ledger=OTHER)
        return [*bench.violations(), *effects(ending)]


def replacement_cancelled_by_hand(setting: Setting, death: Death) -> list[str]:
    """Somebody cancels the replacement that a run made before it died: the next one makes no other."""
    with stage(setting, death=death) as bench:
        bench.run()
        uid = bench.world.cases["planned"][0]
        (child,) = (member for member in bench.checker.members(uid) if member != uid)
        move(bench, child, "cancel")
        ending = bench.run()
        found = [*bench.checker.violations(), *bench.claims(ending), *mistold(bench, ending, DRIFTED)]
        more = [call.operation for call in ending.calls if call.effect]
        touched = [f"TOUCHED {operation} after somebody cancelled it" for operation in more]
        return [*found, *touched] or unsettled(bench)


def replacement_paused_by_hand(setting: Setting, death: Death, *old: str) -> list[str]:
    """Somebody pauses the replacement that a run made before it died: the next one leaves it, and says so.

    Args:
        old: what somebody does to the original besides.
    """
    with stage(setting, death=death) as bench:
        bench.run()
        uid = bench.world.cases["planned"][0]
        (child,) = (member for member in bench.checker.members(uid) if member != uid)
        for which, verb in ((child, "pause"), *((uid, verb) for verb in old)):
            move(bench, which, verb)
        ending = bench.run()
        return [*bench.violations(), *mistold(bench, ending, DRIFTED), *effects(ending)]


def nothing_left_to_do(setting: Setting, ledger: str) -> list[str]:
    """Another run after one that did everything changes nothing."""
    with stage(setting) as bench:
        bench.run()
        ending = bench.run(ledger=ledger)
        return [*bench.violations(), *told_later(ending)]


def second_run_meanwhile(setting: Setting, operation: str, ledger: str = LEDGER) -> list[str]:
    """A second run on the same ledger starts in the middle of the first: it is turned away at once."""
    turned: list[Ending] = []
    with stage(setting) as bench:

        def second(call: Call, phase: str) -> None:
            if (call.operation, phase) == (operation, "after"):
                bench.meanwhile = None
                turned.append(bench.run(ledger=ledger))

        bench.meanwhile = second
        ending = bench.run()
        told = mistold(bench, ending, MIGRATED) + [
            f"LOCK the second run ended with {e.error!r}"
            for e in turned
            if not isinstance(e.error, LedgerError)
        ]
        return [*(told if turned else ["LOCK there was no second run"]), *bench.violations()] or unsettled(
            bench
        )


def look_alike_made_by_hand(setting: Setting) -> list[str]:
    """Somebody has just made an incremental copy by hand: it is not taken for the replacement."""
    with stage(setting, Fault("create", "cut")) as bench:
        original = worlds.planned(bench.world)[0]
        copy = bench.world.add_schedule(
            bench.world.identities[original.identity_ids[0]],
            inputs=original.inputs,
            callback=original.callback,
            cron=original.cron,
            timezone=original.timezone,
            parameters={**original.parameters, "sync_mode": "incremental"},
        )
        bench.world.add_run(copy, output_count=1, finished_at=bench.world.clock.now())
        bench.checker = type(bench.checker)(bench.sandbox, bench.world.cases["planned"], bench.expected)
        bench.run()
        return bench.violations() or finished(bench)


def two_operators(setting: Setting, *seeds: str, chance: float = 0.2, keeping: float = 0.0) -> list[str]:
    """Two operators with two ledgers take turns, and some requests go wrong."""
    tallies = (taking_turns(setting, seed, chance=chance, keeping=keeping) for seed in seeds)
    return [told for tally in tallies for told in tally.broken]


def another_at_work(setting: Setting, fault: Fault, *moments: Moment) -> list[str]:
    """While one operator replaces twins and a request of it goes wrong, another one replaces them too."""
    with stage(setting, fault) as bench:
        coming = list(moments)

        def meanwhile(call: Call, phase: str) -> None:
            if coming and (call.operation, phase) == (coming[0].operation, coming[0].when):
                uid = bench.world.cases["planned"][coming.pop(0).which]
                bench.meanwhile = None
                bench.run(ledger=OTHER, task=lambda edges, ledger: _replaced(bench, edges, ledger, uid))
                bench.meanwhile = meanwhile

        def apply(edges: Edges, ledger: str) -> Outcome:
            plan = bench.plan(edges, ledger)
            bench.meanwhile = meanwhile
            return plan.apply(order=bench.order, workers=1)

        bench.run(task=apply)
        bench.meanwhile = None
        return bench.violations() or [f"MISSED {moment}" for moment in coming] or finished(bench)


def _replaced(bench: Bench, edges: Edges, ledger: str, uid: str) -> Outcome:
    return bench.plan(edges, ledger).apply(order=bench.order, uids=[uid], workers=1)


def another_died_halfway(setting: Setting, death: Death) -> list[str]:
    """Another operator stopped the schedule first, and died; the one whose request got no answer goes on."""
    stopping = "pause" if setting.order == "pause" else "cancel"
    with stage(setting, Fault(stopping, "cut", nth=2)) as bench:

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == (stopping, "before"):
                bench.meanwhile = killing(bench, death)
                bench.run(ledger=OTHER)
                bench.meanwhile = None

        bench.meanwhile = meanwhile
        bench.run()
        bench.meanwhile = None
        return bench.violations() or finished(bench)


def brought_back_by_another(setting: Setting) -> list[str]:
    """Another operator stopped it first, its new schedule was refused, and it brought the old one back."""
    with stage(setting, Fault("cancel", "cut", nth=2), REFUSED) as bench:

        def meanwhile(call: Call, phase: str) -> None:
            if (call.operation, phase) == ("cancel", "before"):
                bench.meanwhile = None
                bench.run(ledger=OTHER)

        bench.meanwhile = meanwhile
        ending = bench.run()
        # Where nothing shows the parameters of what was brought back, a person is asked.
        later = unsettled if setting.dialect == "reference" else finished
        return bench.violations() + mistold(bench, ending, DRIFTED) or later(bench)


def replaced_before_it_was_noted(setting: Setting, then: Doing, ledger: str = OTHER) -> list[str]:
    """A run dies right after its create, and another one replaces what it created: nothing more is created.

    Args:
        then: what the other one does.
        ledger: of the other one.
    """
    with stage(setting, death=Death("create", "after", 2 if setting.names == "refused" else 1)) as bench:
        ending = _gone_on_with_after_another(bench, setting.doing, then, ledger=ledger)
        made = [f"MADE {call.created}" for call in ending.calls if call.created]
        # What the same ledger left in doubt is planned as nobody's, so that it is found and gone on with.
        right = {MIGRATED} if ledger == LEDGER else {DRIFTED}
        right |= {NEEDS_ATTENTION} if setting.names != "kept" else set()
        told = [f"TOLD {each}" for each in ending.outcomes.values() if each not in right]
        return [*bench.violations(), *made, *told, *_not_one_live(bench)]


def replaced_after_it_broke_off(setting: Setting, then: Doing) -> list[str]:
    """A run breaks off at some commit, and another operator goes on as it likes: one is live in the end."""
    for number in range(5, 10):
        with stage(setting) as bench:
            broken = LedgerFault("full", number)
            _gone_on_with_after_another(bench, setting.doing, then, broken, ledger=OTHER)
            if found := [*bench.violations(), *_not_one_live(bench)]:
                return [f"commit {number}: {sentence}" for sentence in found]
    return []


def _gone_on_with_after_another(
    bench: Bench, doing: Doing, then: Doing, *broken: LedgerFault, ledger: str
) -> Ending:
    bench.checker.expected = bench.expected = replace(bench.expected, modes=("incremental", "full", None))

    def go_on(edges: Edges, ledger: str) -> Outcome:
        plan = _planned(bench, doing, edges, ledger)
        begun = [item.uid for item in plan.to_replace if item.begun]
        return plan.apply(order=bench.order, uids=begun or None, workers=1)

    def go_between(edges: Edges, ledger: str) -> Outcome:
        return _planned(bench, then, edges, ledger).apply(order=bench.order, workers=1)

    bench.run(task=go_on, ledger_faults=broken, mode=None)
    bench.let_a_while_pass()
    bench.run(task=go_between, ledger=ledger, mode=None)
    return bench.run(task=go_on, mode=None)


def _not_one_live(bench: Bench) -> list[str]:
    members = (bench.checker.members(uid) for uid in bench.world.cases["planned"])
    live = [sorted(status for status in each.values() if status in LIVE) for each in members]
    # Without names nothing tells that what another operator made is in its place: a person is asked.
    asked = [["ACTIVE", "PAUSED"]] if bench.sandbox.behaviour.names != "kept" else []
    return [f"LIVE {each}" for each in live if each not in (["ACTIVE"], *asked)]


def _planned(bench: Bench, doing: Doing, edges: Edges, ledger: str) -> Plan:
    """Plan it with first runs that come at once, by which others know what the new schedules are."""
    if doing == "undo":
        return plan_undo(edges, first_run="api", ledger=ledger)
    if doing == "change":
        return plan_changes(
            edges, only=bench.world.cases["planned"], max_results=7, first_run="api", ledger=ledger
        )
    overrides = None
    if bench.sandbox.behaviour.dialect == "reference":
        members = [uid for planned in bench.world.cases["planned"] for uid in bench.checker.members(planned)]
        owners = [bench.world.schedules[uid].identity_ids[0] for uid in members]
        overrides = pd.DataFrame({"schedule_uid": members, "identity_uid": owners})
    return plan_migration(edges, overrides=overrides, ledger=ledger)


def another_creates_meanwhile(setting: Setting, when: When, nth: int, *faults: Fault) -> list[str]:
    """While one operator is slow to create, another one, not sure who cancelled the old one, creates as well.

    Args:
        when: before or after the effect of the nth create of the slow one.
    """
    with stage(setting, death=Death("cancel", "before")) as bench:
        bench.run(ledger=OTHER)
        for fault in faults:
            bench.sandbox.faults.add(fault)
        coming = nth

        def meanwhile(call: Call, phase: str) -> None:
            nonlocal coming
            coming -= (call.operation, phase) == ("create", when)
            if not coming:
                bench.meanwhile = None
                bench.run(ledger=OTHER)

        bench.meanwhile = meanwhile
        bench.run()
        return [*bench.violations(), *_not_one_live(bench), *(["MISSED"] if coming else [])]
