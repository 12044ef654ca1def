"""01_explore in JupyterLab: run all, filter, select, and the pictures follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect

from edges_nb.models.api import CONNECTIONS
from edges_nb.notebook.runner import find_notebook

from .conftest import Stage
from .lab import Notebook
from .reading import SOON, button, expect_text, facet, rows, tick, write

Opened = Callable[[Path], Notebook]


def test_page_answers_whatever_is_filtered_chosen_and_loaded(
    opened: Opened, page: Page, stage: Stage
) -> None:
    notebook = opened(find_notebook("01_explore"))
    assert notebook.run_all()
    notebook.draw_all()
    filters_take_several_values_and_leave_some_out(page)
    cleared(page)
    pictures_tell_values_and_filter_by_a_click(page)
    cleared(page)
    order_and_page_length_survive_a_filter(page)
    cleared(page)
    filter_and_selection_narrow_table_and_pictures(page, stage)
    rows_are_selected_without_a_mouse(page, notebook)
    page_answers_while_a_load_goes_on(page, stage, notebook)


def cleared(page: Page) -> None:
    button(page, "Clear filters").click()
    expect_text(page, "All 60 schedules: nothing is filtered out.")


def filter_and_selection_narrow_table_and_pictures(page: Page, stage: Stage) -> None:
    expect_text(page, "All 60 schedules: nothing is filtered out.")
    expect_text(page, "51 active schedules, seven days from")

    tick(page, "Status", "PAUSED")
    expect_text(page, "3 of 60 schedules: status PAUSED.")
    expect(rows(page, "Runs a day").and_(page.locator(":has-text('PAUSED')"))).to_have_count(3, timeout=SOON)
    expect_text(page, "0 active schedules, seven days from")
    button(page, "Clear filters").click()

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


def filters_take_several_values_and_leave_some_out(page: Page) -> None:
    tick(page, "Status", "PAUSED", "COMPLETED")
    expect_text(page, "5 of 60 schedules: status COMPLETED or PAUSED.")
    tick(page, "Status", without=True)
    expect_text(page, "55 of 60 schedules: status not COMPLETED and not PAUSED.")
    expect(facet(page, "Status")).to_contain_text("not COMPLETED, PAUSED")

    facet(page, "Identity").click()
    shown = page.get_by_role("group", name="Identity", exact=True)
    shown.get_by_label("Find Identity").press_sequentially("prairie growth 02")
    expect(shown.locator(".values label")).to_have_count(1, timeout=SOON)
    expect(shown.get_by_label("Find Identity")).to_be_focused()
    shown.get_by_label("Prairie Growth 02 (").check()
    expect_text(page, "identity Prairie Growth 02, status not COMPLETED and not PAUSED.")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(facet(page, "Identity")).to_be_focused()


def pictures_tell_values_and_filter_by_a_click(page: Page) -> None:
    expect_text(page, "51 active schedules, seven days from")
    hour = page.locator('.edges-nb-picture rect[data-pick="Mon 09:00 UTC"]')
    assert "Mon 09:00: " in (hour.locator("title").text_content() or "")
    hour.click()
    expect_text(page, "of 60 schedules: due Mon 09:00 UTC.")
    expect(rows(page, "Next run (UTC)").and_(page.locator(":has-text('PAUSED')"))).to_have_count(0)
    button(page, "Clear filters").click()

    page.locator('.edges-nb-picture rect[data-pick="Northwind Sales 01"]').click()
    expect_text(page, "7 of 60 schedules: identity Northwind Sales 01.")
    # One bar is no picture; what it comes to is a sentence.
    expect_text(page, "Northwind Sales 01: ")
    expect(page.locator('.edges-nb-picture rect[data-pick="Northwind Sales 02"]')).to_have_count(
        0, timeout=SOON
    )


def order_and_page_length_survive_a_filter(page: Page) -> None:
    table = page.locator(".edges-nb-table").filter(has=page.get_by_text("Schedules that fit"))
    table.locator("thead th").filter(has_text="Name").click(position={"x": 120, "y": 10})  # beside the word
    table.get_by_label("Rows on a page").select_option("25")
    expect(rows(page, "Next run (UTC)")).to_have_count(25, timeout=SOON)
    tick(page, "Status", "ACTIVE")
    expect_text(page, "Rows 1 to 25 of 53 rows")
    names = rows(page, "Next run (UTC)").locator("th").all_text_contents()
    assert names == sorted(names, key=str.casefold)
    expect(table.locator("thead th").filter(has_text="Name")).to_have_attribute("aria-sort", "ascending")


def page_answers_while_a_load_goes_on(page: Page, stage: Stage, notebook: Notebook) -> None:
    write(page, "Search", "Connections")  # widgets have a thread of their own after this
    expect_text(page, "10 of 60 schedules: name contains “Connections”.")
    stage.sandbox.behaviour = replace(stage.sandbox.behaviour, latency=2.5)
    notebook.begin_cell("Exploration.start")
    expect_text(page, "Reading the workspace: ")
    write(page, "Search", "Team sync")
    expect_text(page, "4 of 60 schedules: name contains “Team sync”.")
    expect_text(page, "Reading the workspace: ")


def rows_are_selected_without_a_mouse(page: Page, notebook: Notebook) -> None:
    table = rows(page, "Next run (UTC)")
    cells = len(notebook.cells)
    table.nth(0).get_by_role("checkbox").focus()
    page.keyboard.press("ArrowDown")
    expect(table.nth(1).get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    expect_text(page, "3 schedules chosen. To migrate these alone")
    page.keyboard.press("d")
    page.keyboard.press("d")  # JupyterLab's way to delete a cell
    assert len(notebook.cells) == cells


def test_selection_goes_over_to_the_migration_by_a_button(opened: Opened, page: Page, stage: Stage) -> None:
    assert opened(find_notebook("01_explore")).run_all()
    tick(page, "Identity", "Outreach desk Paris 02", "Outreach desk Berlin 01")
    button(page, "Save the selection for 02_migrate").click()
    expect_text(page, "schedules saved as")

    migration = nbformat.read(find_notebook("02_migrate"), as_version=4)
    cell = next(cell for cell in migration.cells if "parameters" in cell.metadata.get("tags", ()))
    cell.source = cell.source.replace('only: str = ""', 'only: str = "selection.csv"')
    file = stage.lab.notebooks / "selected.ipynb"
    nbformat.write(migration, file)
    assert Notebook.open(page, stage.lab, file.name).run_all()
    expect_text(page, "2 of the selected schedules are of other actions and are left out.")
    world = stage.sandbox.world
    names = ("Outreach desk Paris 02", "Outreach desk Berlin 01")
    wanted = {each.uid for each in world.identities.values() if each.name in names}
    of_action = [s for s in world.schedules.values() if s.action_name == CONNECTIONS]
    number = sum(bool(wanted & {*each.identity_ids}) for each in of_action)
    expect(rows(page, "Warnings")).to_have_count(number, timeout=SOON)
    link = rows(page, "Warnings").first.get_by_role("link")
    assert (link.get_attribute("href") or "").rpartition("/")[2] in wanted


def test_executed_notebook_reads_well_where_it_is_not_trusted(opened: Opened, page: Page) -> None:
    opened(find_notebook("01_explore"))
    expect(
        page.locator(".jp-OutputArea").get_by_text("All 60 schedules: nothing is filtered out.")
    ).to_be_visible()
    expect(page.locator(".jupyter-widgets")).to_have_count(0)
    expect(page.get_by_text("Northwind Sales 01").first).to_be_visible()
