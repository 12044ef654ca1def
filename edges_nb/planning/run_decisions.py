"""Decide what async runs are to be started, and which one that is there is told to go on instead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from edges_nb.errors import NotFound
from edges_nb.models.api import CONTINUABLE, Identity, Run, ScheduleRequest
from edges_nb.models.history import Past
from edges_nb.models.name_marks import named_run
from edges_nb.models.plan_items import Caution, Start, StartDecision
from edges_nb.planning.start_decisions import origin_of_request
from edges_nb.planning.start_input import StartRow

if TYPE_CHECKING:
    from edges_nb.client import Edges


def draft_runs(
    edges: "Edges",
    rows: Sequence[StartRow],
    requests: Sequence[ScheduleRequest],
    identities: Mapping[str, Identity],
    past: Past,
) -> list[Start]:
    """Decide on each row; runs are read, and nothing is changed.

    Raises:
        ApiError, Unreachable: the workspace can't be read.
    """
    runs = edges.runs(requests[0].action) if requests else []
    # Not a filter of the request: servers spell modes in different ways, and refuse those of others.
    listed = [run for run in runs if run.execution_mode in (None, "async")]
    by_uid = {run.uid: run for run in listed}
    drafts = []
    for row, request in zip(rows, requests, strict=True):
        origin = origin_of_request(request)
        before = past.started.get(origin)
        start = Start(
            origin,
            row.place,
            StartDecision.START,
            "no equal run is there",
            request,
            identities.get(row.identity_uid),
            begun=before is not None and before.open,
        )
        uid = (before.uid if before else None) or named_run(listed, origin)
        run = by_uid.get(uid or "") or _found(edges, uid)
        drafts.append(_decided(start, run, uid))
    return drafts


def _found(edges: "Edges", uid: str | None) -> Run | None:
    try:
        return edges.run(uid) if uid else None
    except NotFound:
        return None


def _decided(start: Start, run: Run | None, uid: str | None) -> Start:
    if run is None:
        reason = start.reason
        if start.begun:
            reason = "goes on: an earlier run began to start it"
        elif uid:
            reason = f"archived: {uid} is not there any more, so that the first sync is a full one again"
        return replace(start, reason=reason, warnings=tuple(_cautions(start.request)))
    going = replace(start, decision=StartDecision.CONTINUE, found=run.uid)
    if run.unfinished:
        return replace(going, reason=f"at work: {run.uid} is {run.status}, and is waited for")
    if run.status in CONTINUABLE:
        return replace(going, reason=f"to be continued: {run.uid} is {run.status}")
    reason = f"can't be continued: {run.uid} is {run.status}, so that another one is started"
    return replace(start, reason=reason, warnings=tuple(_cautions(start.request)))


def _cautions(request: ScheduleRequest) -> Iterable[Caution]:
    cap = (request.parameters or {}).get("max_results")
    if cap:
        told = f"The first sync brings at most {cap:,} items, and what is beyond is lost for good."
        yield Caution("first_run_capped", told)
