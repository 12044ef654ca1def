"""The page: one HTML file without script, made of parts by nbconvert with the package's own template."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from edges_nb.redaction import without_secrets
from edges_nb.reports.asked import Asked
from edges_nb.reports.html import Html, joined, link, style, tag
from edges_nb.reports.tables import table
from edges_nb.reports.wording import moment

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter

__all__ = ["Asked", "Part", "facts", "page", "parameters_table", "rendered"]

Part = tuple[str, Html]
"""A heading and what stands below it; a part without heading stands at the top, before the facts."""

_WIDEST_VALUE = 200


def page(asked: Asked, parts: Sequence[Part]) -> str:
    """Return the report as one HTML page; the same input gives the same bytes.

    Args:
        asked: what the page is about; its facts stand at the top.
        parts: the sections in their order; those without heading come first, as what to know at once.
    """
    lead = joined(body for heading, body in parts if not heading)
    return rendered(asked.title, _badge(asked), lead + facts(asked), [part for part in parts if part[0]])


def rendered(title: str, badge: Html, first: Html, parts: Sequence[Part]) -> str:
    """Return a page with a title, what stands at its top, and sections with headings."""
    from nbformat import v4

    cells = []
    for number, (heading, body) in enumerate(parts, 1):
        output = v4.new_output("display_data", data={"text/html": body.markup})
        metadata = {"edges_nb": {"heading": heading, "anchor": f"part-{number}"}}
        cells.append(v4.new_code_cell(outputs=[output], metadata=metadata, id=f"part-{number}"))
    about = {
        "title": title,
        "masthead": tag("header", tag("div", badge, class_="badges"), tag("h1", title), first).markup,
        "contents": _contents([heading for heading, _ in parts]).markup,
        "footing": tag("footer", _FOOTING).markup,
    }
    notebook = v4.new_notebook(cells=cells, metadata={"edges_nb": about})
    text, _ = _exporter().from_notebook_node(
        notebook, {"edges_nb_style": style("fragment.css") + style("page.css")}
    )
    return str(text)


_FOOTING = (
    "This page is one file: it runs no script and asks nothing of any server. Callback addresses are shown "
    "without path and query, headers and keys not at all."
)


def facts(asked: Asked) -> Html:
    """Return where, when and what: workspace, server, date, plan, and the command to go on with."""
    rows: list[tuple[str, object]] = [
        ("Workspace", asked.workspace or "not told by the server"),
        ("Server", asked.where),
        ("Read at", tag("time", moment(asked.at), datetime=asked.at.isoformat(timespec="seconds"))),
    ]
    if asked.digest:
        rows.append(("Plan", tag("code", asked.digest)))
    listing = tag(
        "dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows), class_="facts"
    )
    if not asked.command:
        return listing
    asks = "To apply exactly this plan:" if asked.mode == "preview" else "The command to go on with:"
    box = tag("pre", tag("code", asked.command), tabindex="0", role="region", aria_label="Command")
    return listing + tag("div", tag("p", asks), box, class_="command")


def parameters_table(asked: Asked) -> Html:
    """Return the parameters as they were given, without what may be a secret."""
    rows = [
        (name, tag("code", without_secrets(repr(value), _WIDEST_VALUE)))
        for name, value in asked.parameters.items()
    ]
    return table(["Parameter", "Value"], rows, caption="Parameters of this run")


def _badge(asked: Asked) -> Html:
    told = "SANDBOX: nothing here is a real workspace" if asked.sandbox else "LIVE workspace"
    return tag("span", told, class_="badge sandbox" if asked.sandbox else "badge live")


def _contents(headings: Sequence[str]) -> Html:
    if len(headings) < 2:
        return Html()
    entries = (tag("li", link(heading, f"#part-{number}")) for number, heading in enumerate(headings, 1))
    return tag("nav", tag("ul", *entries), aria_label="Contents")


@cache
def _exporter() -> TemplateExporter:
    from nbconvert.exporters import TemplateExporter

    class Exporter(TemplateExporter):
        """nbconvert with this package's template; not HTMLExporter, which parses the page again and rewrites SVG."""

        output_mimetype = "text/html"

        def _file_extension_default(self) -> str:
            return ".html"

        def _template_extension_default(self) -> str:
            return ".html.j2"

    folder = str(resources.files(__package__) / "templates")
    return Exporter(template_name="edges-nb", extra_template_basedirs=[folder])
