"""What the runs of one schedule tell of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from edges_nb.models.api import Run, RunInput


@dataclass(frozen=True)
class Evidence:
    """What the runs of one schedule tell.

    Attributes:
        runs: those that were read, the newest first.
        callback, parameters, inputs: of the newest run that has them, None where none has.
        sources: for each of these, the uid of the run.
        differing: fields in which its runs differ, such as `callback.url`.
        busy_run: uid of a run that has not ended.
        looked: whether a run of it would have been found if the server still had one.
        unreadable: of callback, parameters and inputs, what the newest run shows but can't be read.
    """

    runs: tuple[Run, ...] = ()
    callback: dict[str, Any] | None = None
    parameters: dict[str, Any] | None = None
    inputs: list[dict[str, Any]] | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    differing: tuple[str, ...] = ()
    busy_run: str | None = None
    looked: bool = False
    unreadable: frozenset[str] = frozenset()

    @property
    def run_uid(self) -> str | None:
        """The uid of the newest run."""
        return self.runs[0].uid if self.runs else None


NO_EVIDENCE = Evidence()


def evidence_from(runs: Sequence[Run], looked: bool) -> Evidence:
    """Return what runs tell, the newest of which is the first."""
    if not runs:
        return Evidence(looked=looked)
    values, sources, unreadable = {}, {}, set()
    for name in ("callback", "parameters"):
        # A run that shows no parameters at all was started without any; a callback there always is.
        run = next((run for run in runs if _tells(run, name)), None)
        if run is not None and name in run.unreadable:
            unreadable.add(name)
        elif run is not None:
            values[name], sources[name] = getattr(run, name), run.uid
    return Evidence(
        runs=tuple(runs),
        callback=values.get("callback"),
        parameters=values.get("parameters"),
        sources=sources,
        differing=_differing(runs),
        busy_run=next((run.uid for run in runs if run.unfinished), None),
        looked=looked,
        unreadable=frozenset(unreadable) if unreadable else NO_EVIDENCE.unreadable,
    )


def with_inputs(evidence: Evidence, found: Sequence[RunInput] | None) -> Evidence:
    """Return it with the inputs of the newest run, None where they are not there any more."""
    if not found:
        return evidence
    if any(each.unreadable or "input_data" not in each.model_fields_set for each in found):
        return replace(evidence, unreadable=evidence.unreadable | {"inputs"})
    inputs = [each.sent for each in found]
    return replace(evidence, inputs=inputs, sources={**evidence.sources, "inputs": evidence.runs[0].uid})


def _tells(run: Run, name: str) -> bool:
    value = getattr(run, name)
    return bool(value) or (name == "parameters" and value is not None) or name in run.unreadable


def _differing(runs: Sequence[Run]) -> tuple[str, ...]:
    """Name the fields that not all runs of one schedule have alike."""
    fields = {
        name for older in runs[1:] for name in _differences("callback", runs[0].callback, older.callback)
    }
    fields |= {
        name
        for older in runs[1:]
        for name in _differences("parameters", runs[0].parameters, older.parameters)
    }
    return tuple(sorted(fields))


def _differences(
    where: str, newest: Mapping[str, Any] | None, older: Mapping[str, Any] | None
) -> Iterable[str]:
    if newest is None or older is None or newest == older:
        return ()
    return [f"{where}.{name}" for name in {*newest, *older} if _value(newest, name) != _value(older, name)]


def _value(fields: Mapping[str, Any], name: str) -> Any:
    # The mode's default is documented, so that leaving it out is the same as saying it.
    return fields.get(name, "full" if name == "sync_mode" else None)
