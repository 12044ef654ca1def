"""What is there already is found and shown, whatever tells of it; what is unclear is never guessed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from edges_nb.errors import NotApproved
from edges_nb.models.api import CONNECTIONS
from edges_nb.models.plan_items import Start
from edges_nb.monitoring.monitor import observe
from edges_nb.planning.ledger_session import past_of
from edges_nb.planning.plan import plan_changes, plan_migration, plan_undo

from .bench import SECRET, Bench


def decided(bench: Bench, rows: Any = None) -> Start:
    (item,) = bench.plan(rows).items
    return item


def test_a_second_time_the_ledger_tells_that_it_is_there(bench: Bench) -> None:
    bench.start(bench.edges())
    item = decided(bench)
    assert (item.decision, item.found) == ("skip", bench.live[0].uid)
    assert "an earlier run of this tool started it" in item.reason
    assert bench.plan().apply().results == ()
    assert bench.creates == 1


def test_without_the_ledger_the_name_tells(bench: Bench) -> None:
    bench.start(bench.edges())
    bench.ledger.unlink()
    item = decided(bench)
    assert (item.decision, item.found) == ("skip", bench.live[0].uid)
    assert "its name says" in item.reason
    assert bench.is_named()


@pytest.mark.parametrize("dialect", ["guide", "reference"])
@pytest.mark.parametrize("names", ["ignored", "refused"])
def test_without_ledger_and_name_the_configuration_tells(tmp_path: Path, dialect: str, names: str) -> None:
    bench = Bench(tmp_path, dialect=dialect, names=names)
    bench.start(bench.edges())
    bench.ledger.unlink()
    item = decided(bench)
    assert (item.decision, item.found) == ("skip", bench.live[0].uid)


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param({"name": "Another label"}, id="name"),
        pytest.param({"schedule_at": "2026-11-09T08:00:00Z"}, id="first time"),
        pytest.param({"callback_on": "all"}, id="the default said"),
        pytest.param({"timezone": "Europe/Paris"}, id="the identity's timezone said"),
    ],
)
def test_what_makes_no_difference_in_effect_is_equal(bench: Bench, cells: dict[str, str]) -> None:
    bench.start(bench.edges())
    assert decided(bench, bench.row(**cells)).decision == "skip"


def test_somebody_elses_equal_schedule_is_enough_even_a_paused_one(bench: Bench) -> None:
    there = bench.by_hand(status="PAUSED")
    assert decided(bench).found == there.uid


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"parameters": {"sync_mode": "incremental", "max_results": 9}}, "in incremental mode already"),
        ({"parameters": {"sync_mode": "full"}}, "in full mode: 02_migrate would replace it"),
        ({"cron": "0 5 * * *"}, "in incremental mode already"),
    ],
)
def test_what_brings_the_same_input_otherwise_is_warned_of(
    bench: Bench, fields: dict[str, Any], told: str
) -> None:
    there = bench.by_hand(**fields)
    item = decided(bench)
    assert item.decision == "start"
    (warning,) = [w for w in item.warnings if w.code == "input_is_there"]
    assert there.uid in warning.sentence
    assert told in warning.sentence


def test_what_was_cancelled_since_is_started_again_and_that_is_told(bench: Bench) -> None:
    bench.start(bench.edges())
    gone = bench.live[0]
    gone.status = "CANCELLED"
    assert f"started before as {gone.uid}" in decided(bench).reason
    bench.start(bench.edges())
    assert len(bench.live) == 1


def test_what_was_replaced_since_is_followed_to_its_replacement(bench: Bench) -> None:
    bench.start(bench.edges())
    first = bench.live[0]
    bench.sandbox.advance(timedelta(days=2, hours=3))  # no run is at work then
    plan_changes(bench.edges(), cron="0 5 * * *").apply(workers=1)
    item = decided(bench)
    assert (item.decision, item.found) == ("skip", bench.live[0].uid)
    assert f"as {first.uid}, which {item.found} replaced" in item.reason


def test_equal_schedules_whose_identity_is_not_shown_are_enough_where_there_is_one_for_each_row(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, dialect="reference", names="ignored")
    same = {"input": {"linkedin_url": "https://www.linkedin.com/in/all"}, "timezone": "UTC"}
    rows = pd.DataFrame([bench.row(0, **same), bench.row(1, **same)])
    there = [bench.by_hand(n, inputs=[same["input"]], timezone="UTC") for n in (0, 1)]
    assert [item.found for item in bench.plan(rows).items] == [row.uid for row in there]
    there[0].status = "CANCELLED"
    items = bench.plan(rows).items
    assert [item.decision for item in items] == ["needs_input"] * 2
    assert there[1].uid in items[0].reason
    assert bench.plan(rows).apply().results == ()


def test_an_equal_schedule_that_never_ran_may_be_a_full_one_and_is_asked_about(bench: Bench) -> None:
    there = bench.by_hand(ran=False)
    item = decided(bench)
    assert item.decision == "needs_input"
    assert there.uid in item.reason


def test_the_digest_is_that_of_decisions_and_requests(bench: Bench) -> None:
    digest = bench.plan().digest
    assert bench.plan().digest == digest
    assert bench.plan(bench.row(max_results=5)).digest != digest
    bench.start(bench.edges())
    assert bench.plan().digest != digest


def test_another_plan_than_the_approved_one_touches_nothing_and_says_what_differs(bench: Bench) -> None:
    approved = bench.plan(bench.row(max_results=5))
    approved.check_approval("")
    with pytest.raises(NotApproved, match=r"max_results is absent, not 5") as caught:
        bench.plan().apply(approve=approved.digest)
    assert SECRET not in str(caught.value)
    assert bench.creates == 0
    assert approved.apply(approve=approved.digest).counts == {"started": 1}


def test_nothing_that_is_shown_of_a_plan_is_secret(bench: Bench) -> None:
    plan = bench.plan(bench.row(callback_url=f"https://hooks.example.com/?token={SECRET}"))
    told = f"{plan.as_json()} {plan.frame().to_csv()} {plan.items} {plan.apply(workers=1).as_json()}"
    assert SECRET not in told


@pytest.mark.parametrize("names", ["kept", "ignored"])
def test_a_started_schedule_is_neither_migrated_nor_undone_and_is_watched(tmp_path: Path, names: str) -> None:
    bench = Bench(tmp_path, names=names, first_run_at_once=False)
    bench.start(bench.edges())
    (started,) = bench.live
    (item,) = plan_migration(bench.edges()).items
    assert (item.decision.value, item.reason.split(":")[0]) == ("skip", "already incremental")
    assert plan_undo(bench.edges()).items == ()
    place = bench.edges().settings
    (watched,) = observe(bench.edges(), CONNECTIONS, past_of(bench.edges(), place.ledger)).watched
    assert (watched.uid, watched.old_uid) == (started.uid, None)
    if names == "kept":
        bench.ledger.unlink()
        assert plan_migration(bench.edges()).items[0].decision.value == "skip"
        assert plan_undo(bench.edges()).items == ()
