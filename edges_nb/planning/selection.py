"""What somebody selected: a frame of schedules, a Series or a list of uids."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, TypeAlias

from edges_nb.errors import BadInput

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
    told = f"{others} of the selected schedules are of other actions and are left out." if others else ""
    return [str(uid) for uid in of_action[column]], told
