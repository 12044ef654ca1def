"""Several workspaces at once: each gets what is its own, and what is wrong with one is told of that one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.trouble import ODD, Trouble, told
from tests.fleet.workspaces import Workspaces
from tests.forked import command

GOOD = ("acme", "beta")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Workspaces]:
    with Workspaces([*GOOD, *ODD], tmp_path) as fleet:
        yield fleet


def test_what_is_wrong_with_one_workspace_is_told_of_that_one_and_the_others_migrate(
    fleet: Workspaces,
) -> None:
    trouble = Trouble(fleet)
    done = fleet.command("fleet", "apply", "--approve", "all", "--out-dir", "done", "-j", "3")
    rows = told(fleet, "done")
    assert done.returncode == 2, done.stderr
    assert {name for name, row in rows.items() if row["status"] == "ok"} == {*GOOD, "limited", "slow"}
    assert "401 AUTH_EXPIRED" in rows["refused"]["reason"]
    assert "check the variable KEY_REFUSED" in rows["refused"]["reason"]
    assert "which is acme in the workspaces file" in rows["swapped"]["reason"]
    assert "SIGKILL" in rows["killed"]["reason"]
    assert trouble.killed
    for name in (*GOOD, "limited", "slow"):
        assert fleet.modes(name) == ["incremental"] * 4, rows[name]
        assert rows[name]["counts"] == {"migrated": 4}
    assert fleet.changes("refused") == fleet.changes("swapped") == 0
    page = (fleet.folder / "done" / "index.html").read_text()
    assert page.index(">refused<") < page.index(">acme<")

    trouble.end()
    before = fleet.changes("acme")
    again = ("acme", "refused", "swapped", "killed")
    done = fleet.command("fleet", "apply", "--approve", "all", "--out-dir", "done", "--only", ",".join(again))
    assert done.returncode == 0, done.stderr
    assert {name: fleet.modes(name) for name in again} == dict.fromkeys(again, ["incremental"] * 4)
    assert fleet.changes("acme") == before
    everything = "".join(path.read_text("utf-8") for path in fleet.folder.glob("*/**/*.*") if path.is_file())
    assert not any(key in everything for key in fleet.keys.values())


def test_nothing_is_begun_where_a_name_a_key_or_an_approval_is_wrong(fleet: Workspaces) -> None:
    (fleet.folder / "odd.json").write_text('{"nobody": "plan-0123456789ab", "acme": "yes"}')
    for arguments, words in (
        (("preview", "--only", "acme,nobody"), "There is no workspace nobody"),
        (("preview", "--only", ","), "names no workspace"),
        (("apply",), "--approve"),
        (("apply", "--approve", "odd.json"), "nobody is no workspace of the file; acme has no digest"),
        (("apply", "--approve", "missing.json"), "no file of approvals"),
    ):
        done = command(["fleet", *arguments], fleet.folder, fleet.environment(), fleet.folder)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
    without = fleet.environment(KEY_ACME="", KEY_BETA="")
    done = command(["fleet", "preview"], fleet.folder, without, fleet.folder)
    assert "line 1, acme: there is no key in the variable KEY_ACME; line 4, beta" in done.stderr
    assert not any(fleet.sandboxes[name].history for name in fleet.sandboxes)


def test_what_nobody_approved_is_left_alone(fleet: Workspaces) -> None:
    assert fleet.command("fleet", "preview", "--only", "acme,beta", "--out-dir", "seen").returncode == 0
    approvals = json.loads((fleet.folder / "seen" / "approvals.json").read_text())
    (fleet.folder / "mine.json").write_text(
        json.dumps({"acme": approvals["acme"], "slow": approvals["beta"]})
    )
    done = fleet.command(
        "fleet", "apply", "--only", "acme,beta,slow", "--approve", "mine.json", "--out-dir", "d"
    )
    assert done.returncode == 2, done.stderr
    rows = told(fleet, "d")
    assert [rows[name]["status"] for name in ("acme", "beta", "slow")] == ["ok", "attention", "failed"]
    assert "not among the approvals" in rows["beta"]["reason"]
    assert fleet.changes("beta") == fleet.changes("slow") == 0
    assert fleet.command("fleet", "watch", "--only", "acme", "--out-dir", "w").returncode in (0, 1)
    assert told(fleet, "w")["acme"]["status"] in ("ok", "attention")
    assert (
        fleet.command("fleet", "undo", "--only", "acme", "--approve", "all", "--out-dir", "u").returncode == 0
    )
    assert fleet.modes("acme") == ["full"] * 4
