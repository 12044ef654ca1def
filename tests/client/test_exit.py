"""A process that used the client ends at once."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))
from edges_nb.client import Edges
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
Edges(Settings(Secret("fake-key-for-tests"), "http://127.0.0.1:1/v1", ""))
"""


def test_no_cycles_are_looked_for_in_what_ends_with_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
