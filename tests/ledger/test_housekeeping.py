"""`edges-nb ledger` shows, checks, copies and prunes, and tells no secret unasked."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edges_nb.cli import app
from edges_nb.errors import BadInput, EdgesNbError, LedgerError, NotWritten
from edges_nb.ledger import housekeeping
from edges_nb.ledger.locks import LedgerBusyError
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger

from .records import CALLBACK, WORKSPACE, record

Command = Callable[..., str]


@pytest.fixture
def command(ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `edges-nb ledger …` on a ledger with a finished and an open replacement; gives what it prints."""
    ledger.save(record("done-1", state=State.MIGRATED, new_uid="new-1"), "cancel", "done")
    ledger.save(record("open-1", state=State.PAUSED), "pause", "done")
    ledger.save_plan(WORKSPACE, "plan-1", "{}")
    monkeypatch.setenv("EDGES_LEDGER", str(path))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["ledger", *arguments])
        if isinstance(result.exception, EdgesNbError):
            raise result.exception
        assert result.exit_code == 0
        return result.output

    return run


def test_show_counts_states_and_names_what_is_open(command: Command, path: Path) -> None:
    told = json.loads(command("show", "--json"))
    (workspace,) = told["workspaces"]
    assert told["ledger"] == str(path)
    assert workspace["workspace"] == WORKSPACE
    assert workspace["states"] == {"migrated": 1, "paused": 1}
    assert [(one["old_uid"], one["state"]) for one in workspace["open"]] == [("open-1", "paused")]
    assert "not finished: open-1 (migration), paused since" in command("show")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_show_tells_secrets_only_when_asked(command: Command, options: list[str]) -> None:
    assert CALLBACK["url"] not in command("show", *options)


def test_show_with_secrets_tells_the_whole_request(ledger: Ledger) -> None:
    ledger.save(record("open-1", state=State.PAUSED), "pause", "done")
    (workspace,) = housekeeping.show(ledger, with_secrets=True)["workspaces"]
    assert workspace["open"][0]["request"]["callback"] == CALLBACK


def test_check_counts_what_it_read(command: Command) -> None:
    assert json.loads(command("check", "--json"))["rows"] == {"replacements": 2, "events": 2, "plans": 1}
    assert "is whole" in command("check")


def test_check_finds_a_row_that_can_t_be_read_and_shows_nothing_of_it(command: Command, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE replacements SET request = substr(request, 20) WHERE old_uid = 'done-1'")
        connection.commit()
    with pytest.raises(LedgerError, match="damaged") as caught:
        command("check")
    assert "fake-not-a-secret" not in str(caught.value)


def test_backup_of_a_ledger_in_use_is_whole(command: Command, ledger: Ledger, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with ledger.lock(WORKSPACE), ledger.engine.begin() as unfinished:
        unfinished.exec_driver_sql("UPDATE replacements SET state = 'created'")
        command("backup", str(copy))
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(Ledger.open(copy)) as opened:
        assert opened.records(WORKSPACE)["open-1"].state is State.PAUSED
        assert opened.plan(WORKSPACE, "plan-1") == {}
    assert sorted(one.name for one in tmp_path.glob("*copy*")) == ["copy.sqlite"]


def test_backup_never_overwrites(command: Command, tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite").write_text("mine")
    with pytest.raises(BadInput, match="is there already"):
        command("backup", str(tmp_path / "copy.sqlite"))
    assert (tmp_path / "copy.sqlite").read_text() == "mine"


def test_backup_into_a_folder_that_is_missing_is_told(command: Command, tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="can't be written"):
        command("backup", str(tmp_path / "missing" / "copy.sqlite"))


def test_prune_removes_what_is_finished_and_old_and_nothing_else(ledger: Ledger, path: Path) -> None:
    for uid, state in (("done-1", State.MIGRATED), ("open-1", State.CREATING), ("back-1", State.ROLLED_BACK)):
        ledger.save(record(uid, state=state, plan=f"plan-of-{uid}"), "any", "done")
        ledger.save_plan(WORKSPACE, f"plan-of-{uid}", "{}")
    _date_back(path)
    ledger.save(record("young-1", state=State.MIGRATED), "cancel", "done")
    removed = housekeeping.prune(ledger, date(2026, 6, 1))
    assert removed == {"replacements": 2, "events": 2, "plans": 2}
    assert set(ledger.records(WORKSPACE)) == {"open-1", "young-1"}
    assert len(ledger.events(WORKSPACE, "open-1")) == 1
    assert ledger.plan(WORKSPACE, "plan-of-open-1") == {}


def test_what_was_pruned_leaves_the_file(ledger: Ledger, path: Path) -> None:
    for number in range(100):
        ledger.save(record(f"done-{number}", state=State.MIGRATED), "cancel", "done")
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    housekeeping.prune(ledger, date(2100, 1, 1))
    assert all(b"fake-not-a-secret" not in file.read_bytes() for file in path.parent.iterdir())
    assert path.stat().st_size < before / 2


def test_prune_waits_for_no_run(ledger: Ledger, path: Path) -> None:
    ledger.save(record(state=State.MIGRATED), "cancel", "done")
    with ledger.lock(WORKSPACE), closing(Ledger.open(path)) as other, pytest.raises(LedgerBusyError):
        housekeeping.prune(other, date(2100, 1, 1))


def test_prune_wants_a_date(command: Command) -> None:
    with pytest.raises(BadInput, match="write a date"):
        command("prune", "--before", "yesterday")


def test_no_command_makes_a_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGES_LEDGER", str(tmp_path / "none.sqlite"))
    result = CliRunner().invoke(app, ["ledger", "show"])
    assert isinstance(result.exception, BadInput)
    assert not (tmp_path / "none.sqlite").exists()


def _date_back(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE replacements SET updated_at = '2026-01-01T00:00:00.000+00:00'")
        connection.execute("UPDATE events SET at = '2026-01-01T00:00:00.000+00:00'")
        connection.execute("UPDATE plans SET at = '2026-01-01T00:00:00.000+00:00'")
        connection.commit()
