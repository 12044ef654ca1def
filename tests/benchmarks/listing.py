"""At a hundred thousand schedules: listing, frames, memory, planning, and the preview notebook."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edges_nb.client import Edges
from edges_nb.frames import identities_frame, schedules_frame
from edges_nb.models.api import CONNECTIONS
from edges_nb.planning.digest import digest_of, document
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.snapshot import read
from edges_nb.sandbox import SANDBOX_KEY
from tests.conformance.guide import Guide
from tests.crowd import crowd
from tests.faults import Behaviour

from .figure import NO_GUIDE, Figure, apart, cost_of
from .migrating import guide_at_hand
from .server import Server, settings_for

SUBJECT = "100,000 schedules"
SCHEDULES, IDENTITIES, LATENCY = 100_000, 20_000, 0.02
FASTER, FRAMES, MEMORY, PLANNING, PREVIEW = 6.0, 2.0, 600.0, 5.0, 60.0

_LIST = (
    "const identities = await getEngagementIdentityIds(process.env.EDGES_API_KEY);"
    "const schedules = await listExtractConnectionsSchedules(process.env.EDGES_API_KEY);"
    "console.log(JSON.stringify(schedules.length));"
)


def figures() -> Iterator[Figure]:
    """Measure ours in a process of its own each time, whose memory is its own."""
    with Server(Behaviour(latency=LATENCY), crowd, SCHEDULES, IDENTITIES) as server:
        yield from _listed(server, guide_at_hand())
        planned = apart(_plan, server.base_url)
        note = f"deciding {planned['drafting']:.1f} s, digest {planned['digest']:.1f} s, of CPU"
        yield Figure(SUBJECT, "planning", planned["drafting"] + planned["digest"], "s", PLANNING, note=note)
        yield Figure(SUBJECT, "peak memory while planning", planned["memory"], "MB")
        yield from _previewed(server)


def _listed(server: Server, guide: Guide | None) -> Iterator[Figure]:
    ours = apart(_list, server.base_url)
    server.seen()
    what = "listing, faster than the guide's functions"
    if guide is None:
        yield Figure(SUBJECT, what, None, "×", FASTER, "at least", NO_GUIDE)
    else:
        guide.run(server.base_url, SANDBOX_KEY, _LIST)
        seen = server.seen()
        theirs = seen[-1].at - seen[0].at
        note = f"{ours['wall']:.1f} s against {theirs:.1f} s"
        yield Figure(SUBJECT, what, theirs / ours["wall"], "×", FASTER, "at least", note)
    yield Figure(SUBJECT, "frames built from them", ours["frames"], "s", FRAMES, note="of CPU")
    yield Figure(SUBJECT, "peak memory with lists and frames", ours["memory"], "MB", MEMORY)


def _previewed(server: Server) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as folder:
        out = Path(folder) / "preview"
        command = [str(Path(sys.executable).parent / "edges-nb"), "preview", "--out-dir", str(out)]
        where = {"EDGES_API_BASE": server.base_url, "EDGES_API_KEY": SANDBOX_KEY}
        cost = cost_of(command, {**where, "EDGES_LEDGER": f"{folder}/ledger.sqlite"})
        report = (out / "report.html").read_text(encoding="utf-8")
        rows = (out / "plan.csv").read_text(encoding="utf-8").count("\n") - 1
        items = len(json.loads((out / "plan.json").read_text(encoding="utf-8"))["items"])
    note = f"CPU {cost.cpu:.1f} s; {items:,} items in plan.json"
    yield Figure(SUBJECT, "edges-nb preview", cost.wall, "s", PREVIEW, note=note)
    tables = len(re.findall("<table", report))
    note = f"{tables} tables, {len(re.findall('<tr', report)):,} rows"
    yield Figure(SUBJECT, "its report", len(report) / 1000, "kB", note=note)
    yield Figure(SUBJECT, "rows of its plan.csv", float(rows), "", float(SCHEDULES), "at least")


def _list(base_url: str) -> dict[str, Any]:
    with Edges(settings_for(base_url)) as edges:
        started = time.monotonic()
        schedules, identities = edges.schedules(CONNECTIONS), edges.identities()
        wall = time.monotonic() - started
        before = time.process_time()
        frames = schedules_frame(schedules, identities), identities_frame(identities)
        took = time.process_time() - before
    assert [len(frame) for frame in frames] == [SCHEDULES, IDENTITIES]
    return {"wall": wall, "frames": took, "memory": peak_memory()}


def _plan(base_url: str) -> dict[str, Any]:
    with Edges(settings_for(base_url)) as edges:
        reading = read(edges, CONNECTIONS)
    started = time.process_time()
    items = draft_migration(reading, action=CONNECTIONS)
    drafted = time.process_time()
    digest_of(document(items))
    ended = time.process_time()
    assert len(items) == SCHEDULES
    return {"drafting": drafted - started, "digest": ended - drafted, "memory": peak_memory()}


def peak_memory() -> float:
    """Megabytes that this process took at most; of the process alone, not of what started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
