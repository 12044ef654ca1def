"""CSV for people: safe to open in a spreadsheet, which takes a cell that begins with `=` for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the start of a formula, also in full width or after a break."""

_END = "\r\n"
"""With both in it, a cell that holds either is quoted; bare, it would begin a line and a formula."""

EXACT = ("schedule_uid", "new_uid", "run_uid", "identity_uid")
"""Columns that scripts read back and that are never changed."""


def to_safe_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV in which text that looks like a formula is led by an apostrophe.

    That changes such text: scripts read plan.json and results.json, which are exact.
    """
    import pandas as pd

    columns = {}
    for place, name in enumerate(frame.columns):
        values = frame.iloc[:, place]
        text = not (
            pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype)
        )
        columns[place] = values.map(_safe) if text and str(name) not in EXACT else values
    safe = pd.DataFrame(columns)
    safe.columns = [str(_safe(str(name))) for name in frame.columns]
    return safe.to_csv(index=False, lineterminator=_END)


def rows_to_safe_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield the lines of rows as CSV, made safe like a frame."""
    yield _line([_safe(name) for name in columns])
    for row in rows:
        yield _line([row[name] if name in EXACT else _safe(row[name]) for name in columns])


def csv_line(cells: Sequence[str]) -> str:
    """Return one line of CSV, without its end."""
    return _line(cells).removesuffix(_END)


def _line(cells: Sequence[object]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator=_END).writerow(cells)
    return file.getvalue()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(STARTS) else value
