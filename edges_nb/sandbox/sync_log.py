"""What a run fetches, and the books on what every schedule was brought and what it lost for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from edges_nb.sandbox.entities import Span
from edges_nb.sandbox.networks import Network
from edges_nb.sandbox.run_behaviour import Habits


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


class SyncBook:
    """Remembers what was synced, by schedule or async run (the owner) and network."""

    def __init__(self) -> None:
        self._synced_at: dict[tuple[str, ...], datetime] = {}
        self._accounts: dict[str, dict[str, _Account]] = {}

    def fetch_all(self, owner: str, network: Network, cap: int | None, at: datetime) -> Span:
        """Fetch the network as it is at a moment, newest first, up to the cap."""
        size = network.size(at)
        low = max(0, size - cap) if cap is not None else 0
        _add(self._account(owner, network).brought, low, size)
        return Span(network.uid, low, size)

    def fetch_new(
        self, owner: str, network: Network, cap: int | None, at: datetime, habits: Habits
    ) -> tuple[Span, int]:
        """Fetch what is new since the last time, all being new the first time, and tell how much is lost."""
        key = self._memory_key(owner, network, habits)
        account, size = self._account(owner, network), network.size(at)
        synced = self._synced_at.get(key)
        seen = min(size, network.size(synced)) if synced is not None else 0
        low = max(seen, size - cap) if cap is not None else seen
        _add(account.known, account.end, seen)
        _add(account.lost, max(seen, account.end), low)
        _add(account.brought, low, size)
        self._synced_at[key] = max(at, synced or at)
        return Span(network.uid, low, size), low - seen

    def remember(self, owner: str, network: Network, at: datetime, habits: Habits) -> None:
        """Take note of an incremental run from before the books were begun, which brought everything."""
        key = self._memory_key(owner, network, habits)
        self._synced_at[key] = max(at, self._synced_at.get(key, at))
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

    def _memory_key(self, owner: str, network: Network, habits: Habits) -> tuple[str, ...]:
        match habits.memory:
            case "schedule":
                return (owner, network.uid)
            case "input":
                return (network.uid,)
            case "identity":
                return (network.identity, "")


def _add(ranges: list[tuple[int, int]], low: int, high: int) -> None:
    """Add a range that ends no earlier than those before it, and join it with those it touches."""
    if low >= high:
        return
    while ranges and ranges[-1][1] >= low:
        low, high = min(low, ranges[-1][0]), max(high, ranges.pop()[1])
    ranges.append((low, high))


def _length(ranges: list[tuple[int, int]]) -> int:
    return sum(high - low for low, high in ranges)
