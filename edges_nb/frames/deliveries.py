"""Deliveries of results to callbacks as a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edges_nb.frames import TIME, error_label, frame_of, host_of
from edges_nb.frames.loading import tells_columns

if TYPE_CHECKING:
    import pandas as pd

    from edges_nb.client import Edges

CALLBACK_COLUMNS: Mapping[str, str] = {
    "callback_uid": "string",
    "run_uid": "string",
    "status": "string",
    "http_status": "Int64",
    "retries": "Int64",
    "replay_of": "string",
    "callback_host": "string",
    "error": "string",
    "created": TIME,
}


@tells_columns(CALLBACK_COLUMNS)
def load_callbacks(edges: Edges, status: str | None = None, run_uid: str | None = None) -> pd.DataFrame:
    """Load the deliveries of results that the server still knows.

    Args:
        status: PENDING, RUNNING, FAILED or SUCCESS; all when absent.
        run_uid: of the run that they belong to; all when absent.

    Returns:
        One row for each delivery; of a callback there is its host, since the rest may be a secret.

    Example:
        >>> failed = load_callbacks(Edges.from_env(), status="FAILED")
        >>> failed.groupby("callback_host")["http_status"].value_counts()
    """
    found = edges.callbacks(status, run_uid)
    return frame_of(
        CALLBACK_COLUMNS,
        {
            "callback_uid": [each.uid for each in found],
            "run_uid": [each.run_uid for each in found],
            "status": [each.status for each in found],
            "http_status": [each.http_status for each in found],
            "retries": [each.retry_count for each in found],
            "replay_of": [each.parent_uid for each in found],
            "callback_host": [host_of({"url": each.callback_url}) for each in found],
            "error": [error_label(each.error) for each in found],
            "created": [each.created_at for each in found],
        },
    )
