"""Mutants of the package, made by the operators of cosmic-ray."""

import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

PACKAGES = ("engine", "ledger", "planning")

_WITHOUT = ("ReplaceBinaryOperator_BitOr", "ExceptionReplacer", "VariableReplacer", "VariableInserter")
"""Operators that mostly change type hints, or need arguments."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        path: below the repository; line: of the change, from 1.
        operator, occurrence: as cosmic-ray counts them.
    """

    path: str
    line: int
    operator: str
    occurrence: int

    @property
    def package(self) -> str:
        return Path(self.path).parts[1]

    @cached_property
    def source(self) -> str:
        return Path(self.path).read_text(encoding="utf-8")

    @cached_property
    def mutated(self) -> str:
        """The file's text with the change."""
        return mutate_code(self.source, get_operator(self.operator)(), self.occurrence) or self.source

    def __str__(self) -> str:
        lines = zip(self.source.splitlines(), self.mutated.splitlines(), strict=False)
        before, after = next(((a, b) for a, b in lines if a != b), ("", ""))
        return f"{self.path}: {before.strip()} → {after.strip()}"


def sample(seed: str, packages: tuple[str, ...] = PACKAGES) -> list[Mutant]:
    """All places that can be changed in a random order, at each of which one change is drawn."""
    dice = random.Random(f"mutants {seed}")
    drawn = [dice.choice(places) for _, places in sorted(_places(packages).items())]
    dice.shuffle(drawn)
    return [mutant for mutant in drawn if mutant.mutated != mutant.source]


def _places(packages: tuple[str, ...]) -> dict[tuple[str, object], list[Mutant]]:
    places: dict[tuple[str, object], list[Mutant]] = defaultdict(list)
    names = [name for name in operator_names() if not any(part in name for part in _WITHOUT)]
    operators = [(name, get_operator(name)()) for name in names]
    for path in sorted(file for package in packages for file in Path("edges_nb", package).rglob("*.py")):
        nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
        for name, operator in operators:
            positions = [position for node in nodes for position in operator.mutation_positions(node)]
            for occurrence, (start, _) in enumerate(positions):
                mutant = Mutant(path.as_posix(), start[0], name, occurrence)
                places[mutant.path, start].append(mutant)
    return places
