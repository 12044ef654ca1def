"""What only a person can decide, and how to tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from edges_nb.models.api import Identity
from edges_nb.models.plan_items import Decision, Item
from edges_nb.models.reasons import Remedy
from edges_nb.reports.formatting import anchor, counted
from edges_nb.reports.html import Html, folded, joined, tag
from edges_nb.reports.rows import MOST_ROWS, by_urgency, next_run, reason_of, schedule_cell
from edges_nb.reports.safe_csv import csv_line
from edges_nb.reports.tables import Row, table

_CAPTION = "Schedules that need a decision, the next to run first"

_MOST_URGENT = 100
"""Rows that are shown where there are too many to show all."""

_TO_FILL_IN = {
    "identity_uid": "<uid of the identity>",
    "max_results": "<number of items>",
    "callback_url": "<https address>",
    "callback_headers": "<headers as JSON>",
    "inputs_json": "<inputs as JSON>",
    "cron": "<five fields>",
    "timezone": "<such as Europe/Paris>",
}
"""What stands in a row for the overrides where something is to be given."""


def needs_table(
    items: Sequence[Item], *, now: datetime | None = None, identities: Iterable[Identity] = ()
) -> Html:
    """Return what only a person can decide, the most urgent first, with the row to put into the overrides.

    Args:
        now: the server's time, to tell how far off the next run is.
        identities: those of the workspace, offered where an identity has to be told.
    """
    lacking = by_urgency(item for item in items if item.decision is Decision.NEEDS_INPUT)
    if not lacking:
        return tag("p", "Nothing needs a decision.")
    columns = _columns(lacking)
    shown = lacking if len(lacking) <= MOST_ROWS else lacking[:_MOST_URGENT]
    left = len(lacking) - len(shown)
    note = f"{counted(left, 'less urgent one')}: plan.csv has them all." if left else ""
    heads = ["Schedule", "Next run", "What is missing"]
    rows = [_row(item, now) for item in shown]
    listing = table(heads, rows, caption=_CAPTION, note=note, stacked=True)
    whole = "\n".join([",".join(columns), *(_override(item, columns) for item in shown)])
    copy = tag(
        "pre", whole, class_="rows", tabindex="0", role="group", aria_label="Rows for the overrides, to copy"
    )
    rows_to_copy = folded("Rows for the overrides, to copy", _how(columns), copy, printed=False)
    return joined([listing, _offer(lacking, identities), rows_to_copy])


def _how(columns: Sequence[str]) -> Html:
    header, path, skip = (tag("code", word) for word in (",".join(columns), "overrides", "skip"))
    where = ("Put these rows below the line ", header, " in a CSV file, and give its path as ", path, ". ")
    return tag("p", *where, "Fill in what stands in <…>; to leave one out, write ", skip, " as its decision.")


def _row(item: Item, now: datetime | None) -> Row:
    return Row((schedule_cell(item), next_run(item, now), reason_of(item)), anchor(item.uid))


def _missing(item: Item) -> Mapping[str, str]:
    """The columns of the overrides that settle it, with what to write there."""
    return {name: told for name, told in _TO_FILL_IN.items() if name in item.remedies}


def _columns(items: Iterable[Item]) -> list[str]:
    used = {column for item in items for column in _missing(item)}
    return ["schedule_uid", "decision", *(name for name in _TO_FILL_IN if name in used)]


def _override(item: Item, columns: Sequence[str]) -> str:
    accepted = {"decision": "migrate"} if Remedy.ACCEPT in item.remedies else {}
    given = {"schedule_uid": item.uid, **accepted, **_missing(item)}
    return csv_line([given.get(column, "") for column in columns])


def _offer(lacking: Iterable[Item], identities: Iterable[Identity]) -> Html:
    """The identities to choose from, where one has to be told."""
    usable = sorted(
        (identity for identity in identities if identity.usable),
        key=lambda identity: (identity.name or "", identity.uid),
    )[:MOST_ROWS]
    if not usable or not any("identity_uid" in _missing(item) for item in lacking):
        return Html()
    uids = [tag("small", tag("code", identity.uid)) for identity in usable]
    rows = [tag("li", each.name or "(no name)", " ", uid) for each, uid in zip(usable, uids, strict=True)]
    return folded("Identities to choose from", tag("ul", *rows, class_="columns"), printed=False)
