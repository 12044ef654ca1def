"""The fragment that cells and pages are made of: safe markup, and the same as plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Characters that can't be seen, and those that turn the text around, so that it reads as what it is not."""

_LINK = re.compile(r"#[^\s\"'<>]*\Z|https://[^\s\"'<>]+\Z|(?:[\w.%-]+/)*[\w.%-]+\.html\Z")
"""What a link may lead to: a place on the page, a secure address, or a page in the same folder or below."""

_VOID = frozenset({"br", "hr", "img", "col", "meta"})
_LINES = frozenset(
    {"p", "div", "section", "details", "summary", "dl", "dt", "ul", "ol", "li", "pre", "table", "h3", "h4"}
)
"""Elements that stand on a line of their own in the plain text."""


class Html:
    """A fragment of a page, with a plain text of the same for logs and terminals.

    Fragments are made by `tag`, `words` and `joined`, which escape what they are given; the markup given here
    is taken as it is.
    """

    __slots__ = ("markup", "plain")

    def __init__(self, markup: str = "", plain: str = "") -> None:
        self.markup = markup
        self.plain = plain

    def __add__(self, other: Html | str) -> Html:
        after = words(other)
        return Html(self.markup + after.markup, self.plain + after.plain)

    def __bool__(self) -> bool:
        return bool(self.markup)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Html) and (self.markup, self.plain) == (other.markup, other.plain)

    def __hash__(self) -> int:
        return hash((self.markup, self.plain))

    def __repr__(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", self.plain).strip("\n")

    def _repr_html_(self) -> str:
        # A notebook shows each output on its own, so each brings the style along.
        return f'<div class="edges-nb"><style>{fragment_style()}</style>{self.markup}</div>'


def words(value: object) -> Html:
    """Return text from anywhere as a fragment; a fragment stays as it is."""
    if isinstance(value, Html):
        return value
    text = visible(value)
    return Html(html.escape(text), text)


def visible(value: object) -> str:
    """Return a value as text without characters that can't be seen or that reorder others; "" for None."""
    return "" if value is None else _UNSEEN.sub("\ufffd", str(value))


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Return an element; children and attribute values are escaped, `class_` is `class`, None leaves one out.

    A link to anything but a place on the page, a page beside it or an https address is left out.
    """
    inner = [words(child) for child in children]
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    plain = "".join(child.plain for child in inner)
    if name in _VOID:
        return Html(f"<{opening}>", "\n" if name == "br" else "")
    if name in _LINES:
        plain = (
            f"\n{plain}\n" if name in {"p", "div", "section", "table", "dl", "ul", "pre"} else f"{plain}\n"
        )
    return Html(f"<{opening}>{''.join(child.markup for child in inner)}</{name}>", plain)


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False or (name == "href" and not _LINK.match(str(value))):
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(visible(value))}"'


def joined(fragments: Iterable[object], between: object = "") -> Html:
    """Return the fragments in a row, with something between each two."""
    separator = words(between)
    markup, plain = [], []
    for fragment in map(words, fragments):
        markup.append(fragment.markup)
        plain.append(fragment.plain)
    return Html(separator.markup.join(markup), separator.plain.join(plain))


def link(text: object, href: str) -> Html:
    """Return a link; one that leads off the page tells the other side nothing of this one."""
    return tag("a", text, href=href, rel="noopener noreferrer" if href.startswith("https:") else None)


def folded(summary: object, *children: object, printed: bool = True) -> Html:
    """Return a section that opens when asked, without script.

    Args:
        printed: whether it is of use on paper, where all sections are open.
    """
    look = None if printed else "screen"
    return tag("details", tag("summary", summary), *children, class_=look)


@cache
def fragment_style() -> str:
    """Return the style that every fragment needs, in a cell and on a page."""
    return style("fragment.css")


@cache
def style(name: str) -> str:
    """Return a style sheet of the package, without comments and blank space."""
    text = (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    # A colon with a blank before it begins a selector such as `tr :is(td, th)`.
    return re.sub(r"\s*([{};,>])\s*|(?<=:)\s+", r"\1", re.sub(r"\s+", " ", text)).strip()
