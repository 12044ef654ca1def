"""A fleet that is told to end: each workspace ends as by itself, all of it is told, and it goes on later."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.fleet.trouble import Amid, told
from tests.fleet.workspaces import Workspaces

BEGUN, LATER = ("acme", "beta"), "gamma"
APPLY = ("fleet", "apply", "--approve", "all", "--out-dir", "done", "-j", "2")


def test_it_ends_what_it_began_tells_all_and_goes_on_when_run_again(tmp_path: Path) -> None:
    with Workspaces((*BEGUN, LATER), tmp_path, schedules=6) as fleet:
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            done = _told_to_end(fleet, number)
            assert done.returncode == code, done.stderr
            _all_is_told(fleet, number)
        # As nohup does: what is ignored ends nothing.
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            done = _told_to_end(fleet, signal.SIGHUP)
        finally:
            signal.signal(signal.SIGHUP, before)
        assert done.returncode == 0, done.stderr
        assert [fleet.modes(name) for name in (*BEGUN, LATER)] == [["incremental"] * 6] * 3
        assert {row["status"] for row in told(fleet, "done").values()} == {"ok"}


def _told_to_end(fleet: Workspaces, number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Send a signal when two workspaces are in the middle of their changes."""
    amid = Amid(fleet, BEGUN)
    with fleet.start(*APPLY) as process:
        amid.reached()
        process.send_signal(number)
        amid.over.set()
        _, errors = process.communicate(timeout=240)
    return subprocess.CompletedProcess(APPLY, process.returncode, "", errors)


def _all_is_told(fleet: Workspaces, number: signal.Signals) -> None:
    rows, page = told(fleet, "done"), (fleet.folder / "done" / "index.html").read_text()
    assert list(rows) == [*BEGUN, LATER]
    assert all(row["status"] == "failed" and f">{name}<" in page for name, row in rows.items())
    for name in BEGUN:
        assert f"Stopped by {number.name}" in rows[name]["reason"]
        assert (fleet.folder / "done" / name / "report.html").is_file()
        live = [one.status for one in fleet.sandboxes[name].world.schedules.values()]
        assert live.count("ACTIVE") == 6, "what was begun is ended, what was not is as it was"
    assert "not begun" in rows[LATER]["reason"]
    assert fleet.changes(LATER) == 0
