"""What tools can see is seen by the tests, so that there is one command for everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-cache"], id="ruff-check"),
        pytest.param(["ruff", "format", "--check", "--no-cache"], id="ruff-format"),
        pytest.param(["mypy", "--strict", "edges_nb"], id="mypy"),
        pytest.param(["pip", "check"], id="pip-check"),
    ],
)
def test_tool_has_nothing_to_complain_about(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
