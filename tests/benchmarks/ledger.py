"""Ten thousand replacements with durable intents: the last cost what the first did."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from edges_nb.client import Edges
from edges_nb.models.results import Progress
from edges_nb.planning.plan import plan_migration
from tests.faults import Sandbox
from tests.planning.bench import InProcess, StillClock

from .figure import Figure, apart
from .server import everyday, settings_for

SUBJECT = "ledger"
REPLACEMENTS, WINDOW = 10_000, 1000
SPREAD = 1.2


def figures() -> Iterator[Figure]:
    """Migrate without sockets, so that the server's cost is small, with a ledger on disk."""
    moments, count, size = apart(_migrate)
    first, last = (
        {name: moments[end][name] - moments[begin][name] for name in ("wall", "cpu")}
        for begin, end in ((0, WINDOW), (REPLACEMENTS - WINDOW, REPLACEMENTS))
    )
    for name, told in (("cpu", "CPU"), ("wall", "time by the clock")):
        ratio = last[name] / first[name]
        what = f"{told} of the last {WINDOW:,} replacements of {count:,}, against the first"
        note = f"{last[name]:.1f} s against {first[name]:.1f} s"
        yield Figure(SUBJECT, what, ratio, "×", SPREAD, note=note)
    each = 1000 * moments[REPLACEMENTS]["cpu"] / REPLACEMENTS
    yield Figure(
        SUBJECT, "CPU of a replacement, sandbox included", each, "ms", note=f"{size:.0f} MB of ledger"
    )


def _migrate() -> tuple[dict[int, dict[str, float]], int, float]:
    """Migrate, and tell the time at each mark, how many were migrated, and how large the ledger got."""
    sandbox = Sandbox(everyday(REPLACEMENTS))
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as folder:
        place = Path(folder) / "ledger.sqlite"
        settings = settings_for("http://127.0.0.1/v1", place)
        edges = Edges(settings, clock=StillClock(), http=InProcess(sandbox))
        plan = plan_migration(edges)
        wall, cpu = time.monotonic(), time.process_time()
        moments = {0: {"wall": 0.0, "cpu": 0.0}}

        def note(progress: Progress) -> None:
            if progress.done % WINDOW == 0:
                now = {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}
                moments.setdefault(progress.done, now)

        outcome = plan.apply(on_progress=note)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return moments, outcome.counts["migrated"], size / 1e6
