"""The browser is found on the machine, or installed, or missed without a crash."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from . import chromium


@pytest.fixture
def playwright(tmp_path: Path) -> Any:
    """Playwright, whose own browser would be in a folder that is empty."""
    return SimpleNamespace(chromium=SimpleNamespace(executable_path=str(tmp_path / "own-chromium")))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(place: Path) -> str:
    place.write_text("#!/bin/sh\n")
    place.chmod(0o755)
    return str(place)


def test_a_chrome_of_the_machine_is_taken_first(playwright: Any, path: Path) -> None:
    program(Path(playwright.chromium.executable_path))
    expected = program(path / "google-chrome")

    assert chromium.chromium_at_hand(playwright) == expected


def test_playwrights_own_is_taken_where_the_machine_has_none(playwright: Any, path: Path) -> None:
    assert chromium.chromium_at_hand(playwright) is None

    expected = program(Path(playwright.chromium.executable_path))

    assert chromium.chromium_at_hand(playwright) == expected


def test_the_distributions_package_is_tried_where_playwrights_download_fails(
    playwright: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run(command: list[str], **_: object) -> None:
        asked.append(command[0])
        if "playwright" in command:
            raise subprocess.CalledProcessError(1, command)
        program(path / "chromium")

    program(path / "apt-get")
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium.subprocess, "run", run)

    assert chromium.install_chromium(playwright) == str(path / "chromium")
    assert len(asked) == 2


def test_none_is_told_where_none_can_be_installed(
    playwright: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **_: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(chromium.subprocess, "run", run)

    assert chromium.install_chromium(playwright) is None
