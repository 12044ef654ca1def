"""A ledger of any version is brought up to date, refused untouched, or said to be none."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from edges_nb.errors import LedgerError
from edges_nb.ledger import versions
from edges_nb.ledger.schema import METADATA, REVISION
from edges_nb.ledger.states import BEGUN, State
from edges_nb.ledger.store import Ledger

from .records import WORKSPACE, record

OLD = Path(__file__).with_name("ledger_0_1_0.sql")
"""What 0.1.0 itself wrote: a replacement in each state, and one of another workspace."""


def as_of_0_1_0(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text())


def changed(path: Path, *statements: str) -> str:
    """Change a ledger as another program would, and return what the file is then."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return digest(path)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def columns(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {t: [row[1] for row in connection.execute(f"PRAGMA table_info({t})")] for t in sorted(tables)}


def test_a_ledger_of_0_1_0_is_carried_over_with_all_that_is_in_it(path: Path) -> None:
    as_of_0_1_0(path)
    ledger = Ledger.open(path)
    records = ledger.records(WORKSPACE)
    assert {uid: record.state for uid, record in records.items()} == {
        **{f"old-{state}": state for state in State},
        "elsewhere-paused": State.PAUSED,
    }
    assert records["old-cancelling"].new_uid == "new-cancelling"
    assert records["old-cancelling"].memo.stock is None
    assert set(ledger.past(WORKSPACE).begun) == {f"old-{s}" for s in BEGUN - {State.CONTINUING}} | {
        "elsewhere-paused"
    }
    assert [event["phase"] for event in ledger.events(WORKSPACE, "old-paused")] == ["seen", "intent"]
    assert ledger.plan(WORKSPACE, "plan-0123456789ab") is not None
    records["old-paused"].state = State.CREATING
    ledger.save(records["old-paused"], "create", "intent")
    ledger.close()


def test_a_ledger_that_was_carried_over_has_the_tables_of_a_new_one(path: Path, tmp_path: Path) -> None:
    as_of_0_1_0(path)
    Ledger.open(path).close()
    new = tmp_path / "new.sqlite"
    Ledger.open(new).close()
    assert columns(path) == columns(new)


def test_a_copy_is_kept_of_what_is_brought_up_to_date(path: Path) -> None:
    as_of_0_1_0(path)
    before = columns(path)
    Ledger.open(path).close()
    Ledger.open(path).close()
    (copy,) = path.parent.glob("*.bak")
    assert copy.name.startswith("ledger.sqlite.0.1.0-")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert columns(copy) == before


def test_a_failed_upgrade_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_of_0_1_0(path)
    before = columns(path)

    def fail(connection: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(versions, "_note_version", fail)
    with pytest.raises(LedgerError):
        Ledger.open(path)
    assert columns(path) == before


@pytest.mark.parametrize("version", ["0.9.0", "a-revision-of-tomorrow"])
def test_newer_tables_are_refused_untouched_with_the_version_that_is_needed(path: Path, version: str) -> None:
    Ledger.open(path).close()
    before = changed(
        path,
        f"UPDATE alembic_version SET version_num = '{version}'",
        "UPDATE about SET value = '0.9.1' WHERE name = 'written_by'",
    )
    with pytest.raises(LedgerError, match=r"install edges-nb 0\.9\.1 or newer"):
        Ledger.open(path)
    assert digest(path) == before


def _in_memo(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (memo,) = connection.execute("SELECT memo FROM replacements").fetchone()
    return f"UPDATE replacements SET memo = '{json.dumps({**json.loads(memo), 'of_tomorrow': 1})}'"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_in_memo, "the field of_tomorrow"),
        (lambda _: "UPDATE replacements SET kind = 'of_tomorrow'", "the kind of_tomorrow"),
        (lambda _: "UPDATE replacements SET state = 'of_tomorrow'", "the state of_tomorrow"),
        (lambda _: "UPDATE replacements SET \"order\" = 'of_tomorrow'", "the order of_tomorrow"),
    ],
)
def test_a_row_of_a_newer_version_is_refused_untouched(
    path: Path, change: Callable[[Path], str], told: str
) -> None:
    with closing(Ledger.open(path)) as ledger:
        ledger.save(record(), "read", "seen")
    later = "UPDATE about SET value = '7.1.2' WHERE name = 'written_by'"
    before = changed(path, change(path), later)
    with closing(Ledger.open(path)) as ledger, pytest.raises(LedgerError) as caught:
        ledger.past(WORKSPACE)
    assert told in str(caught.value)
    assert "install edges-nb 7.1.2 or newer" in str(caught.value)
    assert digest(path) == before


def test_another_program_s_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    before = changed(path, "CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(LedgerError, match="tables of another program"):
        Ledger.open(path)
    assert digest(path) == before


def test_migrations_lead_from_the_first_version_to_this_one() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(versions.__file__).with_name("migrations")))
    chain = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert chain == [REVISION, *reversed(versions.OLDER)]


def test_an_up_to_date_ledger_is_opened_without_alembic(path: Path) -> None:
    Ledger.open(path).close()
    script = (
        "import sys; from edges_nb.ledger.store import Ledger; Ledger.open(sys.argv[1]).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 0


def test_tables_are_as_the_metadata_says(path: Path) -> None:
    Ledger.open(path).close()
    assert set(columns(path)) == {*METADATA.tables, "alembic_version"}
