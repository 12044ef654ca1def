"""Judges a migration by what the server saw: its state before and after, and its history.

A replacement is matched to its original by the original's uid in its name; where the server takes no names,
by the equal configuration. Originals that can't be told apart form a group, and counts are compared.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .foreign_server import Entry, ForeignServer, Row, Workspace

KEPT = ("action_name", "inputs", "callback", "identity_ids", "cron", "timezone")
LIVE = ("ACTIVE", "PAUSED")
VERB_STATUS = {"pause": "PAUSED", "resume": "ACTIVE", "cancel": "CANCELLED"}


@dataclass(frozen=True)
class Expected:
    """What the migration was asked to do; a schedule in neither set may not be touched."""

    replaced: frozenset[str]
    optional: frozenset[str] = frozenset()
    order: Literal["pause", "guide"] = "pause"
    names: bool = True
    intended: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by original: field to new value
    max_results: int | None = None
    first_run: Literal["api", "next"] = "api"
    finished: bool = True  # False in the midst: an original may still be there, PAUSED or ACTIVE


@dataclass
class _Case:
    before: Workspace
    after: Workspace
    history: list[Entry]
    expected: Expected
    groups: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # key: originals
    group_of: dict[str, str] = field(default_factory=dict)  # originals and children: key

    def children(self, key: str) -> list[Row]:
        return [
            self.after.schedules[uid]
            for uid, own in self.group_of.items()
            if own == key and uid not in self.before.schedules
        ]


def snapshot(server: ForeignServer) -> Workspace:
    """The state to compare with later; take it while nobody changes anything."""
    return deepcopy(server.workspace)


def violations(before: Workspace, server: ForeignServer, expected: Expected) -> list[str]:
    """Every broken invariant as a sentence that starts with its number."""
    case = _Case(before, server.workspace, server.history, expected)
    return [*_match(case), *_outcome(case), *_kept(case), *_replayed(case), *_untouched(case)]


def children_of(before: Workspace, server: ForeignServer, expected: Expected) -> dict[str, list[str]]:
    """The uids of the replacements of each original, oldest first; twins share them."""
    case = _Case(before, server.workspace, server.history, expected)
    list(_match(case))
    return {
        original: [row["uid"] for row in case.children(key)]
        for key, originals in case.groups.items()
        for original in originals
    }


def wanted(original: Row, expected: Expected) -> Row:
    """The configuration its replacement must have."""
    row = {key: deepcopy(original[key]) for key in KEPT}
    row["max_results"] = original["parameters"].get("max_results")
    if expected.max_results:
        row["max_results"] = expected.max_results
    return row | dict(expected.intended.get(original["uid"], {}))


def _key(row: Row) -> str:
    return json.dumps({key: row[key] for key in KEPT}, sort_keys=True)


def _match(case: _Case) -> Iterator[str]:
    for uid in [*case.expected.replaced, *case.expected.optional]:
        key = uid if case.expected.names else _key(wanted(case.before.schedules[uid], case.expected))
        case.groups[key].add(uid)
        case.group_of[uid] = key
    for uid, row in case.after.schedules.items():
        if uid in case.before.schedules:
            continue
        name = row["name"] or ""
        keys = [key for key in case.groups if key in name] if case.expected.names else [_key(row)]
        if len(keys) == 1 and keys[0] in case.groups:
            case.group_of[uid] = keys[0]
        else:
            yield f"I3 the new schedule {uid} is the replacement of no original (name {name!r})"


def _outcome(case: _Case) -> Iterator[str]:
    for key, originals in case.groups.items():
        states = Counter(case.after.schedules[uid]["status"] for uid in originals)
        there = sum(states[status] for status in LIVE)
        living = sum(row["status"] in LIVE for row in case.children(key))
        active = sum(row["status"] == "ACTIVE" for row in case.children(key))
        if there + living < len(originals):
            yield f"I1 {sorted(originals)}: lost, {there} still there and {living} replacements"
        if active > len(originals) - states["ACTIVE"] or living > len(originals):
            yield f"I2 {sorted(originals)}: {states['ACTIVE']} active originals, {living} live replacements"
        demanded = len(originals & case.expected.replaced)
        if case.expected.finished and active < demanded:
            yield f"I1 {sorted(originals)}: {active} of {demanded} replaced"
        if case.expected.finished and there + active != len(originals):
            yield f"I1 {sorted(originals)}: {there} left over beside {active} replacements"


def _kept(case: _Case) -> Iterator[str]:
    for key, originals in case.groups.items():
        model = case.before.schedules[min(originals)]
        for child in case.children(key):
            want = wanted(model, case.expected)
            parameters = child.get("parameters", {})
            have = {field: child.get(field) for field in KEPT} | {
                "max_results": parameters.get("max_results")
            }
            if have["max_results"] is None and originals <= case.expected.optional:
                del want["max_results"]  # where nobody can know it, none is sent
            for name in want:
                if name != "name" and have[name] != want[name]:
                    yield f"I3 {child['uid']} of {sorted(originals)}: {name} is not what it was"
            if parameters.get("sync_mode") != "incremental":
                yield f"I3 {child['uid']} of {sorted(originals)}: not incremental"
            if child.get("identity_mode", "direct") != "direct":
                yield f"I3 {child['uid']} of {sorted(originals)}: another identity may be used"
            yield from _named(child, want.get("name", model["name"]), case.expected)
            yield from _first_run(child, [case.before.schedules[uid] for uid in originals], case.expected)


def _named(child: Row, label: str | None, expected: Expected) -> Iterator[str]:
    # 150 characters: what surely has room beside a uid within the 255 that a name may have
    if expected.names and not (child["name"] or "").startswith((label or "")[:150].rstrip()):
        yield f"I3 {child['uid']}: the old label is not in front of its name"


def _first_run(child: Row, originals: list[Row], expected: Expected) -> Iterator[str]:
    sent = child.get("schedule_at")
    if expected.first_run == "api" and sent:
        yield f"I3 {child['uid']}: a first run was asked for"
    if expected.first_run == "next":
        old = {datetime.fromisoformat(row["next_execution_at"]) for row in originals}
        if not sent or datetime.fromisoformat(sent) not in old:
            yield f"I3 {child['uid']}: its first run is not the old next execution"


def _replayed(case: _Case) -> Iterator[str]:
    """I2 and I4 at every moment, not only at the end."""
    status = {uid: row["status"] for uid, row in case.before.schedules.items()}
    for entry in case.history:
        if not entry.effect or entry.uid is None:
            continue
        verb = entry.path.rsplit("/", 1)[1]
        status[entry.uid] = VERB_STATUS.get(verb, "ACTIVE")
        key = case.group_of.get(entry.uid)
        if key is None:
            continue
        originals = case.groups[key]
        members = [uid for uid, own in case.group_of.items() if own == key and uid in status]
        if sum(status[uid] == "ACTIVE" for uid in members) > len(originals):
            yield f"I2 request {entry.n} ({verb}): two ACTIVE for {sorted(originals)}"
        cancelled = sum(status[uid] == "CANCELLED" for uid in originals)
        living = sum(status[uid] in LIVE for uid in members if uid not in originals)
        if case.expected.order == "pause" and cancelled > living:
            yield f"I4 request {entry.n} ({verb}): {sorted(originals)} cancelled without a replacement"


def _untouched(case: _Case) -> Iterator[str]:
    for entry in case.history:
        if entry.method == "GET":
            continue
        target = entry.path.split("/")[2] if entry.path.startswith("/schedules/") else entry.uid
        if target is not None and target not in case.group_of:
            yield f"I6 request {entry.n} ({entry.path}) is about a schedule outside the plan"
    for uid, row in case.before.schedules.items():
        if uid not in case.group_of and case.after.schedules.get(uid) != row:
            yield f"I6 {uid} was changed"
    if case.before.identities != case.after.identities:
        yield "I6 identities were changed"
