"""`edges-nb lab`: notebooks of one's own, and without a key one sandbox that all of them share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .lab import LabServer, Notebook
from .reading import SOON, button, expect_text, rows, write


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LabServer]:
    for name in ("EDGES_API_KEY", "EDGES_API_BASE", "EDGES_LEDGER"):
        monkeypatch.delenv(name, raising=False)
    begin = "from edges_nb.cli import main; main()"
    command = [sys.executable, "-c", begin, "lab", "--folder", str(tmp_path / "notebooks")]
    server = LabServer(tmp_path, {"HOME": str(tmp_path)}, command)
    yield server
    server.stop()


def test_what_one_notebook_did_is_seen_in_another(server: LabServer, page: Page) -> None:
    assert Notebook.open(page, server, "02_migrate.ipynb").run_all()
    button(page, "Replace 34 schedules").click()
    button(page, "Yes, replace the first one").click()
    expect_text(page, "What took its place")
    uid = rows(page, "New schedule").first.locator("td").last.get_attribute("title") or ""

    assert Notebook.open(page, server, "01_explore.ipynb").run_all()
    expect_text(page, "SANDBOX")
    expect_text(page, "All 61 schedules")
    write(page, "Search", uid)
    found = rows(page, "Next run (UTC)")
    expect(found).to_have_count(1, timeout=SOON)
    assert found.first.get_attribute("data-key") == uid
