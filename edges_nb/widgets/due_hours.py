"""Which schedules run in an hour of the week."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from edges_nb.errors import BadInput
from edges_nb.reports.formatting import zone_of
from edges_nb.reports.shapes import DAYS

if TYPE_CHECKING:
    import pandas as pd

_HOUR = re.compile(rf"(?P<day>{'|'.join(DAYS)}) (?P<hour>[01]\d|2[0-3]):00(?: (?P<zone>\S+))?")


def runs_in_hour(frame: pd.DataFrame, text: str, now: datetime) -> pd.Series[bool]:
    """Return which active schedules run in an hour of the next seven days, such as `Mon 09:00 Europe/Paris`.

    Raises:
        BadInput: the text names no hour of the week, or a timezone that is not known.
    """
    import pandas as pd

    from edges_nb.reports.figures import week_counts

    match = _HOUR.fullmatch(text)
    zone = (match["zone"] if match else None) or "UTC"
    if match is None or zone_of(zone)[1] != zone:
        raise BadInput(f"due_at is {text!r}: give a weekday and an hour, such as Mon 09:00 Europe/Paris.")
    day, hour = DAYS.index(match["day"]), int(match["hour"])
    live = frame["status"].eq("ACTIVE").fillna(False) & frame["cron"].notna()
    rhythms = list(zip(frame["cron"].fillna(""), frame["timezone"].fillna("UTC"), strict=True))
    due = {each: bool(week_counts({each: 1}, zone, now)[hour][day]) for each in set(rhythms) if each[0]}
    return live & pd.Series([due.get(each, False) for each in rhythms], frame.index, dtype=bool)
