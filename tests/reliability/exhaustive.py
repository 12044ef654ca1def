"""Every case of a kind, in a fixed order, so that a part of them can be taken that is spread over all."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .cases import Case
from .faults import VARIANTS, RequestFault, Variant
from .process import LEDGER_KINDS, LedgerFault
from .setting import SETTINGS, Setting, all_commits, all_requests

ONE = tuple(replace(setting, count=1) for setting in SETTINGS)
"""The settings with a single schedule."""

STANDING_FOR_ALL: tuple[Variant, ...] = (
    ("crash", "after"),
    ("cut", "before"),
    ("cut", "after"),
    ("garbage", "after"),
    ("429", "before"),
    ("limit", "before"),
    ("400", "before"),
    ("404", "before"),
)
"""One fault for each way in which an answer is read: dead, unknown, unreadable, turned away, refused."""

_FULL_FOR_GOOD = 1_000


def single_faults(setting: Setting) -> Iterator[Case]:
    """Every request, with every kind of fault, before or after its effect."""
    for number in range(1, all_requests(setting) + 1):
        for kind, when in VARIANTS:
            yield Case(setting, ((RequestFault(kind, when, number),),))


def ledger_faults(setting: Setting) -> Iterator[Case]:
    """Every commit, with every kind of fault: once or, where a process can live with it, from then on."""
    for number, kind in itertools.product(range(1, all_commits(setting) + 1), LEDGER_KINDS):
        yield Case(setting, ((LedgerFault(kind, number),),))
        if not kind.startswith("crash"):
            yield Case(setting, ((LedgerFault(kind, number, _FULL_FOR_GOOD),),))


def first_faults(setting: Setting, variants: Iterable[Variant] = VARIANTS) -> Iterator[RequestFault]:
    """What a pair can begin with: every request with every one of these faults."""
    for number, variant in itertools.product(range(1, all_requests(setting) + 1), tuple(variants)):
        yield RequestFault(*variant, number)


def pairs(
    setting: Setting, firsts: Iterable[RequestFault], variants: Iterable[Variant] = VARIANTS
) -> Iterator[Case]:
    """After each of these faults, every later request with every one of these faults.

    After a crash that is a request of the next process. How many requests come after a fault differs from
    fault to fault: it is played to count them.
    """
    variants = tuple(variants)
    for first in firsts:
        with setting.bench() as bench:
            dead = bench.run([first]).dead
            start = 0 if dead else first.nth
            last = bench.run().wire.sent if dead else bench.endings[0].wire.sent
        for number, variant in itertools.product(range(start + 1, last + 1), variants):
            second = RequestFault(*variant, number)
            yield Case(setting, ((first,), (second,)) if dead else ((first, second),))


def spread(cases: Iterable[Case], every: int, start: int = 0) -> Iterator[Case]:
    """Every so manieth case. A number that divides no other count in the series meets all kinds in turn."""
    return itertools.islice(cases, start, None, every)
