"""What a schedule is made of, as far as it can be known, and where each part is known from."""

from collections.abc import Collection, Mapping
from sys import intern
from typing import Any, NamedTuple, cast

from edges_nb.models.api import EMPTY, NO_INPUT_ACTIONS, Schedule, ScheduleRequest
from edges_nb.models.history import Replaced
from edges_nb.models.name_marks import plain
from edges_nb.models.reasons import Source
from edges_nb.planning.evidence import Evidence
from edges_nb.planning.masking import is_masked

_RECOVERED = ("inputs", "callback", "parameters", "identity_ids", "identity_mode")
_SENT = (*_RECOVERED, "name", "cron", "timezone")
_NOTHING: Mapping[str, dict[str, Any]] = {"parameters": {}}
_NONE = frozenset[str]()
_FROM_SCHEDULE: Mapping[str, str] = {}
_DECIDING = frozenset((*_SENT, "action_name", "status"))
"""Fields of a schedule without which nobody can say what it is, or whether it is to be replaced."""


class Configuration(NamedTuple):
    """What is sent to create a schedule; None is what is not known, or not there.

    Attributes:
        sources: for each field that is known from elsewhere than the schedule itself, from where.
        differing: fields taken from runs that do not agree on them.
        masked: fields, such as `callback.headers`, in which the server hides what stands there.
        unreadable: fields that hold what they can't hold.
    """

    inputs: list[dict[str, Any]] | None = None
    callback: dict[str, Any] | None = None
    identity_ids: list[str] | None = None
    identity_mode: str | None = None
    parameters: dict[str, Any] | None = None
    cron: str | None = None
    timezone: str | None = None
    name: str | None = None
    sources: Mapping[str, str] = _FROM_SCHEDULE
    differing: tuple[str, ...] = ()
    masked: frozenset[str] = _NONE
    unreadable: frozenset[str] = _NONE

    def source(self, name: str) -> str:
        """Return where a field's value comes from, such as that of `cron` or `parameters.max_results`."""
        return self.sources.get(name) or self.sources.get(name.partition(".")[0]) or Source.SCHEDULE

    def changed(self, source: str, **fields: Any) -> "Configuration":
        """Return it with other values, all of which come from `source`."""
        return self._with(fields, sources={**self.sources, **dict.fromkeys(fields, source)}, **fields)

    def with_identity(self, source: str, uid: str) -> "Configuration":
        """Return it for one identity and no other, whatever its mode of choosing was."""
        fields: dict[str, Any] = {"identity_ids": [uid]}
        if self.identity_mode not in (None, "direct"):
            fields["identity_mode"] = "direct"
        return self._with(["identity_mode"]).changed(source, **fields)

    def with_callback(self, source: str, **fields: Any) -> "Configuration":
        """Return it with another `url` or other `headers` of its callback; the rest stays."""
        settled = {f"callback.{name}" for name in fields} | ({"callback"} if "url" in fields else set())
        sources = {**self.sources, **dict.fromkeys((f"callback.{name}" for name in fields), source)}
        if self.callback is None:
            sources["callback"] = source
        return self._with(settled, callback={**(self.callback or {}), **fields}, sources=sources)

    def with_parameters(self, source: str, **fields: Any) -> "Configuration":
        """Return it with other values of some parameters."""
        names = [intern(f"parameters.{name}") for name in fields]
        sources = {**self.sources, **dict.fromkeys(names, source)}
        return self._with(names, parameters={**(self.parameters or {}), **fields}, sources=sources)

    def request(self, action: str, *, schedule_at: str | None = None) -> ScheduleRequest | None:
        """Return the request that creates it, None where inputs, callback or identity are not known."""
        if not (self.inputs and callback_url(self.callback) and self.identity_ids):
            return None
        return ScheduleRequest.of_checked(
            {
                "action": action,
                "inputs": self.inputs,
                "callback": self.callback,
                "identity_ids": self.identity_ids,
                "identity_mode": self.identity_mode,
                "cron": self.cron,
                "timezone": self.timezone,
                "schedule_at": schedule_at,
                "parameters": self.parameters,
                "name": self.name,
            }
        )

    def _with(self, settled: Collection[str], **fields: Any) -> "Configuration":
        """Return it with other values, and without the questions that somebody answered by giving fields."""
        if self.masked or self.unreadable:
            fields["masked"] = self.masked.difference(settled)
            fields["unreadable"] = self.unreadable.difference(settled)
        return self._replace(**fields)


def callback_url(callback: Mapping[str, Any] | None) -> str | None:
    """Return the address of a callback, None where there is none."""
    url = (callback or {}).get("url")
    return url if isinstance(url, str) and url else None


def configuration_of(
    schedule: Schedule, evidence: Evidence, replaced: Replaced | None = None, action: str = ""
) -> Configuration:
    """Merge, field by field, what a schedule shows, what the ledger knows and what its runs tell.

    An empty value is one that is not there. A value that is masked counts as unknown, and is looked for in
    the next source. What the ledger knows is whole: it is what this tool sent.
    """
    merging = _Merging(schedule, evidence, replaced)
    inputs = merging.value("inputs")
    if (
        inputs is None
        and action in NO_INPUT_ACTIONS
        # A run has what was sent, custom data too: where that can't be read, it is not known.
        and not evidence.runs
        and "inputs" not in merging.masked | merging.unreadable
    ):
        # These take no input: where none was seen, none was sent.
        inputs, merging.sources["inputs"] = [{}], Source.PLAN
    callback, parameters = merging.fields("callback", "url"), merging.fields("parameters")
    differing = evidence.differing and tuple(
        name for name in evidence.differing if merging.sources.get(name.partition(".")[0], "")[:4] == "run "
    )
    return Configuration(
        inputs=inputs,
        callback=callback,
        parameters=parameters,
        identity_ids=merging.plain_value("identity_ids"),
        identity_mode=merging.plain_value("identity_mode"),
        cron=schedule.cron or None,
        timezone=schedule.timezone or None,
        name=plain(schedule.name),
        sources=merging.sources,
        differing=differing,
        masked=frozenset(merging.masked) if merging.masked else _NONE,
        unreadable=merging.unreadable,
    )


class _Merging:
    """Puts the fields of one schedule together from the sources that show them, the best first."""

    def __init__(self, schedule: Schedule, evidence: Evidence, replaced: Replaced | None) -> None:
        self._schedule, self._evidence = schedule, evidence
        self._sent = replaced.request if replaced else None
        self.sources: dict[str, str] = {}
        self.masked: set[str] = set()
        self.unreadable = evidence.unreadable if self._sent is None else _NONE
        if schedule.unreadable:
            self.unreadable |= _DECIDING & {*schedule.unreadable}

    def value(self, name: str) -> Any:
        """Return the first value that is there and can be read."""
        for source, value in self._shown(name):
            if not is_masked(value):
                self.masked.discard(name)
                self._note(name, source)
                return value
            self.masked.add(name)
        return None

    def plain_value(self, name: str) -> Any:
        """Return the first value that is there, of a field that nobody hides."""
        value = getattr(self._schedule, name)
        if not value and self._sent is not None and (value := getattr(self._sent, name)):
            self.sources[name] = Source.LEDGER
        return value or None

    def fields(self, name: str, key: str = "") -> dict[str, Any] | None:
        """Return an object whose fields come each from the first source that shows it.

        Args:
            key: the field that has to be the same for two sources to be about the same.
        """
        shown = self._shown(name)
        if shown:
            source, first = shown[0]
            # Nothing to merge, which is how it mostly is.
            if (
                all(fields == first for _, fields in shown[1:])
                and all(first.values())
                and not is_masked(first)
            ):
                self._note(name, source)
                return cast(dict[str, Any], first)
        joined: dict[str, Any] = {}
        masked: set[str] = set()
        for source, fields in shown:
            if not joined:
                self._note(name, source)
            elif key in joined and fields.get(key, joined[key]) != joined[key] and not is_masked(fields[key]):
                continue
            masked |= self._join(joined, name, source, fields)
        self.masked |= {f"{name}.{each}" for each in masked - joined.keys()}
        return joined if joined or name in self.sources else None

    def _join(self, joined: dict[str, Any], name: str, source: str, fields: Mapping[str, Any]) -> set[str]:
        """Add what a source shows and no earlier one did; return the fields that it masks."""
        first, masked = self.sources.get(name, Source.SCHEDULE), set()
        for each, value in fields.items():
            if value in EMPTY or each in joined:
                continue
            if is_masked(value):
                masked.add(each)
                continue
            joined[each] = value
            if source != first:
                self.sources[f"{name}.{each}"] = source
        return masked

    def _note(self, name: str, source: str) -> None:
        if source != Source.SCHEDULE:
            self.sources[name] = source

    def _shown(self, name: str) -> list[tuple[str, Any]]:
        """Return what shows a field, the best first; the ledger is the last, as it is whole."""
        shown: list[tuple[str, Any]] = []
        if value := getattr(self._schedule, name):
            shown.append((Source.SCHEDULE, value))
        # What this tool or a run was started with may have been nothing.
        if self._sent is not None and (value := getattr(self._sent, name) or _NOTHING.get(name)) is not None:
            return [*shown, (Source.LEDGER, value)]
        if name in self._evidence.sources and (value := getattr(self._evidence, name)) is not None:
            shown.append((f"run {self._evidence.sources[name]}", value))
        return shown


def configuration_from(request: ScheduleRequest, source: str) -> Configuration:
    """Return what a request is made of."""
    return Configuration(
        **{name: getattr(request, name) for name in _SENT}, sources=dict.fromkeys(_SENT, source)
    )
