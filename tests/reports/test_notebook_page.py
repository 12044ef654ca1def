"""An executed notebook as a page: text and outputs, without code, tracebacks and secrets."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from edges_nb.reports.decisions_needed import needs_table
from edges_nb.reports.figures import identity_figure
from edges_nb.reports.page import page_from_notebook
from tests.reports.markup import Markup, dangers
from tests.reports.samples import agency

markdown, code, output = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell, nbformat.v4.new_output


def notebook(*cells: Any, **papermill: Any) -> Any:
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"papermill": papermill})


def shown(*cells: Any, **papermill: Any) -> Markup:
    return Markup(page_from_notebook(notebook(*cells, **papermill)))


def told(text: str) -> Any:
    return code("x", outputs=[output("stream", name="stdout", text=text)])


def failed(name: str = "NeedsAttention", value: str = "3 schedules need somebody to look.") -> Any:
    return code(
        "x", outputs=[output("error", ename=name, evalue=value, traceback=["File /home/x", "hush()"])]
    )


def html(fragment: Any) -> Any:
    return code("x", outputs=[output("execute_result", data={"text/html": fragment._repr_html_()})])


def test_the_first_heading_is_the_title_and_the_others_begin_sections() -> None:
    page = shown(
        markdown("# The *title*\n\nSome words."), markdown("## One"), told("1"), markdown("## Two\n\nx")
    )
    assert page.one("h1").text == "The title"
    assert [heading.text for heading in page.all("h2")] == ["One", "Two"]
    assert "Some words." in page.one("main").text


def test_a_notebook_without_heading_has_a_title() -> None:
    assert shown(told("1")).one("h1").text == "Report of a notebook"


def test_sections_without_content_are_left_out() -> None:
    assert [
        heading.text for heading in shown(markdown("## Empty"), markdown("## Two"), told("1")).all("h2")
    ] == ["Two"]


def test_code_is_not_shown() -> None:
    assert "key = 'hush'" not in shown(code("key = 'hush'", outputs=[])).source


def test_an_error_is_a_card_at_the_top_without_traceback() -> None:
    page = shown(markdown("# Title"), told("1"), failed())
    header = page.one("header").text
    assert "This run stopped" in header
    assert "It stopped at 1 problem." in header
    assert "Some schedules need somebody to look at them" in header
    assert "3 schedules need somebody to look." in header
    assert "/home/x" not in page.source
    assert "hush()" not in page.source


def test_an_unknown_error_without_words_is_named() -> None:
    assert "ZeroDivisionError" in shown(failed("ZeroDivisionError", "")).one("header").text


def test_an_error_shows_no_secret() -> None:
    page = shown(failed(value="POST https://hooks.example.com/in?token=hush failed with Bearer hush"))
    assert "https://hooks.example.com/…" in page.source
    assert "hush" not in page.source


def test_a_run_that_went_through_says_so() -> None:
    assert "This run went through" in shown(told("1")).one("header").text


@pytest.mark.parametrize(("first", "sandbox"), [("SANDBOX: invented", True), ("api.example.com", False)])
def test_a_sandbox_is_named_at_the_top(first: str, sandbox: bool) -> None:
    page = shown(told(first))
    assert ("SANDBOX: nothing here is a real workspace" in page.one("header").text) is sandbox


def test_parameters_and_times_of_papermill_are_shown() -> None:
    given = {"mode": "apply", "note": "<b>", "url": "https://hooks.example.com/?token=hush"}
    page = shown(
        told("1"),
        parameters=given,
        start_time="2026-11-02T08:00:00+00:00",
        end_time="2026-11-02T08:05:00+00:00",
    )
    assert "Mon 2 Nov 2026, 08:05 UTC" in page.one("header").text
    assert "'apply'" in page.one("table").text
    assert "hush" not in page.source
    assert dangers(page) == []


def test_times_that_can_not_be_read_are_left_out() -> None:
    assert "Started" not in shown(told("1"), start_time="now", end_time=None).source


def test_tables_and_pictures_of_this_package_come_through_unharmed() -> None:
    items, identities = agency()
    page = shown(html(needs_table(items, identities=identities)), html(identity_figure(items)))
    assert dangers(page) == []
    assert page.all("svg")[0].attributes["viewbox"]
    assert {"s-" + uid for uid in (item.uid for item in items if item.decision == "needs_input")} <= {
        element.attributes.get("id", "") for element in page.all("th")
    }
    assert "--c2:&quot;Next\\20 run&quot;" in page.source


def test_the_same_table_twice_has_its_anchors_once() -> None:
    items, _ = agency()
    page = shown(html(needs_table(items)), html(needs_table(items)))
    anchors = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(anchors) == len(set(anchors))


def test_the_best_kind_of_an_output_is_shown_and_widgets_by_their_text() -> None:
    both = output("display_data", data={"text/plain": "plain", "text/html": "<p>rich</p>"})
    widget = output(
        "display_data",
        data={"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "3 of 4 done"},
    )
    text = shown(code("x", outputs=[both, widget])).one("main").text
    assert "rich" in text
    assert "plain" not in text
    assert "3 of 4 done" in text


def test_a_progress_bar_is_shown_as_the_terminal_leaves_it() -> None:
    text = shown(told("\x1b[32m 10%\r 50%\r100%\x1b[0m\n")).one("pre").text
    assert text.strip() == "100%"


def test_a_png_is_embedded() -> None:
    page = shown(code("x", outputs=[output("display_data", data={"image/png": "iVBORw0KGgo=\n"})]))
    assert page.one("img").attributes == {"src": "data:image/png;base64,iVBORw0KGgo=", "alt": "A picture"}


def test_an_empty_notebook_is_a_page() -> None:
    assert dangers(shown()) == []


def test_the_same_notebook_gives_the_same_bytes() -> None:
    cells = [markdown("# Title"), told("1"), failed()]
    assert page_from_notebook(notebook(*cells)) == page_from_notebook(notebook(*cells))
