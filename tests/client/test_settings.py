"""Settings come from the environment, then `.env`; what can't be used is told in one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest

from edges_nb.errors import BadInput
from edges_nb.redaction import Secret
from edges_nb.settings import Settings, serve_sandbox

KEY = "fake-key-not-a-secret"


def read(environ: dict[str, str], folder: Path) -> Settings:
    """Read the settings of an environment, with `.env` of a folder."""
    with patch.dict(os.environ, environ):
        return Settings.from_env(folder=folder)


def test_environment_goes_before_the_file(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"EDGES_API_KEY={KEY}\nEDGES_API_BASE=https://file.example.com/v1\nEDGES_MAX_RPS=3\n")
    env.chmod(0o600)
    settings = read({"EDGES_API_BASE": "https://environment.example.com/v1"}, tmp_path)
    assert settings.base_url == "https://environment.example.com/v1"
    assert (settings.key.reveal(), settings.max_rps, settings.sandbox) == (KEY, 3.0, False)


def test_defaults_are_the_real_api_and_a_ledger_of_the_user(tmp_path: Path) -> None:
    settings = read({"EDGES_API_KEY": KEY}, tmp_path)
    assert settings.base_url == "https://api.edges.run/v1"
    assert settings.max_rps is None
    assert settings.ledger.endswith("ledger.sqlite")
    assert Path(settings.ledger).is_absolute()


def test_without_a_key_everything_is_a_sandbox_with_a_ledger_of_its_own(tmp_path: Path) -> None:
    settings = read({"EDGES_LEDGER": str(tmp_path / "mine.sqlite")}, tmp_path)
    assert settings.sandbox
    assert settings.base_url.startswith("http://127.0.0.1:")
    assert settings.ledger != str(tmp_path / "mine.sqlite")


@pytest.mark.parametrize(
    "base",
    [
        "http://api.example.com/v1",
        "http://127.0.0.1.example.com/v1",
        "http://10.0.0.1/v1",
        "ftp://127.0.0.1/v1",
    ],
)
def test_key_is_not_sent_in_the_clear(base: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="https"):
        read({"EDGES_API_KEY": KEY, "EDGES_API_BASE": base}, tmp_path)


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:8080/v1", "http://127.9.9.9/v1", "http://localhost:1/v1", "http://[::1]:8080/v1"],
)
def test_plain_http_is_fine_on_this_machine(base: str, tmp_path: Path) -> None:
    assert read({"EDGES_API_KEY": KEY, "EDGES_API_BASE": base}, tmp_path).base_url == base


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan", "inf"])
def test_rate_that_is_no_positive_number_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EDGES_MAX_RPS"):
        read({"EDGES_API_KEY": KEY, "EDGES_MAX_RPS": text}, tmp_path)


@pytest.mark.parametrize("base", ["", "api.edges.run", "https://", "https://api.example.com/v1?key=fake"])
def test_base_that_is_no_address_is_refused_or_the_default(base: str, tmp_path: Path) -> None:
    environ = {"EDGES_API_KEY": KEY, "EDGES_API_BASE": base}
    if not base:
        assert read(environ, tmp_path).base_url == "https://api.edges.run/v1"
        return
    with pytest.raises(BadInput, match="EDGES_API_BASE"):
        read(environ, tmp_path)


def test_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"EDGES_API_KEY={KEY}\n")
    env.chmod(0o644)
    with pytest.warns(UserWarning, match="600") as caught:
        read({}, tmp_path)
    assert KEY not in str(caught[0].message)


@pytest.mark.parametrize("odd", ["\nX-Other:1", "\x01x", " x", "é"])
def test_key_that_is_no_header_is_refused_without_showing_it(odd: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EDGES_API_KEY") as caught:
        read({"EDGES_API_KEY": f"{KEY}{odd}"}, tmp_path)
    assert KEY not in str(caught.value)


class KeyringError(Exception):
    """As the keyring's own."""


def install_keyring(patch: pytest.MonkeyPatch, get_password: Callable[[str, str], str]) -> None:
    """Put a keyring in place, whether or not there is one on this machine."""
    errors = ModuleType("keyring.errors")
    keyring = ModuleType("keyring")
    vars(errors)["KeyringError"] = KeyringError
    vars(keyring).update(get_password=get_password, errors=errors)
    patch.setitem(sys.modules, "keyring", keyring)
    patch.setitem(sys.modules, "keyring.errors", errors)


def test_key_is_found_in_the_keyring_where_nothing_else_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def get_password(service: str, name: str) -> str:
        asked.append((service, name))
        return KEY

    install_keyring(monkeypatch, get_password)
    assert read({}, tmp_path).key.reveal() == KEY
    assert asked == [("edges-nb", "EDGES_API_KEY")]
    assert read({"EDGES_API_KEY": "fake-other"}, tmp_path).key.reveal() == "fake-other"


def test_keyring_that_stays_locked_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service: str, name: str) -> str:
        raise KeyringError

    install_keyring(monkeypatch, locked)
    assert read({}, tmp_path).sandbox


@pytest.mark.parametrize(
    ("given", "ledger"),
    [
        (
            "postgresql+psycopg://team:fake@db.example.com/edges",
            "postgresql+psycopg://team:fake@db.example.com/edges",
        ),
        ("/srv/ledger.sqlite", "/srv/ledger.sqlite"),
        ("~/ledger.sqlite", str(Path.home() / "ledger.sqlite")),
    ],
)
def test_ledger_is_a_path_or_an_address(given: str, ledger: str, tmp_path: Path) -> None:
    assert read({"EDGES_API_KEY": KEY, "EDGES_LEDGER": given}, tmp_path).ledger == ledger


def test_served_sandbox_is_known_for_one_by_its_key_and_address(tmp_path: Path) -> None:
    served = serve_sandbox(0)
    try:
        environ = {"EDGES_API_KEY": served.key, "EDGES_API_BASE": served.base_url}
        assert read(environ, tmp_path).sandbox
        assert not read(environ | {"EDGES_API_KEY": KEY}, tmp_path).sandbox
        with pytest.raises(BadInput, match="already in use"):
            serve_sandbox(int(served.base_url.rsplit(":", 1)[1].partition("/")[0]))
    finally:
        served.stop()
    elsewhere = {"EDGES_API_KEY": served.key, "EDGES_API_BASE": "https://api.example.com/v1"}
    assert not read(elsewhere, tmp_path).sandbox


def test_settings_show_neither_the_key_nor_the_ledgers_password() -> None:
    settings = Settings(
        Secret(KEY), "https://api.example.com/v1", "postgresql://team:fake@db.example.com/edges"
    )
    assert KEY not in repr(settings)
    assert "fake@" not in repr(settings)
