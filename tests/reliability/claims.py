"""I9 and I10: what a process told, against what the server has when that process is over.

It reads sentences, and knows nothing of the engine that wrote them. A sentence that says under which
condition something is so claims nothing, and is left out.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from edges_nb.sandbox.entities import StoredSchedule

LIVE = ("ACTIVE", "PAUSED")
TROUBLE = ("needs_attention", "rolled_back", "drifted", "waiting")
"""Outcomes after which a person looks, or runs the command again."""

_UID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CONDITION = re.compile(r"\b(if|whether|unless|where|may|might|was to be|either)\b", re.IGNORECASE)


class Told(Protocol):
    """A result, as `results.json` holds it."""

    schedule_uid: str
    outcome: str
    new_uid: str | None
    reason: str


@dataclass(frozen=True)
class Seen:
    """What the server has of one schedule.

    Attributes:
        old, new: the schedule, and what was told to be in its place, where that exists.
        family: status by uid of it and everything that came of it.
        changed: whether the process changed it.
    """

    old: StoredSchedule
    new: StoredSchedule | None
    family: Mapping[str, str]
    changed: bool

    @property
    def runs(self) -> bool:
        return "ACTIVE" in self.family.values()


Fact = Callable[[Seen, re.Match[str]], bool]

_OLD = r"\b(?:it|the old one|the old schedule)"

_FACTS: tuple[tuple[str, Fact], ...] = (
    (r"nothing was changed", lambda seen, _: not seen.changed),
    (rf"{_OLD} (?:is|stays) paused\b", lambda seen, _: seen.old.status == "PAUSED"),
    (rf"{_OLD} (?:is|stays) cancelled\b", lambda seen, _: seen.old.status == "CANCELLED"),
    (r"(?:\bit|, and) is (ACTIVE|PAUSED|CANCELLED|COMPLETED)\b", lambda seen, at: seen.old.status == at[1]),
    (rf"{_OLD} runs as before\b", lambda seen, _: seen.runs),
    (r"\bits replacement runs\b", lambda seen, _: seen.new is not None and seen.new.status == "ACTIVE"),
    (rf"\b({_UID}) runs\b", lambda seen, at: seen.family.get(at[1]) == "ACTIVE"),
    (
        r"\bnone (?:can be found|is there)\b",
        lambda seen, _: not any(s in LIVE for uid, s in seen.family.items() if uid != seen.old.uid),
    ),
)
"""Sentences that claim something, and what has to be so."""


def untrue(result: Told, seen: Seen, modes: Collection[str | None]) -> Iterator[str]:
    """Everything that a result says and that is not so, I10.

    Args:
        modes: values of `sync_mode` that what is told as migrated may have; none where that is not known.
    """
    about = f"I10 {result.outcome} was told of {seen.old.uid[:8]}"
    became = f"it is {seen.old.status}, its replacement {seen.new.status if seen.new else None}"
    if result.new_uid and seen.new is None:
        yield f"{about} with the uid {result.new_uid}, which does not exist"
    if result.outcome == "migrated":
        mode = seen.new.parameters.get("sync_mode") if seen.new else None
        whole = seen.old.status == "CANCELLED" and seen.new is not None and seen.new.status == "ACTIVE"
        if not whole or (modes and mode not in modes):
            yield f"{about}: {became}, mode {mode}"
    elif not result.reason:
        yield f"{about} without a reason"
    if result.outcome == "rolled_back" and not seen.runs:
        yield f"{about}: {became}"
    if result.outcome == "waiting" and seen.changed:
        yield f"{about}, which was touched"
    for sentence in re.split(r"(?<=[.:;])\s+", result.reason):
        yield from (f"{about}: “{sentence}”, but {became}" for _ in _false(sentence, seen))


def _false(sentence: str, seen: Seen) -> Iterator[str]:
    if _CONDITION.search(sentence):
        return
    for pattern, holds in _FACTS:
        # The server's own words for a status are in capitals, and mean something else than small ones.
        flags = 0 if "ACTIVE" in pattern else re.IGNORECASE
        found = re.search(pattern, sentence, flags)
        if found and not holds(seen, found):
            yield pattern


def untold(
    results: Iterable[Told], notices: Iterable[str], stopped: Iterable[Sequence[str]]
) -> Iterator[str]:
    """I10 the other way round: what does not run any more, and nobody said so.

    Args:
        notices: sentences of the plan, beside its items.
        stopped: schedules of which nothing is active any more; where several look the same, one of which
            that is, together.
    """
    said = " ".join(notices)
    looked_at = {result.schedule_uid for result in results if result.outcome in TROUBLE}
    for alike in stopped:
        if not any(uid in looked_at or uid in said for uid in alike):
            names = " or ".join(uid[:8] for uid in alike)
            yield f"I10 {names} does not run any more, and nothing was said of it"


def strangers(mine: Any, foreign: Iterable[str]) -> Iterator[str]:
    """I9: uids and secrets of one workspace in what was sent to another, or told of it."""
    text = str(mine)
    yield from (f"I9 {word} belongs to another workspace" for word in foreign if word in text)
