"""Play everything and write RELIABILITY.md, or play one case or one seed again."""

import argparse
import math
import os
import platform
import sys
import time
from pathlib import Path

from tests.mutation.section import put, section_of

from .campaigns import thrown_once
from .cases import Case
from .setting import Tally

_TARGET = Path(__file__).parents[2] / "RELIABILITY.md"


def main() -> None:
    """Read the command line and do what it says; exit with 1 where something was broken."""
    arguments = _parser().parse_args()
    if arguments.what == "case":
        raise SystemExit(_tell(Case.read(arguments.text).play()))
    if arguments.what == "seed":
        raise SystemExit(_tell(thrown_once(arguments.text)))
    raise SystemExit(_everything(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--seed", default="long", help="of all dice")
    parser.add_argument("--faults", type=int, default=200_000, help="by chance, at least")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="after which no other job of the campaigns begins"
    )
    parser.add_argument("--kills", type=int, default=300, help="of real processes, at least")
    parser.add_argument("--signals", type=int, default=40, help="workspaces whose runs are told to end")
    parser.add_argument("--outages", type=int, default=30, help="workspaces whose ledger's server goes away")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at once")
    parser.set_defaults(what="everything")
    parts = parser.add_subparsers(metavar="{case,seed}")
    for name, what in (("case", "a case as a failure tells it"), ("seed", "a seed as a failure tells it")):
        part = parts.add_parser(name, help=f"play {what}")
        part.add_argument("text", help=what)
        part.set_defaults(what=name)
    return parser


def _everything(arguments: argparse.Namespace) -> int:
    # They bring servers and processes of their own, which one case alone doesn't need.
    from . import figures, kills, report

    start = time.monotonic()
    _say("processes are killed")
    killed = kills.run(arguments.kills, arguments.seed)
    campaigns = figures.all_campaigns(arguments.seed, arguments.faults, arguments.signals, arguments.outages)
    for line in figures.run(campaigns, arguments.processes, arguments.minutes):
        _say(line)
    told = report.Told(
        campaigns,
        killed,
        seed=arguments.seed,
        minutes=(time.monotonic() - start) / 60,
        machine=f"{os.cpu_count()} cores with Python {platform.python_version()}",
        command=" ".join(["python -m tests.reliability", *sys.argv[1:]]),
    )
    mutants = section_of(_TARGET.read_text(encoding="utf-8")) if _TARGET.exists() else ""
    _TARGET.write_text(put(report.text(told), mutants), encoding="utf-8")
    broken = report.broken(told)
    _say("\n".join([*broken, f"{_TARGET.name} is written"]))
    return bool(broken)


def _tell(tally: Tally) -> int:
    faults = ", ".join(f"{kind} ×{times}" for kind, times in sorted(tally.faults.items())) or "no fault"
    _say(f"{tally.processes} processes, {tally.requests} requests, {faults}")
    _say("\n".join(tally.broken) or "nothing is broken")
    return bool(tally.broken)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
