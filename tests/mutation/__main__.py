"""Change the package at random, and see whether a test notices: `python -m tests.mutation --minutes 30`.

The score and everything that nobody noticed are written into RELIABILITY.md. It needs the extra `mutation`.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .coverers import Copy
from .mutants import PACKAGES, Mutant, sample
from .section import put

_REPORT = Path("RELIABILITY.md")
_EQUIVALENT = Path(__file__).with_name("equivalent.txt")


@dataclass
class Score:
    """What became of the mutants, by package."""

    killed: Counter[str] = field(default_factory=Counter)
    equivalent: Counter[str] = field(default_factory=Counter)
    survivors: list[tuple[Mutant, bool]] = field(default_factory=list)

    def table(self) -> list[str]:
        rows = ["| Package | Mutants | Equivalent | Noticed | Score |", "| --- | ---: | ---: | ---: | ---: |"]
        for package in PACKAGES:
            left = sum(mutant.package == package for mutant, _ in self.survivors)
            killed, same = self.killed[package], self.equivalent[package]
            share = f"{killed / (killed + left):.0%}" if killed + left else "–"
            rows.append(f"| `{package}` | {killed + left + same} | {same} | {killed} | {share} |")
        return rows


def main() -> None:
    """Draw mutants until the time is over, and write what became of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="after which no other mutant is tried")
    parser.add_argument("--seed", default="mutants", help="of what is drawn")
    parser.add_argument("--most", type=int, default=150, help="mutants")
    parser.add_argument("--only", choices=PACKAGES, help="one package")
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    copy = Copy()
    try:
        _say("running every test once, to see what each of them runs")
        copy.measure()
        packages = (given.only,) if given.only else PACKAGES
        score = _tried(copy, sample(given.seed, packages)[: given.most], end)
    finally:
        copy.remove()
    text = "\n".join(_section(score, f"python -m tests.mutation --seed {given.seed}"))
    _REPORT.write_text(put(_REPORT.read_text(encoding="utf-8"), text), encoding="utf-8")
    _say(text)


def _tried(copy: Copy, mutants: list[Mutant], end: float) -> Score:
    score, same = Score(), _equivalent()
    for number, mutant in enumerate(mutants, 1):
        if time.monotonic() > end:
            break
        if str(mutant) in same:
            score.equivalent[mutant.package] += 1
            continue
        tests = copy.tests_of(mutant.path, mutant.line)
        place = copy.folder / mutant.path
        place.write_text(mutant.mutated, encoding="utf-8")
        # Whoever never comes to an end is noticed, too.
        killed = bool(tests) and copy.pytest(["-x", *tests], seconds=180) != 0
        place.write_text(mutant.source, encoding="utf-8")
        score.killed[mutant.package] += killed
        if not killed:
            score.survivors.append((mutant, bool(tests)))
        _say(f"{number}/{len(mutants)} {'noticed' if killed else 'NOT NOTICED'} {mutant}")
    return score


def _section(score: Score, command: str) -> list[str]:
    told = [
        "## Mutants",
        "",
        "The package was changed at random by the operators of cosmic-ray, one place at a time, and the",
        f"tests that run the place were run (`{command}`). What changes nothing is listed with its reason in",
        "`tests/mutation/equivalent.txt`.",
        "",
        *score.table(),
        "",
    ]
    if score.survivors:
        told += ["Not noticed:", ""]
    for mutant, ran in score.survivors:
        told.append(f"- `{str(mutant).replace('`', '')}`{'' if ran else ' (no test runs this line)'}")
    return told


def _equivalent() -> set[str]:
    lines = _EQUIVALENT.read_text(encoding="utf-8").splitlines()
    return {line.partition(" ## ")[0] for line in lines if line and not line.startswith("#")}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
