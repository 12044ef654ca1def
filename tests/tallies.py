"""A sandbox's workspace that keeps books on what every schedule was brought and what it lost for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import edges_nb.sandbox
from edges_nb.sandbox import Habits
from edges_nb.sandbox.entities import Span
from edges_nb.sandbox.networks import Network
from edges_nb.sandbox.sync_log import SyncBook


class Tally(NamedTuple):
    """How many contacts there are, and what became of them for one schedule or async run.

    Attributes:
        existing: the sum of the others.
        brought: by at least one run.
        lost: beyond the cap of an incremental run, so never to be brought.
        known: never brought, as the server took them for known from other runs (see `Habits.memory`).
        waiting: neither yet; the next run can bring them.
    """

    existing: int
    brought: int
    lost: int
    known: int
    waiting: int


@dataclass
class _Account:
    """Contacts of one network by what became of them, as ascending ranges of their numbers."""

    network: Network
    brought: list[tuple[int, int]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    known: list[tuple[int, int]] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The number from which on nothing is accounted for."""
        return max(ranges[-1][1] if ranges else 0 for ranges in (self.brought, self.lost, self.known))


class TalliedBook(SyncBook):
    """Remembers what was synced, and accounts for every contact."""

    def __init__(self) -> None:
        super().__init__()
        self._accounts: dict[str, dict[str, _Account]] = {}

    def fetch_all(self, owner: str, network: Network, cap: int | None, at: datetime) -> Span:
        """Fetch the network, and note what was brought."""
        span = super().fetch_all(owner, network, cap, at)
        _add(self._account(owner, network).brought, span.low, span.high)
        return span

    def fetch_new(
        self, owner: str, network: Network, cap: int | None, at: datetime, habits: Habits
    ) -> tuple[Span, int]:
        """Fetch what is new, and note what was brought, what is lost and what was known."""
        span, lost = super().fetch_new(owner, network, cap, at, habits)
        account, seen = self._account(owner, network), span.low - lost
        _add(account.known, account.end, seen)
        _add(account.lost, max(seen, account.end), span.low)
        _add(account.brought, span.low, span.high)
        return span, lost

    def remember(self, owner: str, network: Network, at: datetime, habits: Habits) -> None:
        """Take note of an incremental run from before the books were begun, which brought everything."""
        super().remember(owner, network, at, habits)
        _add(self._account(owner, network).brought, 0, network.size(at))

    def tally(self, owner: str, networks: list[Network], at: datetime) -> Tally:
        """Count what became of the contacts that these networks have at a moment."""
        accounts = [self._account(owner, network) for network in networks]
        existing = sum(network.size(at) for network in networks)
        brought = sum(_length(account.brought) for account in accounts)
        lost = sum(_length(account.lost) for account in accounts)
        known = sum(_length(account.known) for account in accounts)
        return Tally(existing, brought, lost, known, existing - brought - lost - known)

    def lost(self, owner: str) -> list[Span]:
        """What the owner lost for good."""
        accounts = self._accounts.get(owner, {}).values()
        return [Span(account.network.uid, *part) for account in accounts for part in account.lost]

    def _account(self, owner: str, network: Network) -> _Account:
        return self._accounts.setdefault(owner, {}).setdefault(network.uid, _Account(network))


class World(edges_nb.sandbox.World):
    """A workspace whose contacts are accounted for."""

    def __init__(self, seed: int = 0, habits: Habits = Habits()) -> None:  # noqa: B008 - frozen
        super().__init__(seed, habits)
        self.syncs = TalliedBook()


def tally(world: edges_nb.sandbox.World, uid: str) -> Tally:
    """What became of the contacts that a schedule or an async run is there to bring, until now."""
    record = world.schedules.get(uid) or world.runs[uid]
    return _books(world).tally(uid, world.networks_of(record), world.clock.now())


def lost_contacts(world: edges_nb.sandbox.World, uid: str) -> list[dict[str, Any]]:
    """The contacts that a schedule or an async run lost for good, as results would have shown them."""
    return [
        world.networks[s.network].contact(n) for s in _books(world).lost(uid) for n in range(s.low, s.high)
    ]


def _books(world: edges_nb.sandbox.World) -> TalliedBook:
    assert isinstance(world.syncs, TalliedBook), "only a World of this module keeps books"
    return world.syncs


def _add(ranges: list[tuple[int, int]], low: int, high: int) -> None:
    """Add a range that ends no earlier than those before it, and join it with those it touches."""
    if low >= high:
        return
    while ranges and ranges[-1][1] >= low:
        low, high = min(low, ranges[-1][0]), max(high, ranges.pop()[1])
    ranges.append((low, high))


def _length(ranges: list[tuple[int, int]]) -> int:
    return sum(high - low for low, high in ranges)
