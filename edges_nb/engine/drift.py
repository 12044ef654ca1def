"""Tell a schedule that is not what the plan saw."""

from edges_nb.models.api import Schedule

_ALWAYS = ("status", "cron", "timezone", "name")
_WHERE_SHOWN = ("inputs", "callback", "identity_ids", "identity_mode", "parameters")
"""Lists and GET may show different fields; those that one of them lacks say nothing."""

COMPARED = (*_ALWAYS, *_WHERE_SHOWN, "last_executed_at")
"""Fields that are looked at again right before a schedule is touched."""

_SECRET = ("inputs", "callback", "parameters")


def drift(seen: Schedule, now: Schedule) -> list[str]:
    """Name each field that differs, with both values where they are no secret."""
    told = []
    for field in (*_ALWAYS, *_WHERE_SHOWN):
        before, after = getattr(seen, field), getattr(now, field)
        if before == after or (field in _WHERE_SHOWN and (before is None or after is None)):
            continue
        told.append(f"{field} changed" if field in _SECRET else f"{field} is {after!s}, was {before!s}")
    return told
