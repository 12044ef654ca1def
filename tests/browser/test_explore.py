"""01_explore in JupyterLab: run all, filter, select, and the pictures follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, expect

from edges_nb.notebook.runner import find_notebook

from .conftest import Stage
from .lab import Notebook
from .reading import SOON, choose, expect_text, rows, write

Opened = Callable[[Path], Notebook]


def test_filter_and_selection_narrow_table_and_pictures(opened: Opened, page: Page, stage: Stage) -> None:
    notebook = opened(find_notebook("01_explore"))
    assert notebook.run_all()
    expect_text(page, "All 60 schedules: nothing is filtered out.")
    expect_text(page, "51 active schedules, seven days from")

    choose(page, "Status", "PAUSED (3)")
    expect_text(page, "3 of 60 schedules: status PAUSED.")
    expect(rows(page, "Runs a day").and_(page.locator(":has-text('PAUSED')"))).to_have_count(3, timeout=SOON)
    expect_text(page, "0 active schedules, seven days from")
    choose(page, "Status", "all")

    write(page, "Query", "runs_per_day >= 1 and name.str.contains('sync')")
    expect_text(page, "query runs_per_day >= 1")
    write(page, "Query", "no_such_column > 1")
    expect_text(page, "there is no column no_such_column")
    write(page, "Query", "")

    write(page, "Search", "Team sync")
    expect_text(page, "4 of 60 schedules: name contains “Team sync”.")
    table = rows(page, "Next run (UTC)")
    expect(table).to_have_count(4, timeout=SOON)
    table.nth(0).locator("th").click()
    table.nth(2).locator("th").click(modifiers=["ControlOrMeta"])
    expect_text(page, "2 schedules chosen. To migrate these alone")
    chosen = [table.nth(place).get_attribute("data-key") or "" for place in (0, 2)]
    told = page.get_by_label("Parameter only").text_content() or ""  # it may be scrolled out of sight
    assert sorted(told.removeprefix('only = "').rstrip('"').split(",")) == sorted(chosen)
    assert set(chosen) <= set(stage.sandbox.world.schedules)

    assert {call.method for call in stage.sandbox.history} == {"GET"}


def test_page_answers_while_a_load_goes_on(opened: Opened, page: Page, stage: Stage) -> None:
    notebook = opened(find_notebook("01_explore"))
    assert notebook.run_all()
    write(page, "Search", "Connections")  # widgets have a thread of their own after this
    expect_text(page, "10 of 60 schedules: name contains “Connections”.")
    stage.sandbox.behaviour = replace(stage.sandbox.behaviour, latency=2.5)
    notebook.begin_cell("Exploration.start")
    expect_text(page, "Reading the workspace: ")
    write(page, "Search", "Team sync")
    expect_text(page, "4 of 60 schedules: name contains “Team sync”.")
    expect_text(page, "Reading the workspace: ")


def test_rows_can_be_selected_without_a_mouse(opened: Opened, page: Page) -> None:
    notebook = opened(find_notebook("01_explore"))
    assert notebook.run_all()
    write(page, "Search", "Team sync")
    table = rows(page, "Next run (UTC)")
    expect(table).to_have_count(4, timeout=SOON)
    cells = len(notebook.cells)
    table.nth(0).get_by_role("checkbox").focus()
    page.keyboard.press("ArrowDown")
    expect(table.nth(1).get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    expect_text(page, "1 schedule chosen. To migrate these alone")
    page.keyboard.press("d")
    page.keyboard.press("d")  # JupyterLab's way to delete a cell
    assert len(notebook.cells) == cells


def test_executed_notebook_reads_well_where_it_is_not_trusted(opened: Opened, page: Page) -> None:
    opened(find_notebook("01_explore"))
    expect(
        page.locator(".jp-OutputArea").get_by_text("All 60 schedules: nothing is filtered out.")
    ).to_be_visible()
    expect(page.locator(".jupyter-widgets")).to_have_count(0)
    expect(page.get_by_text("Northwind Sales 01").first).to_be_visible()
