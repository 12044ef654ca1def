"""Series of cases for one kind of fault, and dice thrown over workspaces, servers and faults."""

import itertools
import random
from collections.abc import Iterable

from . import cases, exhaustive
from .bench import Bench
from .cases import Case
from .faults import RequestFault
from .process import LEDGER_KINDS, LedgerFault, When
from .setting import DIALECTS, NAMES, ORDERS, Setting, Tally, planning_requests
from .wire import Dice

CHANCES = (0.4, 0.6, 0.75, 0.75, 0.8)
"""Probabilities with which a request goes wrong."""


def single_faults(setting: Setting, kind: str, when: When, numbers: Iterable[int]) -> Tally:
    """Let each of these requests in turn go wrong, then run again."""
    return cases.played(Case(setting, ((RequestFault(kind, when, number),),)) for number in numbers)


def ledger_faults(setting: Setting) -> Tally:
    """Let each commit in turn go wrong in each way, then run again."""
    return cases.played(exhaustive.ledger_faults(setting))


def thrown(seed: object, faults: int) -> Tally:
    """Throw dice until so many faults came to pass; each throw's seed is the series' seed and its number."""
    tally = Tally()
    for number in itertools.count():
        if tally.faults.total() >= faults:
            break
        tally += thrown_once(f"{seed}/{number}")
    return tally


def thrown_once(seed: str) -> Tally:
    """Throw the dice of one seed: a setting, how much goes wrong, and what."""
    dice = random.Random(f"setting {seed}")
    return thrown_at(any_setting(dice), seed, dice.choice(CHANCES))


def thrown_at(setting: Setting, seed: str, chance: float) -> Tally:
    """Run some processes whose requests and commits go wrong by chance, then let the last one finish."""
    with setting.bench() as bench:
        return thrown_on(bench, setting, seed, chance)


def thrown_on(bench: Bench, setting: Setting, seed: str, chance: float) -> Tally:
    """Do the same on a bench that is there already."""
    tally = Tally()
    dice, found = random.Random(seed), list[str]()
    for number in range(dice.randint(4, 12)):
        _go_wrong(bench, setting, dice, Dice(f"{seed}/{number}", chance, crashes=dice.random() < 0.3))
        found = bench.violations()
        if found:
            break
        if dice.random() < 0.5:
            bench.let_a_while_pass()
    told = f"python -m tests.reliability seed '{seed}' ({setting}, chance {chance})"
    tally.add(bench, told, found or bench.rerun())
    return tally


def _go_wrong(bench: Bench, setting: Setting, dice: random.Random, faults: Dice) -> None:
    nth, times = dice.randint(1, 12 * setting.count), dice.choice((1, 1, 5))
    commits = [LedgerFault(dice.choice(LEDGER_KINDS), nth, times)]
    # A plan that can't be made changes nothing: most of the faults are kept for what does.
    faults.spared = planning_requests(setting) if dice.random() < 0.8 else 0
    bench.run(dice=faults, ledger_faults=commits if dice.random() < 0.2 else ())


def any_setting(dice: random.Random) -> Setting:
    """Throw a setting."""
    count, twins, one_time = dice.choice(
        (
            (1, False, False),
            (3, False, False),
            (9, False, False),
            (4, True, False),
            (3, False, True),
        )
    )
    return Setting(
        dice.choice(ORDERS),
        dice.choice(NAMES),
        dice.choice(DIALECTS),
        count,
        twins,
        one_time,
        dice.choice((0, 0, 3)),
    )
