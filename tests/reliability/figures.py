"""The long campaigns: what they are, and their run on all cores of this machine."""

import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from hypothesis import Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from . import bench, crowds, exhaustive, neighbours, oddities, outages, signals, trials
from .campaigns import thrown
from .cases import played
from .exhaustive import ONE, STANDING_FOR_ALL, spread
from .machine import PLAYED, Operating
from .meetings import LEDGER, OTHER, meetings, taking_turns
from .setting import OTHER_SETTINGS, SETTINGS, Setting, Tally, all_requests, series

Job = Callable[[], Tally]

_FAULTS = 1_000
"""Faults of one job of the random campaign."""

_PARTS = 60
"""Jobs that the cases of a setting are cut into, each spread over all of them."""

_TRIALS, _TRIAL_JOBS = 50, 60
"""Cases of one job of the longer trials, and jobs of each."""

_TRIALS_IN_WORDS = (
    ("For a while", "lasting", "faults that last 5 to 90 seconds, of each kind and on each endpoint"),
    ("Many at once", "crowded", "24 replacements at once, alike or partly alike, killed and unanswered"),
    (
        "Wrong clocks",
        "off time",
        "the client's clock, the `Date` header or `created_at` three hours off",
    ),
    (
        "Without its ledger",
        "without ledger",
        "a ledger that is lost, restored, cut, copied, newer, or of 0.1.0 with the address spelt otherwise",
    ),
)

_REAL = 5
"""Workspaces of one job where real processes are at work."""

_MACHINES = 30
"""Examples of one job of the state machine."""


@dataclass
class Campaign:
    """Cases of one kind, cut into jobs.

    Attributes:
        what: what each case is, in words.
        pace: how fast it comes forward beside the others, where there may not be time for all.
        done: jobs that were played.
        seconds: of a processor, spent on it.
    """

    name: str
    what: str
    jobs: list[Job]
    pace: float = 1.0
    done: int = 0
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0


def all_campaigns(seed: str, faults: int, told: int, away: int) -> list[Campaign]:
    """Return every long campaign.

    Args:
        seed: of what is thrown.
        faults: of the random campaign, at least.
        told: workspaces whose runs are told to end, at least.
        away: workspaces whose ledger's server goes away, at least.
    """
    return [
        Campaign(
            "By chance",
            "faults on requests and commits by chance, over several processes, one to nine schedules",
            [partial(thrown, f"{seed} {part}", _FAULTS) for part in range(-(-faults // _FAULTS))],
        ),
        Campaign(
            "Signals",
            "`edges-nb apply` and papermill told to end by SIGTERM, SIGHUP or SIGINT at random moments, "
            "once, twice or with SIGKILL after it",
            [partial(signals.played, f"{seed} {part}", _REAL) for part in range(-(-told // _REAL))],
        ),
        Campaign(
            "PostgreSQL",
            "a ledger whose server is killed, stopped, read-only or cuts connections, behind PgBouncer too, "
            "for a short while or longer than is waited, with kills of the client",
            [partial(outages.played, f"{seed} {part}", _REAL) for part in range(-(-away // _REAL))],
        ),
        Campaign(
            "One request",
            "every request × every kind of fault × before or after its effect, three schedules",
            _cut(_singles, SETTINGS),
            pace=0.4,
        ),
        Campaign(
            "One commit",
            "every commit to the ledger × every way to fail, once and for good, three schedules",
            _cut(_commits, SETTINGS),
            pace=0.4,
        ),
        Campaign(
            "Undo and change",
            "every request and every commit of an undo, and of a change of `max_results`, in the same ways",
            [
                job
                for pair in zip(_cut(_singles, OTHER_SETTINGS), _cut(_commits, OTHER_SETTINGS), strict=True)
                for job in pair
            ],
            pace=0.03,
        ),
        Campaign(
            "Two requests",
            f"every two requests × every two of the {len(STANDING_FOR_ALL)} faults that stand for all, one "
            "schedule",
            _cut(_pairs, ONE),
            pace=0.03,
        ),
        Campaign(
            "Two runs at once",
            "a second run before and after every request of the first, and both taking turns by chance, one "
            "schedule",
            [
                *(partial(_met, setting, ledger) for setting in ONE for ledger in (OTHER, LEDGER)),
                *(partial(_turns, *how, f"{seed} turns") for how in itertools.product(ONE, (0.0, 0.1, 0.3))),
            ],
            pace=0.2,
        ),
        Campaign(
            "Neighbours",
            "two or three workspaces behind one address, by their keys, on one ledger, also where nothing "
            "shows their uids, with faults by chance",
            [
                partial(series, neighbours.thrown_once, f"{seed} {part}", _TRIALS // 2)
                for part in range(_TRIAL_JOBS)
            ],
            pace=0.3,
        ),
        Campaign(
            "Two crowds",
            "two operators, each with up to 24 schedules at once, taking turns with faults by chance",
            [
                partial(series, crowds.thrown_once, f"{seed} {part}", _TRIALS // 2)
                for part in range(_TRIAL_JOBS)
            ],
            pace=0.3,
        ),
        Campaign(
            "Not to be decided",
            "schedules whose parameters nothing shows, or with a run in progress, with faults by chance",
            [
                partial(series, play, f"{seed} {part}", _TRIALS // 2)
                for part in range(_TRIAL_JOBS // 2)
                for play in (oddities.unseen, oddities.busy)
            ],
            pace=0.3,
        ),
        *(
            Campaign(
                name,
                what,
                [partial(trials.played, series, f"{seed} {part}", _TRIALS) for part in range(_TRIAL_JOBS)],
                pace=0.3,
            )
            for name, series, what in _TRIALS_IN_WORDS
        ),
        Campaign(
            "Any order",
            "preview, approval, apply, death, undo, a second operator and an outsider in any order",
            [partial(_machines, number) for number in range(12)],
            pace=0.2,
        ),
    ]


def _cut(play: Callable[[Setting, int], Tally], settings: Sequence[Setting]) -> list[Job]:
    """Cut a campaign into jobs, so that also the first few of them are spread over all settings."""
    return [partial(play, setting, part) for part in range(_PARTS) for setting in settings]


def run(campaigns: Sequence[Campaign], processes: int, minutes: float) -> Iterator[str]:
    """Run the jobs of all campaigns, as many as the time allows; yields a line about the progress after each.

    Args:
        minutes: after which no other job begins.
    """
    start = time.monotonic()
    waiting = _in_turn(campaigns)
    running: dict[Future[tuple[Tally, float]], Campaign] = {}
    with ProcessPoolExecutor(processes, get_context("forkserver")) as pool:
        while waiting or running:
            if time.monotonic() - start > 60 * minutes:
                waiting.clear()
            while waiting and len(running) < processes:
                campaign, job = waiting.pop(0)
                running[pool.submit(_timed, job)] = campaign
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                campaign = running.pop(future)
                tally, seconds = future.result()
                campaign.tally += tally
                campaign.seconds += seconds
                campaign.done += 1
                yield _progress(campaigns, time.monotonic() - start)


def _in_turn(campaigns: Iterable[Campaign]) -> list[tuple[Campaign, Job]]:
    """Let all campaigns come forward at their pace."""
    jobs = [
        (number / len(campaign.jobs) / campaign.pace, place, campaign, job)
        for place, campaign in enumerate(campaigns)
        for number, job in enumerate(campaign.jobs)
    ]
    return [(campaign, job) for _, _, campaign, job in sorted(jobs, key=lambda entry: entry[:2])]


def _progress(campaigns: Iterable[Campaign], seconds: float) -> str:
    done = ", ".join(f"{each.name} {each.done}/{len(each.jobs)}" for each in campaigns)
    return f"{seconds:.0f} s: {done}; {sum(len(each.tally.broken) for each in campaigns)} broken"


def _timed(job: Job) -> tuple[Tally, float]:
    start = _spent()
    return job(), _spent() - start


def _spent() -> float:
    """Seconds of a core, of this process and of those of its children that have ended."""
    return sum(os.times()[:4])


def _singles(setting: Setting, part: int) -> Tally:
    return played(spread(exhaustive.single_faults(setting), _PARTS, part))


def _commits(setting: Setting, part: int) -> Tally:
    return played(spread(exhaustive.ledger_faults(setting), _PARTS, part))


def _pairs(setting: Setting, part: int) -> Tally:
    firsts = spread(exhaustive.first_faults(setting, STANDING_FOR_ALL), _PARTS, part)
    return played(exhaustive.pairs(setting, firsts, STANDING_FOR_ALL))


def _met(setting: Setting, ledger: str) -> Tally:
    return meetings(setting, range(1, all_requests(setting) + 1), ledger=ledger)


def _turns(setting: Setting, chance: float, seed: str) -> Tally:
    tally = Tally()
    for number, same_ledger in itertools.product(range(3), (False, True)):
        # One may be slow, and the other one come far meanwhile.
        keeping = 0.9 * (number % 2)
        tally += taking_turns(
            setting, f"{seed} {number}", chance=chance, same_ledger=same_ledger, keeping=keeping
        )
    return tally


def _machines(number: int) -> Tally:
    """Let Hypothesis play; to shorten what it finds takes minutes, and is left to whoever looks at it."""
    how = settings(
        max_examples=_MACHINES,
        stateful_step_count=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
    )
    before, machines, tally = bench.STRUCK.copy(), PLAYED["machines"], Tally()
    try:
        run_state_machine_as_test(seeded(number)(Operating), settings=how)
    except (AssertionError, ExceptionGroup) as error:
        tally.broken.append(f"state machine, seed {number}: {' '.join(str(error).split())}")
    tally.cases, tally.faults = PLAYED["machines"] - machines, bench.STRUCK - before
    return tally
