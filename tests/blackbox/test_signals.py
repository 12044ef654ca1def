"""A run that is told to end begins nothing new, ends what was begun, and leaves results and report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import papermill  # type: ignore[import-untyped,unused-ignore]
import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest

from edges_nb.notebook import runner
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

from .foreign_server import API_KEY
from .runner import REPO, Finished, Stage, stage
from .scenario import operation
from .workspace import build

COMMAND = [sys.executable, "-c", "from edges_nb.cli import main; main()", "apply", "--yes", "--out-dir"]
BEGUN = 6
"""Schedules that are being created when the signal is sent."""


def slowly(creates: threading.Event) -> Any:
    """Return a hook that makes changes take long, and tells when some are under way."""
    begun: list[int] = []

    def hook(n: int, method: str, path: str, phase: str) -> None:
        if method == "POST" and phase == "before":
            time.sleep(0.2)  # of the server, as a slow network: the run itself waits for nothing else
            begun.extend([n] * (operation(method, path) == "create"))
            if len(begun) >= BEGUN:
                creates.set()

    return hook


def by_command(place: Stage, number: int, creates: threading.Event) -> Finished:
    out, ledger = place.root / "out", place.root / "private" / "ledger.sqlite"
    process = subprocess.Popen(
        [*COMMAND, str(out)],
        cwd=place.root,
        env=place._environment(ledger) | {"PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert creates.wait(120)
    process.send_signal(number)
    told, _ = process.communicate(timeout=60)
    return Finished(process.returncode, told, out, out / "02_migrate.ipynb", ledger)


def by_papermill(place: Stage, number: int, creates: threading.Event) -> Finished:
    place.kernel = True
    running = place.start(mode="apply")
    place.kernel = False
    assert creates.wait(120)
    kernels = psutil.Process(running.process.pid).children(recursive=True)
    running.process.send_signal(number)
    finished = running.wait()
    _, alive = psutil.wait_procs(kernels, timeout=60)
    assert alive == [], "a kernel outlives its run"
    return finished


@pytest.mark.parametrize(
    ("how", "number", "code"),
    [
        (by_command, signal.SIGTERM, 143),
        (by_command, signal.SIGHUP, 129),
        (by_command, signal.SIGINT, 130),
        (by_papermill, signal.SIGTERM, -signal.SIGTERM),
    ],
)
def test_a_run_that_is_told_to_end_leaves_nothing_halfway(
    how: Any, number: int, code: int, tmp_path: Path
) -> None:
    workspace, _ = build(("eligible",) * 30)
    creates = threading.Event()
    (home := tmp_path / "home").mkdir()
    with stage(tmp_path, home, workspace) as place:
        place.server.on_request = slowly(creates)
        done = how(place, number, creates)
        place.server.on_request = None
        rows = place.server.workspace.schedules.values()
        states = Counter(row["status"] for row in rows)
        outcomes = Counter(done.outcomes.values())
        assert done.code == code, done.output
        assert outcomes["waiting"] > 0
        assert outcomes["migrated"] == states["CANCELLED"]
        assert states["PAUSED"] == 0
        assert states["ACTIVE"] == 30
        assert (done.out_dir / "report.html").exists()
        again = place.start(mode="apply").wait()
        assert again.code == 0, again.output
        assert set(again.outcomes.values()) <= {"migrated", "skipped"}


@pytest.mark.parametrize("step", ["parameters", "rest()"])
def test_signal_that_comes_between_two_cells_is_not_lost(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = papermill.engines.NotebookExecutionManager.cell_start
    told: list[str] = []

    def tell_to_end(manager: Any, cell: Any, *rest: Any, **named: Any) -> None:
        if step in cell.source and not told:
            told.append(step)
            os.kill(os.getpid(), signal.SIGTERM)
        start(manager, cell, *rest, **named)

    monkeypatch.setattr(papermill.engines.NotebookExecutionManager, "cell_start", tell_to_end)
    workspace, _ = build(("eligible",) * 3)
    with stage(tmp_path, tmp_path, workspace) as place:
        settings = Settings(
            Secret(API_KEY), place.server.base_url, str(tmp_path / "private" / "ledger.sqlite")
        )
        given = {"mode": "apply", "approve": "all"}
        ended = runner.run("02_migrate", given, tmp_path / "out", settings)
        states = Counter(row["status"] for row in place.server.workspace.schedules.values())
    assert ended.code == 143
    assert ended.report.exists()
    # The first one is tried, and its end written down, before the rest.
    tried = {"rest()": 1}.get(step, 0)
    assert states == Counter(ACTIVE=3, CANCELLED=tried)
    done = json.loads((tmp_path / "out" / "results.json").read_text("utf-8")) if tried else []
    assert [row["outcome"] for row in done].count("migrated") == tried
