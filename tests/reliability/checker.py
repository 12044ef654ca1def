"""Judges replacements by what the server saw: its records before and after, and its history of requests.

It knows nothing of the engine. A new schedule belongs to the lineage of the schedule whose uid is in its
name; where the server keeps no names, to the lineage of equal configuration. Schedules that can't be told
apart share a lineage, and numbers are compared. Blame is put on the request after which an invariant no
longer held; what an outsider did (`foreign`) lowers what can be demanded, and is nobody's fault here.
"""

import copy
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from edges_nb.sandbox.entities import StoredSchedule
from edges_nb.sandbox.wire_types import Call
from tests.faults import Sandbox

from .worlds import schedules_of

KEPT = (
    "action_name",
    "inputs",
    "callback",
    "identity_ids",
    "identity_mode",
    "cron",
    "timezone",
)
LIVE = ("ACTIVE", "PAUSED")
STATUS_AFTER = {"pause": "PAUSED", "resume": "ACTIVE", "cancel": "CANCELLED", "create": "ACTIVE"}
MUTATING = frozenset({"pause", "resume", "cancel", "create", "run_async", "continue_run"})


@dataclass(frozen=True)
class Expected:
    """What was asked for.

    Attributes:
        order: `pause` promises that a live schedule is there at every moment, `guide` only at rest.
        names: whether the server keeps names.
        intended: fields that are meant to change, with their new values, for every planned schedule.
        modes: values of `parameters.sync_mode` that a new schedule may have.
        window: whether a second live child may be there for a moment, as where lists lag longer than
            anyone looks.
    """

    order: Literal["pause", "guide"] = "pause"
    names: bool = True
    intended: Mapping[str, Any] = field(default_factory=dict)
    modes: Collection[str | None] = ("incremental",)
    window: bool = False


@dataclass
class _Lineage:
    roots: list[StoredSchedule]
    models: list[StoredSchedule] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    checked: set[str] = field(default_factory=set)
    due: int = 0
    allowed: int = 0

    @property
    def names(self) -> str:
        return " ".join(sorted(root.uid[:8] for root in self.roots))

    @property
    def live(self) -> list[str]:
        return [uid for uid, status in self.status.items() if status in LIVE]

    @property
    def active(self) -> list[str]:
        return [uid for uid, status in self.status.items() if status == "ACTIVE"]

    def take_as_given(self) -> None:
        """After what somebody else did, no more can be demanded than is there now."""
        self.due = min(self.due, len(self.live))
        self.allowed = max(self.allowed, len(self.active))


class Checker:
    """Make it before anything happens; ask it at any time."""

    def __init__(self, sandbox: Sandbox, planned: Collection[str], expected: Expected = Expected()) -> None:
        self.sandbox, self.expected = sandbox, expected
        self.before = schedules_of(sandbox.world)
        self.planned = tuple(planned)
        self.foreign: set[int] = set()
        self._edits: list[tuple[int, StoredSchedule]] = []
        self._start = len(sandbox.history)
        self._identities = json.dumps([str(row) for row in sandbox.world.identities.values()])

    @property
    def history(self) -> list[Call]:
        return self.sandbox.history[self._start :]

    def edit(self, uid: str, **fields: Any) -> None:
        """Change a schedule as an outsider would; its replacements may be like it was or like it is."""
        row = self.sandbox.world.schedules[uid]
        for name, value in fields.items():
            setattr(row, name, value)
        self._edits.append((len(self.sandbox.history), copy.deepcopy(row)))

    def violations(self) -> list[str]:
        """Every broken invariant so far, I1 to I4 and I6, as a sentence that starts with its number."""
        replay = self._replayed()
        return [*replay.found, *self._untouched(replay)]

    def at_rest(self) -> list[str]:
        """Violations, and what may not be left behind by a process that ended on its own."""
        replay = self._replayed()
        lost = [
            f"I1 {lineage.names}: {lineage.due - len(lineage.live)} lost"
            for lineage in replay.lineages
            if len(lineage.live) < lineage.due
        ]
        doubled = [
            f"I2 {lineage.names}: {len(lineage.active)} active"
            for lineage in replay.lineages
            if len(lineage.active) > lineage.allowed
        ]
        return list(dict.fromkeys([*self.violations(), *lost, *doubled]))

    def finished(self, mode: str | None = "incremental") -> list[str]:
        """Violations, and what is not as it is meant to be in the end: one active child for each."""
        found = self.at_rest()
        for lineage in self._replayed().lineages:
            rows = [self.sandbox.world.schedules[uid] for uid in lineage.active]
            modes = [row.parameters.get("sync_mode") for row in rows]
            fitting = sum(now == mode or (mode == "full" and now is None) for now in modes)
            if fitting != lineage.due or len(lineage.live) != lineage.due:
                left = {uid[:8]: lineage.status[uid] for uid in lineage.live}
                found.append(f"I7 {lineage.names}: not finished: {left}, modes {modes}, {lineage.due} due")
        return found

    @property
    def was_meddled_with(self) -> bool:
        """Whether an outsider did anything."""
        return bool(self.foreign or self._edits)

    def stopped(self) -> list[list[str]]:
        """Planned schedules that were active, and of which nothing is any more, with what came of them: a
        copy that an earlier run brought back is what a later one tells of. Those that look the same come
        together."""
        lineages = self._replayed().lineages
        short = [lineage for lineage in lineages if len(lineage.active) < lineage.allowed]
        return [[uid for uid, status in each.status.items() if status != "ACTIVE"] for each in short]

    def members(self, uid: str) -> dict[str, str]:
        """Status by uid of a planned schedule and everything that came of it."""
        replay = self._replayed()
        return dict(replay.of[uid].status) if uid in replay.of else {}

    def _replayed(self) -> "_Replay":
        replay = _Replay(self)
        edits = iter([*self._edits, (sys.maxsize, None)])
        at, row = next(edits)
        for call in self.history:
            while row is not None and call.n > at:
                replay.take_edit(row)
                at, row = next(edits)
            replay.take(call)
        return replay

    def _untouched(self, replay: "_Replay") -> Iterator[str]:
        for uid, row in self.before.items():
            if uid not in replay.of and self.sandbox.world.schedules.get(uid) != row:
                yield f"I6 {uid} was changed"
        if json.dumps([str(row) for row in self.sandbox.world.identities.values()]) != self._identities:
            yield "I6 identities were changed"


class _Replay:
    """The server's history played again, request by request."""

    def __init__(self, checker: Checker) -> None:
        self.checker, self.expected = checker, checker.expected
        self.found: list[str] = []
        self.world = checker.sandbox.world
        self.of: dict[str, _Lineage] = {}
        self.lineages: list[_Lineage] = []
        for uid in checker.planned:
            self._add_root(checker.before[uid])

    def _add_root(self, row: StoredSchedule) -> None:
        twin = next((o for o in self.lineages if not self.expected.names and _alike(o.roots[0], row)), None)
        lineage = twin or _Lineage([])
        if twin is None:
            self.lineages.append(lineage)
        lineage.roots.append(row)
        lineage.models.append(row)
        lineage.status[row.uid] = row.status
        lineage.due += row.status in LIVE
        lineage.allowed += row.status == "ACTIVE"
        lineage.checked.add(row.uid)
        self.of[row.uid] = lineage

    def take_edit(self, row: StoredSchedule) -> None:
        if row.uid in self.of:
            self.of[row.uid].models.append(row)

    def take(self, call: Call) -> None:
        if call.n in self.checker.foreign:
            self._take_foreign(call)
            return
        whole = call.fault is None and call.status is not None and 200 <= call.status < 300
        if call.operation == "get_schedule" and whole and call.subject in self.of:
            self.of[call.subject].checked.add(call.subject)
        if call.operation not in MUTATING:
            return
        if call.operation == "create" and call.created:
            self._take_created(call, call.created, whole)
        elif call.operation != "create":
            self._take_moved(call)

    def _take_foreign(self, call: Call) -> None:
        uid = call.subject if call.operation != "create" else None
        lineage = self.of.get(uid or "")
        if uid and lineage and call.effect:
            lineage.status[uid] = STATUS_AFTER[call.operation]
            lineage.take_as_given()

    def _take_created(self, call: Call, uid: str, whole: bool) -> None:
        row = self.world.schedules[uid]
        lineage = self._lineage_of(row)
        if lineage is None:
            self.found.append(
                f"I3 request {call.n}: the new schedule {uid} is the replacement of nothing planned"
            )
            return
        self.of[uid] = lineage
        lineage.status[uid] = "ACTIVE"
        if whole:
            lineage.checked.add(uid)
        told = [list(self._differences(row, model)) for model in lineage.models]
        self.found += [f"I3 request {call.n}: {what}" for what in min(told, key=len)]
        self._judge(call, lineage)

    def _take_moved(self, call: Call) -> None:
        uid = call.subject or ""
        lineage = self.of.get(uid)
        if lineage is None or call.operation not in STATUS_AFTER:
            self.found.append(f"I6 request {call.n} ({call.operation} {uid}) is outside the plan")
        elif call.effect:
            lineage.status[uid] = STATUS_AFTER[call.operation]
            self._judge(call, lineage)

    def _judge(self, call: Call, lineage: _Lineage) -> None:
        where = f"request {call.n} ({call.operation}) of {lineage.names}"
        if len(lineage.live) < lineage.due and self.expected.order == "pause":
            self.found.append(f"I1 {where}: {len(lineage.live)} of {lineage.due} live")
        growing = call.operation in ("create", "resume") and not self.expected.window
        if growing and len(lineage.active) > lineage.allowed:
            self.found.append(f"I2 {where}: {len(lineage.active)} active")
        safe = [uid for uid in lineage.live if uid in lineage.checked]
        if call.operation == "cancel" and self.expected.order == "pause" and len(safe) < lineage.due:
            self.found.append(f"I4 {where}: cancelled before its replacement was checked")

    def _lineage_of(self, row: StoredSchedule) -> _Lineage | None:
        if self.expected.names:
            return next((lineage for uid, lineage in self.of.items() if uid in (row.name or "")), None)
        wanted = self.expected.intended
        return next(
            (o for o in self.lineages for m in o.models if _alike(m, row) or _alike(m, row, wanted)), None
        )

    def _differences(self, row: StoredSchedule, root: StoredSchedule) -> Iterator[str]:
        wanted = {name: getattr(root, name) for name in KEPT} | dict(self.expected.intended)
        for name in KEPT:
            if getattr(row, name) not in (wanted[name], getattr(root, name)):
                yield f"{name} of {row.uid} is not what it was"
        if row.schedule_at not in (root.schedule_at, root.next_execution_at):
            yield f"schedule_at of {row.uid} is neither what it was nor when the old one was due"
        mode = row.parameters.get("sync_mode")
        if mode not in self.expected.modes:
            yield f"sync_mode of {row.uid} is {mode}"
        rest, was = _without_mode(row), _without_mode(root)
        changed = was | {"max_results": wanted["max_results"]} if "max_results" in wanted else was
        # Order guide brings a refused schedule back as it was.
        if rest != changed and (rest != was or self.expected.order == "pause"):
            yield f"parameters of {row.uid} are {rest}, not {changed}"
        if self.expected.names and not (row.name or "").startswith((root.name or "")[:150].rstrip()):
            yield f"the old label is not in front of the name of {row.uid}"


def _without_mode(row: StoredSchedule) -> dict[str, Any]:
    return {name: value for name, value in row.parameters.items() if name != "sync_mode"}


def _alike(one: StoredSchedule, other: StoredSchedule, wanted: Mapping[str, Any] | None = None) -> bool:
    expected = {name: getattr(one, name) for name in KEPT} | dict(wanted or {})
    return all(getattr(other, name) == expected[name] for name in KEPT)
