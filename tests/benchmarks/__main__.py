"""Measure all figures, print them with their bounds, and keep them: `python -m tests.benchmarks --json FILE`.

It takes about half an hour, and an otherwise quiet machine.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import fleet, ledger, limit, listing, startup, unlimited, windows
from .figure import Figure
from .picture import PICTURE, draw

SUBJECTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "limit": limit.figures,
    "windows": windows.figures,
    "unlimited": unlimited.figures,
    "listing": listing.figures,
    "startup": startup.figures,
    "ledger": ledger.figures,
    "fleet": fleet.figures,
}
NUMBERS, RATES = (25, 100, 200, 400), (10, 20, 40, 80)

_WIDTH = 170
"""Columns: a table is no use with every cell broken."""


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, help="file to keep the figures in")
    parser.add_argument(
        "--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS), help="subjects to measure"
    )
    parser.add_argument(
        "--draw", type=Path, help=f"draw {PICTURE.name} from figures that were kept; measure nothing"
    )
    parser.add_argument("--picture", action="store_true", help=f"measure for {PICTURE.name} too, and draw it")
    parser.add_argument(
        "--workspaces", type=int, default=fleet.WORKSPACES, help="number of workspaces of the fleet"
    )
    given = parser.parse_args()
    SUBJECTS["fleet"] = partial(fleet.figures, given.workspaces)
    if given.draw:
        draw(json.loads(given.draw.read_text(encoding="utf-8"))["picture"])
        return
    figures = _measured(given.only, Console(width=max(Console().width, _WIDTH)))
    kept: dict[str, Any] = {"figures": [figure.as_json() for figure in figures]}
    if given.picture:
        kept["picture"] = _for_picture()
        draw(kept["picture"])
    if given.json:
        given.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    raise SystemExit(any(figure.holds is False for figure in figures))


def _measured(subjects: Iterable[str], console: Console) -> list[Figure]:
    """Measure, telling each figure as it comes, and all of them in a table."""
    figures = []
    for name in subjects:
        for figure in SUBJECTS[name]():
            figures.append(figure)
            console.print(f"{figure.subject}: {figure.what}: {_value(figure)}", style="dim", highlight=False)
    console.print(_table(figures))
    return figures


def _for_picture() -> dict[str, Any]:
    return {
        "numbers": list(unlimited.by_number(NUMBERS)),
        "limits": list(limit.by_limit(RATES)),
        "schedules": limit.SCHEDULES,
    }


def _table(figures: list[Figure]) -> Table:
    table = Table("Subject", "Figure", "Measured", "Asked", "Of it", "Holds", "Made of", box=SIMPLE)
    for figure in figures:
        asked = f"{figure.side} {figure.bound:g}{figure.unit}" if figure.bound is not None else ""
        share = f"{figure.of_bound:.2f}" if figure.of_bound is not None else ""
        holds = {True: "yes", False: "NO", None: ""}[figure.holds]
        row = (figure.subject, figure.what, _value(figure), asked, share, holds, figure.note)
        table.add_row(*(Text(cell) for cell in row))
    return table


def _value(figure: Figure) -> str:
    return "not measured" if figure.value is None else f"{figure.value:,.2f} {figure.unit}".strip()


if __name__ == "__main__":
    main()
