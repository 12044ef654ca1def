"""Plan to bring back what was replaced: the original configuration in, its replacement out."""

from collections.abc import Collection
from typing import Literal

from edges_nb.models.api import LIVE, Schedule
from edges_nb.models.history import Past, Replaced, lineage, origin_of
from edges_nb.models.name_marks import mark_of
from edges_nb.models.plan_items import Caution, Item
from edges_nb.models.reasons import Reason, Source
from edges_nb.planning.collecting import collection_paused
from edges_nb.planning.configuration import Configuration, configuration_from, configuration_of
from edges_nb.planning.facts import Facts
from edges_nb.planning.item_builder import ItemBuilder
from edges_nb.planning.plan_warnings import with_twins_told
from edges_nb.planning.rules import UNDO, UNDO_LEAVES, Verdict, first_verdict, replaced, skipped
from edges_nb.planning.snapshot import Reading

_FIELDS = ("inputs", "callback", "identity_ids", "cron", "timezone", "name")
_NAMES = {"identity_ids": "identity"}


@collection_paused()
def draft_undo(
    reading: Reading,
    *,
    past: Past | None = None,
    only: Collection[str] = (),
    first_run: Literal["api", "next"] = "api",
) -> list[Item]:
    """Decide on every live schedule that this tool made; the latest replacement of each is taken back.

    Args:
        only: uids of originals or of their replacements.
    """
    past = past or Past()
    builder = ItemBuilder(reading, past, "undo", first_run=first_run)
    chosen = set(only)
    items: dict[str, Item] = {}
    answered: set[str] = set()
    for schedule in reading.schedules:
        uids = lineage(schedule, reading.by_uid, past)
        begun = past.begun.get(schedule.uid)
        going_on = begun is not None and begun.kind == "undo"
        # One that an undo has already stopped is not live any more, and all the more in need of going on.
        made = going_on or (schedule.status in LIVE and (len(uids) > 1 or begun is not None))
        if made and (not chosen or chosen & {*uids}):
            items[schedule.uid] = _item(builder, schedule)
            answered |= {*uids}
    for schedule in reading.schedules:
        if schedule.uid in chosen - answered:
            items[schedule.uid] = builder.left(builder.facts(schedule), _nothing(_why_not(schedule, past)))
    return with_twins_told(items[s.uid] for s in reading.schedules if s.uid in items)


def _why_not(schedule: Schedule, past: Past) -> str:
    if origin_of(schedule, past) is None and schedule.uid not in past.replaced:
        return "this tool did not make it"
    return f"it is {schedule.status}, and what replaced it is not there any more"


def _nothing(why: str) -> Verdict:
    return skipped(Reason.NOTHING_TO_UNDO, why=why)


def _item(builder: ItemBuilder, schedule: Schedule) -> Item:
    past, facts = builder.past, builder.facts(schedule)
    case = builder.case(facts, facts.known)
    verdict = first_verdict(case, UNDO_LEAVES)
    if verdict is not None:
        return builder.decided(case, verdict)
    uid = _stands_for(schedule.uid, past)
    if uid != schedule.uid and uid not in past.children:
        return builder.left(facts, _nothing("it is an old configuration, created again"))
    if uid not in past.children:
        return _from_its_name(builder, facts)
    latest = _latest(uid, past)
    if latest is None:
        return builder.left(facts, _nothing("it was brought back by an earlier undo"))
    verdict = replaced(Reason.TAKE_BACK, origin=latest.old_uid, kind=latest.kind)
    if latest.original is None:
        return _from_what_is_there(builder, facts, latest.old_uid, verdict)
    wanted = configuration_from(latest.original, Source.LEDGER)
    return builder.item(builder.case(facts, wanted, decided=verdict), UNDO)


def _stands_for(uid: str, past: Past) -> str:
    """Return the uid of the schedule that this one is, created again after its replacement was refused."""
    while uid in past.restored:
        uid = past.restored[uid].old_uid
    return uid


def _latest(uid: str, past: Past) -> Replaced | None:
    """Return the latest replacement that still stands: each undo took one back."""
    taken_back = 0
    replaced = past.children.get(uid)
    while replaced is not None:
        if replaced.kind == "undo":
            taken_back += 1
        elif taken_back:
            taken_back -= 1
        else:
            return replaced
        replaced = past.children.get(_stands_for(replaced.old_uid, past))
    return None


def _from_its_name(builder: ItemBuilder, facts: Facts) -> Item:
    mark = mark_of(facts.schedule.name)
    if mark is None or not mark.incremental:
        return builder.left(
            facts, _nothing("without the ledger nobody knows whether it is a change or an undo")
        )
    verdict = replaced(Reason.TAKE_BACK_BY_NAME, origin=mark.origin)
    return _from_what_is_there(builder, facts, mark.origin, verdict)


def _from_what_is_there(builder: ItemBuilder, facts: Facts, origin: str, verdict: Verdict) -> Item:
    """Put the original together from what the server still shows of it, and from its replacement."""
    reading = builder.reading
    listed = reading.by_uid.get(origin)
    old = Configuration()
    if listed is not None:
        old = configuration_of(listed, reading.evidence_of(origin))
    wanted, guessed = _joined(old, facts.known, origin, facts.schedule.uid)
    warnings: tuple[Caution, ...] = ()
    if guessed:
        told = f"Nothing tells what the original's {', '.join(guessed)} was: its replacement's is used."
        warnings = (Caution("original_unknown", told),)
    return builder.item(builder.case(facts, wanted, decided=verdict), UNDO, warnings)


def _joined(
    old: Configuration, child: Configuration, origin: str, child_uid: str
) -> tuple[Configuration, list[str]]:
    values, sources, guessed = {}, {}, []
    # What the list shows of an original is all there was: no name means that it had none.
    listed = old.cron is not None
    for name in _FIELDS:
        own = getattr(old, name)
        if own is None and not (listed and name in ("timezone", "name")):
            values[name], sources[name] = getattr(child, name), f"schedule {child_uid}"
            guessed.append(_NAMES.get(name, name))
        else:
            values[name], sources[name] = own, old.sources.get(name) or f"schedule {origin}"
    parameters = old.parameters
    if parameters is None:
        guessed.append("max_results")
        parameters = {key: value for key, value in (child.parameters or {}).items() if key != "sync_mode"}
        sources["parameters"] = f"schedule {child_uid}"
    else:
        sources["parameters"] = old.sources.get("parameters") or f"schedule {origin}"
    mode = old.identity_mode or child.identity_mode
    joined = old._replace(**values, identity_mode=mode, parameters=parameters, sources=sources)
    return joined, guessed
