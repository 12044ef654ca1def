"""What somebody selected: a frame of schedules, a Series or a list of uids."""

import io
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from edges_nb.errors import BadInput
from edges_nb.planning.input_tables import separator_of

if TYPE_CHECKING:
    import pandas as pd

Selection: TypeAlias = "pd.DataFrame | pd.Series[Any] | Collection[str] | None"
"""A frame of schedules, or uids as a Series, as an Index or as a list."""


def chosen_uids(schedules: Selection, only: Collection[str], action: str) -> tuple[list[str], str]:
    """Return the uids that are selected, and a sentence about those of other actions, "" without any."""
    if schedules is None:
        return list(only), ""
    if len(only):
        raise BadInput("schedules and only both select: give one of them.")
    if len(schedules) == 0:
        raise BadInput("schedules has no rows: select at least one schedule.")
    import pandas as pd

    if not isinstance(schedules, pd.DataFrame):
        return list(dict.fromkeys(map(str, schedules))), ""
    column = next((name for name in ("uid", "schedule_uid") if name in schedules.columns), None)
    if column is None:
        raise BadInput("schedules has no column uid: give a selection of what load_schedules returned.")
    if "action" not in schedules.columns:
        return [str(uid) for uid in schedules[column]], ""
    of_action = schedules[schedules["action"].isna() | (schedules["action"] == action)]
    others = len(schedules) - len(of_action)
    if of_action.empty:
        raise BadInput(f"schedules has none of {action}: select some, or name their action.")
    are = "are of other actions and are" if others > 1 else "is of another action and is"
    told = f"{others:,} of the selected schedules {are} left out." if others else ""
    return [str(uid) for uid in of_action[column]], told


def read_selection(path: str) -> "pd.DataFrame":
    """Return the rows of a selection that was saved as CSV; each has a `schedule_uid`, and maybe an `action`.

    Raises:
        BadInput: it can't be read.
    """
    import pandas as pd

    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        separator, skipped = separator_of(text)
        rows = pd.read_csv(io.StringIO(text), sep=separator, skiprows=skipped, dtype="string")
    except (OSError, ValueError) as error:
        raise BadInput(f"The selection {path} can't be read as CSV: save it anew from 01_explore.") from error
    if "schedule_uid" not in rows.columns:
        raise BadInput(f"The selection {path} has no column schedule_uid: save it anew from 01_explore.")
    return rows.dropna(subset=["schedule_uid"])
