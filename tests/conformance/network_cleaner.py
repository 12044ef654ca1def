"""Runs a public client of the API, `linkedin-network-cleaner`, in a virtual environment of its own.

`python -m tests.conformance.network_cleaner` makes that environment, as `.ci/run` does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]
HOME = REPO / ".venv-network-cleaner"
PYTHON = HOME / "bin" / "python"
MARK = HOME / "complete"
"""Written last: without it an earlier attempt was cut short."""


def interpreter() -> Path:
    """The environment's interpreter; the environment is made where it is not there."""
    if not MARK.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The client needs no more than requests; the other dependencies of its package take 300 MB.
        subprocess.run([*install, "requests>=2.31"], check=True)
        subprocess.run([*install, "--no-deps", "linkedin-network-cleaner==0.1.0"], check=True)
        MARK.touch()
    return PYTHON


def call(statements: str, **given: str) -> Any:
    """Run statements after `EdgesClient` is imported, and return what they leave in `answer`.

    Args:
        given: names that the statements can use.
    """
    program = "\n".join(
        [
            "import importlib.util, json, sys",
            "(package,) = importlib.util.find_spec('linkedin_network_cleaner').submodule_search_locations",
            # By itself: importing its package would import what was left out.
            "sys.path.insert(0, package + '/core')",
            "from edges_client import EdgesClient",
            "globals().update(json.loads(sys.argv[1]))",
            statements,
            "print(json.dumps(answer))",
        ]
    )
    command = [interpreter(), "-c", program, json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


if __name__ == "__main__":
    interpreter()
