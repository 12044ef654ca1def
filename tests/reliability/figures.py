"""The long campaigns: what they are, and their run on all cores of this machine."""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from . import bench, exhaustive
from .campaigns import thrown
from .cases import played
from .exhaustive import ONE, STANDING_FOR_ALL, spread
from .machine import PLAYED, Operating
from .meetings import LEDGER, OTHER, meetings, taking_turns
from .setting import SETTINGS, Setting, Tally, all_requests

Job = Callable[[], Tally]

_FAULTS = 1_000
"""Faults of one job of the random campaign."""

_PARTS = 5
"""Jobs that the cases of one setting are cut into."""

_MACHINES = 30
"""Examples of one job of the state machine."""


@dataclass
class Campaign:
    """Cases of one kind, cut into jobs.

    Attributes:
        what: what each case is, in words.
        seconds: of a processor, spent on it.
    """

    name: str
    what: str
    jobs: list[Job]
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0


def all_campaigns(seed: str, faults: int, every: int) -> list[Campaign]:
    """Return every long campaign.

    Args:
        seed: of what is thrown.
        faults: of the random campaign, at least.
        every: one pair of so many is played, for each first fault.
    """
    seconds = "all of them" if every == 1 else f"one of {every} second faults, spread over all"
    turns = itertools.product(ONE, (0.0, 0.1, 0.3), (False, True))
    return [
        Campaign(
            "One request",
            "every request × every kind of fault × before or after its effect, three schedules",
            [partial(_singles, setting, part) for setting in SETTINGS for part in range(_PARTS)],
        ),
        Campaign(
            "One commit",
            "every commit to the ledger × every way to fail, once and for good, three schedules",
            [partial(_commits, setting) for setting in SETTINGS],
        ),
        Campaign(
            "Two requests",
            f"every two requests × every two of the eight faults that stand for all, one schedule; {seconds}",
            [partial(_pairs, setting, every, part) for setting in ONE for part in range(_PARTS)],
        ),
        Campaign(
            "Two runs at once",
            "a second run before and after every request of the first, and both taking turns at random",
            [
                *(partial(_met, setting, ledger) for setting in ONE for ledger in (OTHER, LEDGER)),
                *(partial(_turns, *how, f"{seed} turns") for how in turns),
            ],
        ),
        Campaign(
            "Any order",
            "preview, approval, apply, death, undo, a second operator and an outsider in any order",
            [partial(_machines, number) for number in range(8)],
        ),
        Campaign(
            "By chance",
            "faults on requests and commits by chance, over several processes, one to nine schedules",
            [partial(thrown, f"{seed} {part}", _FAULTS) for part in range(-(-faults // _FAULTS))],
        ),
    ]


def run(campaigns: list[Campaign], processes: int) -> Iterator[str]:
    """Run the jobs of all campaigns; yields a line about the progress after each."""
    start, jobs = time.monotonic(), sum(len(campaign.jobs) for campaign in campaigns)
    with ProcessPoolExecutor(processes, get_context("forkserver")) as pool:
        running = {pool.submit(_timed, job): campaign for campaign in campaigns for job in campaign.jobs}
        for done, future in enumerate(as_completed(running), 1):
            campaign = running[future]
            tally, seconds = future.result()
            campaign.tally += tally
            campaign.seconds += seconds
            broken = sum(len(each.tally.broken) for each in campaigns)
            yield f"{time.monotonic() - start:.0f} s: job {done} of {jobs}, {broken} broken ({campaign.name})"


def _timed(job: Job) -> tuple[Tally, float]:
    start = time.process_time()
    return job(), time.process_time() - start


def _singles(setting: Setting, part: int) -> Tally:
    return played(spread(exhaustive.single_faults(setting), _PARTS, part))


def _commits(setting: Setting) -> Tally:
    return played(exhaustive.ledger_faults(setting))


def _pairs(setting: Setting, every: int, part: int) -> Tally:
    tally = Tally()
    for first in spread(exhaustive.first_faults(setting, STANDING_FOR_ALL), _PARTS, part):
        cases = exhaustive.pairs(setting, [first], STANDING_FOR_ALL)
        tally += played(spread(cases, every, first.nth % every))
    return tally


def _met(setting: Setting, ledger: str) -> Tally:
    return meetings(setting, range(1, all_requests(setting) + 1), ledger=ledger)


def _turns(setting: Setting, chance: float, same_ledger: bool, seed: str) -> Tally:
    tally = Tally()
    for number in range(5):
        tally += taking_turns(setting, f"{seed} {number}", chance=chance, same_ledger=same_ledger)
    return tally


def _machines(number: int) -> Tally:
    """Let Hypothesis play; what it finds it also makes as short as it can."""
    how = settings(max_examples=_MACHINES, stateful_step_count=20, deadline=None, database=None)
    before, machines, tally = bench.STRUCK.copy(), PLAYED["machines"], Tally()
    try:
        run_state_machine_as_test(seeded(number)(Operating), settings=how)
    except AssertionError as error:
        tally.broken.append(f"state machine, seed {number}: {error}")
    tally.cases, tally.faults = PLAYED["machines"] - machines, bench.STRUCK - before
    return tally
