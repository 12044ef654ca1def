"""Settings come from the environment, then `.env`; what can't be used is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from edges_nb.errors import BadInput
from edges_nb.settings import Settings

KEY = "fake-key-not-a-secret"


def test_environment_goes_before_the_file(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"EDGES_API_KEY={KEY}\nEDGES_API_BASE=https://file.example.com/v1\nEDGES_MAX_RPS=3\n")
    env.chmod(0o600)
    settings = Settings.from_env({"EDGES_API_BASE": "https://environment.example.com/v1"}, tmp_path)
    assert settings.base_url == "https://environment.example.com/v1"
    assert (settings.key.reveal(), settings.max_rps, settings.sandbox) == (KEY, 3.0, False)


def test_defaults_are_the_real_api_and_a_ledger_of_the_user(tmp_path: Path) -> None:
    settings = Settings.from_env({"EDGES_API_KEY": KEY}, tmp_path)
    assert settings.base_url == "https://api.edges.run/v1"
    assert settings.max_rps is None
    assert settings.ledger.endswith("ledger.sqlite")
    assert Path(settings.ledger).is_absolute()


def test_without_a_key_everything_is_a_sandbox_with_a_ledger_of_its_own(tmp_path: Path) -> None:
    settings = Settings.from_env({"EDGES_LEDGER": str(tmp_path / "mine.sqlite")}, tmp_path)
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
        Settings.from_env({"EDGES_API_KEY": KEY, "EDGES_API_BASE": base}, tmp_path)


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:8080/v1", "http://127.9.9.9/v1", "http://localhost:1/v1", "http://[::1]:8080/v1"],
)
def test_plain_http_is_fine_on_this_machine(base: str, tmp_path: Path) -> None:
    assert Settings.from_env({"EDGES_API_KEY": KEY, "EDGES_API_BASE": base}, tmp_path).base_url == base


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan", "inf"])
def test_rate_that_is_no_positive_number_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EDGES_MAX_RPS"):
        Settings.from_env({"EDGES_API_KEY": KEY, "EDGES_MAX_RPS": text}, tmp_path)


@pytest.mark.parametrize("base", ["", "api.edges.run", "https://", "https://api.example.com/v1?key=fake"])
def test_base_that_is_no_address_is_refused_or_the_default(base: str, tmp_path: Path) -> None:
    environ = {"EDGES_API_KEY": KEY, "EDGES_API_BASE": base}
    if not base:
        assert Settings.from_env(environ, tmp_path).base_url == "https://api.edges.run/v1"
        return
    with pytest.raises(BadInput, match="EDGES_API_BASE"):
        Settings.from_env(environ, tmp_path)


def test_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"EDGES_API_KEY={KEY}\n")
    env.chmod(0o644)
    with pytest.warns(UserWarning, match="600") as caught:
        Settings.from_env({}, tmp_path)
    assert KEY not in str(caught[0].message)


def test_key_with_a_line_break_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EDGES_API_KEY") as caught:
        Settings.from_env({"EDGES_API_KEY": f"{KEY}\nX-Other: 1"}, tmp_path)
    assert KEY not in str(caught.value)
