"""A page is one safe file, reads well by eye, keyboard and screen reader, and is the same bytes each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise

import pytest

from edges_nb.reports.html import tag
from edges_nb.reports.page import page
from tests.reports.markup import Markup, dangers
from tests.reports.pages import PAGES
from tests.reports.samples import asked, thousand

EVERY_PAGE = pytest.mark.parametrize("name", PAGES)


@cache
def made(name: str) -> tuple[str, Markup]:
    text = PAGES[name]()
    return text, Markup(text)


@EVERY_PAGE
def test_there_is_nothing_in_it_that_runs_or_comes_from_elsewhere(name: str) -> None:
    text, markup = made(name)
    assert dangers(markup) == []
    assert not re.search(r"<script|javascript:|@import|url\(|\bsrc=|\bon\w+=", text, re.IGNORECASE)


@EVERY_PAGE
def test_a_policy_holds_the_browser_to_that(name: str) -> None:
    _, markup = made(name)
    policies = [e.attributes["content"] for e in markup.all("meta") if "http-equiv" in e.attributes]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    ]


@EVERY_PAGE
def test_it_has_language_viewport_title_landmarks_and_a_way_past_the_top(name: str) -> None:
    _, markup = made(name)
    assert markup.one("html").attributes["lang"] == "en"
    assert "width=device-width" in {e.attributes.get("content", "")[:18] for e in markup.all("meta")}
    assert markup.all("title")[0].text
    assert [len(markup.all(landmark)) for landmark in ("header", "main", "footer")] == [1, 1, 1]
    skip = markup.all("a")[0].attributes["href"]
    assert markup.one("main").attributes["id"] == skip.removeprefix("#")


@EVERY_PAGE
def test_headings_go_down_one_level_at_a_time(name: str) -> None:
    _, markup = made(name)
    levels = [int(element.name[1]) for element in markup.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@EVERY_PAGE
def test_anchors_are_unique_and_links_on_the_page_lead_somewhere(name: str) -> None:
    _, markup = made(name)
    anchors = [element.attributes["id"] for element in markup.elements if "id" in element.attributes]
    assert len(anchors) == len(set(anchors))
    links = {e.attributes["href"] for e in markup.all("a") if e.attributes.get("href", "").startswith("#")}
    assert {link.removeprefix("#") for link in links} <= set(anchors)


@EVERY_PAGE
def test_tables_have_captions_and_scopes_and_sections_have_names(name: str) -> None:
    _, markup = made(name)
    tables = markup.all("table")
    assert len(markup.all("caption")) == len(tables)
    assert all(cell.attributes["scope"] in ("col", "row") for cell in markup.all("th"))
    assert all(cell.text.strip() for cell in markup.all("th"))
    anchors = {element.attributes.get("id") for element in markup.elements}
    assert {section.attributes["aria-labelledby"] for section in markup.all("section")} <= anchors


@EVERY_PAGE
def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(name: str) -> None:
    _, markup = made(name)
    regions = [e for e in markup.elements if e.attributes.get("class") == "scroll" or e.name == "pre"]
    assert all(e.attributes["tabindex"] == "0" for e in regions)
    assert all(e.attributes["role"] == "group" and e.attributes["aria-label"] for e in regions)


@EVERY_PAGE
def test_it_is_smaller_than_a_megabyte(name: str) -> None:
    text, _ = made(name)
    assert len(text.encode()) < 1_000_000


@EVERY_PAGE
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    assert PAGES[name]() == made(name)[0]


def test_another_process_with_other_hashes_gives_the_same_bytes() -> None:
    script = "from tests.reports.pages import PAGES; print(PAGES['applied-half'](), end='')"
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo"}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True, env=environment
    )
    assert run.stdout == made("applied-half")[0]


@pytest.mark.parametrize("name", ["preview-thousand", "applied-thousand"])
def test_every_schedule_of_a_thousand_has_its_row_and_its_anchor(name: str) -> None:
    _, markup = made(name)
    anchors = {e.attributes["id"] for e in markup.all("th") if "id" in e.attributes}
    assert anchors == {f"s-{item.uid}" for item in thousand()[0]}


@pytest.mark.parametrize("name", ["preview-thousand", "preview-agency"])
def test_a_live_page_says_so_and_a_sandbox_says_sandbox(name: str) -> None:
    _, markup = made(name)
    badges = [e.text for e in markup.all("span") if "badge" in e.attributes.get("class", "")]
    sandbox = name == "preview-agency"
    assert badges == ["SANDBOX: nothing here is a real workspace" if sandbox else "LIVE workspace"]
    assert ("SANDBOX" in markup.source) is sandbox


def test_the_first_screen_says_what_where_when_and_how_to_apply_it() -> None:
    _, markup = made("preview-thousand")
    header = " ".join(markup.one("header").text.split())
    for fact in (
        "799 of 1,000 schedules would switch to incremental mode; 18 need a decision first; 183 stay",
        "Nothing has been changed.",
        "workspace-1",
        "api.example.com",
        "Mon 2 Nov 2026, 08:00 UTC",
        "plan-0123456789ab",
        "edges-nb apply --approve plan-0123456789ab",
    ):
        assert fact in header


def test_parameters_show_no_address_and_no_credential() -> None:
    given = {"callback_url": "https://hooks.example.com/in?token=hush", "note": "Bearer hush"}
    from edges_nb.reports.page import parameters_table

    shown = parameters_table(asked(parameters=given)).markup
    assert "hooks.example.com" in shown
    assert "hush" not in shown


def test_parts_without_heading_stand_at_the_top() -> None:
    text = page(asked(), [("One", tag("p", "body")), ("", tag("p", "first"))])
    markup = Markup(text)
    assert "first" in markup.one("header").text
    assert [heading.text for heading in markup.all("h2")] == ["One"]


def test_a_page_of_nothing_is_a_page() -> None:
    markup = Markup(page(asked(parameters={}, digest="", command="", workspace=""), []))
    assert dangers(markup) == []
    assert "not told by the server" in markup.source


def test_paper_and_phones_and_dark_rooms_are_thought_of() -> None:
    text, _ = made("preview-empty")
    for rule in (
        "@media print",
        "size:A4",
        "prefers-color-scheme:dark",
        "max-width:40rem",
        "details-content",
    ):
        assert rule in text
