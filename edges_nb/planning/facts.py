"""All that is known of one schedule when a plan is made: read once, and not changed while it is decided."""

from typing import NamedTuple

from edges_nb.models.api import Identity, Schedule, mode_of
from edges_nb.models.history import Begun, Past
from edges_nb.models.name_marks import mark_of
from edges_nb.planning.configuration import Configuration
from edges_nb.planning.evidence import Evidence
from edges_nb.planning.snapshot import Reading, known_incremental


class Facts(NamedTuple):
    """What is known of one schedule.

    Attributes:
        known: what it is made of, each value with its source.
        evidence: what its runs tell.
        heir: uid of the schedule that took its place, or is there beside it.
        heir_is_live: whether the heir is listed and can still run.
    """

    schedule: Schedule
    known: Configuration
    evidence: Evidence
    reading: Reading
    past: Past
    heir: str | None = None
    heir_is_live: bool = False

    @property
    def begun(self) -> Begun | None:
        """Its replacement, where an earlier run began it and did not end it."""
        return self.past.begun.get(self.schedule.uid)

    @property
    def incremental(self) -> str | None:
        """What tells that it is in incremental mode; None where nothing does."""
        told = known_incremental(self.schedule, self.past)
        if told is None and (mode_of(self.known.parameters) or "").lower() == "incremental":
            told = f"{self.known.source('parameters.sync_mode')} says so"
        return told

    @property
    def replaces(self) -> str | None:
        """The uid of what an earlier run began to replace by it."""
        mark = mark_of(self.schedule.name)
        if mark is not None and mark.origin in self.past.begun:
            return mark.origin
        return self.past.unfinished.get(self.schedule.uid)

    @property
    def in_place_of(self) -> str | None:
        """The uid of what it may have replaced, where nobody knows yet whether it did.

        Either an earlier run got no answer to its request, or another schedule was paused that looks the
        same, while nothing tells what this one is: another operator's run may stand in the middle.
        """
        doubt = self.past.in_doubt(self.schedule)
        if doubt is None and self.known.parameters is None and self.incremental is None:
            doubt = self.reading.paused_twin(self.schedule)
        return doubt

    def identity(self, known: Configuration) -> Identity | None:
        """Return the identity that a configuration runs as, where it is one."""
        uids = known.identity_ids
        return self.reading.identities.get(uids[0]) if uids and len(uids) == 1 else None
