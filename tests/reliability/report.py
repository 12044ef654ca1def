"""RELIABILITY.md, as the figures of one run of everything make it."""

import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .exhaustive import STANDING_FOR_ALL
from .faults import REFUSALS, SERVER, WIRE
from .figures import Campaign
from .kills import Kills
from .setting import SETTINGS

_TEMPLATE = Path(__file__).with_suffix(".md")

_KINDS = (
    ("before and after the effect", ", ".join(("crash", *SERVER))),
    ("before the effect, as a refusal", ", ".join(REFUSALS)),
    ("before the request leaves", ", ".join(WIRE)),
    (
        "at a commit to the ledger",
        "no room on the disk, locked, the process dies before it, the process dies after it",
    ),
)


@dataclass
class Told:
    """What there is to tell.

    Attributes:
        machine: what it ran on, in a few words.
        command: that plays it again.
    """

    campaigns: Sequence[Campaign]
    kills: Kills
    seed: str
    minutes: float
    machine: str
    command: str


def text(told: Told) -> str:
    """Return RELIABILITY.md."""
    found = broken(told)
    struck = sum((campaign.tally.faults for campaign in told.campaigns), Counter())
    given = {
        "command": told.command,
        "cases": _n(sum(campaign.tally.cases for campaign in told.campaigns)),
        "faults": _n(struck.total()),
        "verdict": f"{len(found)} of the checks failed" if found else "no invariant was broken",
        "minutes": f"{told.minutes:.0f}",
        "machine": told.machine,
        "settings": str(len(SETTINGS)),
        "kinds": _table(("When", "What goes wrong"), _KINDS),
        "struck": _counts("Fault", struck),
        "campaigns": _campaigns(told.campaigns),
        "broken": "\n".join(f"- {sentence}" for sentence in found) or "Nothing was broken.",
        "killed": _n(told.kills.count),
        "unfinished": str(len(told.kills.failures)),
        "through_papermill": str(told.kills.through_papermill),
        "kills": _table(
            ("Killed", "Times"), ((at, _n(n)) for at, n in told.kills.by_point.most_common()), "lr"
        ),
        "seed": told.seed,
        "standing": str(len(STANDING_FOR_ALL)),
    }
    return string.Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(given)


def broken(told: Told) -> list[str]:
    """Return everything that did not hold."""
    return [
        *(sentence for campaign in told.campaigns for sentence in campaign.tally.broken),
        *told.kills.failures,
    ]


def _campaigns(campaigns: Iterable[Campaign]) -> str:
    rows = []
    for campaign in campaigns:
        tally = campaign.tally
        counts = (tally.cases, tally.processes, tally.requests, tally.faults.total(), len(tally.broken))
        told = (_n(count) if count else "0" for count in counts)
        share = f"{campaign.done / len(campaign.jobs):.0%}"
        rows.append((campaign.name, campaign.what, share, *told, f"{campaign.seconds:,.0f}"))
    head = ("Campaign", "Cases", "Share", "Number", "Processes", "Requests", "Faults", "Broken", "Seconds")
    return _table(head, rows, "llrrrrrrr")


def _counts(of: str, counts: Counter[str]) -> str:
    return _table((of, "Times"), ((what, _n(counts[what])) for what in sorted(counts)), "lr")


def _table(head: Sequence[str], rows: Iterable[Iterable[str]], align: str = "") -> str:
    rules = ("---:" if mark == "r" else "---" for mark in align or "l" * len(head))
    lines = (head, tuple(rules), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _n(count: int) -> str:
    return f"{count:,}"
