"""Kills 02_migrate at random moments while it works at 24 schedules at once, and runs it again.

`python -m tests.blackbox.random_kills --games 100` plays as many games as it is told.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .checker import Expected, violations
from .foreign_server import ForeignServer, Phase, Switches
from .runner import Finished, Stage, stage
from .workspace import build, chosen

Names = Literal["kept", "refused", "hidden"]
KINDS = ("eligible",) * 4 + ("twin", "standard", "eligible", "incremental", "eligible", "paused")
ROUNDS = 4  # times KINDS: 28 schedules to replace, more than are worked at at once
RERUNS = 2  # after faults have stopped


class Chaos:
    """A hook that loses some requests and answers, and kills the run at one of its changes."""

    def __init__(self, place: Stage, dice: random.Random) -> None:
        self._place, self._dice = place, dice
        self._left = dice.randrange(1, 70)  # changes and their answers until the kill
        self._lock = threading.Lock()
        self.fired = False

    def __call__(self, n: int, method: str, path: str, phase: Phase) -> Any:
        with self._lock:
            if self.fired or method == "GET":
                return None
            self._left -= 1
            if self._left <= 0:
                self.fired = True
                self._place.kill()
                return "drop"
            return "drop" if self._dice.random() < 0.03 else None


@dataclass(frozen=True)
class Game:
    """One workspace, killed once or twice and then run until it ends well, at most three times."""

    names: Names
    seed: int

    @property
    def name(self) -> str:
        return f"names-{self.names}-{self.seed}"

    def __call__(self, root: Path, home: Path) -> list[str]:
        """Play it; returns what was broken, a sentence each."""
        dice = random.Random(f"{self.names}/{self.seed}")
        named = self.names != "refused"
        # Where names are never told, nobody can carry an old label over: the schedules have none.
        workspace, kinds = build(KINDS * ROUNDS, names=self.names == "kept")
        wanted = frozenset(chosen(kinds, "eligible", "twin"))
        expected = Expected(wanted, names=named, finished=False)
        switches = Switches(names=named, names_shown=self.names == "kept", full_list=dice.random() < 0.5)
        broken: list[str] = []
        with stage(root, home, workspace, switches) as place:
            for _ in range(dice.randrange(1, 3)):
                place.server.on_request = Chaos(place, dice)
                place.migrate()
                broken += violations(place.before, place.server, expected)
            place.server.on_request = None
            runs = [place.migrate()]
            while runs[-1].code and len(runs) <= RERUNS:
                runs.append(place.migrate())
            finished = Expected(wanted, names=named, finished=runs[-1].code == 0)
            broken += violations(place.before, place.server, finished)
            broken += untrue(runs[-1], place.server)
            if runs[-1].code:
                broken += self._unfinished(runs[-1], place, wanted)
        return broken

    def _unfinished(self, last: Finished, place: Stage, wanted: frozenset[str]) -> Iterator[str]:
        """Where names are told all can be finished; where not, a person may be asked about the rest."""
        if self.names == "kept":
            yield f"I7 exit {last.code} after {RERUNS} runs without a fault: {last.output[-1500:]}"
            return
        told = last.outcomes | {u: d for u, d in last.decisions.items() if d == "needs_input"}
        for uid in sorted(wanted):
            paused = place.server.workspace.schedules[uid]["status"] == "PAUSED"
            if paused and told.get(uid) not in ("needs_attention", "needs_input"):
                yield f"I10 {uid} is paused, and the last run says {told.get(uid)}"


def untrue(run: Finished, server: ForeignServer) -> Iterator[str]:
    """What a run says of a schedule has to be true when it ends (I10)."""
    schedules = server.workspace.schedules
    for row in run.read("results.json"):
        uid, outcome = row["schedule_uid"], row["outcome"]
        status = schedules[uid]["status"]
        heir = schedules.get(row["new_uid"] or "", {}).get("status")
        right = {
            "migrated": (status, heir) == ("CANCELLED", "ACTIVE"),
            "rolled_back": status == "ACTIVE",
        }.get(outcome, True)
        if not right:
            yield f"I10 {uid} is told as {outcome}, and is {status} with a replacement that is {heir}"


def main() -> None:
    """Play games of every kind, and tell what was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    kinds: tuple[Names, ...] = ("kept", "refused", "hidden")
    failed = 0
    for number in range(given.games):
        game = Game(kinds[number % 3], given.seed + number // 3)
        with tempfile.TemporaryDirectory() as root:
            broken = game(Path(root), Path(root))
        failed += bool(broken)
        sys.stdout.write(f"{game}: {'; '.join(broken) or 'nothing broken'}\n")
        sys.stdout.flush()
    sys.exit(f"{failed} of {given.games} games broke a promise" if failed else 0)


if __name__ == "__main__":
    main()
