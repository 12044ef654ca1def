"""A query in pandas' own words, which sees the columns and nothing else of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edges_nb.errors import BadInput
from edges_nb.redaction import without_secrets

if TYPE_CHECKING:
    import pandas as pd


def fits_query(frame: pd.DataFrame, query: str) -> pd.Series[bool]:
    """Return which rows fit a query.

    Raises:
        BadInput: it can't be used; one sentence says why.
    """
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
