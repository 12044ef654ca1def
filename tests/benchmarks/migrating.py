"""A migration of every schedule that a server has, ours and the guide's, as the server saw it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from edges_nb.client import Edges
from edges_nb.planning.plan import plan_migration
from edges_nb.sandbox import SANDBOX_KEY
from tests.conformance.guide import Guide, find_guide

from .server import Seen, Server, settings_for

_MIGRATE = (
    "const migrated = await migrateExtractConnectionsSchedulesToIncremental(process.env.EDGES_API_KEY);"
    "console.log(JSON.stringify(migrated.filter((each) => !each.error).length));"
)


@dataclass(frozen=True)
class Migrated:
    """How many schedules were migrated by which requests."""

    count: int
    seen: list[Seen]

    @property
    def seconds(self) -> float:
        """From the first request to the last."""
        return self.seen[-1].at - self.seen[0].at

    @property
    def refused(self) -> int:
        """Requests that were refused for their rate."""
        return sum(request.status == 429 for request in self.seen)

    @property
    def served(self) -> int:
        """Requests that were not."""
        return len(self.seen) - self.refused

    @property
    def refused_share(self) -> float:
        """Of all requests."""
        return self.refused / len(self.seen)

    @property
    def each(self) -> float:
        """Requests that were served for a migrated schedule, the lists among them."""
        return self.served / self.count


def migrated_by_us(server: Server, overrides: pd.DataFrame | None = None) -> Migrated:
    """Plan and apply with a ledger on disk."""
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as folder:
        settings = settings_for(server.base_url, Path(folder) / "ledger.sqlite")
        with Edges(settings) as edges:
            outcome = plan_migration(edges, overrides=overrides).apply()
    return Migrated(outcome.counts["migrated"], server.seen())


def migrated_by_the_guide(guide: Guide, server: Server) -> Migrated:
    """Run the guide's script as it stands."""
    count = guide.run(server.base_url, SANDBOX_KEY, _MIGRATE).value
    return Migrated(int(count), server.seen())


def guide_at_hand() -> Guide | None:
    """The guide, None where it is not there."""
    path = find_guide()
    return Guide(path) if path else None
