"""On a terminal a live workspace is changed only after a question that says what and where."""

from __future__ import annotations

import os
import pty
import select
import sys
from pathlib import Path

import pytest

from tests.blackbox.foreign_server import API_KEY, ForeignServer
from tests.blackbox.workspace import build

COMMAND = [sys.executable, "-c", "from edges_nb.cli import main; main()", "apply", "--out-dir", "out"]
PATIENCE = 120  # seconds


def answered(answer: str, place: Path, environ: dict[str, str]) -> tuple[str, int]:
    """Run apply on a terminal of its own, and answer its question."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place)
        os.execve(COMMAND[0], COMMAND, environ)
    told = b""
    asked = False
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            told += os.read(terminal, 4096)
        except OSError:  # the command has ended
            break
        if b"[y/N]" in told and not asked:
            asked = True
            os.write(terminal, f"{answer}\n".encode())
    os.close(terminal)
    return told.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize(("answer", "code", "creates"), [("n", 2, 0), ("y", 0, 3)])
@pytest.mark.filterwarnings("ignore:.*forkpty.*:DeprecationWarning")
def test_apply_asks_before_a_live_workspace_is_changed(
    answer: str, code: int, creates: int, tmp_path: Path
) -> None:
    workspace, _ = build(("eligible",) * 3)
    with ForeignServer(workspace) as server:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "EDGES_API_KEY": API_KEY,
            "EDGES_API_BASE": server.base_url,
            "EDGES_LEDGER": str(tmp_path / "ledger.sqlite"),
        }
        told, ended = answered(answer, tmp_path, environ)
        assert "Change 3 schedules of this workspace?" in told
        assert "127.0.0.1" in told
        assert ended == code, told
        rows = server.workspace.schedules.values()
        assert sum(row["status"] == "CANCELLED" for row in rows) == creates
