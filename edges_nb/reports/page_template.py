"""A page out of its sections, by the package's own Jinja template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from edges_nb.reports.html import Html, style, tag, visible

if TYPE_CHECKING:
    from jinja2 import Template

Part = tuple[str, Html]
"""A heading and what stands below it; a part without heading stands at the top of a page."""

_FOOTING = (
    "This page is one file: it runs no script and asks nothing of any server. Callback addresses are shown "
    "without path and query, headers and keys not at all."
)


@dataclass(frozen=True)
class Top:
    """What a page begins with: its title, its badges, and what stands below them."""

    title: str
    badges: Html
    body: Html


def rendered(top: Top, parts: Sequence[Part]) -> str:
    """Return a page with a section for each part; the same input gives the same bytes."""
    title = visible(top.title)
    header = tag("header", tag("div", top.badges, class_="badges"), tag("h1", title), top.body)
    return _template().render(
        title=title,
        style=style("fragment.css") + style("page.css"),
        header=header.markup,
        parts=[(visible(heading), body.markup) for heading, body in parts],
        footing=tag("footer", _FOOTING).markup,
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # The markup that is handed in is marked as safe there; everything else is escaped.
    environment = Environment(
        loader=PackageLoader("edges_nb.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")
