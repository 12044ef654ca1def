"""Reports in a real browser: they keep to their policy, can be used by everybody, and run nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page

from edges_nb.notebook.runner import find_notebook
from edges_nb.reports.apply_report import applied_parts
from edges_nb.reports.page import page as made
from edges_nb.reports.page import page_from_notebook
from edges_nb.reports.pdf import write_pdf
from edges_nb.reports.preview_report import preview_parts
from tests.reports.pages import PAGES
from tests.reports.payloads import PAYLOADS
from tests.reports.samples import asked, one_of_each, outcome

from .axe import violations
from .hostile import Watch

PHONE, LAPTOP = 390, 1280
A4 = (595, 842)  # points
PRINTED = 718  # CSS pixels of an A4 page between margins of a centimetre
INTRUDER = (
    "<script>trap()</script><img src='https://evil.example/x.png' onerror='trap()'>"
    "<link rel=stylesheet href='https://evil.example/x.css'><iframe src='https://evil.example/'></iframe>"
)


def notebook_page(name: str) -> Callable[[], str]:
    return lambda: page_from_notebook(nbformat.read(find_notebook(name), as_version=4))


NOTEBOOKS = ("01_explore", "02_migrate", "03_start_incremental", "04_watch")
REPORTS = {**PAGES, **{name: notebook_page(name) for name in NOTEBOOKS}}
LARGE = ("applied-thousand", "preview-thousand")


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": LAPTOP, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def shown(tab: Page, tmp_path: Path) -> Callable[[str], Watch]:
    """Open a page from a file, as a mail's attachment is opened."""

    def show(content: str) -> Watch:
        file = tmp_path / "report.html"
        file.write_text(content, encoding="utf-8")
        watch = Watch(tab, file.as_uri())
        tab.goto(file.as_uri())
        return watch

    return show


@pytest.mark.parametrize("name", list(REPORTS))
def test_report_asks_nobody_fits_a_phone_and_can_be_used_by_everybody(
    name: str, shown: Callable[[str], Watch], tab: Page
) -> None:
    watch = shown(REPORTS[name]())
    for width in (PHONE, LAPTOP):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if name not in LARGE:
        tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(tab) == [], scheme
    assert watch.wrongs == []


def test_report_is_printed_on_a4_with_every_row(
    chromium: str, shown: Callable[[str], Watch], tab: Page, tmp_path: Path
) -> None:
    printed = write_pdf(REPORTS["preview-agency"](), tmp_path / "report.pdf", browser=chromium).read_bytes()
    sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[0 0 ([\d. ]+)\]", printed)}
    assert {(round(width), round(height)) for width, height in sizes} == {A4}

    shown(REPORTS["preview-agency"]())
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": PRINTED, "height": 1000})
    assert tab.evaluate("document.documentElement.scrollWidth") <= PRINTED
    folded = tab.locator("details:not([open]) tbody tr")
    assert folded.count() > 0
    assert all(row.is_visible() for row in folded.all())


def test_policy_of_the_page_holds_whatever_gets_into_it(shown: Callable[[str], Watch], tab: Page) -> None:
    report = REPORTS["preview-agency"]()
    assert "</main>" in report

    watch = shown(report.replace("</main>", f"{INTRUDER}</main>"))
    tab.wait_for_timeout(300)

    assert tab.locator("main > script").count() == 1  # it got in, and did nothing
    assert watch.wrongs == []


def test_trap_is_not_fired_by_any_payload(shown: Callable[[str], Watch], tab: Page) -> None:
    items = [item for payload in PAYLOADS for item in one_of_each(payload)]
    endings = [("rolled_back", payload) for payload in PAYLOADS]
    question = asked(
        title=" ".join(PAYLOADS), where=PAYLOADS[0], parameters={text: text for text in PAYLOADS}
    )
    parts = [*preview_parts(question, items), *applied_parts(question, items, outcome(items, endings))]
    # Without the policy: the page has to be harmless on its own.
    watch = shown(made(question, parts).replace("Content-Security-Policy", "X-Nothing"))
    tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    tab.wait_for_timeout(500)

    assert watch.wrongs == []


def test_trap_works(shown: Callable[[str], Watch], tab: Page) -> None:
    watch = shown("<!DOCTYPE html><img src=x onerror=trap()>")
    tab.wait_for_timeout(300)

    assert watch.wrongs[-1:] == ["the trap was run"]
