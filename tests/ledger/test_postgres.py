"""A team's ledger in PostgreSQL keeps and locks as the file does, also while its server comes and goes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from edges_nb.errors import BadInput, LedgerError
from edges_nb.ledger import housekeeping, locks
from edges_nb.ledger.failures import LedgerLostError
from edges_nb.ledger.locks import LedgerBusyError
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger

from .postgres_server import Server, pooling, serving
from .records import CALLBACK, WORKSPACE, record
from .test_versions import OLD

HOLD = (
    "import sys; from edges_nb.ledger.store import Ledger\n"
    "with Ledger.open(sys.argv[1]).lock(sys.argv[2]): print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    return server.database()


@pytest.fixture
def shared(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    # Who waits for a lock sees sooner that its holder lives.
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.2)
    with closing(Ledger.open(url)) as ledger:
        yield ledger


@contextmanager
def colleague_of(url: str) -> Iterator[Ledger]:
    with closing(Ledger.open(url)) as colleague:
        yield colleague


def test_saved_record_is_seen_by_a_colleague(shared: Ledger, url: str) -> None:
    saved = record(state=State.CREATING, new_uid="new-1")
    shared.save(saved, "create", "intent")
    shared.save_plan(WORKSPACE, "plan-1", '{"old-1": {"decision": "migrate"}}')
    with colleague_of(url) as colleague:
        assert colleague.record(WORKSPACE, "old-1") == saved
        assert colleague.plan(WORKSPACE, "plan-1") == {"old-1": {"decision": "migrate"}}
        assert [event["phase"] for event in colleague.events(WORKSPACE, "old-1")] == ["intent"]


def test_colleague_is_kept_out_while_a_run_is_at_work(shared: Ledger, url: str) -> None:
    with colleague_of(url) as colleague:
        with shared.lock(WORKSPACE), pytest.raises(LedgerBusyError), colleague.lock(WORKSPACE):
            raise AssertionError("two runs at once")
        with colleague.lock(WORKSPACE):
            pass


def test_another_workspace_is_free(shared: Ledger, url: str) -> None:
    with colleague_of(url) as colleague, shared.lock(WORKSPACE), colleague.lock("another"):
        pass


def test_lock_outlives_its_connections(shared: Ledger, url: str, server: Server) -> None:
    with colleague_of(url) as colleague, shared.lock(WORKSPACE):
        server.end_connections(url)
        with pytest.raises(LedgerBusyError), colleague.lock(WORKSPACE):
            raise AssertionError("two runs at once")
        shared.save(record(), "read", "seen")


def test_a_lock_that_was_taken_over_fences_its_holder_off(shared: Ledger, url: str, server: Server) -> None:
    with colleague_of(url) as colleague, shared.lock(WORKSPACE):
        _expire(server, url)
        with colleague.lock(WORKSPACE):
            colleague.save(record(), "read", "seen")
            with pytest.raises(LedgerLostError, match="took the lock"):
                shared.save(record(state=State.PAUSING), "pause", "intent")
        assert colleague.records(WORKSPACE)["old-1"].state is State.PLANNED


def test_a_killed_holder_s_lock_is_taken_over_when_it_ends(shared: Ledger, url: str, server: Server) -> None:
    command = [sys.executable, "-c", HOLD, url, WORKSPACE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    threading.Timer(1.5, _expire, [server, url]).start()
    with shared.lock(WORKSPACE):
        shared.save(record(), "read", "seen")


def _end_connections(server: Server, url: str) -> None:
    server.end_connections(url)


def _kill(server: Server, url: str) -> None:
    server.kill()
    threading.Timer(0.7, server.start_again).start()


def _stop(server: Server, url: str) -> None:
    stopping = server.stopped()
    stopping.__enter__()
    threading.Timer(0.7, stopping.__exit__, [None, None, None]).start()


def _make_read_only(server: Server, url: str) -> None:
    name = sa.make_url(url).database
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    server.end_connections(url)

    def end() -> None:
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
        server.end_connections(url)

    threading.Timer(0.7, end).start()


OUTAGES = [_end_connections, _kill, _stop, _make_read_only]


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_short_outage_is_waited_for(
    shared: Ledger, url: str, server: Server, outage: Callable[[Server, str], None]
) -> None:
    with shared.lock(WORKSPACE):
        shared.save(record(), "read", "seen")
        outage(server, url)
        for state in (State.PAUSING, State.PAUSED):
            shared.save(record(state=state), state.value, "seen")
    assert shared.records(WORKSPACE)["old-1"].state is State.PAUSED
    assert [event["step"] for event in shared.events(WORKSPACE, "old-1")] == ["read", "pausing", "paused"]


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_client_that_is_killed_in_an_outage_leaves_what_was_saved(
    shared: Ledger, url: str, server: Server, outage: Callable[[Server, str], None]
) -> None:
    shared.save(record(state=State.PAUSING), "pause", "intent")
    command = [sys.executable, "-c", HOLD, url, WORKSPACE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "held\n"
        outage(server, url)
        client.send_signal(signal.SIGKILL)
    assert shared.records(WORKSPACE)["old-1"].state is State.PAUSING
    threading.Timer(1.5, _expire, [server, url]).start()
    with shared.lock(WORKSPACE):
        shared.save(record(state=State.PAUSED), "pause", "seen")


def test_a_commit_whose_answer_was_lost_is_not_made_twice(shared: Ledger) -> None:
    lost = iter([True])

    @sa.event.listens_for(shared.engine, "commit")
    def lose(connection: sa.Connection) -> None:
        if next(lost, False):
            connection.connection.commit()
            gone = ConnectionError("gone")
            raise sa.exc.OperationalError("COMMIT", None, gone, connection_invalidated=True)

    shared.save(record(), "read", "seen")
    assert next(lost, False) is False
    assert len(shared.events(WORKSPACE, "old-1")) == 1


def test_an_outage_that_lasts_ends_with_a_sentence(
    shared: Ledger, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.save(record(), "read", "seen")
    monkeypatch.setattr("edges_nb.ledger.database._PATIENCE", 1.0)
    server.kill()
    try:
        with pytest.raises(LedgerError, match="server can't be reached") as caught:
            shared.save(record(), "pause", "intent")
    finally:
        server.start_again()
    assert CALLBACK["url"] not in str(caught.value)


def test_a_server_that_never_answers_ends_with_a_sentence(
    shared: Ledger, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.save(record(), "read", "seen")
    monkeypatch.setattr("edges_nb.ledger.database._PATIENCE", 1.0)
    with server.stopped(), pytest.raises(LedgerError, match="server can't be reached"):
        shared.save(record(), "pause", "intent")


def test_behind_a_pooler_in_transaction_mode_nothing_is_lost_and_one_holds_the_lock(
    server: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.2)
    with pooling(server) as port:
        address = f"postgresql://postgres@127.0.0.1:{port}/{sa.make_url(url).database}"
        with colleague_of(address) as one, colleague_of(address) as other:
            for turn in range(3):
                with one.lock(WORKSPACE), pytest.raises(LedgerBusyError), other.lock(WORKSPACE):
                    raise AssertionError("two runs at once")
                with other.lock(WORKSPACE):
                    _save_from_many(other, turn)
            assert len(one.records(WORKSPACE)) == 24 * 3
            assert all(len(one.events(WORKSPACE, uid)) == 4 for uid in one.records(WORKSPACE))


def _save_from_many(ledger: Ledger, turn: int) -> None:
    def save(number: int) -> None:
        for step in range(4):
            ledger.save(record(f"old-{turn}-{number}"), str(step), "seen")

    threads = [threading.Thread(target=save, args=[number]) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_ledger_of_0_1_0_is_carried_over_after_a_copy(server: Server, url: str) -> None:
    _as_of_0_1_0(url)
    with colleague_of(url) as ledger:
        assert len(ledger.records(WORKSPACE)) == len(State) + 1
        tables = sa.inspect(ledger.engine).get_table_names()
        assert sum(table.startswith("replacements_0.1.0_") for table in tables) == 1
        with ledger.lock(WORKSPACE):
            ledger.save(record(), "read", "seen")


def test_newer_tables_are_refused(server: Server, shared: Ledger, url: str) -> None:
    server.execute("UPDATE alembic_version SET version_num = '9.0.0'", url)
    server.execute("UPDATE about SET value = '9.0.1' WHERE name = 'written_by'", url)
    with pytest.raises(LedgerError, match=r"install edges-nb 9\.0\.1 or newer"):
        Ledger.open(url)


def test_backup_is_a_ledger_in_one_file(shared: Ledger, tmp_path: Path) -> None:
    shared.save(record(state=State.PAUSED), "pause", "done")
    housekeeping.backup(shared, tmp_path / "copy.sqlite")
    with closing(Ledger.open(tmp_path / "copy.sqlite")) as copy:
        assert copy.records(WORKSPACE) == shared.records(WORKSPACE)
        assert copy.events(WORKSPACE, "old-1") == shared.events(WORKSPACE, "old-1")


def test_prune_and_check_work_on_a_server(shared: Ledger) -> None:
    shared.save(record(state=State.MIGRATED), "cancel", "done")
    assert housekeeping.check(shared)["replacements"] == 1
    assert housekeeping.prune(shared, date(2100, 1, 1))["replacements"] == 1


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"database": "no_such_database"}, "no such database"),
        ({"username": "nobody"}, "does not admit this user"),
    ],
)
def test_causes_are_told_apart(server: Server, change: dict[str, str], cause: str) -> None:
    with pytest.raises(LedgerError, match=cause):
        Ledger.open(server.url.set(**change).render_as_string(hide_password=False))


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("postgresql+psycopg://somebody:fake-pass-word@127.0.0.1:1/ledger", "server can't be reached"),
        ("postgres://somebody:fake-pass-word@127.0.0.1:1/ledger", "server can't be reached"),
        ("postgresql://127.0.0.1:1/ledger?password=fake-pass-word", "server can't be reached"),
        ("postgresql://somebody:fake-pass-word@no-such-host.invalid/ledger", "no such name"),
    ],
)
def test_unreachable_server_is_told_without_the_password(address: str, cause: str) -> None:
    with pytest.raises(LedgerError, match=cause) as caught:
        Ledger.open(address)
    assert "fake" not in str(caught.value)
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://somebody:fake@pass-word@127.0.0.1/ledger",
        "postgresql://somebody:fake-pass-word@127.0.0.1:port/ledger",
        "postgresql://somebody:fake-pass-word@[::1/ledger",
        "mysql://somebody:fake-pass-word@127.0.0.1/ledger",
        "://fake-pass-word",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_address_that_can_t_be_used_is_told_in_one_sentence(address: str) -> None:
    with pytest.raises(BadInput, match="EDGES_LEDGER") as caught:
        Ledger.open(address)
    assert "fake" not in str(caught.value)
    assert "pass-word" not in str(caught.value)


def test_a_missing_driver_is_told_by_the_name_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edges_nb.settings.values.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"edges-nb\[postgres\]"):
        Ledger.open("postgresql://127.0.0.1/ledger")


def _expire(server: Server, url: str) -> None:
    """Let the time of every lease pass."""
    server.execute("UPDATE leases SET expires_at = clock_timestamp() - interval '1 second'", url)


def _as_of_0_1_0(url: str) -> None:
    """Make the tables as 0.1.0 did, with the rows that 0.1.0 wrote into SQLite."""
    engine = sa.create_engine(url)
    with closing(sqlite3.connect(":memory:")) as old, engine.begin() as new:
        old.executescript(OLD.read_text())
        for table, columns in old.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            new.exec_driver_sql(columns.replace("id INTEGER NOT NULL", "id SERIAL NOT NULL"))
            names = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
            quoted, places = ", ".join(f'"{name}"' for name in names), ", ".join(["%s"] * len(names))
            for row in old.execute(f"SELECT {quoted} FROM {table}").fetchall():
                new.exec_driver_sql(f"INSERT INTO {table} ({quoted}) VALUES ({places})", tuple(row))
        new.exec_driver_sql("SELECT setval('events_id_seq', 100000)")
    engine.dispose()
