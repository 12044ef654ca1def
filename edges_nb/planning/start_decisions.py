"""Decide what is to be started in place of nothing, and what is there already."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edges_nb.models.api import LIVE, Identity, Schedule, ScheduleRequest, mode_of
from edges_nb.models.history import Past
from edges_nb.models.name_marks import mark_of
from edges_nb.models.plan_items import Caution, Start, StartDecision
from edges_nb.planning.configuration import Configuration, configuration_of
from edges_nb.planning.details import looked_at
from edges_nb.planning.recovery import recover
from edges_nb.planning.snapshot import Reading, known_incremental
from edges_nb.planning.start_input import StartRow

if TYPE_CHECKING:
    from edges_nb.client import Edges


def origin_of_request(request: ScheduleRequest) -> str:
    """Return 12 hex digits that are the same for requests of which one is enough; names and first times may
    differ."""
    canonical = json.dumps(_essence(request), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def read_for_starts(
    edges: "Edges",
    action: str,
    requests: Iterable[ScheduleRequest],
    past: Past,
    identities: Mapping[str, Identity],
) -> Reading:
    """Read what has to be known of the live schedules of an action that look like some requests.

    Raises:
        ApiError, Unreachable: the workspace can't be read.
    """
    schedules = edges.schedules(action)
    near = _near_any([schedule for schedule in schedules if schedule.status in LIVE], requests)
    shown, spent = looked_at(edges, near)
    near = [shown.get(schedule.uid, schedule) for schedule in near]
    known = past.children.keys() | past.started_as.keys()
    evidence = recover(edges, action, near, listed=len(schedules), spent=spent, known=known)
    read = tuple(shown.get(schedule.uid, schedule) for schedule in schedules)
    return Reading(read, identities, evidence, edges.now(), action)


def draft_starts(
    reading: Reading, rows: Sequence[StartRow], requests: Sequence[ScheduleRequest], past: Past
) -> list[Start]:
    """Decide on each row."""
    drafting = _Drafting(reading, past)
    drafts = [drafting.draft(row, request) for row, request in zip(rows, requests, strict=True)]
    return drafting.with_doubts_told(drafts)


class _Drafting:
    def __init__(self, reading: Reading, past: Past) -> None:
        self._reading = reading
        self._past = past
        self._live = [schedule for schedule in reading.schedules if schedule.status in LIVE]
        self._by_uid = {schedule.uid: schedule for schedule in self._live}
        self._known = {schedule.uid: self._configuration(schedule) for schedule in self._live}
        self._started: dict[str, str] = {}
        self._of_identity: dict[str, list[Schedule]] = defaultdict(list)
        self._of_nobody: dict[tuple[str | None, str], list[Schedule]] = defaultdict(list)
        for schedule in self._live:
            self._file(schedule)
        self._perhaps: dict[str, tuple[str, ...]] = {}

    def draft(self, row: StartRow, request: ScheduleRequest) -> Start:
        """Decide on one row, but for what only may be equal."""
        origin = origin_of_request(request)
        identity = self._reading.identities.get(row.identity_uid)
        start = Start(origin, row.place, StartDecision.START, "nothing equal is there", request, identity)
        before = self._past.started.get(origin)
        if before is not None and before.open:
            return replace(start, reason="goes on: an earlier run began to start it", begun=True)
        equal = self._equal(origin, request)
        if equal is not None:
            return _skipped(start, *equal)
        near = [*self._of_identity[row.identity_uid], *self._of_nobody[_time(request)]]
        self._perhaps[origin] = tuple(s.uid for s in near if self._is_perhaps(s, request))
        if before is not None and before.uid:
            start = replace(start, reason=f"started before as {before.uid}, which is not live any more")
        return replace(start, warnings=tuple(self._cautions(request)))

    def with_doubts_told(self, drafts: Sequence[Start]) -> list[Start]:
        """Tell what looks equal on a server that does not show as which identity it runs.

        As many as there are rows that look so are theirs; where there are fewer, nobody can tell whose.
        """
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for uid, found in self._perhaps.items():
            alike[found].append(uid)
        told = []
        for start in drafts:
            found = self._perhaps.get(start.uid, ())
            sharing = alike.get(found, [])
            if not found:
                told.append(start)
            elif len(found) >= len(sharing) and self._is_known(found):
                mine = found[sharing.index(start.uid)]
                told.append(
                    _skipped(start, mine, "looks equal, though the server does not show its identity")
                )
            else:
                told.append(_asking(start, found))
        return told

    def _file(self, schedule: Schedule) -> None:
        """Put a schedule where it is looked for."""
        mark = mark_of(schedule.name)
        if mark is not None and not mark.replaces:
            self._started.setdefault(mark.origin, schedule.uid)
        known = self._known[schedule.uid]
        for uid in known.identity_ids or ():
            self._of_identity[uid].append(schedule)
        if not known.identity_ids:
            self._of_nobody[_time(schedule)].append(schedule)

    def _is_known(self, uids: Iterable[str]) -> bool:
        return all(self._known[uid].parameters is not None for uid in uids)

    def _configuration(self, schedule: Schedule) -> Configuration:
        known = configuration_of(
            schedule,
            self._reading.evidence_of(schedule.uid),
            self._past.children.get(schedule.uid),
            self._reading.action,
        )
        if mode_of(known.parameters) is None and known_incremental(schedule, self._past):
            known = known._replace(parameters={"sync_mode": "incremental", **(known.parameters or {})})
        return known

    def _equal(self, origin: str, request: ScheduleRequest) -> tuple[str, str] | None:
        """Return the uid of what is certainly equal, and what tells so."""
        before = self._past.started.get(origin)
        uid = (before.uid if before else None) or ""
        while uid in self._past.replaced:
            uid = self._past.replaced[uid].new_uid
        if before is not None and uid in self._by_uid:
            told = "an earlier run of this tool started it"
            return uid, told if uid == before.uid else f"{told} as {before.uid}, which {uid} replaced"
        if origin in self._started:
            return self._started[origin], "its name says that it was started by the same request"
        same = (s.uid for s in self._of_identity[request.identity_ids[0]] if self._is_equal(s, request))
        found = next(same, None)
        return (found, "it has the same configuration") if found else None

    def _is_equal(self, schedule: Schedule, request: ScheduleRequest) -> bool:
        known = self._known[schedule.uid].request(request.action)
        return known is not None and _essence(known) == _essence(request)

    def _is_perhaps(self, schedule: Schedule, request: ScheduleRequest) -> bool:
        """Whether a schedule is equal in all that is known of it, its inputs among this."""
        mark = mark_of(schedule.name)
        if schedule.uid in self._past.started_as or (mark is not None and not mark.replaces):
            return False
        known = self._known[schedule.uid]
        if known.inputs != request.inputs or (known.identity_ids and known.parameters is not None):
            return False
        filled = known._replace(
            identity_ids=known.identity_ids or request.identity_ids,
            callback=known.callback or request.callback,
            parameters=request.parameters if known.parameters is None else known.parameters,
        ).request(request.action)
        return filled is not None and _essence(filled) == _essence(request)

    def _cautions(self, request: ScheduleRequest) -> Iterable[Caution]:
        for schedule in self._of_identity[request.identity_ids[0]]:
            known = self._known[schedule.uid]
            if (known.identity_ids, known.inputs) == (request.identity_ids, request.inputs):
                incremental = mode_of(known.parameters) == "incremental"
                how = "in incremental mode already" if incremental else "in full mode"
                what = (
                    "change or cancel it, or there are two" if incremental else "02_migrate would replace it"
                )
                yield Caution(
                    "input_is_there", f"{schedule.uid} brings the same input of this identity {how}: {what}."
                )
        cap = (request.parameters or {}).get("max_results")
        if cap:
            yield Caution(
                "first_run_capped",
                f"The first run brings at most {cap:,} items, and what is beyond is lost for good.",
            )
        if request.cron and request.schedule_at is None:
            yield Caution(
                "first_run_at_once",
                "The first run may start as soon as it is there; schedule_at sets a time.",
            )


def _skipped(start: Start, uid: str, why: str) -> Start:
    reason = f"already there: {uid}, as {why}"
    return replace(start, decision=StartDecision.SKIP, reason=reason, found=uid, warnings=())


def _asking(start: Start, found: Sequence[str]) -> Start:
    reason = (
        f"unclear: {', '.join(found)} may be equal, and the server does not show enough of it; cancel it if "
        "it is not wanted, or leave this row out"
    )
    return replace(start, decision=StartDecision.NEEDS_INPUT, reason=reason, warnings=())


def _near_any(schedules: Iterable[Schedule], requests: Iterable[ScheduleRequest]) -> list[Schedule]:
    """Choose the schedules that are near to some request."""
    of_identity, of_time = defaultdict(list), defaultdict(list)
    for request in requests:
        of_identity[request.identity_ids[0]].append(request)
        of_time[_time(request)].append(request)

    def candidates(schedule: Schedule) -> list[ScheduleRequest]:
        if schedule.identity_ids is None:
            return of_time[_time(schedule)]
        return [request for uid in schedule.identity_ids for request in of_identity[uid]]

    return [s for s in schedules if any(_near(s, request) for request in candidates(s))]


def _time(of: Schedule | ScheduleRequest) -> tuple[str | None, str]:
    return of.cron, of.timezone or "UTC"


def _near(schedule: Schedule, request: ScheduleRequest) -> bool:
    """Whether a schedule may be equal, or bring the same, by what a list shows of it."""
    same_time = _time(schedule) == _time(request)
    pairs = ((schedule.inputs, request.inputs), (schedule.identity_ids, request.identity_ids))
    shown = [have == want for have, want in pairs if have is not None]
    return all(shown) and (same_time or len(shown) == len(pairs))


def _essence(request: ScheduleRequest) -> Mapping[str, Any]:
    """What makes two requests the same in effect: what the API takes for absent is left out."""
    callback = {name: value for name, value in request.callback.items() if value not in (None, {})}
    if callback.get("on") == "all":
        del callback["on"]
    return {
        "action": request.action,
        "inputs": request.inputs,
        "callback": callback,
        "identity_ids": request.identity_ids,
        "cron": request.cron,
        "timezone": (request.timezone or "UTC") if request.cron else None,
        "parameters": {
            name: value for name, value in (request.parameters or {}).items() if value is not None
        },
    }
