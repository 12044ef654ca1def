"""What will be different, field by field, as it may be shown: no secret, nothing attached to inputs."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from edges_nb.cron import in_words
from edges_nb.models import Identity
from edges_nb.planning.configuration import Configuration, callback_url
from edges_nb.planning.items import Change
from edges_nb.redaction import shown_url, without_secrets

UNKNOWN = "unknown"
"""Stands for an old value that nobody can read."""

_HIDDEN = "•••"
_CACHED = 16384
_LONGEST = 80

_Row = tuple[str, str | None, str | None, bool]


def changes_between(
    before: Configuration, wanted: Configuration, identities: Mapping[str, Identity]
) -> Iterator[Change]:
    """Tell every field of a replacement's request, changed or kept."""
    for field, old, new, kept in _rows(before, wanted, identities):
        yield _change(field, old, new, wanted.source(field), kept)


def first_run_change(due: datetime | None, schedule_at: str | None) -> Change:
    """Tell when the replacement runs first."""
    old = iso(due) if due else None
    if schedule_at:
        return _change("first_run", old, schedule_at, "schedule", old == schedule_at)
    return _change("first_run", old, "left to the API, which may start it at once", "parameter", False)


def iso(moment: datetime) -> str:
    """Write a moment as the API does: ISO 8601 in UTC, with Z."""
    moment = moment.astimezone(UTC)
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def shown_identity(uid: str, identities: Mapping[str, Identity]) -> str:
    """Return an identity's name and uid."""
    identity = identities.get(uid)
    return f"{identity.name} ({uid})" if identity is not None and identity.name else uid


@lru_cache(_CACHED)
def shown_cron(cron: str | None) -> str | None:
    """Return a cron expression with its meaning."""
    if cron is None:
        return None
    try:
        return f"{cron} ({in_words(cron)})"
    except ValueError:
        return cron


# Most fields are alike in most schedules: one object serves them all.
_change = lru_cache(_CACHED)(Change)


def _rows(before: Configuration, wanted: Configuration, identities: Mapping[str, Identity]) -> Iterator[_Row]:
    yield from _parameter_rows(before.parameters, wanted.parameters)
    yield from _callback_rows(before.callback, wanted.callback)
    yield _row("inputs", before.inputs, wanted.inputs, _shown_inputs)
    yield _row(
        "identity",
        before.identity_ids,
        wanted.identity_ids,
        lambda uids: ", ".join(shown_identity(uid, identities) for uid in uids),
    )
    if before.identity_mode or wanted.identity_mode:
        yield _row("identity_mode", before.identity_mode, wanted.identity_mode, str)
    yield _plain_row("cron", shown_cron(before.cron), shown_cron(wanted.cron))
    yield _plain_row("timezone", before.timezone, wanted.timezone)
    yield _plain_row("name", before.name, wanted.name)


def _row(field: str, old: Any, new: Any, shown: Any) -> _Row:
    if old is new or old == new:
        text = None if new is None else shown(new)
        return field, text, text, True
    before = UNKNOWN if old is None else shown(old)
    after = None if new is None else shown(new)
    return field, before, f"{after} (changed)" if before == after else after, False


def _plain_row(field: str, old: str | None, new: str | None) -> _Row:
    return field, old, new, old == new


def _parameter_rows(before: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> Iterator[_Row]:
    old, new = before or {}, wanted or {}
    names = dict.fromkeys(("sync_mode", "max_results", *sorted({*old, *new})))
    for name in names:
        then = UNKNOWN if before is None else _shown_value(old.get(name))
        now = _shown_value(new.get(name))
        if then is not None or now is not None:
            yield f"parameters.{name}", then, now, before is not None and old.get(name) == new.get(name)


def _callback_rows(before: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> Iterator[_Row]:
    yield _row("callback.url", callback_url(before), callback_url(wanted), shown_url)
    old, new = before or {}, wanted or {}
    for name in ("headers", *sorted({*old, *new} - {"url", "headers"})):
        then, now = old.get(name), new.get(name)
        if then is None and now is None:
            continue
        shown = _shown_headers if name == "headers" else _shown_value
        kept = then == now
        before_text = UNKNOWN if before is None else shown(then)
        after = shown(now)
        changed = f"{after} (changed)" if not kept and before_text == after else after
        yield f"callback.{name}", before_text, changed, kept


def _shown_headers(headers: Any) -> str | None:
    if headers is None:
        return None
    if not isinstance(headers, Mapping):
        return _HIDDEN
    return ", ".join(f"{without_secrets(str(name), _LONGEST)}: {_HIDDEN}" for name in headers) or "none"


def _shown_value(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return without_secrets(text, _LONGEST)


def _shown_inputs(inputs: list[dict[str, Any]]) -> str:
    count = "1 input" if len(inputs) == 1 else f"{len(inputs)} inputs"
    addresses = (a for value in inputs[0].values() if isinstance(value, str) and (a := _address(value)))
    first = next(addresses, None)
    return f"{count}: {first}" if first else count


@lru_cache(_CACHED)
def _address(value: str) -> str | None:
    """The part of an input's address that names a page: its query may hold anything."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    text = f"{parts.hostname}{parts.path}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
