"""Reports as somebody looked at them and found them good.

A page that differs from its golden file fails, and so does one that has none: look at it in a browser, in
light and dark, narrow and printed, then copy it to where the message says. Golden files leave out what other
tests hold (styles, drawings), and all but the first rows of long tables, of which they keep number and hash.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.reports.pages import PAGES

GOLDEN = Path(__file__).parent / "golden"
_FIRST_ROWS = 40


def settled(page: str) -> str:
    """The page without what other tests hold, in lines that a diff can show."""
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"(</desc>).*?(</svg>)", r"\1\2", page, flags=re.DOTALL)
    page = re.sub(r"(<tbody>)(.*?)(</tbody>)", _shortened, page, flags=re.DOTALL)
    page = re.sub(
        r"(<pre [^>]*class=\"rows\"[^>]*>|<pre class=\"rows\"[^>]*>)(.*?)(</pre>)",
        _cut,
        page,
        flags=re.DOTALL,
    )
    return re.sub(
        r"(?<=>)(?=<(?:t[dhr]|/t|d[tdl]|p|div|h\d|li|details|summary|section|figure|svg|br))", "\n", page
    )


def _shortened(body: re.Match[str]) -> str:
    rows = body[2].splitlines(keepends=True)
    return body[1] + _first(rows, "rows") + body[3]


def _cut(text: re.Match[str]) -> str:
    return text[1] + _first(text[2].splitlines(keepends=True), "lines") + text[3]


def _first(lines: list[str], what: str) -> str:
    if len(lines) <= _FIRST_ROWS:
        return "".join(lines)
    rest = "".join(lines[_FIRST_ROWS:])
    digest = hashlib.sha256(rest.encode()).hexdigest()[:16]
    return "".join(lines[:_FIRST_ROWS]) + f"<!-- {len(lines) - _FIRST_ROWS} more {what}, {digest} -->\n"


@pytest.mark.parametrize("name", PAGES)
def test_it_is_the_page_that_was_looked_at(name: str, tmp_path: Path) -> None:
    golden, page = GOLDEN / f"{name}.html", PAGES[name]()
    now = settled(page)
    if golden.exists() and golden.read_text(encoding="utf-8") == now:
        return
    whole, short = tmp_path / f"{name}-whole.html", tmp_path / f"{name}.html"
    whole.write_text(page, encoding="utf-8")
    short.write_text(now, encoding="utf-8")
    told = "not the page that was looked at" if golden.exists() else "a page that nobody has looked at"
    pytest.fail(
        f"{name} is {told}. Look at {whole} in a browser; if it is good: cp {short} {golden}",
        pytrace=False,
    )


def test_every_golden_file_has_its_page() -> None:
    assert {path.stem for path in GOLDEN.glob("*.html")} == set(PAGES)
