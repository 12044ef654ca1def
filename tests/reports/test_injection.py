"""Whatever a name, a reason or an address holds, it is text: it never becomes an element or an attribute."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.models.plan_items import Item
from edges_nb.models.results import Outcome
from edges_nb.reports.apply_report import applied_parts, comparison, undo_steps
from edges_nb.reports.cards import card, error_card
from edges_nb.reports.figures import identity_figure, load_figure
from edges_nb.reports.html import Html, folded, joined, link, tag
from edges_nb.reports.index import index_page
from edges_nb.reports.page import facts, page, page_from_notebook, parameters_table
from edges_nb.reports.preview_report import preview_parts
from edges_nb.reports.report_context import ReportContext
from edges_nb.reports.safe_csv import STARTS, to_safe_csv
from edges_nb.reports.tables import Row, frame_table, table
from tests.reports.markup import ELEMENTS, Markup, dangers
from tests.reports.payloads import PAYLOADS
from tests.reports.samples import asked, one_of_each, outcome

PLAIN = "Weekly sync of the harbour team"


def question(text: str) -> ReportContext:
    return asked(
        title=text, where=text, workspace=text, digest=text, command=text, parameters={text: text, "n": 1}
    )


def frame(text: str) -> pd.DataFrame:
    index = pd.Index([text, "b"], name=text)
    return pd.DataFrame({text: [text, "x"], "number": [1, 2]}, index=index)


def loads(texts: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"status": "ACTIVE", "identity_name": list(texts), "runs_per_day": 1.0})


def hostile(texts: Sequence[str]) -> list[Item]:
    """Schedules of every decision, the texts in turn in all of their fields."""
    return [
        each._replace(schedule=each.schedule.model_copy(update={"uid": f"{number}-{each.uid}"}))
        for number, text in enumerate(texts)
        for each in one_of_each(text)
    ]


def previewed(texts: Sequence[str]) -> str:
    return page(asked(), preview_parts(asked(), hostile(texts)))


def applied(texts: Sequence[str], ending: str) -> str:
    items = hostile(texts)
    result = outcome(items, [(ending, text) for text in texts])
    events = [
        dataclasses.replace(event, sentence=texts[number % len(texts)], step=texts[number % len(texts)])
        for number, event in enumerate(result.events)
    ]
    parts = applied_parts(asked(), items, dataclasses.replace(result, events=tuple(events)))
    return page(asked(), parts)


FRAGMENTS: dict[str, Callable[[str], str]] = {
    "element": lambda text: tag("p", text, class_=text, id=text, aria_label=text).markup,
    "link text": lambda text: link(text, "#here").markup,
    "folded": lambda text: folded(text, tag("p", text)).markup,
    "card": lambda text: card(text, text, schedule_uid=text, next_step=text, reference=text).markup,
    "error card": lambda text: error_card(BadInput(text)).markup,
    "table": lambda text: (
        table(
            [text, text, text],
            [Row((text, text, tag("b", text)), text)],
            caption=text,
            note=text,
            stacked=True,
        ).markup
    ),
    "frame": lambda text: frame_table(frame(text), caption=text, index=True).markup,
    "facts": lambda text: facts(question(text)).markup,
    "parameters": lambda text: parameters_table(question(text)).markup,
    "joined": lambda text: joined([text, Html(), text], text).markup,
    "page": lambda text: page(question(text), [("", tag("p", text)), (text, tag("p", text)), (text, Html())]),
}

PAGES: dict[str, Callable[[Sequence[str]], str]] = {
    "preview": previewed,
    "applied": lambda texts: applied(texts, "migrated"),
    "applied in trouble": lambda texts: applied(texts, "needs_attention"),
    "decisions by identity": lambda texts: identity_figure(hostile(texts[:20])).markup,
    "decisions by more identities": lambda texts: identity_figure(hostile(texts[20:40])).markup,
    "load by identity": lambda texts: load_figure(loads(texts[40:])).markup,
    "undo": lambda texts: joined(undo_steps(asked(), text) for text in texts).markup,
    "comparison": lambda texts: (
        joined(comparison(question(text), [], Outcome(()), approved=text) for text in texts).markup
    ),
}


def test_the_corpus_is_large_enough() -> None:
    assert len(set(PAYLOADS)) >= 40


@pytest.mark.parametrize("make", FRAGMENTS.values(), ids=FRAGMENTS.keys())
def test_text_from_outside_stays_text(make: Callable[[str], str]) -> None:
    usual = Markup(make(PLAIN)).shape
    for payload in PAYLOADS:
        markup = Markup(make(payload))
        assert dangers(markup) == [], payload
        assert markup.shape == usual, payload


@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES.keys())
def test_names_and_reasons_from_outside_stay_text(make: Callable[[Sequence[str]], str]) -> None:
    # The usual texts differ from each other as the payloads do, so that what is grouped is grouped alike.
    usual = [f"{PLAIN} {number:02d}" for number in range(len(PAYLOADS))]
    markup = Markup(make(PAYLOADS))
    assert dangers(markup) == []
    assert Counter(markup.shape) == Counter(Markup(make(usual)).shape)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_link_leads_nowhere_dangerous(payload: str) -> None:
    assert dangers(Markup(link("x", payload).markup)) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_executed_notebook_shows_its_outputs_without_what_is_dangerous(payload: str) -> None:
    output = nbformat.v4.new_output
    cell = nbformat.v4.new_code_cell(
        payload,
        outputs=[
            output("stream", name="stdout", text=payload),
            output("display_data", data={"text/plain": payload}),
            output("display_data", data={"text/html": payload}),
            output("display_data", data={"text/html": f"<p class='{payload}'>{payload}</p>"}),
            output("display_data", data={"text/markdown": payload}),
            output("display_data", data={"image/svg+xml": f"<svg>{payload}</svg>"}),
            output("display_data", data={"image/png": payload}),
            output("display_data", data={"application/javascript": payload}),
            output("error", ename=payload, evalue=payload, traceback=[payload]),
        ],
    )
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# {payload}\n\n{payload}"), cell],
        metadata={"papermill": {"start_time": payload, "parameters": {payload: payload}}},
    )
    markup = Markup(page_from_notebook(notebook))
    known = ELEMENTS | {"img", "strong", "em", "i", "math", "rect", "g"}
    for element in markup.elements:
        assert element.name in known
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert element.attributes.get(name, "#").startswith(("#", "https://", "data:image/png;base64,"))
    assert "evil.example/x.png" not in [e.attributes.get("src", "") for e in markup.elements]


def test_an_index_over_hostile_reports_is_harmless(tmp_path: Path) -> None:
    for number, payload in enumerate(PAYLOADS):
        folder = tmp_path / f"{number} <b> {'x' * number}"
        folder.mkdir()
        text = page(question(payload), [("", tag("p", payload, class_="lead"))])
        (folder / "report.html").write_text(text, encoding="utf-8")
    markup = Markup(index_page(tmp_path))
    assert dangers(markup) == []
    assert len(markup.all("a")) == len(PAYLOADS) + 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_csv_for_people_has_no_formula(payload: str) -> None:
    text = to_safe_csv(pd.DataFrame({"schedule_uid": ["s"], "name": [payload]}))
    ((_, cell),) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert not cell.startswith(STARTS)
