"""A simulated quarter: what full mode fetches, what incremental fetches, and what a low cap loses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.tallies import tally

from .conftest import DAY, Workspace

Make = Callable[..., Workspace]

QUARTER = 84 * DAY
WEEKLY = "0 6 * * 1"
DAILY = "0 9 * * *"


def codes(workspace: Workspace, **options: int) -> list[str]:
    return [finding.code for finding in workspace.only(**options).findings]


def test_what_full_mode_would_have_fetched_is_what_a_full_twin_did_fetch(workspace: Workspace) -> None:
    old = workspace.add("Weekly", WEEKLY)
    owner = next(iter(workspace.world.identities.values()))
    inputs = workspace.world.schedules[old].inputs
    new = workspace.migrate(old)[old]
    twin = workspace.world.add_schedule(owner, name="Twin", cron=WEEKLY, inputs=inputs)
    workspace.world.queue_run(twin, workspace.world.clock.now())
    workspace.sandbox.advance(QUARTER)
    watched = workspace.only()
    fetched = sum(run.output_count for run in workspace.runs_of(twin.uid))
    assert watched.uid == new
    assert watched.in_full is not None
    assert watched.saved is not None
    assert len(watched.runs) == len(workspace.runs_of(twin.uid)) == 13
    assert abs(watched.in_full.items - fetched) <= 13, "runs start some seconds apart"
    assert watched.brought.items == tally(workspace.world, new).brought
    assert (fetched, watched.brought.items) == (5731, 830)
    assert watched.saved.items == watched.in_full.items - 830


def test_a_low_cap_loses_what_was_warned_of_and_the_safe_one_nothing(make: Make) -> None:
    tight = make()
    old = tight.add("Weekly", WEEKLY)
    new = tight.migrate(old, max_results=40)[old]
    assert codes(tight) == ["may_lose"]
    warned = tight.only().forecast
    assert warned is not None
    assert warned.expected == 63
    assert not tally(tight.world, new).lost

    tight.sandbox.advance(QUARTER)
    watched = tight.only()
    assert {finding.code for finding in watched.findings} == {"lost", "first_capped"}
    assert "How much more there was its runs can't tell" in watched.findings[0].next_step
    losing = {run.uid for run in tight.runs_of(new) if run.lost_count}
    first = min(tight.runs_of(new), key=lambda run: run.created_at).uid
    assert {run.uid for run in watched.capped} | {first} == losing
    assert tally(tight.world, new).lost == 310

    roomy = make()
    safe = roomy.migrate(roomy.add("Weekly", WEEKLY), max_results=warned.safe_cap)
    assert codes(roomy) == []
    roomy.sandbox.advance(QUARTER)
    assert codes(roomy) == []
    assert [tally(roomy.world, uid).lost for uid in safe.values()] == [0]


def test_the_safe_cadence_loses_nothing(make: Make) -> None:
    slow = make()
    slow.migrate(slow.add("Weekly", WEEKLY), max_results=70)
    watched = slow.only()
    assert [finding.code for finding in watched.findings] == ["may_lose"]
    assert watched.forecast is not None
    assert watched.forecast.safe_wait == 3 * DAY
    assert "Set max_results to 130, or let it run every 3 days." in watched.findings[0].next_step

    often = make()
    (new,) = often.migrate(often.add("Often", "0 6 * * 1,3,5", growth=27), max_results=70).values()
    assert codes(often) == []
    often.sandbox.advance(QUARTER)
    assert len(often.runs_of(new)) > 30
    assert tally(often.world, new).lost == 0


def test_days_let_what_was_told_before_rest(workspace: Workspace) -> None:
    old = workspace.add("Daily", DAILY, growth=9)
    workspace.migrate(old, max_results=200)
    workspace.sandbox.advance(20 * DAY)
    assert len(workspace.only().runs) == 21
    recent = workspace.only(days=5)
    assert len(recent.runs) == 5
    assert recent.in_full is not None
    assert recent.brought.items < 100 < recent.in_full.items


def test_a_run_that_goes_on_for_too_long_is_why_the_next_was_skipped(make: Make) -> None:
    slow = make(minutes=(90, 100))
    old = slow.add("Hourly", "0 * * * *", growth=1)
    slow.migrate(old)
    slow.sandbox.advance(2 * DAY + timedelta(minutes=6))
    watched = slow.only()
    assert watched.iterations.due == 48
    assert watched.iterations.skipped == 48 - (len(watched.runs) - 1)
    assert watched.iterations.missed == 0


def test_failures_are_counted_by_label_and_two_in_a_row_are_told(make: Make) -> None:
    broken = make(failing=1.0)
    broken.migrate(broken.add("Daily", DAILY))
    broken.sandbox.advance(3 * DAY + timedelta(hours=3))
    watched = broken.only()
    assert watched.failures == {"LK_ERROR": len(watched.runs)}
    assert "failing" in [finding.code for finding in watched.findings]
