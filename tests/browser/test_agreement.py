"""What a page says after each click: no two sentences of it may contradict each other, or the server."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from edges_nb.notebook.runner import find_notebook

from .conftest import Stage
from .lab import Notebook
from .reading import SOON, button, expect_text, replace_first

Opened = Callable[[Path], Notebook]
NOTEBOOK = find_notebook("02_migrate")

CLAIMS = {
    "replaced": r"(\d+) of \d+ (?:replaced|schedules? now runs?)",
    "total": r"\d+ of (\d+) (?:replaced|schedules? now runs?)",
    "to go": r"(\d+) to go\b",
    "before": r"(\d+) replaced before",
    "taken back": r"(\d+) taken back\b",
    "undecided": r"(\d+) (?:needs? a decision|schedules? waits? for a decision)",
}
"""What sentences claim, with its number."""


def sentences(page: Page) -> str:
    """All that can be read in the outputs of the page, whether it is in view or not."""
    texts: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea-output')].map(each => {
        const copy = each.cloneNode(true);
        copy.querySelectorAll('svg, style').forEach(one => one.remove());  // of one identity
        return copy.textContent; })"""
    )
    return "\n".join(" ".join(text.split()) for text in texts)


def contradictions(text: str) -> dict[str, set[str]]:
    """Numbers of the same claim that differ, and a denial beside what it denies."""
    found: dict[str, set[str]] = defaultdict(set)
    for claim, pattern in CLAIMS.items():
        found[claim] |= set(re.findall(pattern, text.replace(",", "")))
    differing = {claim: numbers for claim, numbers in found.items() if len(numbers) > 1}
    touched = found["replaced"] - {"0"} or found["before"] or found["taken back"]
    denials = set(re.findall(r"[Nn]othing (?:has been|was) (?:changed|replaced)|Nothing is done", text))
    return differing | ({"denied": denials} if touched and denials else {})


def agreed(page: Page, notebook: Notebook) -> str:
    """Wait until the page agrees with itself, and return what it says; a text may be on its way."""
    notebook.draw_all()
    last = contradictions(sentences(page))
    for _ in range(20):
        if not last:
            break
        page.wait_for_timeout(250)
        last = contradictions(sentences(page))
    assert last == {}
    return sentences(page)


def test_no_two_sentences_contradict_after_any_click(opened: Opened, page: Page, stage: Stage) -> None:
    notebook = opened(NOTEBOOK)
    assert notebook.run_all()
    assert "34 schedules to be replaced; nothing has been changed." in agreed(page, notebook)

    button(page, "Replace 34 schedules").click()
    agreed(page, notebook)
    button(page, "Yes, replace the first one").click()
    expect_text(page, "What took its place")
    told = agreed(page, notebook)
    assert told.count("1 of 34 replaced; 33 to go.") >= 4

    button(page, "Replace the other 33").click()
    expect_text(page, "34 of 34 replaced.", timeout=4 * SOON)
    assert agreed(page, notebook).count("34 of 34 replaced.") >= 4

    button(page, "Verify").click()
    expect_text(page, "Verified 34 replacements against a fresh listing.")
    agreed(page, notebook)

    button(page, "Write report").click()
    expect_text(page, "report.html")
    assert "34 of 34 replaced" in (stage.lab.notebooks / "out/by-hand/report.html").read_text("utf-8")

    button(page, "Take back all 34").click()
    button(page, "Yes, take them back").click()
    expect(button(page, "Take back all 0")).to_be_visible(timeout=3 * SOON)
    assert "34 taken back" in agreed(page, notebook)


def test_a_second_session_tells_what_the_first_did(opened: Opened, page: Page, stage: Stage) -> None:
    notebook = opened(NOTEBOOK)
    assert notebook.run_all()
    replace_first(page)

    stage.lab.end_kernels()
    again = opened(NOTEBOOK)
    assert again.run_all()
    told = agreed(page, again)
    assert told.count("1 replaced before, today ") >= 5
    assert "33 to go." in told
    assert "Verified 1 replacement against a fresh listing." in told
    button(page, "Take back all 1").click()
    button(page, "Yes, take them back").click()
    expect_text(page, "1 taken back")
    agreed(page, again)
