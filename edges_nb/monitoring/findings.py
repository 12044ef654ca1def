"""What is wrong with a watched schedule, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from edges_nb.models.api import LIVE, Run, Schedule
from edges_nb.monitoring.loss_forecast import Forecast
from edges_nb.monitoring.schedule_health import Finding, WatchedSchedule

_FAILURES = 2
"""Failed runs in a row after which it is not chance any more."""

_OVERDUE = timedelta(minutes=10)
"""How long after its due time a first run may still come."""


def findings(
    watched: WatchedSchedule, old: Schedule | None, first: Run | None, now: datetime
) -> Iterator[Finding]:
    """Tell what somebody has to look at, the most urgent first.

    Args:
        old: the schedule that was replaced, as it is now, None where it is not there.
        first: the first run, None where it is not known.
    """
    status = watched.schedule.status
    if status is None:
        yield Finding(
            "gone",
            "It is not there any more.",
            "Find out who took it away; edges-nb undo brings back the old one.",
        )
        return
    if old is not None and old.status in LIVE and status in LIVE:
        yield Finding(
            "both_live",
            f"The schedule that it replaced, {old.uid}, is there as well and {old.status}.",
            f"Run edges-nb apply to finish what was begun, or cancel {old.uid} in Edges.",
        )
    yield from _stops(watched, now)
    if status == "ACTIVE":
        yield from _losses(watched, first)


def _stops(watched: WatchedSchedule, now: datetime) -> Iterator[Finding]:
    schedule = watched.schedule
    if schedule.status != "ACTIVE":
        yield Finding(
            "stopped",
            f"It is {schedule.status}, so that it brings nothing.",
            "Resume it in Edges."
            if schedule.status == "PAUSED"
            else "If nobody meant that, create it again: edges-nb undo brings back the old one.",
        )
        return
    due = schedule.next_execution_at
    if not watched.runs and schedule.last_executed_at is None:
        if watched.iterations.due or (due is not None and due + _OVERDUE < now):
            yield Finding(
                "never_ran",
                "It was due and never ran.",
                "Check in Edges that its identity is connected; edges-nb undo brings back the old one.",
            )
        elif due is None:
            yield Finding(
                "never_ran", "It never ran and is not due.", "Look at it in Edges, and create it again."
            )
    ended = [run for run in watched.runs if not run.unfinished][:_FAILURES]
    if len(ended) == _FAILURES and all(run.result in ("FAILED", "INVALID", "BLOCKED") for run in ended):
        labels = ", ".join(sorted(watched.failures)) or "no reason given"
        yield Finding(
            "failing",
            f"Its last {_FAILURES} runs failed ({labels}).",
            "Mend the cause, such as its identity's login, before more has gathered than one run brings.",
        )


def _losses(watched: WatchedSchedule, first: Run | None) -> Iterator[Finding]:
    cap, forecast = watched.cap, watched.forecast
    if cap is None:
        return
    if watched.capped:
        number = len(watched.capped)
        runs = "1 run" if number == 1 else f"{number} runs"
        yield Finding(
            "lost",
            f"{runs} reached the max_results of {cap} items: what else was new is lost for good.",
            _remedy(forecast, cap),
        )
    elif forecast is not None and forecast.may_lose(cap):
        yield Finding(
            "may_lose",
            f"Up to {forecast.expected} new items came in {_days(forecast.wait)}, the longest time until a "
            f"next run, and max_results is {cap}: the next runs may lose what is beyond it.",
            _remedy(forecast, cap),
        )
    recent = {run.uid for run in watched.runs}
    if first is not None and first.uid in recent and (first.output_count or 0) >= cap:
        yield Finding(
            "first_capped",
            f"Its first run brought {first.output_count} items and reached the max_results of {cap}: what is "
            "older will never be brought.",
            "If that is needed, replace it with a max_results above the size of the network: the first run "
            "of a new schedule begins from the start.",
        )


def _remedy(forecast: Forecast | None, cap: int) -> str:
    if forecast is None:
        return f"Raise max_results, to {2 * cap} at the least, or let it run more often."
    if forecast.at_least:
        return (
            f"How much more there was its runs can't tell. Set max_results to {forecast.safe_cap} at least, "
            f"better to all that can be new in {_days(forecast.wait)}, and watch it again."
        )
    raised = f"Set max_results to {forecast.safe_cap}"
    if forecast.safe_wait is None:
        return f"{raised}: no cadence is safe with {cap}."
    often = f"every {_days(forecast.safe_wait)}" if forecast.safe_wait != timedelta(days=1) else "every day"
    return f"{raised}, or let it run {often}."


def _days(span: timedelta) -> str:
    hours = round(span / timedelta(hours=1))
    if hours % 24 and hours < 72:
        return "hour" if hours == 1 else f"{hours} hours"
    days = max(1, round(hours / 24))
    return "1 day" if days == 1 else f"{days} days"
