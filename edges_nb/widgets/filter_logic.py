"""Narrow a frame of schedules: what the filter widget shows, and what a notebook's parameters do without one.

A filter's values are plain parameters: texts, `""` for no limit, and a number of hours. Where a text names a
value, it may name several, as in `ACTIVE | PAUSED`, or those to leave out, as in `not CANCELLED | COMPLETED`.
The widget and a headless run use the same functions, so both see the same schedules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput
from edges_nb.widgets.due_hours import runs_in_hour
from edges_nb.widgets.row_query import fits_query

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"
"""Stands for a value that the server does not tell."""


@dataclass(frozen=True)
class Choice:
    """One value to choose, as it is called, how many schedules have it, and whether it is named."""

    value: str
    label: str
    count: int
    named: bool = False


@dataclass(frozen=True)
class Pick:
    """Values that are wanted, or that are not."""

    values: tuple[str, ...] = ()
    negated: bool = False

    @classmethod
    def of(cls, text: str, known: Collection[str] = ()) -> Pick:
        """Read a filter's text; one that is a known value as it stands is that value."""
        if text in known:
            return cls((text,))
        negated = text.startswith(_NOT)
        parts = (part.strip() for part in text.removeprefix(_NOT).split("|"))
        return cls(tuple(filter(None, parts)), negated)

    def __str__(self) -> str:
        return (_NOT if self.negated and self.values else "") + " | ".join(self.values)


_NOT = "not "


@dataclass(frozen=True)
class Facet:
    """A filter by the values that a column has.

    Attributes:
        name: of the parameter; title: on the page; column: of the frame.
        shown: the column that tells what a value is called.
    """

    name: str
    title: str
    column: str
    shown: str = ""


FACETS = (
    Facet("action", "Action", "action"),
    Facet("identity", "Identity", "identity_uid", "identity_name"),
    Facet("identity_type", "Identity type", "identity_type"),
    Facet("linkedin", "LinkedIn", "identity_linkedin"),
    Facet("status", "Status", "status"),
    Facet("timezone", "Timezone", "timezone"),
    Facet("cron", "Cron", "cron", "cron_words"),
)


def no_limit(facets: Sequence[Facet] = FACETS) -> dict[str, str | float]:
    """Return every filter, at the value that leaves nothing out."""
    return {**{facet.name: "" for facet in facets}, "due_within": 0, "due_at": "", "name": "", "query": ""}


Values = Mapping[str, object]
Facets = Sequence[Facet]
Labels = Mapping[str, Mapping[str, str]]
"""What each value of each facet is called."""


def apply_filter(
    frame: pd.DataFrame, values: Values, *, now: datetime | None = None, facets: Facets = FACETS
) -> pd.DataFrame:
    """Return the schedules that fit all values, in the order of the frame.

    Args:
        values: any of `no_limit()`.
        now: where `due_within` hours count from; the machine's time when absent.
        facets: what the frame can be filtered by, beside time, name and query.

    Raises:
        BadInput: a value can't be used; one sentence says which and why.
    """
    kept = _everything(frame)
    for mask in _masks(frame, checked(values, facets), now, facets).values():
        kept &= mask
    return frame[kept]


def choices(
    frame: pd.DataFrame,
    values: Values,
    *,
    now: datetime | None = None,
    facets: Facets = FACETS,
    labels: Labels | None = None,
) -> dict[str, list[Choice]]:
    """Return what each facet offers: every value of its column, with how many the other filters leave of it.

    Args:
        labels: what `facet_labels` gave for the frame, where it is asked more than once.

    Raises:
        BadInput: a value can't be used.
    """
    given = checked(values, facets)
    masks = _masks(frame, given, now, facets)
    called = labels or facet_labels(frame, facets)
    return {
        facet.name: _choices(frame, facet, masks, called[facet.name], _pick(frame, facet, given))
        for facet in facets
    }


def picks(frame: pd.DataFrame, values: Values, *, facets: Facets = FACETS) -> dict[str, Pick]:
    """Return what is wanted of each facet that leaves something out."""
    given = checked(values, facets)
    return {facet.name: _pick(frame, facet, given) for facet in facets if given[facet.name]}


def facet_labels(frame: pd.DataFrame, facets: Facets = FACETS) -> dict[str, dict[str, str]]:
    """Return for each facet what its values are called, in the order in which people look for them."""
    return {facet.name: _labels(frame, facet) for facet in facets}


def checked(values: Values, facets: Facets = FACETS) -> dict[str, str | float]:
    """Return the values with those that are missing, refusing names and types that no filter has."""
    known = no_limit(facets)
    unknown = [name for name in values if name not in known]
    if unknown:
        raise BadInput(f"There is no filter {unknown[0]}: the filters are {', '.join(known)}.")
    return {name: _typed(name, values.get(name, default)) for name, default in known.items()}


def describe(frame: pd.DataFrame, values: Values, left: int, *, facets: Facets = FACETS) -> str:
    """Return what was asked for and how many of the frame's schedules fit, for a line above a table.

    Args:
        left: how many schedules `apply_filter` kept.
    """
    given = checked(values, facets)
    named = [(facet, _pick(frame, facet, given)) for facet in facets if given[facet.name]]
    parts = [_said(frame, facet, pick) for facet, pick in named]
    if given["due_within"]:
        parts.append(f"due within {given['due_within']:g} h")
    if given["due_at"]:
        parts.append(f"due {given['due_at']}")
    if given["name"]:
        parts.append(f"name contains “{given['name']}”")
    if given["query"]:
        parts.append(f"query {given['query']}")
    if not parts:
        return f"All {len(frame):,} schedules: nothing is filtered out."
    absent = "" if left else "".join(_absence(frame, facet, pick) for facet, pick in named)
    return f"{left:,} of {len(frame):,} schedules: {', '.join(parts)}.{absent}"


def _typed(name: str, value: object) -> str | float:
    if name == "due_within":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 100_000:
            raise BadInput(f"due_within is {value!r}: give a number of hours, 0 for no limit.")
        return value
    if not isinstance(value, str):
        raise BadInput(f"{name} is {value!r}: give a text, '' for no limit.")
    return value.strip()


def _masks(
    frame: pd.DataFrame, given: Mapping[str, str | float], now: datetime | None, facets: Facets
) -> dict[str, pd.Series[bool]]:
    masks = {
        facet.name: _fits(frame, facet, _pick(frame, facet, given)) for facet in facets if given[facet.name]
    }
    if given["due_within"]:
        masks["due_within"] = _due_within(frame, float(given["due_within"]), now or datetime.now(UTC))
    if given["due_at"]:
        masks["due_at"] = runs_in_hour(frame, str(given["due_at"]), now or datetime.now(UTC))
    if given["name"]:
        masks["name"] = _contains(frame, str(given["name"]))
    if given["query"]:
        masks["query"] = fits_query(frame, str(given["query"]))
    return {name: mask.astype(bool) for name, mask in masks.items()}


def _pick(frame: pd.DataFrame, facet: Facet, given: Values) -> Pick:
    text = str(given[facet.name])
    columns = [name for name in (facet.column, facet.shown) if name and text]
    return Pick.of(text, {value for name in columns for value in frame[name].dropna().unique()})


def _fits(frame: pd.DataFrame, facet: Facet, pick: Pick) -> pd.Series[bool]:
    found = frame[facet.column].fillna(UNKNOWN).isin(pick.values)
    if facet.shown:
        found |= frame[facet.shown].isin(pick.values)
    return ~found if pick.negated else found


def _due_within(frame: pd.DataFrame, hours: float, now: datetime) -> pd.Series[bool]:
    import pandas as pd

    return (frame["next_execution"] <= pd.Timestamp(now) + pd.Timedelta(hours=hours)).fillna(False)


def _contains(frame: pd.DataFrame, text: str) -> pd.Series[bool]:
    wanted = text.casefold()
    columns = [frame[name].fillna("").str.casefold() for name in ("name", "schedule_uid", "identity_name")]
    found: list[pd.Series[bool]] = [column.str.contains(wanted, regex=False) for column in columns]
    return found[0] | found[1] | found[2]


def _choices(
    frame: pd.DataFrame,
    facet: Facet,
    masks: Mapping[str, pd.Series[bool]],
    labels: Mapping[str, str],
    pick: Pick,
) -> list[Choice]:
    others = _everything(frame)
    for name, mask in masks.items():
        if name != facet.name:
            others &= mask
    column = frame[facet.column].fillna(UNKNOWN)
    left = column[others].value_counts().to_dict()
    named = set(column[_fits(frame, facet, Pick(pick.values))].unique())
    offered = [
        Choice(value, label, int(left.get(value, 0)), value in named) for value, label in labels.items()
    ]
    return offered + [Choice(value, value, 0, True) for value in _absent(frame, facet, pick)]


def _labels(frame: pd.DataFrame, facet: Facet) -> dict[str, str]:
    """What each value of a facet is called, in the order in which people look for it."""
    column = frame[facet.column].fillna(UNKNOWN)
    if not facet.shown:
        return {
            value: value for value in sorted(column.unique(), key=lambda value: (value == UNKNOWN, value))
        }
    called = dict(zip(column, frame[facet.shown].fillna(""), strict=True))
    if facet.name == "cron":
        return {cron: f"{cron} ({told})" if told else cron for cron, told in sorted(called.items())}
    often = Counter(called.values())
    named = sorted(called.items(), key=lambda item: (not item[1], item[1].casefold(), item[0]))
    return {uid: f"{name} ({uid[:8]})" if often[name] > 1 and name else name or uid for uid, name in named}


def _said(frame: pd.DataFrame, facet: Facet, pick: Pick) -> str:
    labels = _labels(frame, facet)
    called = [labels.get(value, value) for value in pick.values]
    told = " and ".join(f"not {value}" for value in called) if pick.negated else " or ".join(called)
    return f"{facet.title.lower()} {told}"


def _absent(frame: pd.DataFrame, facet: Facet, pick: Pick) -> list[str]:
    return [value for value in pick.values if not _fits(frame, facet, Pick((value,))).any()]


def _absence(frame: pd.DataFrame, facet: Facet, pick: Pick) -> str:
    """Why nothing fits, where a value is one that no schedule has: it may be misspelt."""
    labels = _labels(frame, facet)
    absent = _absent(frame, facet, pick)
    if not absent:
        return ""
    there = list(labels.values())
    more = f" and {len(there) - _TOLD:,} more" if len(there) > _TOLD else ""
    return f" No schedule has {facet.title.lower()} {absent[0]}: there are {', '.join(there[:_TOLD])}{more}."


_TOLD = 8
"""Values that are named where one was given that nothing has."""


def _everything(frame: pd.DataFrame) -> pd.Series[bool]:
    import pandas as pd

    return pd.Series(True, index=frame.index)
