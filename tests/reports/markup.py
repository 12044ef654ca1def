"""Reading HTML as a browser would meet it: elements, attributes, text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "meta", "col", "link", "input"})

ELEMENTS = frozenset(
    {
        *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "footer", "section"),
        *("h1", "h2", "h3", "p", "div", "span", "a", "b", "br", "small", "code", "pre", "ul", "li", "time"),
        *("dl", "dt", "dd", "del", "ins", "details", "summary", "figure", "figcaption"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "rect", "desc", "path", "text"),
    }
)

ATTRIBUTES = frozenset(
    {
        *(
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
            "class",
            "id",
            "href",
            "rel",
            "datetime",
            "style",
        ),
        *("role", "tabindex", "scope", "open", "aria-label", "aria-labelledby", "aria-hidden"),
        *("viewbox", "width", "height", "d", "x", "y", "fill", "fill-opacity", "stroke", "stroke-width"),
        *("stroke-opacity", "font-size", "text-anchor", "opacity", "data-pick"),
    }
)


@dataclass
class Element:
    """An element as it was met: its place among the open ones, and its text."""

    name: str
    attributes: dict[str, str]
    above: tuple[str, ...]
    text: str = ""


@dataclass
class Markup(HTMLParser):
    """A parsed page or fragment."""

    source: str
    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()
        self.faults += [f"<{element.name}> is not closed" for element in self._open]

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        above = tuple(element.name for element in self._open)
        element = Element(name, {key: value or "" for key, value in attrs}, above)
        self.elements.append(element)
        if name not in VOID:
            self._open.append(element)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attrs)
        if name not in VOID:
            self._open.pop()

    def handle_endtag(self, name: str) -> None:
        if not self._open or self._open[-1].name != name:
            self.faults.append(f"</{name}> does not fit")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment: {data[:40]}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction: {data[:40]}")

    def all(self, *names: str) -> list[Element]:
        """The elements of these names, in their order."""
        return [element for element in self.elements if element.name in names]

    def one(self, name: str) -> Element:
        """The only element of a name."""
        (element,) = self.all(name)
        return element

    @property
    def text(self) -> str:
        """What there is to read, without styles."""
        return re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", self.source, flags=re.DOTALL))

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements and the names of their attributes: what text can't change unless it became markup."""
        return [(element.name, tuple(sorted(element.attributes))) for element in self.elements]


def dangers(markup: Markup) -> list[str]:
    """What must be in no page and no fragment: anything unknown, scripts, foreign addresses."""
    found = list(markup.faults)
    for element in markup.elements:
        if element.name not in ELEMENTS:
            found.append(f"<{element.name}>")
        for name, value in element.attributes.items():
            if name not in ATTRIBUTES:
                found.append(f"{element.name} {name}={value[:40]}")
            if name in ("href", "src") and not re.match(r"#|https://|[\w.%/-]+\.html\Z", value):
                found.append(f"{element.name} {name}={value[:40]}")
            if name == "style" and not re.fullmatch(
                r'(--c\d:"([A-Za-z0-9]|\\[0-9a-f]{1,6} )*"(;|\Z))*', value
            ):
                found.append(f"{element.name} {name}={value[:60]}")
    return found
