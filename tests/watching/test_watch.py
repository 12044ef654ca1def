"""Watching as the notebook's cells do it, and as cron does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edges_nb import cli
from edges_nb.errors import BadInput, NeedsAttention
from edges_nb.models.api import CONNECTIONS
from edges_nb.notebook.watch import Watch

from .conftest import SETTINGS, Workspace

DAILY = "0 9 * * *"
COMMAND = ("edges-nb", "watch", "--action", CONNECTIONS, "--days", "2", "--out-dir")
CELLS = ("connect", "load", "risks", "savings", "schedules", "results")


@pytest.fixture
def watch(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watch]]:
    """Start a watch with some parameters, the environment leading to the workspace."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EDGES_API_BASE", workspace.sandbox.base_url)
    monkeypatch.setenv("EDGES_API_KEY", workspace.sandbox.key)
    monkeypatch.setenv("EDGES_LEDGER", workspace.ledger)
    started: list[Watch] = []

    def start(**given: Any) -> Watch:
        started.append(Watch.start(given))
        return started[-1]

    yield start
    for one in started:
        one.edges.close()


def go(watch: Watch) -> dict[str, str]:
    return {cell: repr(getattr(watch, cell)()) for cell in CELLS}


def test_nothing_migrated_is_said_and_is_no_error(workspace: Workspace, watch: Callable[..., Watch]) -> None:
    workspace.add("Daily", DAILY)
    told = go(quiet := watch())
    assert "SANDBOX" in told["connect"]
    assert "Nothing was migrated yet" in told["load"]
    assert repr(quiet.finish()) == "There is nothing to watch."
    assert {call.method for call in workspace.sandbox.history} == {"GET"}


def test_nothing_is_said_of_risks_before_a_first_run(
    workspace: Workspace, watch: Callable[..., Watch]
) -> None:
    workspace.migrate(workspace.add("Daily", DAILY))
    told = go(young := watch())
    for said in (told["load"], told["risks"], repr(young.finish())):
        assert "1 has no result yet, a first run is under way" in said
        assert "at risk" not in said


def test_a_risk_ends_with_an_error_after_everything_is_written(
    workspace: Workspace, watch: Callable[..., Watch], tmp_path: Path
) -> None:
    old = workspace.add("Daily", DAILY, growth=30)
    new = workspace.migrate(old, max_results=10)[old]
    told = go(risky := watch(out_dir=str(tmp_path / "out")))
    assert "Set max_results to 60, or let it run every 4 hours." in told["risks"]
    with pytest.raises(NeedsAttention, match="1 schedule to look at"):
        risky.finish()
    (row,) = json.loads((tmp_path / "out" / "watch.json").read_text())
    assert (row["schedule_uid"], row["replaces"]) == (new, old)
    assert [finding["code"] for finding in row["findings"]] == ["may_lose"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "max_results is 10" in page
    assert workspace.sandbox.key not in page


def test_a_step_that_comes_too_early_says_which_one_is_missing(watch: Callable[..., Watch]) -> None:
    with pytest.raises(BadInput, match=r"load\(\)"):
        watch().risks()


def test_parameters_are_checked_before_anything_is_requested(
    workspace: Workspace, watch: Callable[..., Watch]
) -> None:
    with pytest.raises(BadInput, match="days is -1: it can't be less than 0"):
        watch(days=-1)
    assert workspace.sandbox.history == []


def test_the_command_writes_its_report_and_exits_with_what_it_found(
    workspace: Workspace,
    watch: Callable[..., Watch],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert watch
    workspace.migrate(workspace.add("Daily", DAILY, growth=30), max_results=10)
    monkeypatch.setattr(sys, "argv", [*COMMAND, str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    assert ended.value.code == 1
    assert "SANDBOX" in told.out
    assert "1 schedule to look at" in told.err
    assert "max_results is 10" in (tmp_path / "out" / "report.html").read_text()
    assert (tmp_path / "out" / "watch.json").exists()
