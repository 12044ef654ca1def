"""Both notebooks in both themes, on a small and a large screen: everybody can use them, nothing overflows."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from edges_nb.notebook.runner import find_notebook

from .axe import violations
from .conftest import Stage
from .hostile import OVERFLOWING
from .lab import Notebook
from .reading import SOON, button, rows

THEMES = ("JupyterLab Light", "JupyterLab Dark")
SCREENS = (1280, 1920)
SPOILED = """() => [...document.querySelectorAll('.edges-nb :is(td:first-child, dt)')].filter(cell => {
    const look = getComputedStyle(cell);
    return look.textAlign === 'right' || look.float !== 'none';
}).map(cell => cell.innerText)"""
"""What JupyterLab's own rules for outputs do to tables and facts, unless ours are stronger."""


def check(page: Page, notebook: Notebook) -> None:
    for theme in THEMES:
        notebook.command("apputils:change-theme", theme=theme)
        page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
        page.wait_for_timeout(500)  # colours move to where they stay
        found = violations(page, ".jp-OutputArea .edges-nb-panel")
        assert found == [], theme
    assert page.evaluate(SPOILED) == []
    for width in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        panels = page.locator(".edges-nb-panel, .edges-nb")
        beyond = [panels.nth(place).evaluate(OVERFLOWING) for place in range(panels.count())]
        assert [found for found in beyond if found] == [], width


def opened(page: Page, stage: Stage, name: str) -> Notebook:
    notebook = Notebook.open(page, stage.lab, stage.lab.put(find_notebook(name)))
    assert notebook.run_all()
    return notebook


def test_panels_to_explore_can_be_used_by_everybody(page: Page, stage: Stage) -> None:
    notebook = opened(page, stage, "01_explore")
    expect(page.locator(".edges-nb-table table:visible").first).to_be_visible(timeout=SOON)

    check(page, notebook)


def test_panel_of_a_migration_can_be_used_by_everybody_before_and_after(page: Page, stage: Stage) -> None:
    notebook = opened(page, stage, "02_migrate")
    rows(page, "Warnings").nth(6).locator("th").click()
    button(page, "Replace 34 schedules").click()
    check(page, notebook)
    button(page, "Yes, replace the first one").click()
    expect(rows(page, "New schedule")).to_have_count(1, timeout=SOON)
    rows(page, "New schedule").locator("th").click()

    check(page, notebook)


def test_panel_of_a_start_can_be_used_by_everybody(page: Page, stage: Stage) -> None:
    notebook = opened(page, stage, "03_start_incremental")
    expect(button(page, "Start this schedule")).to_be_visible(timeout=SOON)

    check(page, notebook)
