"""What will be different, field by field, as it may be shown: no secret, nothing attached to inputs."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, overload

from edges_nb.cron import in_words
from edges_nb.models.api import Identity, iso
from edges_nb.models.plan_items import Change
from edges_nb.planning.configuration import Configuration, callback_url
from edges_nb.redaction import shown_url, without_secrets

UNKNOWN = "unknown"
"""Stands for an old value that nobody can read."""

_HIDDEN = "•••"
_CACHED = 4096
_LONGEST = 80


class Changes(Sequence[Change]):
    """The changes of one replacement, worked out when they are looked at: nobody looks at a hundred thousand.

    Args:
        due: the next execution of the old schedule.
        schedule_at: the first one of the new schedule, as it is sent.
    """

    def __init__(
        self,
        before: Configuration,
        wanted: Configuration,
        identities: Mapping[str, Identity],
        due: datetime | None,
        schedule_at: str | None,
    ) -> None:
        self._of = (before, wanted, identities, due, schedule_at)

    @cached_property
    def _all(self) -> tuple[Change, ...]:
        before, wanted, identities, due, schedule_at = self._of
        return (*changes_between(before, wanted, identities), first_run_change(due, schedule_at))

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | Sequence[Change]:
        return self._all[index]

    def __iter__(self) -> Iterator[Change]:
        # What a sequence has instead asks for one item after the other.
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all == tuple(other)

    def __repr__(self) -> str:
        return repr(self._all)


def changes_between(
    before: Configuration, wanted: Configuration, identities: Mapping[str, Identity]
) -> Iterator[Change]:
    """Tell every field of a replacement's request, changed or kept."""
    yield from _parameter_changes(before.parameters, wanted)
    yield from _callback_changes(before.callback, wanted)
    yield _change("inputs", before.inputs, wanted.inputs, wanted.source("inputs"), _shown_inputs)

    def shown_identities(uids: list[str]) -> str:
        return ", ".join([shown_identity(uid, identities) for uid in uids])

    source = wanted.source("identity_ids")
    yield _change("identity", before.identity_ids, wanted.identity_ids, source, shown_identities)
    if before.identity_mode or wanted.identity_mode:
        source = wanted.source("identity_mode")
        yield _change("identity_mode", before.identity_mode, wanted.identity_mode, source, str)
    source = wanted.source("cron")
    yield _common(
        "cron", shown_cron(before.cron), shown_cron(wanted.cron), source, before.cron == wanted.cron
    )
    for field, old, new in (
        ("timezone", before.timezone, wanted.timezone),
        ("name", before.name, wanted.name),
    ):
        if old is not None or new is not None:
            yield _common(field, old, new, wanted.source(field), old == new)


def first_run_change(due: datetime | None, schedule_at: str | None) -> Change:
    """Tell when the replacement runs first."""
    old = iso(due) if due else None
    if schedule_at:
        return _common("first_run", old, schedule_at, "schedule", old == schedule_at)
    return _common("first_run", old, "left to the API, which may start it at once", "parameter", False)


def shown_identity(uid: str, identities: Mapping[str, Identity]) -> str:
    """Return an identity's name and uid."""
    identity = identities.get(uid)
    return f"{identity.name} ({uid})" if identity is not None and identity.name else uid


@lru_cache(_CACHED)
def shown_cron(cron: str | None) -> str | None:
    """Return a cron expression with its meaning."""
    if cron is None:
        return None
    words = in_words(cron)
    return cron if words == cron else f"{cron} ({words})"


def _change(field: str, old: Any, new: Any, source: str, shown: Callable[[Any], str]) -> Change:
    after = None if new is None else shown(new)
    if old is new or old == new:
        return _common(field, after, after, source, True)
    before = UNKNOWN if old is None else shown(old)
    return _common(field, before, f"{after} (changed)" if before == after else after, source, False)


@lru_cache(_CACHED)
def _common(field: str, old: str | None, new: str | None, source: str, kept: bool) -> Change:
    """A change of a field that is alike in many schedules: one object serves them all."""
    return Change(field, old, new, source, kept)


def _parameter_changes(before: Mapping[str, Any] | None, wanted: Configuration) -> Iterator[Change]:
    old, new = before or {}, wanted.parameters or {}
    names = ["sync_mode", "max_results", *sorted({*old, *new} - {"sync_mode", "max_results"})]
    for name in names:
        field, then, now = f"parameters.{name}", old.get(name), new.get(name)
        if before is None or then is not None or now is not None:
            kept = before is not None and then == now
            shown = UNKNOWN if before is None else _shown_value(then)
            # What was unknown and is not sent is still told, as absent.
            yield _common(field, shown, _shown_value(now), wanted.source(field), kept)


def _callback_changes(before: Mapping[str, Any] | None, wanted: Configuration) -> Iterator[Change]:
    old, new = before or {}, wanted.callback or {}
    url = wanted.source("callback.url")
    yield _change("callback.url", callback_url(old), callback_url(new), url, shown_url)
    for name in ("headers", *sorted({*old, *new} - {"url", "headers"})):
        then, now = old.get(name), new.get(name)
        if then is None and now is None:
            continue
        show = _shown_headers if name == "headers" else _shown_value
        shown, after = UNKNOWN if before is None else show(then), show(now)
        kept = then == now
        after = f"{after} (changed)" if shown == after and not kept else after
        field = f"callback.{name}"
        yield _common(field, shown, after, wanted.source(field), kept)


def _shown_headers(headers: Any) -> str | None:
    if headers is None:
        return None
    return _shown_names(tuple(headers)) if isinstance(headers, Mapping) else _HIDDEN


@lru_cache(_CACHED)
def _shown_names(names: tuple[str, ...]) -> str:
    return ", ".join(f"{without_secrets(str(name), _LONGEST)}: {_HIDDEN}" for name in names) or "none"


def _shown_value(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _shown_text(value)
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return _shown_text(json.dumps(value, ensure_ascii=False, sort_keys=True))


@lru_cache(_CACHED)
def _shown_text(text: str) -> str:
    return without_secrets(text, _LONGEST)


def _shown_inputs(inputs: list[dict[str, Any]]) -> str:
    count = "1 input" if len(inputs) == 1 else f"{len(inputs)} inputs"
    for value in inputs[0].values():
        if isinstance(value, str) and value.startswith(("https://", "http://")):
            return f"{count}: {_address(value)}"
    return count


def _address(url: str) -> str:
    """The part of an input's address that names a page: its query may hold anything."""
    text = url.partition("://")[2].partition("?")[0].partition("#")[0]
    host, slash, path = text.partition("/")
    text = f"{host.rpartition('@')[2]}{slash}{path}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
