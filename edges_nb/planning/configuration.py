"""What a schedule is made of, as far as it can be known, and where each part is known from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edges_nb.models.api import Schedule, ScheduleRequest
from edges_nb.models.history import Replaced
from edges_nb.models.name_marks import plain
from edges_nb.planning.evidence import Evidence

_FROM_RUNS = ("inputs", "callback", "parameters")
_FROM_LEDGER = (*_FROM_RUNS, "identity_ids", "identity_mode")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is sent to create a schedule; None is what is not known, or not there.

    Attributes:
        sources: for each field that is known from elsewhere than the schedule itself, from where.
        differing: fields taken from runs that do not agree on them.
    """

    inputs: list[dict[str, Any]] | None = None
    callback: dict[str, Any] | None = None
    identity_ids: list[str] | None = None
    identity_mode: str | None = None
    parameters: dict[str, Any] | None = None
    cron: str | None = None
    timezone: str | None = None
    name: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    differing: tuple[str, ...] = ()

    def source(self, name: str) -> str:
        """Return where a field's value comes from, such as that of `cron` or `parameters.max_results`."""
        return self.sources.get(name) or self.sources.get(name.partition(".")[0]) or "schedule"

    def changed(self, source: str, **fields: Any) -> "Configuration":
        """Return it with other values, all of which come from `source`."""
        return replace(self, **fields, sources={**self.sources, **dict.fromkeys(fields, source)})

    def with_identity(self, source: str, uid: str) -> "Configuration":
        """Return it for one identity and no other, whatever its mode of choosing was."""
        fields: dict[str, Any] = {"identity_ids": [uid]}
        if self.identity_mode not in (None, "direct"):
            fields["identity_mode"] = "direct"
        return self.changed(source, **fields)

    def with_callback_url(self, source: str, url: str) -> "Configuration":
        """Return it with another address; the callback's headers and `on` stay."""
        sources = {**self.sources, "callback.url": source}
        if self.callback is None:
            sources["callback"] = source
        return replace(self, callback={**(self.callback or {}), "url": url}, sources=sources)

    def request(self, action: str, *, schedule_at: str | None = None) -> ScheduleRequest | None:
        """Return the request that creates it, None where inputs, callback or identity are not known."""
        if not (self.inputs and callback_url(self.callback) and self.identity_ids):
            return None
        return ScheduleRequest(
            action=action,
            inputs=self.inputs,
            callback=self.callback or {},
            identity_ids=self.identity_ids,
            identity_mode=self.identity_mode,
            cron=self.cron,
            timezone=self.timezone,
            schedule_at=schedule_at,
            parameters=self.parameters,
            name=self.name,
        )


def callback_url(callback: Mapping[str, Any] | None) -> str | None:
    """Return the address of a callback, None where there is none."""
    url = (callback or {}).get("url")
    return url if isinstance(url, str) and url else None


def configuration_of(
    schedule: Schedule, evidence: Evidence, replaced: Replaced | None = None
) -> Configuration:
    """Put together what a schedule shows, else what the ledger knows of it, else what its runs tell."""
    values: dict[str, Any] = {
        "inputs": schedule.inputs or None,
        "callback": _without_nulls(schedule.callback) if callback_url(schedule.callback) else None,
        "identity_ids": schedule.identity_ids or None,
        "identity_mode": schedule.identity_mode,
        "parameters": _without_nulls(schedule.parameters),
    }
    sources: dict[str, str] = {}
    differing: tuple[str, ...] = ()
    if replaced is not None:
        for name in _FROM_LEDGER:
            if values[name] is None and (value := getattr(replaced.request, name)) is not None:
                values[name], sources[name] = value, "ledger"
    if evidence.runs:
        for name in _FROM_RUNS:
            if values[name] is None and (value := getattr(evidence, name)) is not None:
                known = value if name == "inputs" else _without_nulls(value)
                values[name], sources[name] = known, f"run {evidence.sources[name]}"
        if evidence.differing:
            differing = tuple(
                f for f in evidence.differing if sources.get(f.partition(".")[0], "")[:4] == "run "
            )
    return Configuration(
        **values,
        cron=schedule.cron,
        timezone=schedule.timezone,
        name=plain(schedule.name),
        sources=sources,
        differing=differing,
    )


def _without_nulls(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    # Servers write null for what is not there, and refuse it when it is sent.
    if fields is None or None not in fields.values():
        return fields
    return {name: value for name, value in fields.items() if value is not None}


def configuration_from(request: ScheduleRequest, source: str) -> Configuration:
    """Return what a request is made of."""
    names = (*_FROM_LEDGER, "cron", "timezone", "name")
    return Configuration(
        **{name: getattr(request, name) for name in names}, sources=dict.fromkeys(names, source)
    )
