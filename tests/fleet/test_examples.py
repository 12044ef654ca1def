"""What the documentation shows for cron and CI is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

from tests.fleet.trouble import told
from tests.fleet.workspaces import Workspaces

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "headless.md").read_text("utf-8")
PROGRAMS = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def crontabs() -> list[list[str]]:
    """The commands of each crontab, without their times."""
    lines = [re.findall(r"^[\d*]+(?: [\d*]+){4} +(.+)$", block, re.MULTILINE) for block in blocks("text")]
    assert [len(commands) for commands in lines] == [2, 2]
    return lines


class Cron:
    """Runs commands as cron does: in the home folder, by sh, with next to no environment."""

    def __init__(self, fleet: Workspaces, **known: str) -> None:
        self._home, folder = fleet.folder, fleet.folder / "edges"
        folder.mkdir()
        (folder / ".venv").symlink_to(PROGRAMS.parent)
        (fleet.folder / "workspaces.toml").rename(folder / "workspaces.toml")
        lines = [f"{name}={value}\n" for name, value in known.items()]
        (folder / ".env").write_text("".join(lines))
        (folder / ".env").chmod(0o600)
        (fleet.folder / "bin").mkdir()
        mail = fleet.folder / "bin" / "mail"
        mail.write_text(f"#!/bin/sh\ncat > {fleet.folder}/mail.html\n")
        mail.chmod(0o700)

    def run(self, command: str) -> str:
        """Run a line, and return what was mailed."""
        letter = self._home / "mail.html"
        letter.unlink(missing_ok=True)
        path = f"{self._home}/bin:/usr/bin:/bin"
        bare = {"HOME": str(self._home), "LOGNAME": "edges", "SHELL": "/bin/sh", "PATH": path}
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self._home, env=bare, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return letter.read_text("utf-8") if letter.exists() else ""


def known_to(fleet: Workspaces) -> dict[str, str]:
    """What stands in `.env`."""
    return {
        name: value
        for name, value in fleet.environment().items()
        if name.startswith(("KEY_", "EDGES_API_BASE"))
    }


def test_the_crontab_of_a_workspace(tmp_path: Path) -> None:
    with Workspaces(("acme",), tmp_path) as fleet:
        cron = Cron(fleet, **known_to(fleet), EDGES_API_KEY=fleet.keys["acme"])
        watch, apply = crontabs()[0]
        assert cron.run(apply) == ""
        assert fleet.modes("acme") == ["incremental"] * 4
        cron.run(watch)
        assert (tmp_path / "edges" / "watch" / "report.html").is_file()


def test_the_crontab_of_a_fleet(tmp_path: Path) -> None:
    with Workspaces(("acme", "beta"), tmp_path) as fleet:
        cron = Cron(fleet, **known_to(fleet) | {"KEY_BETA": "fake-key-of-nobody"})
        watch, apply = crontabs()[1]
        assert ">beta<" in cron.run(apply), "who is told is told by the page"
        assert fleet.modes("acme") == ["incremental"] * 4
        assert fleet.changes("beta") == 0
        cron.run(watch)
        assert set(told(fleet, "edges/all")) == {"acme", "beta"}


def test_the_matrix_of_ci(tmp_path: Path) -> None:
    (job,), (named,) = map(yaml.safe_load, blocks("yaml")), blocks("toml")
    names = job["strategy"]["matrix"]["workspace"]
    assert job["strategy"]["fail-fast"] is False
    assert list(tomllib.loads(named)["workspaces"]) == names
    with Workspaces(names, tmp_path) as fleet:
        (tmp_path / "workspaces.toml").write_text(named)
        for name in names:
            values = {"matrix.workspace": name}
            values |= {f"secrets.{one.upper()}_KEY": fleet.keys[one] for one in names}
            for step in job["steps"]:
                _run_step(step, values, fleet)
        for name in names:
            plan = json.loads((tmp_path / "out" / name / "plan.json").read_text("utf-8"))
            uids = {item["schedule_uid"] for item in plan["items"]}
            assert uids == set(fleet.sandboxes[name].world.schedules)
            assert fleet.changes(name) == 0


def _run_step(step: dict[str, Any], values: dict[str, str], fleet: Workspaces) -> None:
    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found[1]], text)

    given = {name: filled(value) for name, value in step["env"].items()}
    base = {"EDGES_API_BASE": fleet.environment()["EDGES_API_BASE"], "HOME": str(fleet.folder)}
    subprocess.run(
        ["bash", "-e", "-c", filled(step["run"])],
        cwd=fleet.folder,
        env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **base, **given},
        check=True,
        capture_output=True,
    )
