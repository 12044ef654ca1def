"""Cases that last longer than one request: faults for a while, wrong clocks, ledgers that are gone.

Each series is endless and thrown by a seed, so that its beginning is spread over everything.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from .cases import Case
from .cases import played as cases_played
from .exhaustive import STANDING_FOR_ALL
from .faults import VARIANTS, RequestFault, Variant
from .mishaps import MISHAPS, Mishap
from .process import LEDGER_KINDS, LedgerFault
from .setting import DIALECTS, NAMES, ORDERS, Setting, Tally, all_requests, planning_requests
from .weather import CLOCKS, LASTING, OPERATIONS, LastingFault

Series = Callable[[random.Random], Case]
"""Throws one case."""


def lasting(dice: random.Random) -> Case:
    """Faults that last 5 to 90 seconds, with or without a request that gets no answer as they begin."""
    setting = _setting(dice, dice.choice((1, 2, 3)))
    nth = _of_applying(dice, setting)
    begins = []
    for kind in dice.choices(LASTING, k=dice.choice((1, 1, 2))):
        operation = "list_schedules" if kind == "lagging" else dice.choice(OPERATIONS)
        begins.append(LastingFault(kind, operation, dice.choice((5, 20, 45, 90)), nth))
    beside = [RequestFault(*dice.choice(STANDING_FOR_ALL), nth)] if dice.random() < 0.5 else []
    again = _strokes(dice, setting) if dice.random() < 0.5 else ()
    return Case(setting, ((*beside, *begins), again) if again else ((*beside, *begins),))


def crowded(dice: random.Random) -> Case:
    """Many replacements at once, alike or partly alike, with kills and answers that get lost."""
    setting = _setting(dice, dice.choice((4, 9, 24)))
    alike = {"twins": True} if dice.random() < 0.4 else {"pairs": True} if dice.random() < 0.5 else {}
    setting = replace(setting, workers=24, one_time=dice.random() < 0.3, **alike)
    return Case(setting, tuple(_strokes(dice, setting) for _ in range(dice.choice((1, 2, 3)))))


def off_time(dice: random.Random) -> Case:
    """Clocks apart by up to three hours, and answers that get lost."""
    names = sorted(set(CLOCKS) - {"right"})
    setting = replace(_setting(dice, dice.choice((1, 3, 9))), clock=dice.choice(names))
    return Case(setting, tuple(_strokes(dice, setting) for _ in range(dice.choice((1, 2)))))


def without_ledger(dice: random.Random) -> Case:
    """A run that is broken off, and a ledger that is lost, old, cut or newer when the next one begins."""
    setting = _setting(dice, dice.choice((1, 3)))
    kind, when = dice.choice((("crash", "before"), ("crash", "after"), ("cut", "after"), ("401", "before")))
    first = RequestFault(kind, when, _of_applying(dice, setting))
    return Case(setting, ((first,), (Mishap(dice.choice(sorted(MISHAPS))),)))


SERIES: dict[str, Series] = {
    "lasting": lasting,
    "crowded": crowded,
    "off time": off_time,
    "without ledger": without_ledger,
}


def played(name: str, seed: str, cases: int) -> Tally:
    """Play the first cases of a series."""
    return cases_played(itertools.islice(thrown(name, seed), cases))


def thrown(name: str, seed: str) -> Iterator[Case]:
    """The cases of a series, for ever."""
    number = 0
    while True:
        yield SERIES[name](random.Random(f"{name} {seed}/{number}"))
        number += 1


def _setting(dice: random.Random, count: int) -> Setting:
    return Setting(dice.choice(ORDERS), dice.choice(NAMES), dice.choice(DIALECTS), count)


def _of_applying(dice: random.Random, setting: Setting) -> int:
    calm = replace(setting, clock="right", workers=1)
    return dice.randint(planning_requests(calm) + 1, all_requests(calm))


def _strokes(dice: random.Random, setting: Setting) -> tuple[RequestFault | LedgerFault, ...]:
    most = max(1, setting.count // 2)
    numbers = {_of_applying(dice, setting) for _ in range(dice.randint(1, most))}
    strokes: list[RequestFault | LedgerFault] = []
    for nth in sorted(numbers):
        variant: Variant = ("cut", "after") if dice.random() < 0.6 else dice.choice(VARIANTS)
        strokes.append(RequestFault(*variant, nth))
    if dice.random() < 0.2:
        strokes.append(LedgerFault(dice.choice(LEDGER_KINDS), dice.randint(1, 6 * setting.count)))
    return tuple(strokes)
