"""`python -m tests.fleet [N]`: a fleet of N workspaces, else 50, five of them in trouble; then again."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from typer import echo

from tests.fleet.trouble import ODD, Trouble, told
from tests.fleet.workspaces import Workspaces


def main(number: int = 50) -> None:
    """Run the fleet twice, print what came of it, and exit with 1 where it is not what it has to be."""
    names = ["acme", *(f"w{one}" for one in range(number - len(ODD) - 1)), *ODD]
    with TemporaryDirectory() as folder, Workspaces(names, Path(folder)) as fleet:
        trouble = Trouble(fleet)
        _run(fleet)
        rows = told(fleet, "done")
        wrong = {name for name, row in rows.items() if row["status"] != "ok"}
        whole = [name for name in names if fleet.modes(name) == ["incremental"] * 4]
        echo(f"{len(whole)} of {number} migrated wholly")
        for name in sorted(wrong):
            echo(f"  {name}: {rows[name]['reason']}")
        right = wrong == {"refused", "swapped", "killed"} and trouble.killed and len(whole) >= number - 3
        changes = {name: fleet.changes(name) for name in whole}
        trouble.end()
        _run(fleet)
        again = [name for name in names if fleet.modes(name) == ["incremental"] * 4]
        kept = changes == {name: fleet.changes(name) for name in whole}
        echo(f"again: {len(again)} of {number} migrated wholly")
        echo(f"those that were migrated before were {'' if kept else 'not '}let alone")
        sys.exit(not (right and kept and len(again) == number))


def _run(fleet: Workspaces) -> None:
    began = time.monotonic()
    done = fleet.command("fleet", "apply", "--approve", "all", "--out-dir", "done", "-j", "4")
    echo(f"exit code {done.returncode} after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
