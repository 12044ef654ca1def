"""A page out of its sections, by nbconvert with the package's own template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from edges_nb.reports.html import Html, link, style, tag, visible

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter

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
    from nbformat import v4

    title = visible(top.title)
    cells = [_cell(number, heading, body) for number, (heading, body) in enumerate(parts, 1)]
    header = tag("header", tag("div", top.badges, class_="badges"), tag("h1", title), top.body)
    about = {
        "title": title,
        "masthead": header.markup,
        "contents": _contents([heading for heading, _ in parts]).markup,
        "footing": tag("footer", _FOOTING).markup,
    }
    notebook = v4.new_notebook(cells=cells, metadata={"edges_nb": about})  # type: ignore[no-untyped-call]
    looks = {"edges_nb_style": style("fragment.css") + style("page.css")}
    page, _ = _exporter().from_notebook_node(notebook, looks)
    return str(page)


def _cell(number: int, heading: str, body: Html) -> object:
    from nbformat import v4

    anchor = f"part-{number}"
    output = v4.new_output("display_data", data={"text/html": body.markup})  # type: ignore[no-untyped-call]
    about = {"edges_nb": {"heading": visible(heading), "anchor": anchor}}
    return v4.new_code_cell(outputs=[output], metadata=about, id=anchor)  # type: ignore[no-untyped-call]


def _contents(headings: Sequence[str]) -> Html:
    entries = [
        tag("li", link(heading, f"#part-{number}")) for number, heading in enumerate(headings, 1) if heading
    ]
    return tag("nav", tag("ul", *entries), aria_label="Contents") if len(entries) > 1 else Html()


@cache
def _exporter() -> TemplateExporter:
    from nbconvert.exporters import TemplateExporter

    # Not HTMLExporter: that one parses the page once more, which takes seconds and rewrites pictures.
    class Exporter(TemplateExporter):
        output_mimetype = "text/html"

        def _file_extension_default(self) -> str:
            return ".html"

        def _template_extension_default(self) -> str:
            return ".html.j2"

    folder = str(resources.files(__package__) / "templates")
    return Exporter(template_name="edges-nb", extra_template_basedirs=[folder])  # type: ignore[no-untyped-call]
