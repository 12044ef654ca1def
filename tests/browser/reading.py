"""What a person sees of a panel in the page: texts, buttons, choices, rows of tables."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

SOON = 15_000  # milliseconds that the page may take while tests of other processes run beside it


def panel(page: Page, number: int = 0) -> Locator:
    """The panel of an output, from the top of the notebook."""
    return page.locator(".jp-OutputArea-output > .edges-nb-panel, .jp-OutputArea-output .edges-nb-panel").nth(
        number
    )


def button(page: Page, name: str) -> Locator:
    """The button that can be seen and begins like that."""
    return page.locator("button.jupyter-button:visible").filter(has_text=name)


def choose(page: Page, title: str, label: str) -> None:
    """Choose what begins like that in the list with a title."""
    field = page.locator(".widget-dropdown:visible").filter(has=page.get_by_text(title, exact=True))
    options = field.locator("option").all_text_contents()
    wanted = next(option for option in options if option.replace("\xa0", " ").startswith(label))
    field.locator("select").select_option(label=wanted)


def facet(page: Page, title: str) -> Locator:
    """The button of a filter by values; a click opens and closes its list."""
    return page.locator(".edges-nb-facets:visible").get_by_role("button", name=f"{title}:")


def tick(page: Page, title: str, *values: str, without: bool = False) -> None:
    """Tick values of a filter, to see these or all others."""
    facet(page, title).click()
    shown = page.get_by_role("group", name=title, exact=True)
    for value in values:
        shown.get_by_label(f"{value} (").check()
    if without:
        shown.get_by_label("all but the ticked").check()
    facet(page, title).click()


def edit_field(page: Page, title: str) -> Locator:
    """A field below the selected row of a plan."""
    return page.locator(".edges-nb-table .editor:visible").get_by_label(title, exact=True)


def run_as(page: Page, text: str, label: str) -> None:
    """Find an identity by typing a part of its name, and choose it."""
    edit_field(page, "Run as").press_sequentially(text)
    page.locator(".edges-nb-table .offers").get_by_role("button", name=label, exact=True).click()


def write(page: Page, title: str, text: str) -> None:
    """Write into the field with a title, and press Enter."""
    field = page.locator(".widget-text:visible").filter(has=page.get_by_text(title, exact=True))
    field.locator("input").fill(text)
    field.locator("input").press("Enter")


def rows(page: Page, heading: str) -> Locator:
    """The rows of the table that has a column."""
    table = page.locator(".edges-nb-table table:visible").filter(
        has=page.locator("thead").get_by_role("button", name=heading)
    )
    return table.locator("tbody tr[data-key]")


def expect_text(page: Page, text: str, timeout: float = SOON) -> None:
    """Wait for a text in an output."""
    shown = page.locator(".jp-OutputArea").get_by_text(text).filter(visible=True)
    expect(shown.first).to_be_visible(timeout=timeout)


def replace_first(page: Page) -> None:
    """Replace the first of the agency's 34 schedules by the panel's buttons."""
    button(page, "Replace 34 schedules").click()
    button(page, "Yes, replace the first one").click()
    expect_text(page, "What took its place")
