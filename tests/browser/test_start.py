"""03_start_incremental in JupyterLab, by hand: filled in, seen, agreed to, and there once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from edges_nb.notebook.runner import find_notebook

from .conftest import Stage
from .lab import Notebook
from .reading import button, choose, expect_text, write

Opened = Callable[[Path], Notebook]


def test_choose_see_agree_and_start_once(opened: Opened, page: Page, stage: Stage) -> None:
    notebook = opened(find_notebook("03_start_incremental"))
    assert notebook.run_all()
    before = set(stage.sandbox.world.schedules)
    button(page, "Start this schedule").scroll_into_view_if_needed()
    for label in ("Once", "And again"):
        choose(page, "Identity", "Prairie Growth 01")
        write(page, "Input", '{"linkedin_url": "https://www.linkedin.com/in/prairie"}')
        write(page, "Callback", "https://hooks.example.com/prairie")
        write(page, "Name", label)
        write(page, "Cron", "45 6 * * 1-5")
        expect_text(page, "At 06:45, Monday through Friday, America/Chicago.")
        button(page, "Start this schedule").click()
        if label == "Once":
            expect_text(page, "Start it?")
            button(page, "Yes, start it").click()
            expect_text(page, "1 of 1 schedule was started.")
        else:
            expect_text(page, "It is there already")
    (new,) = set(stage.sandbox.world.schedules) - before
    schedule = stage.sandbox.world.schedules[new]
    assert (schedule.cron, schedule.timezone, schedule.status) == (
        "45 6 * * 1-5",
        "America/Chicago",
        "ACTIVE",
    )
    assert schedule.parameters == {"sync_mode": "incremental"}
