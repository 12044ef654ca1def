"""Whole workspaces of 230 schedules, on servers that differ in everything the description leaves open."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .checker import Expected, children_of
from .foreign_server import Switches
from .runner import stage
from .scenario import Outcome, eligible, never_ran, plays, write_overrides
from .workspace import SECRETS, TO_ASK, TO_SKIP, chosen, large


@dataclass(frozen=True)
class Apply:
    """Applies once, and once more where `again` is set."""

    name: str
    switches: Switches
    order: Literal["pause", "guide"] = "pause"
    again: bool = False

    def __call__(self, root: Path, home: Path) -> Outcome:
        workspace, kinds = large(230, names=self.switches.names)
        given: dict[str, Any] = {"order": self.order}
        if self.switches.fields == "reference":  # where no GET tells the identity, people have to
            owners = {uid: workspace.schedules[uid]["identity_ids"][0] for uid in eligible(kinds)}
            rows = [{"schedule_uid": uid, "identity_uid": owner} for uid, owner in sorted(owners.items())]
            given["overrides"] = write_overrides(root / "overrides.csv", rows)
        expected = Expected(eligible(kinds), never_ran(kinds), order=self.order, names=self.switches.names)
        with stage(root, home, workspace, self.switches) as place:
            outcome = Outcome(place, kinds, expected)
            outcome.add(place.migrate(**given))
            if self.again:
                outcome.add(place.migrate(**given))
        return outcome


APPLIED = (
    Apply("guide-array-names-full-list", Switches()),
    Apply(
        "guide-data-scheduled_run_uid-no-names-capped-brief-list",
        Switches("data", "scheduled_run_uid", names=False, page_cap=50, full_list=False),
        again=True,
    ),
    Apply(
        "reference-items-names-capped-limited",
        Switches("items", page_cap=50, inputs_cap=3, fields="reference", per_second=80),
    ),
    Apply(
        "reference-array-scheduled_run_uid-no-names",
        Switches("array", "scheduled_run_uid", names=False, inputs_cap=2, fields="reference"),
        again=True,
    ),
    Apply(
        "guide-items-no-pause-limited",
        Switches("items", page_cap=50, pause=False, per_second=60, full_get=False, workspaces=True),
        order="guide",
    ),
)


@plays(*APPLIED)
def test_apply_replaces_exactly_the_eligible_and_ends_well(outcome: Outcome) -> None:
    assert outcome.runs[0].code == 0, outcome.runs[0].output[-3000:]
    assert outcome.broken == []


@plays(*APPLIED)
def test_plan_has_one_decision_with_a_reason_for_each_schedule(outcome: Outcome) -> None:
    plan = outcome.runs[0].read("plan.json")
    assert re.fullmatch(r"plan-[0-9a-f]{12}", plan["digest"])
    for item in plan["items"]:
        assert {"schedule_uid", "decision", "reason", "warnings", "changes"} <= set(item)
        assert item["decision"] in ("migrate", "skip", "needs_input")
        assert item["reason"] or item["decision"] == "migrate"
    uids = [item["schedule_uid"] for item in plan["items"]]
    assert len(uids) == len(set(uids))
    known = set(outcome.kinds)
    assert known - set(chosen(outcome.kinds, "other_action")) <= set(uids) <= known


@plays(*APPLIED)
def test_decisions_fit_the_kind_of_schedule(outcome: Outcome) -> None:
    decisions = outcome.runs[0].decisions
    identity_known = outcome.stage.server.switches.fields == "guide"
    wrong = {}
    for uid, kind in outcome.kinds.items():
        fitting = {"migrate"} if kind in ("eligible", "twin") else {"needs_input"}
        if kind in TO_SKIP:
            fitting = {"skip"} if identity_known else {"skip", "needs_input"}
        if kind == "never_ran":
            fitting = {"migrate", "needs_input"} if identity_known else {"needs_input"}
        if kind == "other_action":
            fitting = {"skip", "absent"}
        if decisions.get(uid, "absent") not in fitting:
            wrong[uid] = (kind, decisions.get(uid))
    assert wrong == {}
    assert set(TO_ASK) <= set(outcome.kinds.values())


@plays(*APPLIED)
def test_results_name_the_replacement_of_each_original(outcome: Outcome) -> None:
    run = outcome.runs[0]
    results = run.read("results.json")
    assert all({"schedule_uid", "outcome", "new_uid", "reason"} <= set(row) for row in results)
    migrated = {row["schedule_uid"]: row["new_uid"] for row in results if row["outcome"] == "migrated"}
    assert len({row["schedule_uid"] for row in results}) == len(results)
    assert eligible(outcome.kinds) <= set(migrated) <= eligible(outcome.kinds) | never_ran(outcome.kinds)
    assert {row["outcome"] for row in results} <= {"migrated", "skipped"}
    assert {row["new_uid"] for row in results if row["outcome"] == "skipped"} <= {None, ""}
    assert len(set(migrated.values())) == len(migrated)
    children = children_of(outcome.stage.before, outcome.stage.server, outcome.expected)
    assert all(new in children[old] for old, new in migrated.items())


@plays(*APPLIED)
def test_plan_csv_has_the_rows_of_the_plan(outcome: Outcome) -> None:
    run = outcome.runs[0]
    with (run.out_dir / "plan.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["schedule_uid"]: row["decision"] for row in rows} == run.decisions
    assert len(rows) == len(run.decisions)


@plays(*APPLIED)
def test_report_is_one_page_that_needs_no_network_and_shows_the_digest(outcome: Outcome) -> None:
    run = outcome.runs[0]
    page = (run.out_dir / "report.html").read_text(encoding="utf-8")
    assert "<html" in page.lower()
    assert run.read("plan.json")["digest"] in page
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//[^>]*", page) == []
    assert "SANDBOX" not in page


@plays(*APPLIED)
def test_no_secret_is_in_anything_that_is_meant_to_be_read(outcome: Outcome) -> None:
    assert [leak for run in outcome.runs for leak in run.leaks(SECRETS)] == []


@plays(*APPLIED)
def test_files_and_ledger_are_readable_by_their_owner_only(outcome: Outcome) -> None:
    run = outcome.runs[0]
    files = [
        path for folder in (run.out_dir, run.ledger.parent) for path in folder.rglob("*") if path.is_file()
    ]
    assert run.ledger in files
    assert {
        path.name: oct(path.stat().st_mode & 0o777) for path in files if path.stat().st_mode & 0o077
    } == {}


@plays(*(case for case in APPLIED if case.again))
def test_second_apply_touches_nothing_and_ends_well(outcome: Outcome) -> None:
    assert outcome.runs[1].code == 0, outcome.runs[1].output[-3000:]
    assert outcome.mutations(1) == []


@plays(*(case for case in APPLIED if case.switches.per_second))
def test_limited_server_is_not_stormed(outcome: Outcome) -> None:
    answers = [entry.status for entry in outcome.stage.server.history]
    assert answers.count(429) < len(answers) / 5
