"""What people set to reach the world, with a real proxy and an authority that nobody else knows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edges_nb.settings import serve_sandbox
from tests.cli.tunnel import HOST, Tunnel
from tests.forked import command

NO_SOCKS = "import sys; sys.modules['socksio'] = None; from edges_nb.cli import main; main()"
"""The command, where the extra is not installed."""


@pytest.fixture
def tunnel(tmp_path: Path) -> Iterator[Tunnel]:
    sandbox = serve_sandbox()
    with Tunnel(sandbox, tmp_path) as tunnel:
        yield tunnel
    sandbox.stop()


def doctor(
    tunnel: Tunnel, tmp_path: Path, code: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Look at the workspace behind a tunnel, with these variables and no others."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ours = {"EDGES_API_KEY": tunnel.key, "EDGES_API_BASE": f"https://{HOST}/v1"}
    given = kept | ours | environ
    if not code:
        return command(["doctor"], tmp_path, given, tmp_path)
    return subprocess.run(
        [sys.executable, "-c", code, "doctor"],
        cwd=tmp_path,
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [("ALL_PROXY", "socks5"), ("HTTPS_PROXY", "socks5h"), ("https_proxy", "http")],
)
def test_requests_go_through_the_proxy_that_is_set(
    tunnel: Tunnel, tmp_path: Path, variable: str, scheme: str
) -> None:
    proxy = {variable: f"{scheme}://127.0.0.1:{tunnel.port}"}
    done = doctor(tunnel, tmp_path, SSL_CERT_FILE=str(tunnel.authority), **proxy)
    assert done.returncode == 0, done.stderr
    assert tunnel.hosts == {("connect" if scheme == "http" else "socks5", HOST)}


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"])
def test_an_authority_of_ones_own_is_trusted_where_it_is_named(
    tunnel: Tunnel, tmp_path: Path, variable: str
) -> None:
    place = tunnel.hashed_folder(tmp_path / "ca") if variable == "SSL_CERT_DIR" else tunnel.authority
    proxy = f"http://127.0.0.1:{tunnel.port}"
    done = doctor(tunnel, tmp_path, HTTPS_PROXY=proxy, **{variable: str(place)})
    assert done.returncode == 0, done.stderr


def test_an_authority_that_is_not_named_is_told_with_what_is_set(tunnel: Tunnel, tmp_path: Path) -> None:
    done = doctor(tunnel, tmp_path, HTTPS_PROXY=f"http://u:fake-password@127.0.0.1:{tunnel.port}")
    assert done.returncode == 1
    assert "SSL_CERT_FILE" in done.stderr
    assert "set: HTTPS_PROXY" in done.stderr
    assert "fake-password" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_socks_proxy_without_the_extra_is_told_in_one_sentence(tunnel: Tunnel, tmp_path: Path) -> None:
    done = doctor(tunnel, tmp_path, NO_SOCKS, ALL_PROXY=f"socks5://u:fake-password@127.0.0.1:{tunnel.port}")
    assert done.returncode == 2
    told = "edges-nb: ALL_PROXY names a SOCKS proxy: run pip install 'edges-nb[socks]'.\n"
    assert done.stderr == told
    assert tunnel.hosts == set()
