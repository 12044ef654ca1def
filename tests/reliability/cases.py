"""One case: which faults strike which processes of a setting. Written as text, it can be played alone.

`python -m tests.reliability case 'pause, names kept, guide, 3: cut after request 7 + 500 before request 9'`
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .faults import KINDS, RequestFault
from .mishaps import MISHAPS, Mishap
from .process import LEDGER_KINDS, LedgerFault
from .setting import Setting, Tally
from .weather import LASTING, OPERATIONS, LastingFault

Fault = RequestFault | LedgerFault | LastingFault | Mishap

_REQUEST = re.compile(rf"({'|'.join(KINDS)}) (before|after) request (\d+)")
_LEDGER = re.compile(rf"ledger ({'|'.join(LEDGER_KINDS)}) at (\d+)(?: x(\d+))?")
_LASTING = re.compile(
    rf"({'|'.join(LASTING)}) on ({'|'.join(OPERATIONS)}|any) for (\d+) s from request (\d+)"
)
_MISHAP = re.compile(rf"ledger ({'|'.join(map(re.escape, MISHAPS))})")


@dataclass(frozen=True)
class Case:
    """Processes that run one after the other, each with its faults; then others that may finish."""

    setting: Setting
    processes: tuple[tuple[Fault, ...], ...]

    @classmethod
    def read(cls, text: str) -> "Case":
        """Read what `str` wrote."""
        setting, _, faults = text.partition(": ")
        processes = [part.split(" + ") for part in faults.split(" then ")]
        return cls(Setting.read(setting), tuple(tuple(map(_fault, part)) for part in processes))

    def __str__(self) -> str:
        return f"{self.setting}: {' then '.join(' + '.join(map(str, part)) for part in self.processes)}"

    def play(self) -> Tally:
        """Judge at once after each faulty process, then let it finish in two more and judge again."""
        found: list[str] = []
        tally = Tally()
        every = [fault for faults in self.processes for fault in faults]
        # Nobody can see what a list does not show: there may be two until it does.
        blind = any(isinstance(fault, LastingFault) and fault.kind == "lagging" for fault in every)
        with replace(self.setting, window=self.setting.window or blind).bench() as bench:
            bench.backups = any(isinstance(fault, Mishap) for fault in every)
            mishap = False
            for faults in self.processes:
                bench.run(
                    [fault for fault in faults if isinstance(fault, RequestFault)],
                    ledger_faults=[fault for fault in faults if isinstance(fault, LedgerFault)],
                    lasting=[fault for fault in faults if isinstance(fault, LastingFault)],
                    mishap=next((fault for fault in faults if isinstance(fault, Mishap)), None),
                )
                mishap |= bench.backups and any(isinstance(fault, Mishap) for fault in faults)
                found = bench.after_mishap() if mishap else bench.violations()
                if found:
                    break
            if mishap and not found:
                bench.run()
                found = bench.after_mishap()
            # 0.1.0 did not note what was there before: without names, a person has to look.
            lost = any(isinstance(fault, Mishap) and fault.loses for fault in every)
            finishes = not mishap or not (lost or self.setting.names != "kept")
            found = found or (bench.rerun() if finishes else [])
            tally.add(bench, f"python -m tests.reliability case '{self}'", found)
        return tally


def played(cases: Iterable[Case]) -> Tally:
    """Play cases one after the other."""
    tally = Tally()
    for case in cases:
        tally += case.play()
    return tally


def _fault(text: str) -> Fault:
    kind: Any
    when: Any
    if written := _REQUEST.fullmatch(text):
        kind, when, nth = written.groups()
        return RequestFault(kind, when, int(nth))
    if written := _LEDGER.fullmatch(text):
        kind, nth, times = written.groups()
        return LedgerFault(kind, int(nth), int(times or 1))
    if written := _LASTING.fullmatch(text):
        kind, operation, seconds, nth = written.groups()
        return LastingFault(kind, operation, int(seconds), int(nth))
    if written := _MISHAP.fullmatch(text):
        return Mishap(written[1])
    raise ValueError(f"{text!r} is no fault: write it like {RequestFault('cut', 'after', 7)}")
