"""The networks that runs extract: who was in them at which moment."""

from __future__ import annotations

import bisect
import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from edges_nb.sandbox.run_behaviour import Habits
from edges_nb.sandbox.uids import Namer
from edges_nb.sandbox.virtual_clock import START, iso

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
DAY_LENGTH = DAY // MICROSECOND
BEFORE = timedelta(hours=9)
"""Time between one contact and the next, for those who joined before the clock began."""


class _Day(NamedTuple):
    first: int
    """Number of the first contact who joined on that day."""
    joined: int
    offset: int
    """Microseconds by which the day's joiners are shifted; they come in equal intervals."""


class Network:
    """What one input of one identity leads to: contacts, numbered from the oldest, more of them each day.

    Who joins when depends on the network's uid alone, not on when anybody looks.
    """

    def __init__(self, uid: str, identity: str, namer: Namer, size: int, per_day: float) -> None:
        self.uid, self.identity = uid, identity
        self._namer = namer
        self._per_day = per_day
        self._days: list[_Day] = []
        self.initial_size = size

    def size(self, at: datetime) -> int:
        """How many contacts there are at a moment."""
        if at < START:
            return max(0, self.initial_size + (at - START) // BEFORE + 1)
        number, elapsed = divmod(at - START, DAY)
        day = self._day(number)
        # How many of the day's moments, as `joined_at` works them out, are not later than `at`.
        reached = -(-((elapsed // MICROSECOND + 1) * day.joined - day.offset) // DAY_LENGTH)
        return day.first + max(0, min(day.joined, reached))

    def joined_at(self, number: int) -> datetime:
        """When a contact joined."""
        if number < self.initial_size:
            return START - (self.initial_size - number) * BEFORE
        while self._last_size() <= number:
            self._day(len(self._days))
        # Of several days with the same first number all but the last are days on which nobody joined.
        at = bisect.bisect_right(self._days, number, key=lambda day: day.first) - 1
        day = self._days[at]
        elapsed = ((number - day.first) * DAY_LENGTH + day.offset) // day.joined
        return START + at * DAY + elapsed * MICROSECOND

    def _last_size(self) -> int:
        return self._days[-1].first + self._days[-1].joined if self._days else self.initial_size

    def _day(self, number: int) -> _Day:
        while len(self._days) <= number:
            dice = random.Random(f"{self.uid}/{len(self._days)}")  # noqa: S311 - a stable variety
            joined = int(self._per_day * (dice.random() + dice.random()) + dice.random())
            self._days.append(_Day(self._last_size(), joined, dice.randrange(DAY_LENGTH)))
        return self._days[number]

    def contact(self, number: int) -> dict[str, Any]:
        """A contact as results show it, the same whichever run brings it."""
        digits = self._namer.uid("contact", self.uid, number)[:13].replace("-", "")
        return contact_json(digits, self.joined_at(number))


def contact_json(digits: str, joined: datetime | None) -> dict[str, Any]:
    """A made-up contact, told apart by hexadecimal digits."""
    return {
        "linkedin_profile_url": f"https://www.linkedin.com/in/contact-{digits}",
        "linkedin_profile_id": int(digits, 16),
        "connected_at": iso(joined),
    }


class Networks:
    """All networks of a workspace; one that nobody has described is drawn when it is first looked at."""

    def __init__(self, namer: Namer) -> None:
        self._namer = namer
        self._networks: dict[str, Network] = {}

    def __getitem__(self, uid: str) -> Network:
        return self._networks[uid]

    def of(
        self, action: str, identity_ids: Sequence[str], entry: Mapping[str, Any], habits: Habits
    ) -> Network:
        """The network behind one input; what a client attached to the input makes no difference."""
        uid, identity = self._name(action, identity_ids, entry)
        if uid not in self._networks:
            dice = random.Random(uid)  # noqa: S311 - a stable variety
            size, per_day = dice.randint(*habits.contacts), dice.uniform(*habits.growth)
            self._networks[uid] = Network(uid, identity, self._namer, size, per_day)
        return self._networks[uid]

    def describe(
        self,
        action: str,
        identity_ids: Sequence[str],
        entry: Mapping[str, Any],
        size: int,
        per_day: float,
    ) -> None:
        """Say how large a network is when the clock begins and how it grows; the largest word counts."""
        uid, identity = self._name(action, identity_ids, entry)
        known = self._networks.get(uid)
        if known is None or known.initial_size < size:
            self._networks[uid] = Network(uid, identity, self._namer, size, per_day)

    def _name(self, action: str, identity_ids: Sequence[str], entry: Mapping[str, Any]) -> tuple[str, str]:
        identity = "/".join([action, *identity_ids])
        given = {name: value for name, value in entry.items() if name != "custom_data"}
        canonical = json.dumps(given, sort_keys=True, separators=(",", ":"))
        return self._namer.uid("network", identity, canonical), identity
