"""The report's page: what was asked of which workspace, then the parts."""

from __future__ import annotations

from collections.abc import Sequence

from edges_nb.redaction import without_secrets
from edges_nb.reports.formatting import moment
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.notebook_page import page_from_notebook
from edges_nb.reports.page_template import Part, Top, rendered
from edges_nb.reports.report_context import ReportContext

__all__ = ["Part", "ReportContext", "badge", "facts", "page", "page_from_notebook", "parameters_table"]

_WIDEST_VALUE = 200


def page(asked: ReportContext, parts: Sequence[Part]) -> str:
    """Return the report as one HTML page without script; the same input gives the same bytes.

    Args:
        asked: what the page is about; its facts stand at the top.
        parts: the sections in their order; those without heading come first, as what to know at once.
    """
    lead = joined(body for heading, body in parts if not heading)
    return rendered(
        Top(asked.title, badge(asked), asked.notice + lead + facts(asked)),
        [part for part in parts if part[0]],
    )


def facts(asked: ReportContext) -> Html:
    """Return where, when and what: workspace, server, date, plan, and the command to go on with."""
    rows: list[tuple[str, object]] = [
        ("Workspace", asked.workspace or "not told by the server"),
        ("Server", asked.where),
        ("Read at", tag("time", moment(asked.at), datetime=asked.at.isoformat(timespec="seconds"))),
    ]
    if asked.prepared_by:
        rows.append(("Prepared by", asked.prepared_by))
    if asked.digest:
        rows.append(("Plan", tag("code", asked.digest)))
    listing = tag(
        "dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows), class_="facts"
    )
    if not asked.command:
        return listing
    asks = "Approve with:" if asked.mode == "preview" else "To go on:"
    box = tag("pre", tag("code", asked.command), tabindex="0", role="group", aria_label="Command")
    return listing + tag("div", tag("p", asks), box, class_="command")


def badge(asked: ReportContext) -> Html:
    """Return whether this is about a real workspace."""
    told = "SANDBOX: nothing here is a real workspace" if asked.sandbox else "LIVE workspace"
    return tag("span", told, class_=f"badge {'sandbox' if asked.sandbox else 'live'}")


def parameters_table(asked: ReportContext) -> Html:
    """Return the parameters as they were given, without what may be a secret."""
    rows = [
        tag("div", tag("dt", name), tag("dd", tag("code", without_secrets(repr(value), _WIDEST_VALUE))))
        for name, value in asked.parameters.items()
    ]
    return tag("dl", *rows, class_="facts")
