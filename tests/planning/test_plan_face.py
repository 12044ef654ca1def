"""A plan as people meet it in Python: selected, shown, and told in a page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS, Run
from edges_nb.models.plan_items import Decision
from edges_nb.models.results import Outcome, Result
from edges_nb.planning.plan import Plan, plan_changes, plan_migration, plan_undo
from edges_nb.sandbox import World

from .bench import NOW, SECRET, Bench, evidence, identity, known, migrated, reading, run, schedule


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    world = World(seed=1)
    for number in range(12):
        each = world.add_schedule(world.add_identity("Desk"), name=f"<b>{number}</b>")
        each.parameters = {"sync_mode": "full", "max_results": 5}
        each.callback = {"url": f"https://hooks.example.com/{SECRET}"}
        world.add_run(each, output_count=1)
    return Bench(world)


def planned(bench: Bench, tmp_path: Path, **options: object) -> Plan:
    return plan_migration(bench.edges, ledger=str(tmp_path / "ledger.sqlite"), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["list", "series", "index", "frame"])
def test_a_selection_may_be_a_frame_a_series_or_a_list(bench: Bench, tmp_path: Path, form: str) -> None:
    uids = list(bench.world.schedules)[:2]
    selected = {
        "list": uids,
        "series": pd.Series(uids),
        "index": pd.Index(uids),
        "frame": pd.DataFrame({"schedule_uid": uids, "action": [CONNECTIONS, None]}),
    }[form]

    assert {item.uid for item in planned(bench, tmp_path, schedules=selected).items} == {*uids}


def test_schedules_of_other_actions_in_a_selection_are_left_out_with_a_sentence(
    bench: Bench, tmp_path: Path
) -> None:
    uids = list(bench.world.schedules)[:2]
    frame = pd.DataFrame({"schedule_uid": [*uids, "m"], "action": [CONNECTIONS, CONNECTIONS, "other"]})

    plan = planned(bench, tmp_path, schedules=frame)

    assert plan.left_out == "1 of the selected schedules is of another action and is left out."
    with pytest.raises(BadInput, match="none of"):
        planned(bench, tmp_path, schedules=frame[frame["action"] == "other"])


def test_a_plan_shows_one_line_ten_rows_and_what_to_run_next(bench: Bench, tmp_path: Path) -> None:
    plan = planned(bench, tmp_path)

    assert "\n" not in repr(plan)
    assert plan.digest in repr(plan)
    assert "12 migrate" in repr(plan)
    html = plan._repr_html_()
    assert html.count("<tr") == 11
    assert "2 more rows are not shown here." in html
    assert "plan.apply(approve=" in html
    assert SECRET not in html + repr(plan)


def test_an_outcome_shows_one_line_and_what_needs_somebody_first() -> None:
    done = [Result(f"uid-{number}", "migrated", f"new-{number}", "Replaced.") for number in range(14)]
    outcome = Outcome((*done, Result("odd", "needs_attention", None, "Look at it.")))

    assert repr(outcome) == "<Outcome of 15: 14 migrated, 1 needs_attention>"
    html = outcome._repr_html_()
    assert html.count("<tr") == 11
    assert html.index("odd") < html.index("uid-0")
    assert "5 more rows are not shown here." in html
    assert "outcome.attention" in html
    assert repr(Outcome(())) == "<Outcome of 0: nothing was done>"


def test_an_undo_takes_a_selection(bench: Bench, tmp_path: Path) -> None:
    planned(bench, tmp_path).apply()
    uids = list(bench.world.schedules)[:2]
    frame = pd.DataFrame({"schedule_uid": [*uids, "m"], "action": [CONNECTIONS, CONNECTIONS, "other"]})
    place = str(tmp_path / "ledger.sqlite")

    plan = plan_undo(bench.edges, frame, ledger=place)

    assert len(plan.to_replace) == 2
    assert plan.left_out == "1 of the selected schedules is of another action and is left out."
    assert plan_undo(bench.edges, uids, ledger=place).digest == plan.digest


def test_a_frame_tells_old_and_new_without_secrets(bench: Bench, tmp_path: Path) -> None:
    frame = planned(bench, tmp_path).frame()

    assert frame["old"].str.contains("parameters.sync_mode: full").all()
    assert frame["new"].str.contains("parameters.sync_mode: incremental").all()
    assert not frame.to_csv().count(SECRET)


@pytest.mark.parametrize("kind", ["migration", "change"])
def test_any_plan_can_be_told_in_a_page(bench: Bench, tmp_path: Path, kind: str) -> None:
    place = str(tmp_path / "ledger.sqlite")
    plan = (
        planned(bench, tmp_path)
        if kind == "migration"
        else plan_changes(bench.edges, cron="1 1 * * *", ledger=place)
    )

    path = plan.report(tmp_path / "page.html")

    text = path.read_text(encoding="utf-8")
    assert plan.digest in text
    assert SECRET not in text


def test_a_run_in_progress_says_when_an_apply_may_be_tried() -> None:
    ended = run("r1", started_at="2026-11-01T08:00:00Z", finished_at="2026-11-01T08:30:00Z")
    going = run("r2", status="RUNNING", started_at="2026-11-02T07:50:00Z", created_at=NOW.isoformat())
    runs: tuple[Run, ...] = (going, ended)

    item = migrated(reading(schedule(), evidence={"schedule-1": evidence(*runs, busy_run="r2")}))

    (told,) = [each.sentence for each in item.warnings if each.code == "run_in_progress"]
    assert "r2" in told
    assert "up to 30 minutes" in told
    assert "apply after 08:20 UTC" in told


@pytest.mark.parametrize(("status", "warned"), [("INVALID", True), ("PENDING", True), ("VALID", False)])
def test_an_identity_that_is_not_connected_is_told_with_where_to_reconnect_it(
    status: str, warned: bool
) -> None:
    desk = identity(accounts=[{"integration": "linkedin", "status": status}])

    item = migrated(known(schedule(), identities=[desk]))

    told = [each.sentence for each in item.warnings if each.code == "identity_not_connected"]
    assert item.decision is Decision.MIGRATE
    assert bool(told) is warned
    assert not told or "https://app.edges.run/integrations/linkedin/identities/identity-1" in told[0]
