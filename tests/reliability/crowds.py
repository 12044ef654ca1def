"""Two operators, each with many replacements at once, on one ledger or on two."""

import random
from dataclasses import replace

from .meetings import taking_turns
from .setting import DIALECTS, NAMES, ORDERS, Setting, Tally


def thrown_once(seed: str) -> Tally:
    """Let two operators work at up to 24 schedules at once, take turns, and go wrong by chance."""
    dice = random.Random(f"crowds {seed}")
    names, dialect = dice.choice(NAMES), dice.choice(DIALECTS)
    setting = Setting(dice.choice(ORDERS), names, dialect, dice.choice((4, 9, 24)), workers=24)
    setting = replace(setting, **dice.choice(({}, {"twins": True}, {"pairs": True}, {"one_time": True})))
    return taking_turns(
        setting,
        seed,
        chance=dice.choice((0.0, 0.05, 0.2)),
        same_ledger=dice.random() < 0.3,
        keeping=dice.choice((0.0, 0.9)),
    )
