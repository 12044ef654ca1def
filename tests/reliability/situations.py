"""Situations that no fault of a request makes: somebody else, a server that errs, an approval that is old."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from edges_nb.client import Edges
from edges_nb.errors import NotApproved
from edges_nb.models.results import DRIFTED, MIGRATED, ROLLED_BACK, WAITING, Outcome
from edges_nb.planning.plan import Plan
from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.sandbox.wire_types import Refusal, Request

from . import worlds
from .bench import Bench, Ending
from .faults import RequestFault
from .meetings import OTHER
from .process import LedgerFault
from .setting import Setting

Meddling = Callable[[Bench, str], None]
"""What somebody does to a schedule."""


def move(bench: Bench, uid: str, verb: str) -> None:
    """Somebody pauses, resumes or cancels a schedule by hand."""
    bench.checker.foreign.add(len(bench.sandbox.history) + 1)
    bench.sandbox.api.handle(Request("POST", f"/v1/schedules/{uid}/{verb}", {"x-api-key": SANDBOX_KEY}))


def _runs(bench: Bench, uid: str) -> None:
    row = bench.world.schedules[uid]
    row.last_executed_at = bench.world.clock.now() + timedelta(seconds=1)
    bench.world.add_run(row, status="RUNNING")


def _replaced(bench: Bench, _uid: str) -> None:
    bench.run(ledger=OTHER)


DRIFTS: dict[str, Meddling] = {
    "its cron was edited": lambda bench, uid: bench.checker.edit(uid, cron="7 7 * * *"),
    "its timezone was edited": lambda bench, uid: bench.checker.edit(uid, timezone="Asia/Tokyo"),
    "it was renamed": lambda bench, uid: bench.checker.edit(uid, name="Other"),
    "its inputs were edited": lambda bench, uid: bench.checker.edit(
        uid, inputs=[{"linkedin_url": "https://www.linkedin.com/in/other"}]
    ),
    "it was paused": lambda bench, uid: move(bench, uid, "pause"),
    "it was cancelled": lambda bench, uid: move(bench, uid, "cancel"),
    "a run of it began": _runs,
    "it was replaced by another run": _replaced,
}
"""What can come between plan and action."""


def callback_edited(bench: Bench, uid: str) -> None:
    """Somebody gives it another callback, whose address is as secret as the one before."""
    bench.checker.edit(uid, callback={"url": f"https://hooks.example.com/new?sig={worlds.QUERY_SECRET}"})


def paused_where_twice_is_fine(bench: Bench, uid: str) -> None:
    """Somebody pauses it, on a server that does not mind when it is paused again."""
    bench.sandbox.behaviour = replace(bench.sandbox.behaviour, repeat="accepted")
    move(bench, uid, "pause")


def drifted(setting: Setting, meddle: Meddling) -> list[str]:
    """Plan, let somebody meddle with the second schedule, apply: it is left alone, the others are not."""
    with setting.bench() as bench:
        uid = bench.world.cases["planned"][1]
        seen: list[Any] = []

        def between(edges: Edges, ledger: str) -> Outcome:
            plan = bench.plan(edges, ledger)
            meddle(bench, uid)
            seen.append((len(bench.sandbox.history), worlds.schedules_of(bench.world)[uid]))
            return plan.apply(order=bench.order, workers=bench.workers)

        ending = bench.run(task=between)
        start, row = seen[0]
        found = bench.violations()
        wanted = WAITING if meddle is _runs else DRIFTED
        if ending.outcomes.get(uid) != wanted:
            found.append(f"DRIFT {ending.outcomes.get(uid)} was told, not {wanted}")
        touched = [c.operation for c in bench.sandbox.history[start:] if c.subject == uid and c.effect]
        if touched or bench.world.schedules[uid] != row:
            found.append(f"DRIFT it was touched: {touched}")
        return found


def not_approved(setting: Setting) -> list[str]:
    """Apply with an approval of what was there before an edit: nothing is touched."""
    with setting.bench() as bench:
        digests: list[str] = []
        bench.run(task=lambda edges, ledger: digests.append(bench.plan(edges, ledger).digest))
        bench.checker.edit(bench.world.cases["planned"][0], cron="7 7 * * *")

        def apply(edges: Edges, ledger: str) -> Outcome:
            return bench.plan(edges, ledger).apply(approve=digests[0], order=bench.order)

        ending = bench.run(task=apply)
        found = (
            [] if isinstance(ending.error, NotApproved) else [f"APPROVAL {ending.error or ending.outcome}"]
        )
        return [*found, *(f"APPROVAL {c.operation}" for c in bench.sandbox.history if c.effect)]


def meddled_halfway(setting: Setting, fault: RequestFault | LedgerFault, verb: str) -> list[str]:
    """Kill a run somewhere, let somebody move the original, and run again: nothing is doubled."""
    with setting.bench() as bench:
        if isinstance(fault, RequestFault):
            bench.run([fault])
        else:
            bench.run(ledger_faults=[fault])
        found = bench.violations()
        move(bench, bench.world.cases["planned"][0], verb)
        for _ in range(2):
            bench.run()
            found += bench.violations()
            bench.let_a_while_pass()
        return found


WRONG: dict[str, dict[str, Any]] = {
    "another timezone": {"timezone": "Asia/Tokyo"},
    "another cron": {"cron": "7 7 * * *"},
    "not active": {"status": "PAUSED"},
}
"""How a server may make something else than it was asked for."""


def wrong_child(setting: Setting, changes: dict[str, Any]) -> list[str]:
    """The server makes something else: it is removed, and the old configuration runs as before."""
    with setting.bench() as bench:
        make_wrongly(bench, changes)
        return all_brought_back(bench, bench.run())


def make_wrongly(bench: Bench, changes: dict[str, Any]) -> None:
    """Let the server make something else of every new configuration."""
    insert = bench.world.insert

    def insert_wrongly(row: StoredSchedule) -> StoredSchedule:
        if row.parameters.get("sync_mode") == "incremental":
            insert(replace(row, **changes))
            return bench.world.schedules[row.uid]
        return insert(row)

    bench.world.insert = insert_wrongly  # type: ignore[method-assign]


def refused(setting: Setting) -> list[str]:
    """The server refuses every new schedule: the old configurations run as before."""
    with setting.bench() as bench:
        insert = bench.world.insert

        def refuse(row: StoredSchedule) -> StoredSchedule:
            if row.parameters.get("sync_mode") == "incremental":
                raise Refusal(400, "BAD_PARAMETERS", "sync_mode incremental is not for you")
            return insert(row)

        bench.world.insert = refuse  # type: ignore[method-assign]
        return all_brought_back(bench, bench.run())


def all_brought_back(bench: Bench, ending: Ending) -> list[str]:
    """What is not told as rolled back, or does not run as before."""
    found = [*bench.witness.found, *bench.claims(ending)]
    if set(ending.outcomes.values()) != {ROLLED_BACK}:
        found.append(f"CHECK {ending.outcomes} was told of schedules that the server got wrong")
    for uid in bench.world.cases["planned"]:
        members = bench.checker.members(uid)
        live = [bench.world.schedules[m] for m, status in members.items() if status == "ACTIVE"]
        if [row.parameters.get("sync_mode") for row in live] not in ([None], ["full"]):
            found.append(f"CHECK {uid[:8]}: {members}")
    return found


def only_the_first(setting: Setting) -> list[str]:
    """Plan for one schedule only: no other is touched."""
    with setting.bench() as bench:
        first = bench.world.cases["planned"][0]
        bench.checker.planned = (first,)

        def one(edges: Edges, ledger: str) -> Outcome:
            plan: Plan = bench.plan(edges, ledger)
            return plan.apply(order=bench.order, uids=[first])

        ending = bench.run(task=one)
        told = [] if ending.outcomes == {first: MIGRATED} else [f"ONLY {ending.outcomes}"]
        return [*bench.checker.violations(), *told]
