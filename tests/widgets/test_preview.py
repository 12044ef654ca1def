"""The preview: edits are overrides, and give the plan that a CSV of them gives without any widget."""

from __future__ import annotations

from pathlib import Path

import pytest

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.planning.plan import plan_migration
from edges_nb.widgets.plan_editor import PlanPreview
from tests.faults import Sandbox

from .conftest import uid_of
from .finding import control, edit, field, inside, said

SECRET = "not-a-secret-4711"
INPUTS = '[{"linkedin_url": "https://a.example/1"}, {"linkedin_url": "https://a.example/2"}]'


@pytest.fixture
def preview(edges: Edges, tmp_path: Path) -> PlanPreview:
    """A preview whose widget was made."""
    made = PlanPreview(plan_migration(edges), folder=tmp_path)
    made.widget()
    return made


def decisions(preview: PlanPreview) -> dict[str, str]:
    frame = preview.filter.schedules
    return dict(zip(frame["name"], frame["decision"], strict=True))


def test_rows_begin_with_what_needs_a_decision_and_go_on_with_what_is_due_next(preview: PlanPreview) -> None:
    assert next(iter(decisions(preview).items())) == ("Orphan", "needs a decision")
    assert list(decisions(preview).items())[-1] == ("Resting", "stays as it is")
    assert "4 would be replaced, 1 need a decision and 1 stay as they are, of 6 schedules." in said(
        preview.widget()
    )


def test_edited_plan_has_the_digest_of_a_headless_run_with_the_saved_csv(
    preview: PlanPreview, edges: Edges, sandbox: Sandbox
) -> None:
    before = preview.plan.digest
    preview.selected = [uid_of(sandbox, "Orphan")]
    edit(preview, "identity_uid", next(iter(sandbox.world.identities)))
    preview.selected = [uid_of(sandbox, "Sync 1"), uid_of(sandbox, "Sync 2")]
    edit(preview, "max_results", "700")
    preview.selected = [uid_of(sandbox, "Sync 3")]
    edit(preview, "decision", "skip")

    headless = plan_migration(edges, overrides=preview.save())

    assert preview.plan.digest == headless.digest != before
    assert [item.request for item in preview.plan.items] == [item.request for item in headless.items]
    assert decisions(preview)["Orphan"] == "would be replaced"
    assert decisions(preview)["Sync 3"] == "stays as it is"
    assert preview.save().stat().st_mode & 0o777 == 0o600


def test_narrowed_plan_has_the_digest_of_a_headless_run_with_only(
    preview: PlanPreview, edges: Edges, sandbox: Sandbox
) -> None:
    preview.filter.value = {"name": "Sync"}
    preview.selected = [uid_of(sandbox, "Sync 2"), uid_of(sandbox, "Sync 0")]
    control(preview.widget(), "Plan only the 2 selected").click()
    headless = plan_migration(edges, only=preview.only.split(","))

    assert preview.plan.digest == headless.digest
    assert sorted(decisions(preview)) == ["Sync 0", "Sync 2"]

    control(preview.widget(), "Plan all 6").click()

    assert preview.plan.digest == plan_migration(edges).digest
    assert preview.only == ""


def test_counts_and_digest_follow_each_edit_without_a_request(preview: PlanPreview, sandbox: Sandbox) -> None:
    heard: list[str] = []
    preview.on_change(lambda: heard.append(preview.plan.digest))
    asked = len(sandbox.history)
    preview.selected = [uid_of(sandbox, "Sync 0")]
    edit(preview, "decision", "skip")

    assert "3 would be replaced" in said(preview.widget())
    assert preview.plan.digest in said(preview.widget())
    assert heard == [preview.plan.digest]
    assert len(sandbox.history) == asked

    control(preview.widget(), "Take back edits").click()

    assert "4 would be replaced" in said(preview.widget())
    assert field(preview, "decision")["value"] == ""


def test_value_that_can_not_be_used_is_told_and_nothing_becomes_of_it(
    preview: PlanPreview, sandbox: Sandbox
) -> None:
    digest = preview.plan.digest
    preview.selected = [uid_of(sandbox, "Sync 0")]
    edit(preview, "max_results", "many")

    told = field(preview, "max_results")
    assert told["error"] == "is 'many': use a whole number from 1."
    assert told["value"] == "many"
    assert (preview.plan.digest, len(preview.edits)) == (digest, 0)

    edit(preview, "max_results", "70")

    assert (field(preview, "max_results")["error"], field(preview, "max_results")["value"]) == ("", "70")


def test_edit_without_a_selection_is_refused(preview: PlanPreview) -> None:
    with pytest.raises(BadInput, match="No schedule is selected"):
        preview.give("max_results", "5")


def test_identities_are_found_by_typing_and_are_the_active_engagement_ones(
    preview: PlanPreview, sandbox: Sandbox
) -> None:
    preview.selected = [uid_of(sandbox, "Orphan")]
    for text, found in (
        ("desk", ["Outreach desk Berlin", "Outreach desk Paris"]),
        ("PARIS", ["Outreach desk Paris"]),
        ("meadow", []),
    ):
        preview.filter.table.take({"what": "find", "field": "identity_uid", "text": text})

        assert [each["label"] for each in field(preview, "identity_uid")["choices"]] == found


def test_edited_row_is_marked_and_stays_where_it_is(preview: PlanPreview, sandbox: Sandbox) -> None:
    before = list(decisions(preview))
    orphan = uid_of(sandbox, "Orphan")
    preview.selected = [orphan]
    edit(preview, "identity_uid", next(iter(sandbox.world.identities)))

    assert decisions(preview)["Orphan"] == "would be replaced"
    assert list(decisions(preview)) == before
    (page,) = [each for each in inside(preview.widget()) if "rows" in getattr(each, "state", {})]
    assert [row["key"] for row in page.state["rows"] if row["marked"]] == [orphan]


@pytest.mark.parametrize(
    ("column", "value", "cell"),
    [
        ("cron", "0 5 * * *", "0 5 * * *"),
        ("timezone", "Europe/Madrid", "Europe/Madrid"),
        ("name", "Early", "Early"),
        ("callback_url", f"https://hooks.example.com/{SECRET}", f"https://hooks.example.com/{SECRET}"),
        (
            "callback_headers",
            f"X-Token: {SECRET}\nX-Team: a:b",
            f'{{"X-Token": "{SECRET}", "X-Team": "a:b"}}',
        ),
        ("inputs_json", "https://a.example/1\nhttps://a.example/2", INPUTS),
        ("inputs_json", "none", "[{}]"),
    ],
)
def test_all_that_an_override_holds_is_given_as_plain_values(
    preview: PlanPreview, edges: Edges, sandbox: Sandbox, column: str, value: str, cell: str
) -> None:
    uid = uid_of(sandbox, "Sync 0")
    preview.selected = [uid]
    edit(preview, column, value)

    assert field(preview, column)["error"] == ""
    assert preview.edits.value(uid, column) == cell
    assert preview.plan.digest == plan_migration(edges, overrides=preview.save()).digest
    shown = field(preview, column)
    assert (shown["value"], shown["now"]) == (
        ("", "given (not shown)") if SECRET in value else (value, shown["now"])
    )
    assert SECRET not in said(preview.widget())


def test_selected_row_opens_with_its_diff_and_its_edits(preview: PlanPreview, sandbox: Sandbox) -> None:
    preview.selected = [uid_of(sandbox, "Sync 0")]

    assert "Before and after" in said(preview.widget())
    assert "<ins>incremental</ins>" in said(preview.widget())

    preview.give("max_results", "700")

    assert "<ins>700</ins>" in said(preview.widget())
    assert field(preview, "max_results")["value"] == "700"

    preview.selected = []

    assert "Click a row to see what it would change" in said(preview.widget())


def test_edits_of_a_given_csv_are_where_editing_begins(
    edges: Edges, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "overrides.csv"
    file.write_text(f"schedule_uid,decision\n{uid_of(sandbox, 'Sync 0')},skip\n", encoding="utf-8")
    plan = plan_migration(edges, overrides=file)
    preview = PlanPreview(plan, overrides=file, folder=tmp_path)
    preview.selected = [uid_of(sandbox, "Sync 1")]
    preview.give("max_results", "9")

    assert decisions(preview)["Sync 0"] == "stays as it is"
    assert preview.plan.digest == plan_migration(edges, overrides=preview.save()).digest


def test_locked_plan_can_not_be_edited(preview: PlanPreview, sandbox: Sandbox) -> None:
    preview.selected = [uid_of(sandbox, "Sync 0")]
    preview.lock(True)

    assert field(preview, "max_results")["disabled"]
    assert control(preview.widget(), "Plan all 6").disabled

    preview.selected = [uid_of(sandbox, "Sync 1")]

    assert field(preview, "max_results")["disabled"]

    preview.lock(False)

    assert not field(preview, "max_results")["disabled"]
