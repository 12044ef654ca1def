"""Two or three workspaces behind one address, told apart by their keys, whose operators share one ledger."""

import itertools
import random
from contextlib import ExitStack
from dataclasses import replace

from edges_nb.client import Edges
from edges_nb.monitoring.monitor import observe
from edges_nb.planning.ledger_session import past_of

from . import claims
from .bench import Bench, Ending
from .setting import NAMES, ORDERS, Setting, Tally, planning_requests
from .wire import Dice

ACTION = "linkedin-extract-connections"


def thrown_once(seed: str) -> Tally:
    """Let the operators of a few workspaces run in any order, go wrong, watch, and finish."""
    dice, tally = random.Random(f"neighbours {seed}"), Tally()
    names, order = dice.choice(NAMES), dice.choice(ORDERS)
    setting = Setting(order, names, "guide", dice.choice((1, 3)))
    with ExitStack() as stack:
        benches = [stack.enter_context(setting.bench(seed=n)) for n in range(1, dice.choice((3, 4)))]
        hidden = dice.random() < 0.4
        for number, bench in enumerate(benches):
            bench.folder, bench.key = benches[0].folder, f"key-{number}-not-a-secret"
            if hidden:
                hide_workspace(bench)
        found = _played(benches, setting, dice, seed) or _finished(benches)
        for bench in benches:
            tally.add(bench, f"neighbours {seed}: {setting}, {len(benches)} workspaces", [])
        tally.broken += [f"neighbours {seed}: {setting}: {sentence}" for sentence in found[:3]]
    return tally


def hide_workspace(bench: Bench) -> None:
    """Let nothing that the server shows tell which workspace it is of."""
    bench.sandbox.behaviour = replace(bench.sandbox.behaviour, workspaces=False)
    bench.world.workspace_uid = None  # type: ignore[assignment]


def _played(benches: list[Bench], setting: Setting, dice: random.Random, seed: str) -> list[str]:
    for number in range(dice.randint(2, 6)):
        bench = dice.choice(benches)
        faults = Dice(f"{seed}/{number}", dice.choice((0.0, 0.3, 0.6)), crashes=dice.random() < 0.5)
        faults.spared = planning_requests(setting) if dice.random() < 0.8 else 0
        ending = bench.run(dice=faults)
        found = [*bench.violations(), *mixed_up(bench, ending, benches)]
        if found:
            return found
        if found := _watched(dice.choice(benches), benches):
            return found
    return []


def _finished(benches: list[Bench]) -> list[str]:
    for bench in benches:
        if found := bench.rerun():
            return found
        if found := list(itertools.chain(*(mixed_up(bench, ending, benches) for ending in bench.endings))):
            return found
    return []


def _watched(bench: Bench, benches: list[Bench]) -> list[str]:
    """What somebody who watches a workspace is told of another one."""
    seen: list[object] = []

    def watch(edges: Edges, ledger: str) -> None:
        seen.append(observe(edges, ACTION, past_of(edges, ledger)))

    ending = bench.run(task=watch, mode=None, whole=False)
    bench.endings.remove(ending)
    return [*claims.strangers(seen, _of_others(bench, benches)), *mixed_up(bench, ending, benches)]


def mixed_up(bench: Bench, ending: Ending, benches: list[Bench]) -> list[str]:
    """I9: what of other workspaces was asked for here, or told."""
    sent = [(call.path, call.query, call.body) for call in ending.calls]
    told = (ending.outcome, str(ending.error or ""), ending.process.said)
    return list(claims.strangers((sent, told), _of_others(bench, benches)))


def _of_others(bench: Bench, benches: list[Bench]) -> list[str]:
    """Words that belong to other workspaces only: uids, and the paths of their callbacks."""
    worlds = [other.world for other in benches if other is not bench]
    schedules = [row for world in worlds for row in world.schedules.values()]
    identities = [uid for world in worlds for uid in world.identities]
    addresses = [(row.callback or {}).get("url", "") for row in schedules]
    mine = str([bench.world.schedules, bench.world.identities])
    return [
        word
        for word in {*(row.uid for row in schedules), *identities, *addresses}
        if word and word not in mine
    ]
