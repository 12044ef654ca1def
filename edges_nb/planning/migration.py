"""Plan the migration of full schedules to incremental mode."""

from collections.abc import Collection, Mapping
from typing import Literal

from edges_nb.errors import BadInput
from edges_nb.models.history import Past
from edges_nb.models.plan_items import Decision, Item
from edges_nb.models.reasons import Reason, Source
from edges_nb.planning.collecting import collection_paused
from edges_nb.planning.configuration import Configuration
from edges_nb.planning.item_builder import ItemBuilder
from edges_nb.planning.overrides import NO_OVERRIDE, Override, check_overrides, with_given
from edges_nb.planning.plan_warnings import with_constants_told, with_twins_told
from edges_nb.planning.rules import MIGRATION, replaced
from edges_nb.planning.snapshot import Reading

_FULL = replaced(Reason.FULL)


@collection_paused()
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
    unknown: Literal["ask", "full"] = "ask",
) -> list[Item]:
    """Decide on every schedule, or on those in `only`, in the order in which they were created.

    Args:
        limit: how many may be replaced, 0 for all.
        max_results: for all of them, 0 keeps what each has; an override goes before it.
        first_run: `next` keeps the old next execution as the first one.
        unknown: what a schedule is taken for whose parameters nothing shows. An override with
            `decision=migrate` answers it for one schedule: full, with the cap that it gives or without one.

    Raises:
        BadInput: a number is negative, or an override is about no schedule of the action, or gives an
            identity that can't be used.
    """
    if limit < 0 or max_results < 0:
        raise BadInput(f"limit is {limit} and max_results is {max_results}: use whole numbers from 0.")
    overrides = overrides or {}
    check_overrides(overrides, reading, action)
    builder = ItemBuilder(reading, past or Past(), "migration", "the overrides", first_run=first_run)
    chosen = set(only)
    items = []
    for schedule in reading.schedules:
        if chosen and schedule.uid not in chosen:
            continue
        override = overrides.get(schedule.uid, NO_OVERRIDE)
        facts = builder.facts(schedule)
        wanted = _incremental(with_given(facts.known, override), override.max_results, max_results)
        case = builder.case(facts, wanted, decided=_FULL, override=override, full=unknown == "full")
        items.append(builder.item(case, MIGRATION))
    items = _limited(items, limit)
    return with_twins_told(with_constants_told(items) if overrides else items)


def _incremental(wanted: Configuration, given: int | None, for_all: int) -> Configuration:
    """Return it in incremental mode, with the cap that a person gives, else with the one that it has."""
    wanted = wanted.with_parameters(Source.PLAN, sync_mode="incremental")
    if given:
        return wanted.with_parameters(Source.OVERRIDE, max_results=given)
    return wanted.with_parameters(Source.PARAMETER, max_results=for_all) if for_all else wanted


def _limited(items: list[Item], limit: int) -> list[Item]:
    """Leave all but the first replacements for later; those that were begun come first."""
    if not limit:
        return items
    positions = [n for n, item in enumerate(items) if item.decision is Decision.MIGRATE]
    positions.sort(key=lambda n: not items[n].begun)
    for number in positions[limit:]:
        item = items[number]
        items[number] = Item(
            item.schedule,
            Decision.SKIP,
            Reason.LIMIT.told(limit=limit),
            Reason.LIMIT,
            sources=item.sources,
            identity=item.identity,
            busy_run=item.busy_run,
        )
    return items
