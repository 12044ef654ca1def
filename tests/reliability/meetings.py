"""Two operators at once: one run starts in the middle of another, or both take turns."""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from edges_nb.sandbox.wire_types import Call

from .bench import Bench, leaks_of
from .faults import RequestFault
from .setting import Setting, Tally
from .wire import Dice

OTHER = "other.sqlite"
LEDGER = "ledger.sqlite"


def meetings(
    setting: Setting, numbers: Iterable[int], *, ledger: str = OTHER, faults: Iterable[RequestFault] = ()
) -> Tally:
    """Let a second run go from its start to its end before and after each of these requests of the first.

    Args:
        ledger: of the second run.
        faults: of the second run.
    """
    tally = Tally()
    faults = list(faults)
    for number in numbers:
        for phase in ("before", "after"):
            with setting.bench() as bench:
                found = meet(bench, number, phase, lambda bench=bench: _second(bench, ledger, faults))
                told = ", ".join(map(str, faults)) or "no fault"
                case = f"{setting}, a second run with {ledger} and {told} {phase} request {number}"
                tally.add(bench, case, found or bench.rerun())
    return tally


def _second(bench: Bench, ledger: str, faults: Iterable[RequestFault]) -> list[str]:
    return bench.claims(bench.run(faults, ledger=ledger))


def meet(bench: Bench, number: int, phase: str, then: Callable[[], list[str]]) -> list[str]:
    """Run a process, and something else at one of its requests; tell what is wrong when both are over."""
    start, found = len(bench.sandbox.history), []

    def at(call: Call, moment: str) -> None:
        if (call.n - start, moment) == (number, phase):
            bench.meanwhile = None
            found.extend(then())

    bench.meanwhile = at
    bench.run()
    bench.meanwhile = None
    return [*found, *bench.violations()]


class Turns:
    """Lets one operator at a time send a request, whose turn it is being thrown by dice.

    Args:
        keeping: with which probability who has the turn keeps it without a throw.
    """

    def __init__(self, operators: int, seed: object, keeping: float = 0.0) -> None:
        self._keeping = keeping
        self._dice = random.Random(f"{seed}")
        self._there = list(range(operators))
        self._turn = self._dice.choice(self._there)
        self._changed = threading.Condition()

    def gate(self, operator: int) -> Callable[[], None]:
        def wait() -> None:
            with self._changed:
                if not self._changed.wait_for(lambda: self._turn == operator, timeout=60):
                    raise AssertionError("nobody took a turn for a minute")
                if not self._keeping or self._dice.random() > self._keeping:
                    self._turn = self._dice.choice(self._there)
                self._changed.notify_all()

        return wait

    def leave(self, operator: int) -> None:
        with self._changed:
            self._there.remove(operator)
            if self._there and self._turn == operator:
                self._turn = self._dice.choice(self._there)
            self._changed.notify_all()


def taking_turns(
    setting: Setting, seed: str, *, chance: float = 0.0, same_ledger: bool = False, keeping: float = 0.0
) -> Tally:
    """Let two operators take turns request by request, with faults by this chance, then let both finish.

    Where neither got an answer to the request that stops a schedule, both may have to create its replacement,
    and there are two until the younger one is cancelled.

    Args:
        keeping: see `Turns`.
    """
    tally = Tally()
    setting = replace(setting, window=chance > 0)
    with setting.bench() as bench:
        turns, errors = Turns(2, seed, keeping), []

        def operate(operator: int) -> None:
            try:
                bench.run(
                    dice=Dice(f"{seed}/{operator}", chance) if chance else None,
                    ledger=LEDGER if same_ledger or not operator else OTHER,
                    gate=turns.gate(operator),
                )
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)
            finally:
                turns.leave(operator)

        threads = [threading.Thread(target=operate, args=(operator,)) for operator in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        # What one of them told was true when it was told, but the other one went on.
        leaks = [leak for ending in bench.endings for leak in leaks_of(ending)]
        found = [*bench.broken(), *leaks] or _finished_by_both(bench)
        tally.add(
            bench, f"seed {seed}: {setting}, two taking turns, chance {chance}, keeping {keeping}", found
        )
    return tally


def _finished_by_both(bench: Bench) -> list[str]:
    """What one operator left halfway only its own ledger can explain, so both run again, twice, and what does
    not run any more has to be told by one of them. Without names, who waited for the other learns of its end
    in a third run only.

    Where neither names nor ledger tell whose a replacement is, a person has to look, and was told so.
    """
    reasons: list[str] = []
    for _ in range(2 if bench.sandbox.behaviour.names == "kept" else 3):
        untold = []
        for ledger in (OTHER, LEDGER):
            ending = bench.run(ledger=ledger)
            untold.append(set(bench.untold(ending)))
            if found := [*bench.broken(), *bench.claims(ending)]:
                return found
        if found := sorted(set.intersection(*untold)):
            return found
        bench.let_a_while_pass()
        reasons = [r.reason for e in bench.endings[-2:] if e.outcome for r in e.outcome.attention]
    if bench.sandbox.behaviour.names != "kept" and any("nothing tells which" in reason for reason in reasons):
        return []
    return [*bench.checker.finished(), *(f"I7 {reason}" for reason in reasons)]
