"""Fragments are safe as they stand, and read well as plain text."""

import pytest

from edges_nb.reports.html import Html, folded, fragment_style, joined, link, tag, visible, words


def test_text_is_escaped_where_it_goes_in() -> None:
    assert tag("p", "<b> & \"x\" 'y'").markup == "<p>&lt;b&gt; &amp; &quot;x&quot; &#x27;y&#x27;</p>"


def test_attributes_are_escaped() -> None:
    assert tag("p", class_='" onclick="trap()').markup == '<p class="&quot; onclick=&quot;trap()"></p>'


def test_a_fragment_inside_another_stays_as_it_is() -> None:
    assert tag("p", tag("b", "<")).markup == "<p><b>&lt;</b></p>"


def test_fragments_and_text_can_be_added() -> None:
    assert (tag("b", "a") + "<" + tag("i", "c")).markup == "<b>a</b>&lt;<i>c</i>"


def test_nothing_and_none_are_nothing() -> None:
    assert (words(None).markup, bool(Html()), tag("p", None).markup) == ("", False, "<p></p>")


def test_attributes_that_are_none_or_false_are_left_out() -> None:
    assert tag("details", open=False, id=None, hidden=True).markup == "<details hidden></details>"


@pytest.mark.parametrize(
    "href", ["#s-1", "https://app.example.com/x", "report.html", "2026/report.html", "a%20b/report.html"]
)
def test_a_link_may_lead_to_the_page_itself_a_secure_address_or_a_page_below(href: str) -> None:
    assert f'href="{href}"' in link("x", href).markup


@pytest.mark.parametrize(
    "href",
    [
        "javascript:trap()",
        "JAVASCRIPT:trap()",
        " javascript:trap()",
        "java\nscript:trap()",
        "data:text/html,x",
        "http://example.com/",
        "//evil.example/x.html",
        "/etc/passwd.html",
        "file:///x.html",
        "https://evil.example/\nx",
        "https:// evil",
        "x.html\n",
        "vbscript:x",
    ],
)
def test_a_link_to_anything_else_is_text(href: str) -> None:
    assert link("x", href).markup.startswith("<a>") or 'rel="noopener' in link("x", href).markup
    assert "href" not in link("x", href).markup


@pytest.mark.parametrize("hidden", ["\x00", "\x1b", "\x7f", "\u202e", "\u2066", "\u200f", "\ud800", "\uffff"])
def test_characters_that_mislead_are_shown_as_such(hidden: str) -> None:
    assert visible(f"a{hidden}b") == "a\ufffdb"


def test_the_plain_text_is_readable() -> None:
    fragment = tag("p", "One ", tag("b", "two"), "."), folded("More", tag("p", "Three"))
    assert repr(joined(fragment)) == "One two.\nMore\n\nThree"


def test_a_cell_gets_the_style_along_and_a_page_has_it_once() -> None:
    fragment = tag("p", "x")
    assert fragment._repr_html_() == f'<div class="edges-nb"><style>{fragment_style()}</style><p>x</p></div>'
    assert "style" not in fragment.markup


def test_equal_fragments_are_equal() -> None:
    assert tag("p", "x") == tag("p", "x")
    assert len({tag("p", "x"), tag("p", "x"), tag("p", "y")}) == 2
    assert tag("p", "x") != "x"


def test_the_style_asks_for_nothing() -> None:
    assert "url(" not in fragment_style()
    assert "@import" not in fragment_style()
    assert "</" not in fragment_style()


def test_the_style_keeps_selectors_that_begin_after_a_blank() -> None:
    assert ".n2 :is(td,th):nth-child(2)" in fragment_style()
