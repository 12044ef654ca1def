"""The first screens of the two reports that are read most, as somebody looked at them and found them good.

A screen that differs from its golden file fails: look at the page in a browser, in light and dark, narrow and
printed, then copy it to where the message says.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.reports.pages import PAGES

GOLDEN = Path(__file__).parent / "golden"


def first_screen(page: str) -> str:
    """The top of a page, in lines that a diff can show."""
    header = re.search(r"<header>.*?</header>", page, re.DOTALL)
    assert header is not None
    return re.sub(r"(?<=>)(?=<(?:p|div|h\d|dl|ul|li|tr|pre|table|/))", "\n", header[0]) + "\n"


@pytest.mark.parametrize("name", ["preview-agency", "applied-half"])
def test_it_is_the_screen_that_was_looked_at(name: str, tmp_path: Path) -> None:
    golden, page = GOLDEN / f"{name}.html", PAGES[name]()
    now = first_screen(page)
    if golden.exists() and golden.read_text(encoding="utf-8") == now:
        return
    whole, short = tmp_path / f"{name}-whole.html", tmp_path / f"{name}.html"
    whole.write_text(page, encoding="utf-8")
    short.write_text(now, encoding="utf-8")
    pytest.fail(
        f"{name} does not look as it did. Look at {whole} in a browser; if it is good: cp {short} {golden}",
        pytrace=False,
    )
