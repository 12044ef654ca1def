"""Printing goes through the browser that is there, into a private file."""

import stat
from pathlib import Path

import pytest

from edges_nb.errors import BadInput
from edges_nb.reports.pdf import write_pdf


def browser(folder: Path, script: str) -> str:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


PRINTS = (
    'for option; do case $option in --print-to-pdf=*) cat "${last#file://}" > "${option#*=}";; esac; done'
)
LAST = "for last; do :; done"


def test_the_page_is_printed_into_a_file_for_its_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    assert write_pdf("<p>page", target, browser=browser(tmp_path, f"{LAST}\n{PRINTS}")) == target
    assert target.read_text() == "<p>page"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_the_browser_gets_a_profile_of_its_own(tmp_path: Path) -> None:
    told = tmp_path / "told"
    write_pdf("x", tmp_path / "x.pdf", browser=browser(tmp_path, f'echo "$@" > {told}\n{LAST}\n{PRINTS}'))
    assert "--headless" in told.read_text()
    assert "--user-data-dir=" in told.read_text()


def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="needs Chrome or Chromium"):
        write_pdf("x", tmp_path / "x.pdf")


@pytest.mark.parametrize("script", ["exit 1", "exit 0"])
def test_a_browser_that_prints_nothing_is_told(tmp_path: Path, script: str) -> None:
    with pytest.raises(BadInput, match="did not print"):
        write_pdf("x", tmp_path / "x.pdf", browser=browser(tmp_path, script))
    assert not (tmp_path / "x.pdf").exists()


def test_a_browser_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="could not print"):
        write_pdf("x", tmp_path / "x.pdf", browser=str(tmp_path / "none"))
