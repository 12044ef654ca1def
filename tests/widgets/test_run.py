"""The run panel: what can be clicked when, and what it says."""

from __future__ import annotations

import pytest

from edges_nb.client import Edges
from edges_nb.models.results import Progress
from edges_nb.planning.plan import plan_migration
from edges_nb.reports.html import Html
from edges_nb.widgets.background_job import progress_words
from edges_nb.widgets.migration_panel import MigrationPanel, migrate
from tests.faults import Fault, Sandbox

from .conftest import statuses
from .finding import buttons, control, field, said
from .test_running import PATIENCE


@pytest.fixture
def panel(edges: Edges) -> MigrationPanel:
    plan = plan_migration(edges)
    made = migrate(
        plan, replan=lambda: plan_migration(edges), verify=lambda _: ((), Html()), write=lambda: ""
    )
    made.widget()
    return made


def click(panel: MigrationPanel, title: str) -> None:
    """Click, and wait for what that began."""
    control(panel.run.widget(), title).click()
    job = panel.run.running.job
    assert job is None or job.wait(PATIENCE)


def test_nothing_is_done_before_the_question_is_answered(panel: MigrationPanel, sandbox: Sandbox) -> None:
    assert buttons(panel.run.widget()) == ["Replace 4 schedules …"]

    click(panel, "Replace 4")

    assert buttons(panel.run.widget()) == ["Yes, replace the first one", "No"]
    assert "Replace them?" in said(panel.run.widget())

    click(panel, "No")

    assert buttons(panel.run.widget()) == ["Replace 4 schedules …"]
    assert {call.method for call in sandbox.history} == {"GET"}


@pytest.mark.parametrize(("search", "left"), [("Sync 1", 1), ("Sync", 4), ("nothing fits this", 0)])
def test_nothing_is_replaced_that_the_table_does_not_show(
    panel: MigrationPanel, search: str, left: int
) -> None:
    click(panel, "Replace 4")
    panel.preview.filter.value = {"name": search}

    assert buttons(panel.run.widget()) == []
    assert f"The table shows {left} of 6 planned schedules" in said(panel.run.widget())

    panel.preview.filter.clear()

    assert buttons(panel.run.widget()) == ["Replace 4 schedules …"]


def test_what_is_planned_for_the_rows_that_are_shown_is_what_is_replaced(
    panel: MigrationPanel, sandbox: Sandbox
) -> None:
    panel.preview.filter.value = {"name": "Sync 1"}
    control(panel.preview.widget(), "Plan these 1").click()
    click(panel, "Replace 1 schedule")
    click(panel, "Yes, replace the first one")

    assert "1 of 1 replaced." in said(panel.run.widget())
    assert sum(call.method == "POST" and call.path.endswith("/cancel") for call in sandbox.history) == 1


def test_one_then_the_others_then_back(panel: MigrationPanel, sandbox: Sandbox) -> None:
    click(panel, "Replace 4")
    click(panel, "Yes, replace the first one")

    assert "What took its place" in said(panel.run.widget())
    assert "Replace the other 3" in buttons(panel.run.widget())
    assert field(panel.preview, "decision")["disabled"]

    click(panel, "Replace the other 3")

    after = ["Take back all 4", "Verify", "Write report", "Read the workspace and plan again"]
    assert buttons(panel.run.widget()) == after
    assert "4 of 4 replaced." in said(panel.run.widget())

    panel.run._table.selected = [panel.run.running.plan.to_replace[1].uid]

    assert "What happened" in said(panel.run.widget())

    click(panel, "Take back the 1 selected")

    assert "1 replacement in workspace" in said(panel.run.widget())

    click(panel, "Yes, take them back")

    assert "1 taken back" in said(panel.run.widget())
    assert list(statuses(sandbox).values()).count("ACTIVE") == 5

    click(panel, "Read the workspace")

    begin = ["Replace 1 schedule …", "Take back all 3", "Verify", "Write report"]
    assert buttons(panel.run.widget()) == begin
    assert "3 replaced before, today " in said(panel.run.widget())
    assert not control(panel.preview.widget(), "Save edits").disabled


def test_failure_of_the_first_offers_another_and_not_the_rest(
    panel: MigrationPanel, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault("create", status=400, label="BAD_INPUT"))
    click(panel, "Replace 4")
    click(panel, "Yes, replace the first one")

    shown = buttons(panel.run.widget())
    assert "Try another one …" in shown
    assert not any(title.startswith("Replace the other") for title in shown)
    assert "1 refused and running as before" in said(panel.run.widget())


def test_error_of_a_job_is_a_card(panel: MigrationPanel, edges: Edges, sandbox: Sandbox) -> None:
    panel.run.running._order = "sideways"  # type: ignore[assignment]
    click(panel, "Replace 4")
    click(panel, "Yes, replace the first one")

    assert "order is &#x27;sideways&#x27;" in said(panel.run.widget())
    assert buttons(panel.run.widget()) == ["Replace 4 schedules …"]


def test_failure_to_show_progress_is_shown_and_ends_nothing(
    panel: MigrationPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edges_nb.widgets.apply_panel.child_card", lambda child: 1 / 0)
    click(panel, "Replace 4")
    click(panel, "Yes, replace the first one")

    assert "division by zero" in said(panel.run.widget())
    assert len(panel.run.running.doings.results) == 1


def test_edit_changes_what_the_button_says(panel: MigrationPanel) -> None:
    panel.preview.selected = [panel.preview.plan.to_replace[0].uid]
    panel.preview.give("decision", "skip")

    assert buttons(panel.run.widget()) == ["Replace 3 schedules …"]


def test_static_twin_tells_where_things_stand(panel: MigrationPanel) -> None:
    assert "4 schedules of workspace" in repr(panel)
    assert "nothing was replaced from here" in repr(panel)

    click(panel, "Replace 4")
    click(panel, "Yes, replace the first one")

    assert "1 of 4 replaced; 3 to go." in repr(panel)
    assert "Sync 0" in repr(panel)


def words(*, pause: float = 0.0, stopping: bool = False, done: int = 12, per_second: float = 8.0) -> str:
    progress = Progress(
        total=34,
        done=done,
        migrated=done - 2,
        rolled_back=1,
        attention=1,
        waiting=34 - done,
        sentence="The old one is paused.",
        per_second=per_second,
        pause=pause,
    )
    return repr(progress_words(progress, 6.0, pause=pause, per_second=per_second, stopping=stopping))


def test_progress_tells_counts_rate_and_time_left() -> None:
    told = words()

    assert "12 of 34 done: 10 replaced, 1 left as before and 1 for somebody to look at; 22 to go." in told
    assert "2.0 schedules a second, about 11 s left, at most 8 requests a second." in told
    assert "The old one is paused." in told


def test_progress_tells_why_it_waits_and_that_it_stops() -> None:
    assert "Waiting for 8 s, because the server asked to slow down" in words(pause=8.2)
    assert "what is begun is brought to its end" in words(stopping=True)


def test_progress_can_be_told_before_anything_is_done() -> None:
    progress = Progress(5, 0, 0, 0, 0, 5, "The old one is paused.", 8.0, 0.0)

    assert "0 of 5 done: 0 replaced; 5 to go." in repr(progress_words(progress, 0.0, pause=0, per_second=8.0))


def test_progress_promises_nothing_after_a_few_and_tells_no_limit_where_none_was_found() -> None:
    assert "left" not in words(done=2).replace("left as before", "")
    assert "at most" not in words(per_second=2000.0)
