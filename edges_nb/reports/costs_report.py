"""What full mode costs, told in one sentence, by schedule, and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edges_nb.monitoring.costs import Totals, totals
from edges_nb.reports.figures import bar_figure
from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, folded, tag
from edges_nb.reports.shapes import Bar
from edges_nb.reports.svg_canvas import BLUE, GREY
from edges_nb.reports.tables import Column, table

if TYPE_CHECKING:
    import pandas as pd

_MOST_BARS = 20
_MOST_ROWS = 50
_COLOURS = {"new": BLUE, "fetched again": GREY}


def costs_part(costs: pd.DataFrame) -> Html:
    """Return sentence, picture and table; takes what `full_mode_costs` gives."""
    if costs.empty:
        told = "No schedule has two full runs yet, so that nothing can be said of what they fetch again."
        return tag("p", told)
    every = folded(f"All {counted(len(costs), 'schedule')}, one by one", costs_table(costs))
    return costs_headline(totals(costs)) + costs_figure(costs) + every


def costs_headline(sums: Totals) -> Html:
    """Return what the runs known so far fetched again, and what a month comes to."""
    lead = (
        f"{sums.fetched:,} items were fetched by {counted(sums.runs, 'full run')}, and {sums.new:,} of them "
        f"were new: incremental mode would have saved {100 * sums.saved_share:.1f} %."
    )
    month = (
        f"At this pace, 30 days of full mode fetch {_rounded(sums.month_full)} items, and 30 days of "
        f"incremental mode {_rounded(sums.month_incremental)}."
    )
    how = (
        "The first run known of each schedule is not counted: incremental mode begins with a full one too. "
        "New is what a run brought beyond the largest before it."
    )
    return tag("p", lead, class_="lead") + tag("p", month) + tag("p", how, class_="note")


def costs_figure(costs: pd.DataFrame) -> Html:
    """Return stacked bars, the costliest schedules first: what was new, and what was fetched again."""
    shown = costs.head(_MOST_BARS)
    rows = [
        Bar(_called(uid, name), {"new": int(new), "fetched again": int(saved)})
        for uid, name, new, saved in shown[["schedule_uid", "name", "new", "saved"]].itertuples(index=False)
    ]
    left = len(costs) - len(shown)
    others = f" The {counted(left, 'other')} fetched {int(costs['fetched'].iloc[len(shown) :].sum()):,}."
    told = f"Items fetched by the {counted(len(shown), 'costliest schedule')}.{others if left else ''}"
    return bar_figure(rows, _COLOURS, "Items that full runs fetched", told)


def costs_table(costs: pd.DataFrame) -> Html:
    """Return one row a schedule, and the sum of all."""
    heads: list[Column | str] = [
        "Schedule",
        "Identity",
        *(Column(title, "number") for title in ("Full runs", "Fetched", "New", "Saved", "Saved in 30 days")),
    ]
    shown = costs.head(_MOST_ROWS)
    names = ["schedule_uid", "name", "identity_name", "runs", "fetched", "new", "saved", "capped"]
    months = (shown["month_full"] - shown["month_incremental"]).tolist()
    rows = [
        (
            _named(uid, name),
            _text(owner),
            f"{runs:,}",
            f"{fetched:,}",
            _new(new, capped),
            f"{saved:,}",
            _rounded(month),
        )
        for (uid, name, owner, runs, fetched, new, saved, capped), month in zip(
            shown[names].itertuples(index=False), months, strict=True
        )
    ]
    sums = totals(costs)
    month = _rounded(sums.month_full - sums.month_incremental)
    everything = f"All {counted(len(costs), 'schedule')}"
    rows.append(
        (
            tag("b", everything),
            "",
            f"{sums.runs:,}",
            f"{sums.fetched:,}",
            f"{sums.new:,}",
            f"{sums.fetched - sums.new:,}",
            month,
        )
    )
    left = len(costs) - len(shown)
    notes = [f"{counted(left, 'schedule')} that cost less are only in the sum."] * bool(left)
    if shown["capped"].any():
        notes.append("≥: a run stopped at its max_results, so that more may have been new.")
    return table(heads, rows, caption="What full mode fetched, the costliest first", note=" ".join(notes))


def _new(new: int, capped: bool) -> str:
    return f"≥ {new:,}" if capped else f"{new:,}"


def _named(uid: str, name: object) -> Html:
    return tag("b", _text(name) or "(no name)") + tag("br") + tag("small", tag("code", uid))


def _called(uid: str, name: object) -> str:
    return _text(name) or f"(no name) {uid[:8]}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _rounded(number: float) -> str:
    """A number that is an estimate, to three digits; nothing where there is none, which comes as `pd.NA`."""
    import pandas as pd

    if pd.isna(number):
        return ""
    digits = max(0, len(f"{abs(number):.0f}") - 3)
    return f"{round(number, -digits):,.0f}"
