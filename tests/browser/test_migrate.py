"""02_migrate in JupyterLab, by hand; after each step, what the sandbox holds is what counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, expect

from edges_nb.client import Edges
from edges_nb.notebook.runner import find_notebook
from edges_nb.planning.plan import plan_migration
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
from tests.faults import Fault, Sandbox

from .conftest import Stage
from .lab import Notebook
from .reading import SOON, button, edit_field, expect_text, rows, run_as, write

Opened = Callable[[Path], Notebook]
NOTEBOOK = find_notebook("02_migrate")


def live(sandbox: Sandbox) -> Counter[str]:
    """How many schedules run, in which mode."""
    with sandbox.world.lock:
        active = [each for each in sandbox.world.schedules.values() if each.status == "ACTIVE"]
    return Counter(str(each.parameters.get("sync_mode", "full")) for each in active)


def orphan(sandbox: Sandbox) -> str:
    """A schedule whose identity nobody knows."""
    return sandbox.world.cases["unknown identity"][0]


def select_only(page: Page, uid: str) -> None:
    """Find a schedule by its uid, and select it."""
    write(page, "Search", uid)
    # Before, a click may meet the table that is about to be replaced.
    expect(rows(page, "Warnings")).to_have_count(1, timeout=SOON)
    row = page.locator(f'.edges-nb-table tr[data-key="{uid}"]')
    row.locator("th").click()
    expect(row).to_have_class(re.compile("selected"), timeout=SOON)


def digest_without_widgets(stage: Stage, folder: Path, overrides: str) -> str:
    """The digest of the plan that a headless run with the same overrides makes."""
    file = folder / "overrides.csv"
    file.write_text(overrides, encoding="utf-8")
    settings = Settings(Secret(stage.sandbox.key), stage.sandbox.base_url, str(folder / "ledger.sqlite"))
    with Edges(settings) as edges:
        return plan_migration(edges, overrides=file).digest


def test_edit_confirm_canary_stop_resume_and_undo(
    opened: Opened, page: Page, stage: Stage, tmp_path: Path
) -> None:
    sandbox = stage.sandbox
    before = live(sandbox)
    assert opened(NOTEBOOK).run_all()
    expect_text(page, "34 would be replaced, 5 need a decision and 15 stay as they are")
    assert {call.method for call in sandbox.history} == {"GET"}

    # Edit: an identity for the orphan, and one schedule left out.
    select_only(page, orphan(sandbox))
    run_as(page, "sales 02", "Northwind Sales 02")
    expect_text(page, "35 would be replaced, 4 need a decision and 15 stay as they are")
    left_out = sandbox.world.cases["due at once"][0]
    select_only(page, left_out)
    edit_field(page, "Decision").select_option("leave it out")
    expect_text(page, "34 would be replaced, 4 need a decision and 16 stay as they are")
    overrides = page.get_by_label("Edits as CSV").text_content() or ""
    digest = digest_without_widgets(stage, tmp_path, overrides)
    expect_text(page, digest)
    assert {call.method for call in sandbox.history} == {"GET"}

    # Confirm, and the canary; what the table does not show is not offered.
    expect(button(page, "Replace 34 schedules")).to_have_count(0)
    write(page, "Search", "")
    button(page, "Replace 34 schedules").click()
    expect_text(page, f"34 schedules of workspace Sandbox ({sandbox.world.workspace_uid}), plan Gold")
    assert live(sandbox) == before
    button(page, "Yes, replace the first one").click()
    expect_text(page, "What took its place")
    assert live(sandbox)["incremental"] - before["incremental"] == 1
    assert live(sandbox).total() == before.total()

    # The rest, stopped on the way.
    sandbox.behaviour = replace(sandbox.behaviour, latency=0.25)
    button(page, "Replace the other 33").click()
    expect_text(page, "of 33 done")
    button(page, "Stop after those that are begun").click()
    expect(button(page, "Go on with")).to_be_visible(timeout=2 * SOON)
    sandbox.behaviour = replace(sandbox.behaviour, latency=0.0)
    done = live(sandbox)["incremental"] - before["incremental"]
    assert 1 < done < 34
    assert live(sandbox).total() == before.total()  # nothing is left inside
    paused = [each for each in sandbox.world.schedules.values() if each.status == "PAUSED"]
    assert len(paused) == len(sandbox.world.cases["paused"])

    # Go on to the end.
    button(page, "Go on with").click()
    expect_text(page, "34 of 34 replaced.")
    assert live(sandbox)["incremental"] - before["incremental"] == 34
    assert sandbox.world.schedules[left_out].status == "ACTIVE"
    (child,) = [each for each in sandbox.world.schedules.values() if orphan(sandbox) in (each.name or "")]
    assert sandbox.world.identities[child.identity_ids[0]].name == "Northwind Sales 02"

    # Take two of them back.
    table = rows(page, "New schedule")
    table.nth(1).locator("th").click()
    expect(button(page, "Take back the 1 selected")).to_be_visible(timeout=SOON)
    table.nth(3).locator("th").click(modifiers=["ControlOrMeta"])
    expect_text(page, "What happened")
    originals = [table.nth(place).get_attribute("data-key") or "" for place in (1, 3)]
    button(page, "Take back the 2 selected").click()
    expect_text(page, "2 replacements in workspace Sandbox")
    button(page, "Yes, take them back").click()
    expect_text(page, "32 of 34 replaced; 2 taken back")
    assert live(sandbox)["incremental"] - before["incremental"] == 32
    assert live(sandbox).total() == before.total()
    back = [each.name or "" for each in sandbox.world.schedules.values() if each.status == "ACTIVE"]
    assert all(any(uid in name for name in back) or uid in sandbox.world.schedules for uid in originals)

    # Planned again, the two can be migrated once more.
    button(page, "Read the workspace and plan again").click()
    expect(button(page, "Replace 2 schedules")).to_be_visible(timeout=SOON)


def test_row_is_edited_where_it_is_and_errors_stand_beside_the_field(
    opened: Opened, page: Page, stage: Stage
) -> None:
    assert opened(NOTEBOOK).run_all()
    table = rows(page, "Warnings")
    before = [table.nth(place).get_attribute("data-key") for place in range(10)]
    uid = orphan(stage.sandbox)
    assert uid in before[:5]  # what needs a decision comes first
    row = page.locator(f'.edges-nb-table tr[data-key="{uid}"]')
    row.locator("th").click()
    expect(row.locator("+ tr.edit")).to_be_visible(timeout=SOON)

    edit_field(page, "Cron").fill("99 9 * * *")
    edit_field(page, "Cron").press("Tab")
    cron = page.locator(".editor .fields > div").filter(has=page.get_by_text("Cron", exact=True))
    expect(cron.get_by_role("alert")).to_contain_text("99 9 * * *", timeout=SOON)
    expect(edit_field(page, "Cron")).to_have_value("99 9 * * *")
    edit_field(page, "Cron").fill("0 5 * * *")
    edit_field(page, "Cron").press("Tab")
    expect(cron.get_by_role("alert")).to_have_count(0)

    run_as(page, "sales 02", "Northwind Sales 02")
    expect_text(page, "35 would be replaced, 4 need a decision and 15 stay as they are")
    expect(row).to_have_class(re.compile("marked"))
    assert [table.nth(place).get_attribute("data-key") for place in range(10)] == before
    edit_field(page, "Callback headers, as Name: value").fill("X-Token: not-a-secret-4711")
    edit_field(page, "Callback headers, as Name: value").press("Tab")
    expect_text(page, "•••")
    assert "4711" not in page.locator(".jp-Notebook").inner_text()


def test_after_a_failure_the_cells_run_again_and_the_page_answers_while_they_work(
    opened: Opened, page: Page, stage: Stage
) -> None:
    before = live(stage.sandbox)
    notebook = opened(NOTEBOOK)
    assert notebook.run_all()

    # A failure is a card, and the others are left alone.
    stage.sandbox.faults.add(Fault("create", status=400, label="BAD_INPUT", times=0))
    button(page, "Replace 34 schedules").click()
    button(page, "Yes, replace the first one").click()
    expect_text(page, "1 refused and running as before")
    expect(button(page, "Try another one")).to_be_visible()
    expect(button(page, "Replace the other")).to_have_count(0)
    assert live(stage.sandbox) == before

    # The page answers while schedules are replaced.
    stage.sandbox.faults.clear()
    assert notebook.run_all()
    expect_text(page, "34 would be replaced")
    stage.sandbox.behaviour = replace(stage.sandbox.behaviour, latency=0.5)
    button(page, "Replace 34 schedules").click()
    button(page, "Yes, replace the first one").click()
    expect(button(page, "Stop after those that are begun")).to_be_visible(timeout=SOON)
    write(page, "Search", "Team sync")
    expect(rows(page, "Warnings")).to_have_count(4, timeout=SOON)
    expect(button(page, "Stop after those that are begun")).to_be_visible()
    expect_text(page, "What took its place")

    # What was done is seen, and not done again.
    stage.sandbox.behaviour = replace(stage.sandbox.behaviour, latency=0.0)
    assert notebook.run_all()
    expect(button(page, "Replace 33 schedules")).to_be_visible(timeout=SOON)
    assert live(stage.sandbox)["incremental"] == before["incremental"] + 1
