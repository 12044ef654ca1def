"""What each kind of plan does, in words: a change is no migration, and an undo is neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edges_nb.models.plan_items import Kind


@dataclass(frozen=True)
class Deed:
    """The words of one kind of plan.

    Attributes:
        would: what would happen to schedules; did: what happened to one, and to more.
        done: what one of them is afterwards; again: what could be done with others.
        nouns: what one such deed is called, and more.
        way_back: how it can be undone.
    """

    would: str
    did: tuple[str, str]
    done: str
    again: str
    nouns: tuple[str, str]
    way_back: str


_WAY_BACK = (
    "It can be undone, for all or for some: each original configuration is kept, and edges-nb undo brings it "
    "back."
)

DEEDS: Mapping[Kind, Deed] = {
    "migration": Deed(
        "would switch to incremental mode",
        ("now runs in incremental mode", "now run in incremental mode"),
        "replaced",
        "could still be migrated",
        ("replacement", "replacements"),
        _WAY_BACK,
    ),
    "change": Deed(
        "would be changed",
        ("was changed", "were changed"),
        "changed",
        "could be changed",
        ("change", "changes"),
        _WAY_BACK,
    ),
    "undo": Deed(
        "would be taken back",
        ("was taken back", "were taken back"),
        "taken back",
        "could be taken back",
        ("schedule taken back", "schedules taken back"),
        "What is taken back can be planned and replaced once more.",
    ),
}

ENDINGS: Mapping[str, str] = {
    "needs_attention": "to look at",
    "rolled_back": "refused and running as before",
    "drifted": "changed by somebody else and left alone",
    "waiting": "not begun yet",
    "skipped": "left as it is",
}
"""What is said of an outcome that is not the deed; the most urgent first."""


def ending(outcome: str, kind: Kind) -> str:
    """Return an outcome in words."""
    return DEEDS[kind].done if outcome == "migrated" else ENDINGS.get(outcome, outcome.replace("_", " "))
