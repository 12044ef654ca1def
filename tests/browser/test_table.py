"""A table in a browser, and what comes from the kernel between the press of a click and its release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from edges_nb.widgets.search_table import SearchTable

DRAW = """
async ([script, state]) => {
  const [heard, sent] = [{}, []];
  const model = { state, sent, get: () => model.state, off: () => {}, send: (message) => sent.push(message) };
  model.on = (what, act) => { heard[what] = act; };
  model.arrives = (next) => { model.state = next; heard["change:state"](); };
  window.model = model;
  document.body.innerHTML = "<div id='table'></div><p>elsewhere</p>";
  const module = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  module.default.render({ model, el: document.getElementById("table") });
}
"""


def frame(outcome: str) -> pd.DataFrame:
    return pd.DataFrame({"uid": ["a", "b", "c"], "outcome": [outcome] * 3})


@pytest.fixture
def table() -> SearchTable:
    return SearchTable(frame("not begun"), key="uid", caption="What was done")


@pytest.fixture
def arrives(page: Page, table: SearchTable) -> Callable[[str], None]:
    """Send other rows to the page."""
    drawn: Any = table.widget().children[-1]
    page.evaluate(DRAW, [drawn._esm, drawn.state])

    def send(outcome: str) -> None:
        table.show(frame(outcome))
        page.evaluate("state => window.model.arrives(state)", drawn.state)

    return send


def press(page: Page, part: Locator) -> None:
    box = part.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / 2)
    page.mouse.down()


def sent(page: Page) -> list[dict[str, object]]:
    return list(page.evaluate("window.model.sent"))


def test_rows_that_arrive_are_shown_at_once(page: Page, arrives: Callable[[str], None]) -> None:
    arrives("migrated")
    expect(page.get_by_text("migrated")).to_have_count(3)


def test_click_is_not_lost_when_rows_arrive_before_its_release(
    page: Page, arrives: Callable[[str], None]
) -> None:
    press(page, page.get_by_role("rowheader", name="b"))
    arrives("migrated")
    page.mouse.up()
    expect(page.get_by_text("migrated")).to_have_count(3)
    assert sent(page) == [{"what": "select", "keys": ["b"], "on": True, "alone": True}]


def test_rows_arrive_after_a_press_that_is_released_elsewhere(
    page: Page, arrives: Callable[[str], None]
) -> None:
    press(page, page.get_by_role("rowheader", name="b"))
    page.mouse.move(600, 500)
    arrives("migrated")
    expect(page.get_by_text("migrated")).to_have_count(0)
    page.mouse.up()
    expect(page.get_by_text("migrated")).to_have_count(3)
    assert sent(page) == []


def test_open_list_of_page_lengths_does_not_hold_rows_back(
    page: Page, arrives: Callable[[str], None]
) -> None:
    press(page, page.get_by_label("Rows on a page"))
    arrives("migrated")
    expect(page.get_by_text("migrated")).to_have_count(3)
