"""What the black-box scenarios have in common."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .checker import Expected, violations
from .foreign_server import Entry, Hook, Phase
from .runner import Finished, Stage
from .workspace import chosen


@dataclass
class Outcome:
    """A scenario that is over: the stage it was played on and what its runs left."""

    stage: Stage
    kinds: dict[str, str]
    expected: Expected
    runs: list[Finished] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)  # length of the server's history after each run
    notes: dict[str, Any] = field(default_factory=dict)

    def add(self, run: Finished) -> Finished:
        self.runs.append(run)
        self.marks.append(len(self.stage.server.history))
        return run

    def mutations(self, run: int) -> list[Entry]:
        """The mutating requests the server got during one run, refused ones included."""
        start = self.marks[run - 1] if run else 0
        return [e for e in self.stage.server.history[start : self.marks[run]] if e.method != "GET"]

    @property
    def broken(self) -> list[str]:
        return violations(self.stage.before, self.stage.server, self.expected)

    def status(self, uid: str) -> str:
        return str(self.stage.server.workspace.schedules[uid]["status"])


def plays(*scenarios: Callable[[Path, Path], Any]) -> pytest.MarkDecorator:
    """Run a test on the outcome of each scenario."""
    names = [getattr(scenario, "name", None) or scenario.__name__ for scenario in scenarios]
    return pytest.mark.parametrize("outcome", scenarios, indirect=True, ids=names)


def eligible(kinds: dict[str, str]) -> frozenset[str]:
    return frozenset(chosen(kinds, "eligible", "twin"))


def never_ran(kinds: dict[str, str]) -> frozenset[str]:
    return frozenset(chosen(kinds, "never_ran"))


def write_overrides(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    rows = list(rows)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def operation(method: str, path: str) -> str:
    """A short name for what a request does: list, get, pause, resume, cancel, create or other."""
    parts = path.strip("/").split("/")
    if parts[0] == "schedules":
        return {1: "list", 2: "get"}.get(len(parts), parts[-1])
    return "create" if method == "POST" and path.endswith("/run/schedule") else "other"


def on_nth(answers: Mapping[tuple[str, int, Phase], Any]) -> Hook:
    """A hook that answers the nth request of an operation."""
    seen: dict[str, list[int]] = {}

    def hook(n: int, method: str, path: str, phase: Phase) -> Any:
        numbers = seen.setdefault(operation(method, path), [])
        if phase == "before":
            numbers.append(n)
        return answers.get((operation(method, path), numbers.index(n) + 1, phase))

    return hook
