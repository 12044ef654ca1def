"""The real commands on the machines that people have: a case is one line of the table.

Each ends with its exit code and without a traceback, names the setting that is at fault in at most five lines
of standard error, and shows no secret.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.forked import command

KEY = "fake-key-not-a-secret"
PASSWORD = "fake" + "-pass-word"
LIVE = {"EDGES_API_KEY": KEY, "EDGES_API_BASE": "https://edges.invalid/v1"}
NOTEBOOK = (
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {"papermill": %b}, "cells": ['
    b'{"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "execution_count": null%b}]}'
)
"""With what papermill tells of its run, and with or without a cell's outputs."""
SPELLINGS = {
    "bom": b"\xef\xbb\xbfEDGES_MAX_RPS=odd\n",
    "utf-16": "EDGES_MAX_RPS=odd\n".encode("utf-16"),
    "export": b"export EDGES_MAX_RPS=odd\n",
    "quotes": b'EDGES_MAX_RPS="odd"\r\n',
    "spaces": b"  EDGES_MAX_RPS = odd  \n",
}


class Case(NamedTuple):
    """What is set, what is run, and what comes of it."""

    name: str
    command: str
    environ: dict[str, str]
    code: int
    told: str
    dotenv: bytes | None = None


def live(name: str, told: str, **environ: str) -> Case:
    """A setting that a live workspace can't be reached with."""
    return Case(name, "doctor", LIVE | environ, 2, told)


CASES = (
    Case("apply-without-key", "apply", {}, 2, "EDGES_API_KEY"),
    Case("undo-without-key", "undo", {}, 2, "--sandbox"),
    Case("start-without-key", "start --mode apply", {}, 2, "EDGES_SANDBOX"),
    Case("watch-without-key", "watch", {}, 2, "EDGES_API_KEY"),
    Case("apply-unapproved", "apply", LIVE, 2, "approve"),
    Case("undo-unapproved", "undo", LIVE, 2, "all"),
    Case("digest-is-none", "apply --approve yes", LIVE, 2, "approve: 'yes'"),
    Case("dotenv-without-key", "apply", {}, 2, ".env gives no EDGES_API_KEY", b"OTHER=1\n"),
    Case("dotenv-not-utf-8", "doctor", {}, 2, ".env is not UTF-8", b"EDGES_API_KEY=\xe9\n"),
    Case("dotenv-twice", "doctor", {}, 2, "EDGES_MAX_RPS twice", b"EDGES_MAX_RPS=1\nEDGES_MAX_RPS=2\n"),
    Case("dotenv-open-quote", "doctor", {}, 2, "Line 1 of", b'EDGES_API_KEY="abc\n'),
    *(Case(f"dotenv-{name}", "doctor", {}, 2, "EDGES_MAX_RPS", text) for name, text in SPELLINGS.items()),
    live("key-with-space", "EDGES_API_KEY", EDGES_API_KEY=f"{KEY} x"),
    live("key-too-short", "EDGES_API_KEY", EDGES_API_KEY="test"),
    live("base-no-url", "EDGES_API_BASE", EDGES_API_BASE="edges"),
    live("base-with-password", "EDGES_API_BASE", EDGES_API_BASE=f"https://u:{PASSWORD}@h/v1"),
    live("rate", "EDGES_MAX_RPS", EDGES_MAX_RPS="fast"),
    live("sandbox-no-switch", "EDGES_SANDBOX", EDGES_SANDBOX="maybe"),
    live("ledger-port", "EDGES_LEDGER", EDGES_LEDGER=f"postgresql://u:{PASSWORD}@h:x/d"),
    live("ledger-at", "EDGES_LEDGER", EDGES_LEDGER=f"postgresql://u:1@{PASSWORD}@h/d"),
    live("ledger-slash", "EDGES_LEDGER", EDGES_LEDGER=f"postgresql://u:1/{PASSWORD}@h/d"),
    live("ledger-other", "EDGES_LEDGER", EDGES_LEDGER=f"oracle://u:{PASSWORD}@h/d"),
    live("ledger-driver", "EDGES_LEDGER", EDGES_LEDGER=f"postgresql+asyncpg://u:{PASSWORD}@h/d"),
    live("ledger-in-memory", "EDGES_LEDGER", EDGES_LEDGER="sqlite:///:memory:"),
    live("ledger-folder", "EDGES_LEDGER", EDGES_LEDGER="/tmp"),
    live("ledger-device", "EDGES_LEDGER", EDGES_LEDGER="/dev/full"),
    live("ledger-below-a-file", "EDGES_LEDGER", EDGES_LEDGER=f"{__file__}/ledger.sqlite"),
    live("ledger-too-long", "EDGES_LEDGER", EDGES_LEDGER="/tmp/" + "x" * 300),
    live("ledger-not-utf-8", "EDGES_LEDGER is not UTF-8", EDGES_LEDGER="/tmp/l\udcff"),
    live("key-not-utf-8", "EDGES_API_KEY is not UTF-8", EDGES_API_KEY=f"{KEY}\udcff"),
    live("base-odd-host", "EDGES_API_BASE", EDGES_API_BASE="https://edges..invalid/v1"),
    live("base-long-host", "EDGES_API_BASE", EDGES_API_BASE=f"https://{'a' * 70}.invalid/v1"),
    live("base-control-sign", "EDGES_API_BASE", EDGES_API_BASE="https://h/\x1b[31m/v1"),
    live("rate-of-never", "EDGES_MAX_RPS", EDGES_MAX_RPS="1e-300"),
    live("ledger-without-slashes", "EDGES_LEDGER", EDGES_LEDGER=f"postgres:u:{PASSWORD}@h/d"),
    live("certificates-missing", "SSL_CERT_FILE", SSL_CERT_FILE="/nonexistent.pem"),
    live("certificates-none", "SSL_CERT_FILE", SSL_CERT_FILE=__file__),
    live("certificates-folder", "SSL_CERT_DIR", SSL_CERT_DIR="/nonexistent"),
    live("certificates-bundle", "REQUESTS_CA_BUNDLE", REQUESTS_CA_BUNDLE="/nonexistent.pem"),
    live("proxy-scheme", "HTTPS_PROXY", HTTPS_PROXY=f"htp://u:{PASSWORD}@h:1"),
    live("proxy-port", "HTTPS_PROXY", HTTPS_PROXY=f"http://u:{PASSWORD}@h:x"),
    live("proxy-small-letters", "https_proxy", https_proxy="http://[::1"),
    live("proxy-all", "ALL_PROXY", ALL_PROXY=f"socks4://u:{PASSWORD}@h:1"),
    live("proxy-odd-host", "HTTPS_PROXY", HTTPS_PROXY=f"http://u:{PASSWORD}@a..b:1"),
    live("proxy-not-utf-8", "HTTPS_PROXY", HTTPS_PROXY=f"http://u:{PASSWORD}\udcff@h:1"),
    live("secrets-of-tls", "SSLKEYLOGFILE", SSLKEYLOGFILE="/nonexistent/log"),
    live("proxy-exceptions", "NO_PROXY", NO_PROXY="fe80::/10"),
    live(
        "keyring-backend", "PYTHON_KEYRING_BACKEND", EDGES_API_KEY="", PYTHON_KEYRING_BACKEND="no.such.Ring"
    ),
    live("home-missing", "EDGES_LEDGER", HOME="/nonexistent"),
    Case("folder-not-utf-8", "preview --sandbox --out-dir o\udcff", {}, 2, "not UTF-8"),
    Case("folder-of-nobody", "preview --sandbox --out-dir ~nobody-here/x", {}, 2, "home folder"),
    Case("workspace-file", "preview --workspace acme", {}, 2, "workspaces.toml"),
    Case("no-notebook", "report .env", {}, 2, "not an executed notebook", b"{}"),
    Case("no-notebook-list", "report .env", {}, 2, "not an executed notebook", b"[]"),
    Case("no-outputs", "report .env", {}, 2, "not an executed notebook", NOTEBOOK % (b"{}", b"")),
    Case("papermill-null", "report .env", {}, 0, "", NOTEBOOK % (b"null", b', "outputs": []')),
    Case("on-a-hub", "lab", {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}, 0, ""),
    Case("ascii", "doctor --settings", {"PYTHONIOENCODING": "ascii"}, 0, ""),
    Case("narrow", "doctor --settings", {"COLUMNS": "20", "TERM": "dumb"}, 0, ""),
    Case("version", "--version", {}, 0, ""),
)


MAIN = "from edges_nb.cli import main; main()"


STARTS = "PYTHON"
"""How variables begin that Python reads when it starts."""


def run(
    case: Case, tmp_path: Path, code: str = "", before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a case in a forked process, and where the start of a process counts in one of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    home = {"HOME": str(tmp_path / "home"), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "home").mkdir()
    if case.dotenv is not None:
        (place / ".env").write_bytes(case.dotenv)
        (place / ".env").chmod(0o600)
    environ = kept | home | case.environ
    arguments = case.command.split()
    fresh = code or before or any(name.startswith(STARTS) for name in case.environ)
    if not fresh and case.code == 2:
        return command(arguments, place, environ, tmp_path)
    return subprocess.run(
        [*before, sys.executable, "-c", code or MAIN, *arguments],
        cwd=place,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_machine_ends_a_command_with_a_sentence_and_no_secret(case: Case, tmp_path: Path) -> None:
    done = run(case, tmp_path)
    everything = done.stdout + done.stderr
    assert done.returncode == case.code, everything
    assert "Traceback" not in everything
    assert case.told in done.stderr
    assert len(done.stderr.splitlines()) <= 5
    assert KEY not in everything
    assert PASSWORD not in everything
    assert not (tmp_path / "place" / "out").exists()


def test_settings_in_force_are_listed_with_where_they_come_from(tmp_path: Path) -> None:
    proxy = f"http://user:{PASSWORD}@proxy.example.com:3128"
    environ = {"EDGES_API_KEY": KEY, "EDGES_LEDGER": "mine.sqlite", "HTTPS_PROXY": proxy}
    told = run(Case("", "doctor --settings", environ, 0, "", b"EDGES_MAX_RPS=3\n"), tmp_path).stdout
    assert "EDGES_API_KEY: set, not shown (variable)" in told
    assert f"EDGES_LEDGER: {tmp_path / 'place' / 'mine.sqlite'} (variable)" in told
    assert f"EDGES_MAX_RPS: 3 ({tmp_path / 'place' / '.env'})" in told
    assert "HTTPS_PROXY: http://proxy.example.com:3128/… (variable)" in told
    assert KEY not in told
    assert PASSWORD not in told


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_ledger_in_postgresql_without_its_driver_is_told(tmp_path: Path, scheme: str) -> None:
    case = live("", "EDGES_LEDGER", EDGES_LEDGER=f"{scheme}://u:{PASSWORD}@h/d")
    done = run(case, tmp_path, f"import sys; sys.modules['psycopg'] = None; {MAIN}")
    told = "EDGES_LEDGER names a PostgreSQL database: run pip install 'edges-nb[postgres]'."
    assert (done.returncode, done.stderr) == (2, f"edges-nb: {told}\n")


def test_a_user_without_name_and_home_migrates_the_sandbox(tmp_path: Path) -> None:
    """As in containers that run with any uid."""
    # Where root runs this, the nameless user owns what root owns: a home that nobody can make.
    case = Case("", "apply --sandbox --out-dir out", {"HOME": "/proc/nobody"}, 0, "")
    nobody = (
        ["unshare", "--map-user=12345"] if subprocess.run(["unshare", "-U", "true"]).returncode == 0 else []
    )
    done = run(case, tmp_path, before=nobody)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "place" / "out" / "report.html").exists()
