"""Plan the migration of full schedules to incremental mode."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from edges_nb.errors import BadInput
from edges_nb.gc_pause import resting_collector
from edges_nb.models.api import INCREMENTAL_ACTIONS, Schedule, mode_of
from edges_nb.models.history import Past
from edges_nb.models.name_marks import plain
from edges_nb.models.plan_items import Decision, Item
from edges_nb.planning.configuration import Configuration
from edges_nb.planning.item_builder import Drafting
from edges_nb.planning.overrides import Override, check_overrides
from edges_nb.planning.plan_warnings import with_twins_told
from edges_nb.planning.snapshot import Reading, known_incremental, live_children

_NOTHING = Override(schedule_uid="")


@resting_collector()
def draft_migration(
    reading: Reading,
    *,
    action: str,
    overrides: Mapping[str, Override] | None = None,
    past: Past | None = None,
    only: Collection[str] = (),
    limit: int = 0,
    max_results: int = 0,
    first_run: Literal["api", "next"] = "api",
) -> list[Item]:
    """Decide on every schedule, or on those in `only`, in the order in which they were created.

    Args:
        limit: how many may be replaced, 0 for all.
        max_results: for all of them, 0 keeps what each has; an override goes before it.
        first_run: `next` keeps the old next execution as the first one.

    Raises:
        BadInput: a number is negative, or an override is about no schedule of the action, or gives an
            identity that can't be used.
    """
    if limit < 0 or max_results < 0:
        raise BadInput(f"limit is {limit} and max_results is {max_results}: use whole numbers from 0.")
    overrides, past = overrides or {}, past or Past()
    check_overrides(overrides, reading, action)
    migration = _Migration(
        Drafting(reading, past, action, "the overrides", first_run),
        live_children(reading.schedules, past),
        max_results,
    )
    chosen = set(only)
    items = [
        migration.item(schedule, overrides.get(schedule.uid, _NOTHING))
        for schedule in reading.schedules
        if not chosen or schedule.uid in chosen
    ]
    return with_twins_told(_limited(items, limit))


def overridden(known: Configuration, override: Override) -> Configuration:
    """Return a configuration with what a person gave in place of what is known."""
    given = {
        "inputs": override.inputs,
        "cron": override.cron,
        "timezone": override.timezone,
        "name": plain(override.name),
    }
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        known = known.changed("override", **given)
    if override.identity_uid:
        known = known.with_identity("override", override.identity_uid)
    return known.with_callback_url("override", override.callback_url) if override.callback_url else known


class _Migration:
    def __init__(self, drafting: Drafting, children: Mapping[str, Schedule], max_results: int) -> None:
        self._drafting = drafting
        self._past = drafting.past
        self._children = children
        self._max_results = max_results

    def item(self, schedule: Schedule, override: Override) -> Item:
        """Decide on one schedule."""
        drafting = self._drafting
        known = drafting.known(schedule)
        begun = self._past.begun.get(schedule.uid)
        if override.decision == "skip":
            return drafting.skip(schedule, "excluded by hand: the overrides say decision=skip", known)
        incremental = self._incremental(schedule, known)
        if incremental:
            return drafting.skip(schedule, f"already incremental: {incremental}", known)
        if begun is not None and begun.kind == "migration":
            return drafting.going_on(schedule, begun)
        wanted = self._wanted(known, override)
        reason = self._skipped(schedule, wanted)
        if reason:
            return drafting.skip(schedule, reason, known)
        return drafting.replacement(
            schedule,
            known,
            wanted,
            reason="full extraction of an active schedule, as an active engagement identity",
            accepted=override.decision == "migrate",
        )

    def _incremental(self, schedule: Schedule, known: Configuration) -> str | None:
        told = known_incremental(schedule, self._past)
        if told is None and mode_of(known.parameters) == "incremental":
            told = f"{known.source('parameters')} says so"
        return told

    def _skipped(self, schedule: Schedule, wanted: Configuration) -> str | None:
        """Say why there is nothing to do, None where there is."""
        reason = self._drafting.untouchable(schedule, self._children)
        if reason:
            return reason
        if self._drafting.action not in INCREMENTAL_ACTIONS:
            return f"no incremental mode: {self._drafting.action} always brings everything"
        if self._is_standard(wanted.identity_ids):
            return "standard identity: incremental mode needs an engagement identity"
        return None

    def _is_standard(self, uids: Iterable[str] | None) -> bool:
        identities = [self._drafting.reading.identities.get(uid) for uid in uids or ()]
        return bool(identities) and all(each is not None and each.type == "standard" for each in identities)

    def _wanted(self, known: Configuration, override: Override) -> Configuration:
        wanted = overridden(known, override)
        parameters: dict[str, Any] = {"sync_mode": "incremental"}
        parameters |= {name: value for name, value in (known.parameters or {}).items() if name != "sync_mode"}
        sources = {**wanted.sources, "parameters.sync_mode": "plan"}
        cap = override.max_results or self._max_results
        if cap:
            parameters["max_results"] = cap
            sources["parameters.max_results"] = "override" if override.max_results else "parameter"
        return replace(wanted, parameters=parameters, sources=sources)


def _limited(items: list[Item], limit: int) -> list[Item]:
    """Leave all but the first replacements for later; those that were begun come first."""
    if not limit:
        return items
    positions = [n for n, item in enumerate(items) if item.decision is Decision.MIGRATE]
    positions.sort(key=lambda n: not items[n].begun)
    for number in positions[limit:]:
        item = items[number]
        reason = f"left for a later run: the limit is {limit}"
        items[number] = Item(
            item.schedule,
            Decision.SKIP,
            reason,
            sources=item.sources,
            identity=item.identity,
            busy_run=item.busy_run,
        )
    return items
