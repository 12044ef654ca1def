"""The identity of a plan: the same decisions and requests give the same digest, however it is made.

What moves by itself from one hour to the next (next and last execution, warnings, reasons) is no part of it;
of a first run at the next execution, only that it is then.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from edges_nb.collector import resting_collector
from edges_nb.planning.items import Item

_SEEN = ("status", "cron", "timezone", "name", "identity_ids", "inputs", "callback", "parameters")
_OPEN = (
    *("decision", "status", "cron", "timezone", "name", "identity_ids", "identity_mode", "schedule_at"),
    *("parameters.sync_mode", "parameters.max_results"),
)
"""Fields whose values may be told; the others can hold secrets."""


@resting_collector()
def document(items: Iterable[Item]) -> dict[str, Any]:
    """Return a plan in full, by schedule; it holds secrets and belongs in the ledger only."""
    return {item.uid: _entry(item) for item in sorted(items, key=lambda item: item.uid)}


@resting_collector()
def digest_of(plan: Mapping[str, Any]) -> str:
    """Return `plan-` and 12 hex digits; the prefix keeps papermill from reading it as a number."""
    canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"plan-{hashlib.sha256(canonical.encode()).hexdigest()[:12]}"


def differences(approved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say what is different between two plans, a sentence for each schedule and field, without secrets."""
    told = [f"{uid} was not in it." for uid in sorted(now.keys() - approved.keys())]
    told += [f"{uid} is not in it any more." for uid in sorted(approved.keys() - now.keys())]
    for uid in sorted(now.keys() & approved.keys()):
        before, after = _flat(approved[uid]), _flat(now[uid])
        differing = [f for f in sorted({*before, *after}) if before.get(f) != after.get(f)]
        for field in differing:
            # A request differs because the schedule does: the schedule's sentence is enough.
            if not (field.startswith("request.") and f"seen.{field.removeprefix('request.')}" in differing):
                told.append(_sentence(uid, field, before.get(field), after.get(field)))
    return told


def _entry(item: Item) -> dict[str, Any]:
    if item.request is None:
        # What is left alone may change as it likes: an approval does not go stale by it.
        return {"decision": item.decision.value}
    request = {"action": item.request.action, **item.request.body()}
    if item.request.schedule_at:
        request["schedule_at"] = "the next execution"
    return {
        "decision": item.decision.value,
        "seen": {field: getattr(item.schedule, field) for field in _SEEN},
        "request": request,
    }


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {"decision": entry["decision"]}
    for part in ("seen", "request"):
        for field, value in entry.get(part, {}).items():
            if isinstance(value, Mapping):
                flat |= {f"{part}.{field}.{key}": inner for key, inner in value.items()}
            else:
                flat[f"{part}.{field}"] = value
    return flat


def _sentence(uid: str, field: str, before: Any, after: Any) -> str:
    name = field.removeprefix("seen.").removeprefix("request.")
    of = "the schedule's " if field.startswith("seen.") else "the request's " if "." in field else "its "
    if name in _OPEN:
        return f"{uid}: {of}{name} is {_shown(after)}, not {_shown(before)}."
    return f"{uid}: {of}{name} is another one."


def _shown(value: Any) -> str:
    return "absent" if value is None else json.dumps(value, ensure_ascii=False)
