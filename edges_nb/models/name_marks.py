"""The mark in the name of what this tool makes, so that it can be found again even without the ledger.

A name is all that the API offers in place of an idempotency key: the label stays in front, and behind it
stands what a schedule replaces, such as `Weekly sync [edges-nb incremental of 5f1c…]`. What replaces nothing
has the digest of its request there, such as `Weekly sync [edges-nb start of 0123456789ab]`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from edges_nb.models.api import Run

_LONGEST = 255
"""Characters that the API allows in a name."""

MarkKind = Literal["incremental", "copy", "start"]
"""Incremental or other replacement of a schedule, or something incremental that replaces nothing."""

_BEGIN = "[edges-nb "
_MARK = re.compile(r"\s*\[edges-nb (incremental|copy|start) of ([^\s\]]+)\]\s*$")


@dataclass(frozen=True)
class Mark:
    """What a name tells.

    Attributes:
        origin: the uid of the schedule that is replaced; the digest of the request where `kind` is `start`.
    """

    origin: str
    kind: MarkKind

    @property
    def incremental(self) -> bool:
        """Whether it is in incremental mode."""
        return self.kind != "copy"

    @property
    def replaces(self) -> bool:
        """Whether it takes the place of another schedule."""
        return self.kind != "start"

    def on(self, label: str | None) -> str:
        """Return the name with this mark; a long label is shortened, the mark never."""
        mark = f"[edges-nb {self.kind} of {self.origin}]"
        label = (plain(label) or "")[: _LONGEST - len(mark) - 1].rstrip()
        return f"{label} {mark}".lstrip()


def marked(label: str | None, origin: str, *, incremental: bool) -> str:
    """Return the name of the schedule that replaces `origin`."""
    return Mark(origin, "incremental" if incremental else "copy").on(label)


def mark_of(name: str | None) -> Mark | None:
    """Read the mark of a name, None where it has none."""
    # Most names have none, which is told by one word many times faster.
    match = _MARK.search(name) if name and _BEGIN in name else None
    # The expression lets through no other kind.
    return Mark(match[2], match[1]) if match else None  # type: ignore[arg-type]


def plain(name: str | None) -> str | None:
    """Return the label without its mark; None where nothing is left."""
    if name and _BEGIN in name:
        name = _MARK.sub("", name)
    return (name or "").strip() or None


def named_run(runs: Iterable[Run], origin: str) -> str | None:
    """Return the uid of the newest run whose name says that it was started by the same request."""
    for run in runs:
        mark = mark_of(run.name)
        if run.scheduled_run_uid is None and mark is not None and not mark.replaces and mark.origin == origin:
            return run.uid
    return None
