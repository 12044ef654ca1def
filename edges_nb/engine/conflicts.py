"""End a replacement whose place somebody else has taken, so that nothing is created beside what stands there.

Whoever goes on after a request without an answer may find no new schedule as it was requested. Perhaps there
never was one; or it was created, and another operator, with a ledger of its own, has replaced it since, or
brought the old configuration back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edges_nb.engine.capabilities import Habits
from edges_nb.engine.create_step import Creating
from edges_nb.engine.endings import AGAIN, Endings
from edges_nb.engine.journal import Acting
from edges_nb.engine.matching import differences, is_new, places
from edges_nb.engine.reconcile import PAUSES, Found, Looking
from edges_nb.errors import Unreadable
from edges_nb.ledger.records import Record
from edges_nb.models.api import LIVE, Schedule
from edges_nb.models.history import Past, lineage
from edges_nb.models.name_marks import mark_of
from edges_nb.models.results import Result
from edges_nb.transport import Done

_MOST_TRIES = 3
"""Requests to cancel the old schedule without an effect, after which a person has to look."""

_NO_LEDGER = Past()


@dataclass(frozen=True)
class Taken:
    """What stands, or stood, in the place of an old schedule.

    Attributes:
        holders: the live schedules.
        gone: uids of new schedules that were cancelled, and not here.
        places: how many schedules were stopped that these can stand for.
    """

    holders: Sequence[Schedule]
    gone: Sequence[str]
    places: int = 1

    @property
    def uids(self) -> tuple[list[str], list[str], int]:
        """What it comes to, to compare."""
        return [one.uid for one in self.holders], list(self.gone), self.places

    @property
    def unclear(self) -> bool:
        """Whether others that look the same were stopped too, so that nothing tells whose these are."""
        return self.places > 1


class Succession:
    """Tells whether a place is taken, and ends the replacement that comes too late for it."""

    def __init__(
        self, acting: Acting, looking: Looking, creating: Creating, endings: Endings, habits: Habits
    ) -> None:
        self._acting = acting
        self._edges = acting.edges
        self._looking = looking
        self._creating = creating
        self._endings = endings
        self._habits = habits

    def end(self, record: Record) -> Result | None:
        """End it where somebody else has taken its place, None where the place is free."""
        taken = self.taken(record)
        if taken is None:
            return None
        if taken.unclear:
            found = ", ".join(one.uid for one in taken.holders) or "nothing"
            return self._endings.attention(
                record,
                f"{taken.places} schedules that look the same were stopped, {found} can be found in their "
                "place, and nothing tells which one is missing. Run the same command again when whoever "
                "else is at work has finished, or resume or create by hand what is missing.",
            )
        if not taken.holders:
            stopped = "paused" if record.order == "pause" else "cancelled"
            told = f"it is {stopped}, and somebody cancelled its replacement {taken.gone[0]}"
            return self._endings.drifted(record, told)
        return self._give_way(record, taken)

    def end_younger(self, record: Record) -> Result | None:
        """End it where somebody else put something else in its place at the same time, and before us.

        Who put that there looks as well, and comes to the same choice.
        """
        own = record.new_uid or ""
        taken = self.taken(record)
        child = self._looking.schedule(own) if taken and taken.holders else None
        if not taken or child is None or child.status not in LIVE:
            return None
        if own in Found([*taken.holders, child]).uids[: taken.places]:
            return None
        record.new_uid, record.child = None, None
        return self._creating.remove(record, own) or self._give_way(record, taken)

    def taken(self, record: Record) -> Taken | None:
        """Look what stands, or stood, in the place of the old schedule; None where it is free.

        Where numbers are compared, two readings have to agree: while somebody else is at work, a list can
        show a new schedule and what it replaces as that was before.
        """
        seen = self._seen(record)
        for seconds in PAUSES:
            if seen is None or self._habits.shows_names:
                return seen
            again = self._seen(record)
            if again is not None and again.uids == seen.uids:
                return again
            seen = again
            self._edges.clock.sleep(seconds)
        raise Unreadable("The list of schedules kept changing while it was read: somebody else is at work.")

    def _seen(self, record: Record) -> Taken | None:
        listed = self._looking.others(record)
        heirs = _heirs(listed, record)
        found, stopped = heirs, 1
        if not heirs and not self._habits.shows_names:
            found, stopped = self._kin(listed, record)
        vanished = record.memo.vanished
        found = [*found, *self._claimed(listed, {vanished, *(one.uid for one in found)})]
        holders = [one for one in found if one.status in LIVE]
        gone = [one.uid for one in found if one.status not in LIVE and self._is_news(one, record)]
        if vanished:
            gone = [vanished, *(uid for uid in gone if uid != vanished)]
        return Taken(holders, gone, stopped) if holders or gone else None

    def _is_news(self, one: Schedule, record: Record) -> bool:
        return is_new(one, record) and one.uid not in self._habits.removed

    def _claimed(self, listed: Sequence[Schedule], origins: set[str]) -> list[Schedule]:
        """Find what this ledger knows to have replaced them, one after the other."""
        claims = self._habits.claims
        claimed: list[Schedule] = []
        while True:
            more = [one for one in listed if one.uid not in origins and claims.get(one.uid) in origins]
            if not more:
                return claimed
            claimed += more
            origins = origins | {one.uid for one in more}

    def _kin(self, listed: Sequence[Schedule], record: Record) -> tuple[list[Schedule], int]:
        """Find, where no name tells it, what looks like the new configuration or the old one, in any mode."""
        alike = [
            one
            for one in listed
            if one.uid != record.new_uid
            and self._is_news(one, record)
            and not mark_of(one.name)
            and self._habits.free(one.uid, record.old_uid)
            and any(not differences(one, version) for version in record.versions)
        ]
        told = [self._looking.agreements(alike, version, any_mode=True) for version in record.versions]
        kin = [one for one in alike if any(each[one.uid] is not False for each in told)]
        strangers = sum(one.status in LIVE for one in alike) - sum(one.status in LIVE for one in kin)
        return kin, max(1, places(listed, record, self._habits.claims) - strangers)

    def _give_way(self, record: Record, taken: Taken) -> Result:
        """Leave the place to its holder; what is paused only for a replacement of ours goes."""
        holder = Found(taken.holders).uids[0]
        if record.order == "pause" and record.memo.creates:
            trouble = self._cancel(record, holder)
            if trouble:
                return trouble
        return self._endings.overtaken(record, holder, self._looking.status(record.old_uid))

    def _cancel(self, record: Record, holder: str) -> Result | None:
        uid = record.old_uid
        for _ in range(_MOST_TRIES):
            if self._looking.status(uid) != "PAUSED" or not self._looking.lives(holder):
                return None
            answer = self._acting.act(record, record.state, "cancel", lambda: self._edges.cancel(uid))
            self._acting.note(record, "cancel", answer, f"{holder} runs in its place.")
            if isinstance(answer, Done):
                return None
        return self._endings.attention(
            record, f"Somebody else put {holder} in its place, and it could not be cancelled: {AGAIN}."
        )


def _heirs(listed: Sequence[Schedule], record: Record) -> list[Schedule]:
    """Find what its name leads back to the old schedule, but for live ones as they were requested here."""
    by_uid = {schedule.uid: schedule for schedule in listed}
    return [
        schedule
        for schedule in listed
        if record.old_uid in lineage(schedule, by_uid, _NO_LEDGER)[1:]
        and not (schedule.status in LIVE and mark_of(schedule.name) == record.mark)
    ]
