"""A migration step by step, as the notebook's cells take it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edges_nb.errors import BadInput, KeyRefused, LedgerError, NeedsAttention, NoAccess, NotApproved
from edges_nb.ledger.store import Ledger
from edges_nb.notebook.artifacts import command
from edges_nb.notebook.migrate import Migration
from edges_nb.notebook.parameters import MigrateParameters
from tests.faults import Behaviour, Fault, Sandbox

Start = Callable[..., Migration]

SHOWN = ("connect", "load", "preview", "decisions", "needs", "changes", "pictures", "keep")
APPLYING = ("canary", "rest", "verify", "results")


def go(migration: Migration, *steps: str) -> dict[str, str]:
    """Take some steps, all but the notebook's last one when none are named, and return what they show."""
    return {step: repr(getattr(migration, step)()) for step in steps or (*SHOWN, *APPLYING)}


def changes(sandbox: Sandbox) -> list[str]:
    """The operations that changed something."""
    return [call.operation for call in sandbox.history if call.effect]


def by_name(sandbox: Sandbox) -> dict[str, str]:
    """The status of each schedule by the beginning of its name, of the newest where there are two."""
    return {(row.name or "").split(" ")[0]: row.status for row in sandbox.world.schedules.values()}


def uid_of(sandbox: Sandbox, name: str) -> str:
    return next(uid for uid, row in sandbox.world.schedules.items() if row.name == name)


def test_a_preview_sends_nothing_that_changes_anything_and_says_so(
    sandbox: Sandbox, migration: Start
) -> None:
    told = go(preview := migration())
    assert {call.method for call in sandbox.history} == {"GET"}
    assert [told[step] for step in ("canary", "rest", "verify")] == ["Nothing is done in mode preview."] * 3
    assert "3 of 4 schedules" in told["preview"]
    assert "edges-nb apply --approve plan-" in told["results"]
    assert repr(preview.finish()) == "3 schedules to be replaced; nothing has been changed."


def test_one_is_migrated_first_and_then_the_others(sandbox: Sandbox, migration: Start) -> None:
    apply = migration(mode="apply")
    told = go(apply, *SHOWN, "canary")
    assert changes(sandbox).count("create") == 1
    assert told["canary"].count("active") == 1
    told = go(apply, *APPLYING[1:])
    assert changes(sandbox).count("create") == 3
    assert told["rest"] == "2 of 2 replaced."
    assert "Verified 3 replacements" in told["verify"]
    assert "3 of 3 schedules now run in incremental mode" in told["results"]
    assert repr(apply.finish()) == "3 of 3 replaced."


def test_what_waits_for_a_decision_is_told_to_the_end(sandbox: Sandbox, migration: Start) -> None:
    orphan = sandbox.world.add_schedule(sandbox.world.uid_for("identity", "left"), name="Orphan")
    sandbox.world.add_run(orphan, output_count=10, started_at=sandbox.world.clock.now())
    go(preview := migration())
    assert "1 schedule waits for a decision." in repr(preview.finish())
    told = go(apply := migration(mode="apply"))
    assert "Waits for an answer" in told["results"]
    assert repr(apply.finish()) == "3 of 3 replaced. 1 schedule waits for a decision."


def test_an_undo_says_that_it_takes_back(
    sandbox: Sandbox, migration: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(migration(mode="apply"))
    told = go(undo := migration(mode="undo"))
    assert "3 of 3 schedules would be taken back" in told["preview"]
    assert told["rest"] == "2 of 2 taken back."
    assert repr(undo.finish()) == "3 of 3 taken back."
    assert not any(word in said for said in told.values() for word in ("migrated", "be replaced"))


def test_each_step_can_be_run_again_and_changes_nothing_more(sandbox: Sandbox, migration: Start) -> None:
    apply = migration(mode="apply")
    first = go(apply)
    done = changes(sandbox)
    go(apply, *(step for step in (*SHOWN[2:], *APPLYING) for _ in range(2)))
    assert changes(sandbox) == done
    assert repr(apply.results()) == first["results"]
    assert "There is nothing to replace" in go(migration(mode="apply"))["canary"]
    assert changes(sandbox) == done


@pytest.mark.parametrize("step", [*SHOWN[2:], *APPLYING])
def test_a_step_that_comes_too_early_says_which_one_is_missing(migration: Start, step: str) -> None:
    with pytest.raises(BadInput, match=r"run the cell with load\(\) first"):
        go(migration(mode="apply"), step)


def test_the_rest_does_not_go_before_the_first(sandbox: Sandbox, migration: Start) -> None:
    with pytest.raises(BadInput, match=r"run the cell with canary\(\) first"):
        go(migration(mode="apply"), "load", "rest")
    assert changes(sandbox) == []


def test_where_the_first_one_is_refused_the_others_are_left_alone(
    sandbox: Sandbox, migration: Start, tmp_path: Path
) -> None:
    sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", times=0))
    apply = migration(mode="apply", out_dir=str(tmp_path / "out"))
    told = go(apply)
    assert "It failed" in told["canary"]
    assert "The rest was left alone" in told["rest"]
    with pytest.raises(NeedsAttention, match="3 schedules did not end as planned"):
        apply.finish()
    outcomes = [row["outcome"] for row in json.loads((tmp_path / "out" / "results.json").read_text())]
    assert outcomes == ["rolled_back", "waiting", "skipped", "waiting"]
    assert set(by_name(sandbox).values()) == {"ACTIVE"}


def test_where_the_first_one_was_changed_by_somebody_else_the_next_is_tried(
    sandbox: Sandbox, migration: Start
) -> None:
    apply = migration(mode="apply")
    go(apply, *SHOWN)
    sandbox.world.schedules[uid_of(sandbox, "One")].status = "PAUSED"
    told = go(apply, *APPLYING)
    assert "Two" in told["canary"]
    assert by_name(sandbox) == {"One": "PAUSED", "Two": "ACTIVE", "Three": "ACTIVE", "Other": "ACTIVE"}
    with pytest.raises(NeedsAttention, match="1 changed by somebody else and left alone"):
        apply.finish()


def test_what_an_earlier_run_began_is_finished_first_and_stops_nothing_else(
    sandbox: Sandbox, migration: Start
) -> None:
    """The earlier run lost the answer to a create and every look after it: it can't tell, and stops."""
    earlier = migration(mode="apply")
    go(earlier, "load")
    sandbox.faults.add(Fault("create", kind="cut", when="after"))
    sandbox.faults.add(Fault("list_schedules", status=403, label="NO_ACCESS", times=0))
    go(earlier, "canary")
    assert by_name(sandbox)["Two"] == "ACTIVE"
    sandbox.faults.clear()
    told = go(again := migration(mode="apply"))
    assert "One" in told["canary"]
    assert told["canary"].count("active") == 1
    assert told["rest"] == "2 of 2 replaced."
    again.finish()
    assert changes(sandbox).count("create") == 3


def test_a_failure_among_the_rest_is_told_again_and_not_tried_again(
    sandbox: Sandbox, migration: Start
) -> None:
    sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", nth=2, times=0))
    apply = migration(mode="apply")
    told = go(apply)
    assert told["rest"] == "0 of 2 replaced; 2 refused and running as before."
    done = len(sandbox.history)
    assert go(apply, "rest") == {"rest": told["rest"]}
    assert len(sandbox.history) == done
    with pytest.raises(NeedsAttention, match="2 refused and running as before"):
        apply.finish()


def test_finishing_before_anything_was_tried_is_told(migration: Start) -> None:
    with pytest.raises(BadInput, match="Nothing was tried yet"):
        go(migration(mode="apply"), "load", "finish")


def test_a_fresh_look_that_contradicts_the_outcome_needs_attention(
    sandbox: Sandbox, migration: Start
) -> None:
    apply = migration(mode="apply")
    go(apply, *SHOWN, "canary", "rest")
    children = [row for row in sandbox.world.schedules.values() if "edges-nb" in (row.name or "")]
    children[0].status = "CANCELLED"
    assert "contradicts 1 replacement" in go(apply, "verify")["verify"]
    with pytest.raises(NeedsAttention, match="1 to look at"):
        apply.finish()


def test_a_list_that_lags_behind_contradicts_nothing(sandbox: Sandbox, migration: Start) -> None:
    apply = migration(mode="apply")
    go(apply, *SHOWN, "canary")
    sandbox.behaviour = Behaviour(list_lag=3)
    told = go(apply, *APPLYING[1:])
    assert "Verified 3 replacements" in told["verify"]
    apply.finish()


def test_what_a_limit_left_out_is_told_after_a_fresh_look(sandbox: Sandbox, migration: Start) -> None:
    apply = migration(mode="apply", limit=2)
    told = go(apply)
    assert "1 schedule could still be migrated" in told["verify"]
    assert "Three" in told["verify"]
    apply.finish()


def test_another_plan_than_the_approved_one_is_not_applied(
    sandbox: Sandbox, migration: Start, tmp_path: Path
) -> None:
    apply = migration(mode="apply", approve="plan-000000000000", out_dir=str(tmp_path / "out"))
    with pytest.raises(NotApproved, match="plan-000000000000 was approved"):
        go(apply)
    assert changes(sandbox) == []
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == []
    assert "This is not the plan that was approved" in (tmp_path / "out" / "report.html").read_text()


def test_a_preview_tells_that_the_plan_is_not_the_approved_one_any_more(migration: Start) -> None:
    told = go(migration(approve="plan-000000000000"))
    assert "not the plan that was approved" in told["keep"]


def test_the_approved_plan_is_applied(sandbox: Sandbox, migration: Start) -> None:
    digest = (preview := migration()).load() and preview.plan.digest
    go(apply := migration(mode="apply", approve=digest))
    apply.finish()
    assert changes(sandbox).count("create") == 3


def test_undo_brings_back_what_was_there(sandbox: Sandbox, migration: Start) -> None:
    go(migration(mode="apply"))
    told = go(undo := migration(mode="undo"))
    undo.finish()
    assert "3 of 3 schedules were taken back" in told["results"]
    assert "No schedule of linkedin-extract-connections could be taken back" in told["verify"]
    live = [row for row in sandbox.world.schedules.values() if row.status == "ACTIVE"]
    assert sorted((row.name or "").split(" ")[0] for row in live) == ["One", "Other", "Three", "Two"]
    assert {row.parameters.get("sync_mode", "full") for row in live} == {"full"}


def test_files_hold_the_plan_the_results_and_the_report(migration: Start, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    go(apply := migration(mode="apply", out_dir=str(out)))
    assert sorted(path.name for path in out.iterdir()) == [
        "plan.csv",
        "plan.json",
        "report.html",
        "results.json",
    ]
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    plan = json.loads((out / "plan.json").read_text())
    rows = list(csv.DictReader((out / "plan.csv").read_text().splitlines()))
    assert plan["digest"] == apply.plan.digest
    assert [row["schedule_uid"] for row in rows] == [item["schedule_uid"] for item in plan["items"]]
    results = json.loads((out / "results.json").read_text())
    assert {row["outcome"] for row in results} == {"migrated", "skipped"}
    page = (out / "report.html").read_text()
    assert plan["digest"] in page
    assert "SANDBOX" in page


def test_results_of_an_earlier_run_do_not_stay_beside_a_preview(migration: Start, tmp_path: Path) -> None:
    go(migration(mode="apply", out_dir=str(tmp_path)))
    go(migration(out_dir=str(tmp_path)))
    assert json.loads((tmp_path / "results.json").read_text()) == []


def test_a_step_that_fails_leaves_a_report_of_what_is_known(
    sandbox: Sandbox, migration: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGES_API_KEY", "fake-key-that-nobody-has")
    refused = migration(mode="apply", approve="all", out_dir=str(tmp_path / "out"))
    with pytest.raises(KeyRefused):
        go(refused)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "The API key was refused" in page
    assert "fake-key" not in page
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == []


def test_what_was_done_is_written_where_the_fresh_look_fails(
    sandbox: Sandbox, migration: Start, tmp_path: Path
) -> None:
    apply = migration(mode="apply", out_dir=str(tmp_path / "out"))
    go(apply, *SHOWN, "canary", "rest")
    sandbox.faults.add(Fault("list_schedules", status=403, label="NO_ACCESS", times=0))
    with pytest.raises(NoAccess):
        go(apply, "verify")
    outcomes = [row["outcome"] for row in json.loads((tmp_path / "out" / "results.json").read_text())]
    assert outcomes.count("migrated") == 3


def test_what_was_done_is_written_where_the_ledger_fails_in_the_middle(
    sandbox: Sandbox, migration: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = migration(mode="apply", out_dir=str(tmp_path / "out"))
    go(apply, *SHOWN, "canary")

    def full(*_: object) -> None:
        raise LedgerError("The disk is full.")

    monkeypatch.setattr(Ledger, "save", full)
    with pytest.raises(LedgerError):
        apply.rest()
    outcomes = {row["outcome"] for row in json.loads((tmp_path / "out" / "results.json").read_text())}
    assert outcomes == {"migrated", "needs_attention", "waiting", "skipped"}


def test_a_cell_that_holds_the_key_stops_the_run(
    sandbox: Sandbox, migration: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = ["x = 1"]
    monkeypatch.setattr("edges_nb.notebook.validation.executed_cells", lambda: cells)
    started = migration(mode="apply")
    cells.append(f"key = '{sandbox.key}'")
    with pytest.raises(BadInput, match="Cell 1 holds the API key"):
        go(started)
    with pytest.raises(BadInput, match="Cell 1 holds the API key"):
        migration()
    assert sandbox.history == []


def test_a_name_that_papermill_injected_and_nobody_knows_stops_the_run(
    sandbox: Sandbox, migration: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edges_nb.notebook.validation.executed_cells", lambda: ["# Parameters\nlimits = 5\n"])
    with pytest.raises(BadInput, match="did you mean limit"):
        migration()
    assert sandbox.history == []


@pytest.mark.parametrize(
    ("mode", "given", "told"),
    [
        ("apply", {"mode": "preview", "out_dir": "out"}, "edges-nb apply --approve plan-0123456789ab"),
        (
            "apply",
            {"overrides": "my file.csv", "max_results": 5},
            "edges-nb apply --overrides '{place}/my file.csv' --max-results 5 --approve plan-0123456789ab",
        ),
        (
            "undo",
            {"mode": "apply", "limit": 3, "max_results": 5, "order": "guide"},
            "edges-nb undo --order guide",
        ),
    ],
)
def test_the_command_to_go_on_with_has_what_was_asked(
    place: Path, mode: str, given: dict[str, Any], told: str
) -> None:
    (place / "my file.csv").write_text("")
    parameters = MigrateParameters.check(given, "no-key")
    assert command(mode, parameters, approve="plan-0123456789ab" if mode == "apply" else "") == told.format(
        place=place
    )
