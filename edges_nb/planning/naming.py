"""The mark that a replacement carries in its name, so that it can be found again even without the ledger.

A name is all that the API offers in place of an idempotency key: the old label stays in front, and behind it
stands what the schedule replaces, such as `Weekly sync [edges-nb incremental of 5f1c…]`.
"""

import re
from dataclasses import dataclass

_LONGEST = 255
"""Characters that the API allows in a name."""

_MARK = re.compile(r"\s*\[edges-nb (incremental|copy) of ([^\s\]]+)\]\s*$")


@dataclass(frozen=True)
class Mark:
    """What a name tells: which schedule it replaces, and whether in incremental mode."""

    origin: str
    incremental: bool


def marked(label: str | None, origin: str, *, incremental: bool) -> str:
    """Return the name of the schedule that replaces `origin`; a long label is shortened, the mark never."""
    mark = f"[edges-nb {'incremental' if incremental else 'copy'} of {origin}]"
    label = (plain(label) or "")[: _LONGEST - len(mark) - 1].rstrip()
    return f"{label} {mark}".lstrip()


def mark_of(name: str | None) -> Mark | None:
    """Read the mark of a name, None where it has none."""
    match = _MARK.search(name or "")
    return Mark(match[2], match[1] == "incremental") if match else None


def plain(name: str | None) -> str | None:
    """Return the label without its mark; None where nothing is left."""
    return _MARK.sub("", name or "").strip() or None
