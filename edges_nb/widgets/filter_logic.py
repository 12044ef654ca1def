"""Narrow a frame of schedules: what the filter widget shows, and what a notebook's parameters do without one.

A filter's values are plain parameters: texts, `""` for no limit, and a number of hours. The widget and a
headless run use the same functions, so both see the same schedules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput
from edges_nb.redaction import without_secrets

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"
"""Stands for a value that the server does not tell."""


@dataclass(frozen=True)
class Choice:
    """One value to choose, as it is called, and how many schedules would be left."""

    value: str
    label: str
    count: int


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
    Facet("status", "Status", "status"),
    Facet("timezone", "Timezone", "timezone"),
    Facet("cron", "Cron", "cron", "cron_words"),
)


def no_limit(facets: Sequence[Facet] = FACETS) -> dict[str, str | float]:
    """Return every filter, at the value that leaves nothing out."""
    return {**{facet.name: "" for facet in facets}, "due_within": 0, "name": "", "query": ""}


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
    """Return what each facet offers: every value of its column, with what is left if it is chosen.

    Args:
        labels: what `facet_labels` gave for the frame, where it is asked more than once.

    Raises:
        BadInput: a value can't be used.
    """
    masks = _masks(frame, checked(values, facets), now, facets)
    called = labels or facet_labels(frame, facets)
    return {facet.name: _choices(frame, facet, masks, called[facet.name]) for facet in facets}


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
    parts = [_said(frame, facet, str(given[facet.name])) for facet in facets if given[facet.name]]
    if given["due_within"]:
        parts.append(f"due within {given['due_within']:g} h")
    if given["name"]:
        parts.append(f"name contains “{given['name']}”")
    if given["query"]:
        parts.append(f"query {given['query']}")
    if not parts:
        return f"All {len(frame):,} schedules: nothing is filtered out."
    absent = "" if left else "".join(_absence(frame, facet, str(given[facet.name])) for facet in facets)
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
    masks = {facet.name: _has(frame, facet, str(given[facet.name])) for facet in facets if given[facet.name]}
    if given["due_within"]:
        masks["due_within"] = _due_within(frame, float(given["due_within"]), now or datetime.now(UTC))
    if given["name"]:
        masks["name"] = _contains(frame, str(given["name"]))
    if given["query"]:
        masks["query"] = _fits_query(frame, str(given["query"]))
    return {name: mask.astype(bool) for name, mask in masks.items()}


def _has(frame: pd.DataFrame, facet: Facet, value: str) -> pd.Series[bool]:
    found = frame[facet.column].fillna(UNKNOWN).eq(value)
    return found | frame[facet.shown].eq(value).fillna(False) if facet.shown else found


def _due_within(frame: pd.DataFrame, hours: float, now: datetime) -> pd.Series[bool]:
    import pandas as pd

    return (frame["next_execution"] <= pd.Timestamp(now) + pd.Timedelta(hours=hours)).fillna(False)


def _contains(frame: pd.DataFrame, text: str) -> pd.Series[bool]:
    wanted = text.casefold()
    columns = [frame[name].fillna("").str.casefold() for name in ("name", "schedule_uid", "identity_name")]
    found: list[pd.Series[bool]] = [column.str.contains(wanted, regex=False) for column in columns]
    return found[0] | found[1] | found[2]


def _fits_query(frame: pd.DataFrame, query: str) -> pd.Series[bool]:
    import pandas as pd

    try:
        # Without scopes, `@name` finds nothing: a query sees the columns and nothing else of this process.
        found = frame.eval(query, local_dict={}, global_dict={}, engine="python")
    except Exception as error:  # noqa: BLE001 - whatever pandas makes of it, it is a slip of the pen
        raise BadInput(_slip(query, error, frame)) from None
    if not isinstance(found, pd.Series) or not pd.api.types.is_bool_dtype(found.dtype):
        raise BadInput(
            f"The query {_quoted(query)} does not tell which rows to keep: compare a column, such as "
            "runs_per_day > 1."
        )
    return found.fillna(False)


def _slip(query: str, error: Exception, frame: pd.DataFrame) -> str:
    said = f"The query {_quoted(query)} can't be used"
    if isinstance(error, NameError):
        missing = str(error).partition("'")[2].partition("'")[0]
        columns = ", ".join(map(str, frame.columns))
        return f"{said}: there is no column {missing}. The columns are {columns}."
    why = "it is no expression" if isinstance(error, SyntaxError) else without_secrets(str(error), 120)
    return f"{said}: {why}. Write it like status == 'ACTIVE' and runs_per_day > 1."


def _quoted(query: str) -> str:
    return f"“{without_secrets(query, 120)}”"


def _choices(
    frame: pd.DataFrame, facet: Facet, masks: Mapping[str, pd.Series[bool]], labels: Mapping[str, str]
) -> list[Choice]:
    others = _everything(frame)
    for name, mask in masks.items():
        if name != facet.name:
            others &= mask
    left = frame[facet.column].fillna(UNKNOWN)[others].value_counts().to_dict()
    return [Choice(value, label, int(left.get(value, 0))) for value, label in labels.items()]


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


def _said(frame: pd.DataFrame, facet: Facet, value: str) -> str:
    return f"{facet.title.lower()} {_labels(frame, facet).get(value, value)}"


def _absence(frame: pd.DataFrame, facet: Facet, value: str) -> str:
    """Why nothing fits, where a value is one that no schedule has: it may be misspelt."""
    labels = _labels(frame, facet)
    if not value or value in labels or _has(frame, facet, value).any():
        return ""
    there = list(labels.values())
    more = f" and {len(there) - _TOLD:,} more" if len(there) > _TOLD else ""
    return f" No schedule has {facet.title.lower()} {value}: there are {', '.join(there[:_TOLD])}{more}."


_TOLD = 8
"""Values that are named where one was given that nothing has."""


def _everything(frame: pd.DataFrame) -> pd.Series[bool]:
    import pandas as pd

    return pd.Series(True, index=frame.index)
