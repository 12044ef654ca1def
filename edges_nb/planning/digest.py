"""The identity of a plan: the same decisions and requests give the same digest, however it is made.

What moves by itself from one hour to the next (next and last execution, warnings, reasons) is no part of it;
of a first run at the next execution, only that it is then.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from edges_nb.models.api import ScheduleRequest
from edges_nb.models.plan_items import Item
from edges_nb.planning.collecting import collection_paused

_SEEN = ("status", "cron", "timezone", "name", "identity_ids", "inputs", "callback", "parameters")
_OPEN = (
    *("decision", "status", "cron", "timezone", "name", "identity_ids", "identity_mode", "schedule_at"),
    *("parameters.sync_mode", "parameters.max_results"),
)
"""Fields whose values may be told; the others can hold secrets."""


_PART = 1000
"""Schedules that are encoded together."""
_SLICE = 1 << 20
_encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Made(NamedTuple):
    """What was begun or done of a plan: the request as a plan has it, and the uid of what came of it."""

    request: Mapping[str, Any]
    new_uid: str | None


def request_of(request: ScheduleRequest) -> dict[str, Any]:
    """Return a request as a plan has it."""
    return {"action": request.action, **request.body()}


@collection_paused()
def document(items: Iterable[Item]) -> dict[str, Any]:
    """Return a plan in full, by schedule; it holds secrets and belongs in the ledger only."""
    return {item.uid: _entry(item) for item in sorted(items, key=lambda item: item.uid)}


def parts_of(items: Iterable[Item]) -> Iterator[dict[str, Any]]:
    """Return the document of a plan in parts, one after the other: a large one takes much room as a whole."""
    ordered = sorted(items, key=lambda item: item.uid)
    return (document(ordered[begin : begin + _PART]) for begin in range(0, len(ordered), _PART))


def canonical(parts: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of a plan whose parts come in the order of their keys: equal plans have equal texts."""
    with collection_paused():
        return "{" + ",".join([_encoded(part)[1:-1] for part in parts]) + "}"


def digest_of(plan: Mapping[str, Any]) -> str:
    """Return the digest of a plan in full."""
    return digest_of_text(canonical([plan]))


def digest_of_text(text: str) -> str:
    """Return `plan-` and 12 hex digits; the prefix keeps papermill from reading it as a number."""
    found = hashlib.sha256()
    for begin in range(0, len(text), _SLICE):
        found.update(text[begin : begin + _SLICE].encode())
    return f"plan-{found.hexdigest()[:12]}"


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


def stands(approved: Mapping[str, Any], now: Mapping[str, Any], made: Mapping[str, Made]) -> bool:
    """Whether a plan of now is what is left of an approved one, of which something was done meanwhile.

    Args:
        made: what was begun or done so far, by the keys of the plans.
    """
    done = {key for key in approved if key in made and _is_of(approved[key], now.get(key, {}), made[key])}
    added = {made[key].new_uid for key in done}
    left = {key: entry for key, entry in approved.items() if key not in done}
    rest = {
        key: entry
        for key, entry in now.items()
        if key not in done and not (key in added and key not in approved and "request" not in entry)
    }
    return left == rest


def _is_of(approved: Mapping[str, Any], now: Mapping[str, Any], made: Made) -> bool:
    """Whether what was made is what was approved, and nothing else is planned now."""
    wanted = _lasting(approved.get("request", {}))
    planned = _lasting(now.get("request", approved.get("request", {})))
    return bool(wanted) and wanted == planned == _lasting(made.request)


def _lasting(request: Mapping[str, Any]) -> dict[str, Any]:
    # A first run that has passed meanwhile is put off when it is sent.
    return {field: value for field, value in request.items() if field != "schedule_at"}


def _entry(item: Item) -> dict[str, Any]:
    if item.request is None:
        # What is left alone may change as it likes: an approval does not go stale by it.
        return {"decision": item.decision.value}
    request, seen = request_of(item.request), item.schedule.__dict__
    if item.request.schedule_at:
        request["schedule_at"] = "the next execution"
    return {
        "decision": item.decision.value,
        "seen": {field: seen[field] for field in _SEEN},
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
