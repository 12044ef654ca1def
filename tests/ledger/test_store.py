"""What the ledger keeps outlives its process, and nobody else can read it."""

import sqlite3
import stat
from pathlib import Path

import pytest

from edges_nb.errors import LedgerError
from edges_nb.ledger.records import Memo
from edges_nb.ledger.states import BEGUN, State
from edges_nb.ledger.store import Ledger

from .records import CALLBACK, WORKSPACE, record


def test_saved_record_comes_back_as_it_was(ledger: Ledger) -> None:
    saved = record(kind="undo", order="guide", state=State.CREATING, plan="plan-1", new_uid="new-1")
    saved.memo = Memo(stops=1, shared=True, creates=2, stock={"x": "ACTIVE"}, removed=["y"])
    ledger.save(saved, "create", "intent")
    assert ledger.record(WORKSPACE, "old-1") == saved


def test_intent_is_on_disk_before_save_returns(ledger: Ledger, path: Path) -> None:
    ledger.save(record(state=State.PAUSING), "pause", "intent")
    with sqlite3.connect(path) as second:
        assert second.execute("SELECT state FROM replacements").fetchall() == [("pausing",)]
        assert second.execute("SELECT step, phase FROM events").fetchall() == [("pause", "intent")]


def test_ledger_survives_a_power_cut(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_saving_again_replaces_the_record_and_adds_an_event(ledger: Ledger) -> None:
    saved = record()
    for state in (State.CAPTURED, State.PAUSING, State.PAUSED):
        saved.state = state
        ledger.save(saved, state.value, "seen")
    assert list(ledger.records(WORKSPACE)) == ["old-1"]
    assert [event["step"] for event in ledger.events(WORKSPACE, "old-1")] == ["captured", "pausing", "paused"]


def test_workspaces_do_not_see_each_other(ledger: Ledger) -> None:
    ledger.save(record(), "read", "seen")
    assert ledger.records("https://other.example.com/v1") == {}
    assert ledger.events("https://other.example.com/v1", "old-1") == []


@pytest.mark.parametrize("state", State)
def test_past_tells_what_was_begun_and_what_was_replaced(ledger: Ledger, state: State) -> None:
    ledger.save(record(state=state, new_uid="new-1"), "any", "seen")
    past = ledger.past(WORKSPACE)
    assert list(past.begun) == (["old-1"] if state in BEGUN else [])
    assert list(past.children) == (["new-1"] if state is State.MIGRATED else [])


def test_queries_write_nothing(ledger: Ledger, path: Path) -> None:
    ledger.save(record(), "read", "seen")
    with sqlite3.connect(path) as second:
        before = second.execute("PRAGMA data_version").fetchone()
        ledger.past(WORKSPACE)
        ledger.records(WORKSPACE)
        ledger.events(WORKSPACE, "old-1")
        ledger.plan(WORKSPACE, "plan-1")
        assert second.execute("PRAGMA data_version").fetchone() == before


def test_plan_is_kept_once(ledger: Ledger) -> None:
    ledger.save_plan(WORKSPACE, "plan-1", '{"old-1": {"decision": "migrate"}}')
    ledger.save_plan(WORKSPACE, "plan-1", '{"old-1": {"decision": "skip"}}')
    assert ledger.plan(WORKSPACE, "plan-1") == {"old-1": {"decision": "migrate"}}
    assert ledger.plan(WORKSPACE, "plan-2") is None


def test_only_its_owner_can_read_the_ledger(ledger: Ledger, path: Path) -> None:
    ledger.save(record(), "read", "seen")
    with ledger.lock(WORKSPACE):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert len(modes) == 4
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_readable_ledger_is_closed_to_others_when_opened(path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o644)
    Ledger.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_ledger_is_not_opened_through_a_symlink(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.sqlite")
    with pytest.raises(LedgerError, match="EDGES_LEDGER"):
        Ledger.open(path)
    assert not (tmp_path / "elsewhere.sqlite").exists()


def test_a_file_that_is_no_ledger_is_told_in_one_sentence(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("no database " * 100)
    with pytest.raises(LedgerError, match=r"could not be opened: it is not a database"):
        Ledger.open(path)


def test_full_disk_is_told_without_what_was_to_be_written(ledger: Ledger) -> None:
    ledger.save(record(), "read", "seen")
    with ledger.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        # The pool hands the same connection out again.
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LedgerError, match="full") as caught:
        _fill(ledger)
    assert CALLBACK["url"] not in str(caught.value)
    assert caught.value.__cause__ is None


def _fill(ledger: Ledger) -> None:
    for number in range(500):
        ledger.save(record(f"old-{number}"), "read", "seen")
