"""One case: which faults strike which processes of a setting. Written as text, it can be played alone.

`python -m tests.reliability case 'pause, names kept, guide, 3: cut after request 7 + 500 before request 9'`
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .faults import KINDS, RequestFault
from .process import LEDGER_KINDS, LedgerFault
from .setting import Setting, Tally

Fault = RequestFault | LedgerFault

_REQUEST = re.compile(rf"({'|'.join(KINDS)}) (before|after) request (\d+)")
_LEDGER = re.compile(rf"ledger ({'|'.join(LEDGER_KINDS)}) at (\d+)(?: x(\d+))?")


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
        with self.setting.bench() as bench:
            for faults in self.processes:
                bench.run(
                    [fault for fault in faults if isinstance(fault, RequestFault)],
                    ledger_faults=[fault for fault in faults if isinstance(fault, LedgerFault)],
                )
                found = bench.violations()
                if found:
                    break
            tally.add(bench, f"python -m tests.reliability case '{self}'", found or bench.rerun())
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
    raise ValueError(f"{text!r} is no fault: write it like {RequestFault('cut', 'after', 7)}")
