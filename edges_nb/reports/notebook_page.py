"""A page out of an executed notebook: its text and outputs, without code, tracebacks and scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from edges_nb.redaction import without_secrets
from edges_nb.reports.cards import card, error_title
from edges_nb.reports.formatting import counted, moment
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.page_template import Part, Top, rendered
from edges_nb.reports.tables import table

if TYPE_CHECKING:
    from nbformat import NotebookNode

_SANDBOX = "SANDBOX: nothing here is a real workspace"
_LONGEST_TEXT = 20_000
_LONGEST_ERROR = 1_000

_HTML = (
    "a b blockquote br caption code dd del details div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins li "
    "ol p pre s section small span strong sub summary sup table tbody td tfoot th thead time tr ul"
)
_SVG = "svg g path text title desc rect line circle"
_ATTRIBUTES = (
    "class id style role tabindex scope colspan rowspan datetime open lang dir aria-label aria-labelledby "
    "aria-hidden aria-describedby viewBox width height d x y x1 x2 y1 y2 r cx cy transform fill fill-opacity "
    "opacity stroke stroke-opacity stroke-width font-size text-anchor points"
)
_TITLES = re.compile(r"""(?:--c\d:"(?:[A-Za-z0-9]|\\[0-9a-f]{1,6} )*"(?:;|\Z))*\Z""")
_HEADING = re.compile(r"\s*#{1,6}\s+(?P<text>.+?)\s*#*\s*(?:\n|\Z)")


def page_from_notebook(notebook: NotebookNode) -> str:
    """Return an executed notebook as one HTML page without script; errors stand at the top, as cards.

    What is in an output is cleaned by an allow-list, whatever wrote it.
    """
    title, cells = _titled(notebook)
    failures = list(_failures(notebook))
    about = notebook.metadata.get("papermill") or {}
    top = joined([*_told(failures), *failures, *([_when(about)] if about.get("start_time") else [])])
    parts = _parts(cells)
    given = about.get("parameters") or {}
    if given:
        parts.append(("Parameters", _parameters(given)))
    state = _badge("bad", "This run stopped") if failures else _badge("good", "This run went through")
    where = _badge("sandbox", _SANDBOX) if _says_sandbox(notebook) else Html()
    return rendered(Top(title, joined([where, " ", state]), top), parts)


def _told(failures: Sequence[Html]) -> list[Html]:
    told = f"It stopped at {counted(len(failures), 'problem')}."
    return [tag("p", told, class_="lead")] if failures else []


def _badge(kind: str, told: str) -> Html:
    return tag("span", told, class_=f"badge {kind}")


def _says_sandbox(notebook: NotebookNode) -> bool:
    """Whether the first output says that nothing of this is real."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    first: Mapping[str, Any] = next(outputs, {})
    return "SANDBOX" in str(first.get("text") or first.get("data", {}).get("text/plain", ""))


def _titled(notebook: NotebookNode) -> tuple[str, list[NotebookNode]]:
    """The title of a notebook, and its cells; a first heading is the title, and not shown again."""
    cells = list(notebook.cells)
    first = cells[0] if cells and cells[0].cell_type == "markdown" else None
    match = _HEADING.match(first.source) if first is not None else None
    if first is None or match is None:
        return "Report of a notebook", cells
    rest = first.source[match.end() :].strip()
    return _plain(match["text"]), [*([{**first, "source": rest}] if rest else []), *cells[1:]]


def _parts(cells: list[NotebookNode]) -> list[Part]:
    """The sections: each markdown cell that begins with a heading begins one."""
    parts: list[tuple[str, list[Html]]] = [("", [])]
    clean = _cleaner()
    for cell in cells:
        if cell["cell_type"] == "markdown":
            source, match = cell["source"], _HEADING.match(cell["source"])
            if match:
                parts.append((_plain(match["text"]), []))
                source = source[match.end() :]
            parts[-1][1].append(_markdown(source, clean))
        elif cell["cell_type"] == "code":
            parts[-1][1].extend(_output(output, clean) for output in cell["outputs"])
    return [(heading, joined(bodies)) for heading, bodies in parts if any(bodies)]


def _markdown(source: str, clean: Callable[[str], str]) -> Html:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return Html(clean(markdown2html_mistune(source)), source) if source.strip() else Html()


def _output(output: Mapping[str, Any], clean: Callable[[str], str]) -> Html:
    kind = output["output_type"]
    if kind == "stream":
        return _text(_last_lines(output["text"]))
    if kind == "error":
        return _failure(output)
    data = output.get("data", {})
    for kind, show in _SHOWN.items():
        if kind in data:
            return show(data[kind], clean)
    return Html()


def _text(text: str, _: object = None) -> Html:
    from nbconvert.filters import strip_ansi

    shown = str(strip_ansi(text)).strip("\n")[:_LONGEST_TEXT]  # type: ignore[no-untyped-call]
    return tag("pre", shown, tabindex="0") if shown.strip() else Html()


def _picture(data: str, _: object = None) -> Html:
    return tag("img", src=f"data:image/png;base64,{re.sub(r'[^A-Za-z0-9+/=]', '', data)}", alt="A picture")


_SHOWN: Mapping[str, Callable[[str, Callable[[str], str]], Html]] = {
    "text/html": lambda text, clean: Html(clean(text), ""),
    "image/svg+xml": lambda text, clean: Html(clean(text), ""),
    "image/png": _picture,
    "text/markdown": _markdown,
    "text/plain": _text,
}
"""What is shown of an output, the best first."""


def _last_lines(text: str) -> str:
    """The text as a terminal leaves it: a carriage return writes over what was in the line."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _failures(notebook: NotebookNode) -> Iterator[Html]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                yield _failure(output)


def _failure(output: Mapping[str, Any]) -> Html:
    sentence = without_secrets(str(output.get("evalue", "")), _LONGEST_ERROR)
    name = str(output.get("ename", "Error"))
    return card(error_title(name), sentence or name, reference="" if sentence else name)


def _when(about: Mapping[str, Any]) -> Html:
    start, end = (_moment(about.get(name)) for name in ("start_time", "end_time"))
    told = [("Started", start), ("Ended", end)]
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", at)) for name, at in told if at), class_="facts")


def _moment(value: object) -> str:
    try:
        return moment(datetime.fromisoformat(str(value)))
    except ValueError:
        return ""


def _parameters(given: Mapping[str, object]) -> Html:
    rows = [(name, tag("code", without_secrets(repr(value)))) for name, value in given.items()]
    return table(["Parameter", "Value"], rows, caption="Parameters of this run")


def _plain(text: str) -> str:
    """A heading without its markup."""
    return re.sub(r"[`*_]{1,3}(?=\S)|(?<=\S)[`*_]{1,3}", "", text)


def _cleaner() -> Callable[[str], str]:
    """Return a function that keeps of HTML what is known to be harmless, and each anchor once on the page."""
    import nh3

    taken: set[str] = set()

    def allowed(_: str, name: str, value: str) -> str | None:
        if name == "href" and not value.startswith(("#", "https://")):
            return None
        if name == "style":
            # The one style that fragments of this package have: titles for stacked cells.
            return value if _TITLES.match(value) else None
        if name == "id":
            if value in taken or value.startswith("part-"):
                return None
            taken.add(value)
        return value

    def clean(markup: str) -> str:
        return nh3.clean(
            markup,
            tags={*_HTML.split(), *_SVG.split()},
            attributes={"*": {*_ATTRIBUTES.split()}, "a": {"href"}},
            attribute_filter=allowed,
            url_schemes={"https"},
        )

    return clean
