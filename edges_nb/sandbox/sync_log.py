"""What a run fetches, and when what was synced before."""

from __future__ import annotations

from datetime import datetime

from edges_nb.sandbox.entities import Span
from edges_nb.sandbox.networks import Network
from edges_nb.sandbox.run_behaviour import Habits


class SyncBook:
    """Remembers what was synced, by schedule or async run (the owner) and network."""

    def __init__(self) -> None:
        self._synced_at: dict[tuple[str, ...], datetime] = {}

    def fetch_all(self, owner: str, network: Network, cap: int | None, at: datetime) -> Span:
        """Fetch the network as it is at a moment, newest first, up to the cap."""
        size = network.size(at)
        return Span(network.uid, max(0, size - cap) if cap is not None else 0, size)

    def fetch_new(
        self, owner: str, network: Network, cap: int | None, at: datetime, habits: Habits
    ) -> tuple[Span, int]:
        """Fetch what is new since the last time, all being new the first time, and tell how much is lost."""
        key, size = self._memory_key(owner, network, habits), network.size(at)
        synced = self._synced_at.get(key)
        seen = min(size, network.size(synced)) if synced is not None else 0
        low = max(seen, size - cap) if cap is not None else seen
        self._synced_at[key] = max(at, synced or at)
        return Span(network.uid, low, size), low - seen

    def remember(self, owner: str, network: Network, at: datetime, habits: Habits) -> None:
        """Take note of an incremental run from before the book was begun, which brought everything."""
        key = self._memory_key(owner, network, habits)
        self._synced_at[key] = max(at, self._synced_at.get(key, at))

    def _memory_key(self, owner: str, network: Network, habits: Habits) -> tuple[str, ...]:
        match habits.memory:
            case "schedule":
                return (owner, network.uid)
            case "input":
                return (network.uid,)
            case "identity":
                return (network.identity, "")
