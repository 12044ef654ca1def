"""At a rate limit: how near the floor that it sets, how few refusals, and how soon a change is followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Literal

import pandas as pd

from tests.faults import Behaviour, RateLimit

from .figure import Figure
from .migrating import Migrated, guide_at_hand, migrated_by_the_guide, migrated_by_us
from .server import Seen, Server, everyday

SUBJECT = "at a limit"
SCHEDULES, BURST, LATENCY = 160, 20, 0.02
RATES = (10, 40)
STRETCH, REFUSED = 1.10, 0.02
BEFORE, SLOW, AFTER = 40, 5, 40
"""Requests a second of the limit that changes."""
PHASE = 20.0
"""Seconds after which it changes."""
FOLLOWED = 10.0
_WINDOW, _NEAR = 4.0, 0.2
"""Seconds over which the rate is within this share of the limit where it follows it."""
_JITTER = 0.05


def figures() -> Iterator[Figure]:
    """Measure everything at a limit."""
    for rate in RATES:
        for told in (False, True):
            yield from _kept(rate, told)
    yield from _dialects()
    yield from _followed()


def at(rate: int, *, told: bool = False, dialect: Literal["guide", "reference"] = "guide") -> Behaviour:
    """A server with a limit, which it tells by headers or not."""
    limit = RateLimit(rate, BURST) if rate else None
    return Behaviour(
        rate_limit=limit, latency=LATENCY, rate_headers="all" if told else "none", dialect=dialect
    )


@cache
def migrated_at(rate: int, *, told: bool) -> Migrated:
    """Migrate at a limit; measured once, for the table and for the picture."""
    with Server(at(rate, told=told), everyday, SCHEDULES) as server:
        return migrated_by_us(server)


def stretch(done: Migrated, rate: int) -> float:
    """The time it took against the time that the limit makes necessary."""
    return done.seconds / ((done.served - BURST) / rate)


def by_limit(rates: tuple[int, ...]) -> Iterator[dict[str, float]]:
    """For the picture: ours and the guide's at each limit."""
    guide = guide_at_hand()
    for rate in rates:
        ours = migrated_at(rate, told=False)
        row = {"rate": rate, "ours": ours.seconds, "floor": (ours.served - BURST) / rate}
        if guide:
            with Server(at(rate), everyday, SCHEDULES) as server:
                row["guide_migrated"] = migrated_by_the_guide(guide, server).count
        yield row


def _kept(rate: int, told: bool) -> Iterator[Figure]:
    done = migrated_at(rate, told=told)
    where = f"{rate} a second, {'told by headers' if told else 'not told'}"
    note = f"{done.count} schedules, {done.served} requests in {done.seconds:.1f} s"
    yield Figure(SUBJECT, f"time against the floor, {where}", stretch(done, rate), "×", STRETCH, note=note)
    refused = f"{done.refused} of {len(done.seen)}"
    yield Figure(SUBJECT, f"refused, {where}", 100 * done.refused_share, "%", 100 * REFUSED, note=refused)
    if told:
        early = _too_early(done.seen)
        yield Figure(SUBJECT, f"sent before Retry-After, {where}", early, bound=0, note="requests")


def _too_early(seen: list[Seen]) -> int:
    """Requests that left after a refusal was heard and before the second that it asks for was over."""
    early, until, heard = 0, 0.0, 0.0
    for request in seen:
        early += heard < request.at < until
        if request.status == 429:
            # With a token every 100 ms or sooner, the header always says one second.
            heard, until = request.at + 2 * LATENCY + _JITTER, request.at + 1.0
    return early


def _dialects() -> Iterator[Figure]:
    mosts: dict[Literal["guide", "reference"], float] = {"guide": 3.4, "reference": 4.4}
    for dialect, most in mosts.items():
        with Server(at(0, dialect=dialect), everyday, SCHEDULES) as server:
            done = migrated_by_us(server, _identities() if dialect == "reference" else None)
        note = f"{done.served} for {done.count}"
        yield Figure("requests", f"per migrated schedule, dialect {dialect}", done.each, "", most, note=note)


def _identities() -> pd.DataFrame:
    """What only a person can tell where a server shows no identity of a schedule."""
    schedules = everyday(SCHEDULES).schedules.values()
    rows = [{"schedule_uid": made.uid, "identity_uid": made.identity_ids[0]} for made in schedules]
    return pd.DataFrame(rows)


def _followed() -> Iterator[Figure]:
    """Change the limit twice under way, and see after how many seconds the rate is the new one."""
    with Server(at(BEFORE), everyday, 450) as server:
        with ThreadPoolExecutor(1) as pool:
            changing = pool.submit(_change, server)
            done = migrated_by_us(server)
        changes = changing.result()
    for change, (old, new) in zip(changes, pairwise((BEFORE, SLOW, AFTER)), strict=True):
        seconds = _seconds_until([request.at for request in done.seen], change, new)
        yield Figure(SUBJECT, f"a limit that goes from {old} to {new} is followed", seconds, "s", FOLLOWED)
    refused = f"{done.refused} of {len(done.seen)}, nothing told by headers"
    yield Figure(SUBJECT, "refused while the limit changes", 100 * done.refused_share, "%", note=refused)


def _change(server: Server) -> list[float]:
    """Change the limit, and tell when it was changed."""
    changes = []
    for rate in (SLOW, AFTER):
        time.sleep(PHASE)
        server.behave(at(rate))
        changes.append(time.monotonic())
    return changes


def _seconds_until(moments: list[float], change: float, rate: float) -> float | None:
    """Seconds after a change until requests come at about a rate."""
    late = 0.0
    while change + late + _WINDOW < moments[-1]:
        begin = change + late
        found = sum(begin <= at < begin + _WINDOW for at in moments) / _WINDOW
        if abs(found - rate) <= _NEAR * rate:
            return late
        late += 0.25
    return None
