"""What of the rows that were read could not be, in sentences for whoever reads the first output."""

from collections.abc import Iterable, Mapping

from edges_nb.models.api import ApiRecord
from edges_nb.redaction import without_secrets

_NAMED = 5
"""Rows that a sentence names before it only counts."""


def told_unreadable(records: Iterable[ApiRecord], without_uid: Mapping[str, int]) -> list[str]:
    """Return a sentence for each kind of row that was not read whole; none where all were.

    Args:
        records: all that were read.
        without_uid: rows that were left out, by the path of their list.
    """
    odd = [record for record in records if record.unreadable]
    told = []
    if odd:
        rows = "1 row has" if len(odd) == 1 else f"{len(odd):,} rows have"
        named = ", ".join(
            f"{without_secrets(str(getattr(record, 'uid', '')), 60)} ({', '.join(record.unreadable)})"
            for record in odd[:_NAMED]
        )
        more = f" and {len(odd) - _NAMED:,} more" if len(odd) > _NAMED else ""
        told.append(f"{rows} fields that could not be read and count as not shown: {named}{more}.")
    for path, number in without_uid.items():
        if number:
            rows = "1 row" if number == 1 else f"{number:,} rows"
            told.append(f"Left out {rows} of {path} without a readable uid: report this to Edges' support.")
    return told
