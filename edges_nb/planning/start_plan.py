"""Plans of what is to be started in incremental mode: previewed first, and started as previewed.

A start replaces nothing. Its rows, one for each identity, are checked as a whole before the first is sent,
and what is there already is found and shown instead of being started a second time.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pandas as pd

from edges_nb.client import Edges
from edges_nb.errors import BadInput, EdgesNbError, LedgerError
from edges_nb.models.api import CONNECTIONS, INCREMENTAL_ACTIONS, Identity
from edges_nb.models.plan_items import Start, StartDecision
from edges_nb.planning.approval import Approvable
from edges_nb.planning.digest import request_of
from edges_nb.planning.input_tables import Rows
from edges_nb.planning.ledger_session import ledger_of, past_of
from edges_nb.planning.run_decisions import draft_runs
from edges_nb.planning.snapshot import Reading
from edges_nb.planning.start_decisions import draft_starts, read_for_starts
from edges_nb.planning.start_input import StartRows, Way

if TYPE_CHECKING:
    from edges_nb.ledger.store import Ledger
    from edges_nb.models.results import Outcome, Progress

_DONE = (StartDecision.START, StartDecision.CONTINUE)


class StartPlan(Approvable[Start]):
    """Rows, each with the exact request and a decision.

    Attributes:
        way: `schedule`, or `async` for runs that are continued when told to.
    """

    def __init__(self, edges: Edges, way: Way, reading: Reading, items: Sequence[Start], ledger: str) -> None:
        super().__init__(edges, reading, items, ledger)
        self.way = way

    @property
    def to_start(self) -> list[Start]:
        """The rows that `apply` does something about."""
        return [item for item in self.items if item.decision in _DONE]

    def frame(self) -> pd.DataFrame:
        """One row each: identity_uid, identity, decision, reason, found, cron, timezone, max_results and
        warnings.

        All columns are strings; `found` is the uid of what is there, `warnings` are the codes.
        """
        return pd.DataFrame([_row(item) for item in self.items], columns=list(_COLUMNS)).astype("string")

    def __repr__(self) -> str:
        told = ", ".join(f"{number:,} {decision}" for decision, number in self.counts.most_common())
        return f"<StartPlan {self.digest} ({self.way}) on {self.edges.where}: {told or 'no rows'}>"

    # Reports stand above plans, and load when one is shown.
    def _repr_html_(self) -> str:
        return str(import_module("edges_nb.reports.plan_page").summary(self, len(self.to_start)))

    def apply(
        self,
        *,
        approve: str = "",
        uids: Collection[str] | None = None,
        workers: int | None = None,
        on_progress: "Callable[[Progress], None] | None" = None,
        stop: threading.Event | None = None,
    ) -> "Outcome":
        """Start what the plan says, or go on where an earlier run stopped.

        Args:
            approve: the digest of the plan that was reviewed; anything else than this plan's touches nothing.
            uids: start only these of the rows, by the digests of their requests.
            workers: starts under way at once; 1 stays in the calling thread.
            on_progress: called after each step, by one thread at a time.
            stop: set it to stop between rows.

        Raises:
            NotApproved: the plan is not the approved one.
            LedgerError: the ledger can't be written, or another run is at work.
        """
        items = [item for item in self.to_start if uids is None or item.uid in uids]
        ledger = ledger_of(self.edges, self._ledger)
        with ledger.lock(self._workspace):
            self._check(approve, ledger)
            if self.way == "async":
                return _run(self.edges, ledger, items, self.digest)
            from edges_nb.engine.executor import WORKERS, Engine, Job

            engine = Engine(
                self.edges, ledger, workers=workers or WORKERS, on_progress=on_progress, stop=stop
            )
            return engine.run(Job(items, "start", "pause", self.digest, seen=self.reading.schedules))

    def _in_full(self) -> Iterable[dict[str, Any]]:
        yield {item.request.identity_ids[0]: _entry(item) for item in self.items}

    def _keys(self) -> dict[str, str]:
        return {item.request.identity_ids[0]: item.uid for item in self.items}


def plan_starts(
    edges: Edges,
    rows: Rows,
    *,
    action: str = CONNECTIONS,
    way: Way = "schedule",
    defaults: Mapping[str, object] | None = None,
    ledger: str = "",
) -> StartPlan:
    """Plan to start incremental schedules or runs, one for each identity; nothing is changed.

    Args:
        rows: the path of a CSV, a DataFrame, rows as mappings or a single one, with `identity_uid`, `input`
            (an object or an array of them, as JSON), `callback_url`, `cron`, and any of `callback_headers`
            (JSON), `callback_on`, `timezone` (the identity's when absent), `schedule_at`, `max_results` and
            `name`.
        way: `schedule`, or `async` for a run at once that is continued whenever the same is applied again; it
            needs no cron.
        defaults: cells for what a row leaves empty.
        ledger: a path or SQLAlchemy URL; the one of the settings when absent.

    Raises:
        BadInput: something given can't be used; every bad cell is named by line and column.
        ApiError, Unreachable: the workspace can't be read.
    """
    if action not in INCREMENTAL_ACTIONS:
        raise BadInput(f"{action} has no incremental mode: use one of {', '.join(INCREMENTAL_ACTIONS)}.")
    if way not in ("schedule", "async"):
        raise BadInput(f"way is {way!r}: use schedule, or async for a run that is continued when told to.")
    table = StartRows(rows, way, action, defaults)
    place = ledger or edges.settings.ledger
    identities = {identity.uid: identity for identity in edges.identities(table.identity_uids)}
    checked = table.checked(identities, edges.now())
    requests = [row.request(action, way, identities[row.identity_uid]) for row in checked]
    past = past_of(edges, place)
    if way == "async":
        items = draft_runs(edges, checked, requests, identities, past)
        return StartPlan(edges, way, _nothing_read(edges, action, identities), items, place)
    reading = read_for_starts(edges, action, requests, past, identities)
    return StartPlan(edges, way, reading, draft_starts(reading, checked, requests, past), place)


def _run(edges: Edges, ledger: "Ledger", items: Sequence[Start], plan: str) -> "Outcome":
    from edges_nb.engine.run_starter import AsyncRuns
    from edges_nb.models.results import REFUSED, Event, Outcome, Result

    events: list[Event] = []
    runs = AsyncRuns(edges, ledger, events.append)
    results: list[Result] = []
    for item in items:
        try:
            results.append(runs.take(item, plan))
        except LedgerError as error:
            error.outcome = Outcome(tuple(results), tuple(events))
            raise
        except EdgesNbError as error:
            results.append(Result(item.uid, REFUSED, item.found, str(error)))
    return Outcome(tuple(results), tuple(events))


def _nothing_read(edges: Edges, action: str, identities: Mapping[str, Identity]) -> Reading:
    return Reading((), identities, {}, edges.now(), action)


def _entry(item: Start) -> dict[str, Any]:
    if item.decision not in _DONE:
        # What is left alone may change as it likes: an approval does not go stale by it.
        return {"decision": item.decision.value}
    return {"decision": item.decision.value, "request": request_of(item.request)}


_COLUMNS = (
    *("identity_uid", "identity", "decision", "reason", "found"),
    *("cron", "timezone", "max_results", "warnings"),
)


def _row(item: Start) -> dict[str, object]:
    request = item.request
    return {
        "identity_uid": request.identity_ids[0],
        "identity": item.identity.name if item.identity else None,
        "decision": item.decision.value,
        "reason": item.reason,
        "found": item.found,
        "cron": request.cron,
        "timezone": request.timezone,
        "max_results": (request.parameters or {}).get("max_results"),
        "warnings": " ".join(warning.code for warning in item.warnings),
    }
