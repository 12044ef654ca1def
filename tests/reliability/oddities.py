"""Workspaces with schedules that can't be decided upon yet: nothing shows their parameters, or they run.

0.1.0 took what nothing shows for "full", and let a run in progress end in "preview again", in vain.
"""

import random
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from edges_nb.sandbox.wire_types import Call

from . import worlds
from .bench import Bench
from .campaigns import thrown_on
from .checker import Checker
from .meetings import OTHER
from .setting import DIALECTS, NAMES, ORDERS, Setting, Tally

_CHANCES = (0.0, 0.1, 0.4)


def unseen(seed: str) -> Tally:
    """Some never ran, so that nothing shows what their parameters are; whatever goes wrong, they are left."""
    dice = random.Random(f"unseen {seed}")
    setting = _setting(dice)
    with setting.bench() as bench:
        _add_unseen(bench, dice)
        # Where nothing else tells what was created, its first run does, and a person is asked until then.
        bench.new_ones_run = setting.names != "kept"
        tally = thrown_on(bench, setting, f"unseen {seed}", dice.choice(_CHANCES))
        # What never ran is nothing that another operator may guess at either, nor what came of it.
        ending = bench.run(ledger=OTHER)
        found = [*bench.broken(), *(f"MADE {call.created}" for call in ending.calls if call.created)]
        tally.broken += [f"unseen {seed}: {setting}: {sentence}" for sentence in found[:3]]
    return tally


def _add_unseen(bench: Bench, dice: random.Random) -> None:
    """Add schedules by hand that never ran, some incremental, some with a cap, some alike with others."""
    world = bench.world
    # Nor do new ones run at once: what they are is known by the ledger and by names alone.
    bench.sandbox.behaviour = replace(bench.sandbox.behaviour, first_run_at_once=False)
    rows = []
    for number, model in enumerate(worlds.planned(world)):
        mode = dice.choice(("incremental", "full"))
        same = dice.random() < 0.5
        row = world.add_schedule(
            *model.identity_ids,
            name=f"By hand {number}",
            cron=model.cron if same else "45 4 * * *",
            timezone=model.timezone,
            inputs=[{"linkedin_url": f"https://www.linkedin.com/in/by-hand-{number}"}],
            parameters={"sync_mode": mode, "max_results": 33},
            created_at=world.clock.now() - timedelta(days=5 if dice.random() < 0.5 else 70),
        )
        rows.append(
            {
                "schedule_uid": row.uid,
                "identity_uid": row.identity_ids[0],
                "callback_url": "https://hooks.example.com/by-hand",
                "inputs_json": '[{"linkedin_url": "https://www.linkedin.com/in/by-hand"}]',
            }
        )
    # All but the parameters is told, so that nothing else is left to ask.
    told = [worlds.identities(world)] if bench.sandbox.behaviour.dialect == "reference" else []
    bench.overrides = pd.concat([*told, pd.DataFrame(rows)], ignore_index=True)
    bench.checker = Checker(bench.sandbox, world.cases["planned"], bench.expected)


def busy(seed: str) -> Tally:
    """Runs of some are in progress when it is planned, and end at some time, or not for a long while."""
    dice = random.Random(f"busy {seed}")
    setting = _setting(dice)
    with setting.bench() as bench:
        chosen = [row for row in worlds.planned(bench.world) if dice.random() < 0.6]
        ends = {
            bench.world.add_run(row, status=dice.choice(("QUEUED", "RUNNING"))).uid: dice.choice(
                (8, 40, 5_000)
            )
            for row in chosen
        }

        def meanwhile(_call: Call, phase: str) -> None:
            for uid, seconds in ends.items():
                run = bench.world.runs[uid]
                if phase == "before" and run.finished_at is None and bench.clock.monotonic() > seconds:
                    run.status, run.finished_at = "SUCCEEDED", bench.world.clock.now()

        bench.meanwhile = meanwhile
        tally = thrown_on(bench, setting, f"busy {seed}", dice.choice(_CHANCES))
        tally.broken = [f"busy {seed}: {sentence}" for sentence in tally.broken]
        return tally


def _setting(dice: random.Random) -> Setting:
    return Setting(dice.choice(ORDERS), dice.choice(NAMES), dice.choice(DIALECTS), dice.choice((1, 3)))
