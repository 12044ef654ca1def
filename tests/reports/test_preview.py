"""A preview answers a reviewer's questions in their order."""

from __future__ import annotations

import io
from datetime import timedelta

import pandas as pd
import pytest

from edges_nb.models.api import Identity
from edges_nb.models.plan_items import Caution, Change, Decision, Item
from edges_nb.models.reasons import Reason, Remedy
from edges_nb.planning.overrides import read_overrides
from edges_nb.reports.before_after import diff_table
from edges_nb.reports.decisions_needed import needs_table
from edges_nb.reports.first_screen import first_screen
from edges_nb.reports.preview_report import decisions_table, preview_parts, skipped_table
from edges_nb.reports.rows import MOST_ROWS
from tests.reports.markup import Markup
from tests.reports.samples import NOW, agency, asked, item, one_of_each, renamed


def later(each: Item, hours: int | None) -> Item:
    due = None if hours is None else NOW + timedelta(hours=hours)
    schedule = each.schedule.model_copy(update={"next_execution_at": due})
    return renamed([each], schedule=schedule)[0]


def needing(number: int, *remedies: Remedy, hours: int | None = 1) -> Item:
    given = remedies or (Remedy.IDENTITY,)
    return later(item(number, Decision.NEEDS_INPUT, reason="something unknown", remedies=given), hours)


def row_heads(fragment_markup: str) -> list[str]:
    return [cell.attributes["id"] for cell in Markup(fragment_markup).all("th") if "id" in cell.attributes]


def test_parts_come_in_the_order_of_a_reviewers_questions() -> None:
    headings = [heading for heading, _ in preview_parts(asked(), one_of_each())]
    assert headings == [
        "",
        "What changes (1)",
        "Needs a decision (1)",
        "What stays as it is (1)",
        "In pictures",
        "Parameters",
    ]


def test_parts_without_content_are_left_out() -> None:
    assert [heading for heading, _ in preview_parts(asked(), [])] == ["", "Parameters"]


def test_the_headline_counts_what_would_happen() -> None:
    told = repr(first_screen(asked(), [*one_of_each(), item(4)]))
    assert told.startswith(
        "2 of 4 schedules would switch to incremental mode; 1 needs a decision first; 1 stays as it is."
    )
    assert "Nothing has been changed." in told


def test_the_headline_of_other_changes_and_of_an_undo_says_so() -> None:
    assert "1 of 1 schedule would be changed." in repr(first_screen(asked(kind="change"), [item(1)]))
    assert "1 of 1 schedule would be taken back." in repr(first_screen(asked(kind="undo"), [item(1)]))


def test_the_first_screen_answers_in_the_order_of_who_decides() -> None:
    shown = first_screen(asked(saves="It saves.", cost="under a minute"), one_of_each())
    assert [line.text for line in Markup(shown.markup).all("dt")] == [
        "What it saves",
        "How long it takes",
        "Way back",
        "Risks",
        "Waits for an answer",
    ]
    assert "Which identity is it to run as?" in repr(shown)
    assert "schedule_uid," not in repr(shown)


def test_risks_are_ranked_counted_and_lead_to_their_schedules() -> None:
    first, lost = Caution("first_run_at_once", "x"), Caution("items_lost", "y")
    items = [*renamed([item(1)], warnings=(first, lost)), *renamed([item(2)], warnings=(first,))]
    shown = Markup(first_screen(asked(), items).markup)
    risks = [line.text for line in shown.all("li")]
    assert risks[0].startswith("1 schedule would lose items.")
    assert risks[1].startswith("2 schedules may begin a first run as soon as they are there, all at once.")
    assert "first_run=next" in risks[1]
    assert [each.attributes["href"] for each in shown.all("a")] == [
        "#s-schedule-1",
        "#s-schedule-1",
        "#s-schedule-2",
    ]


def test_without_a_warning_it_says_what_was_looked_at() -> None:
    told = repr(first_screen(asked(), renamed([item(1)], warnings=())))
    assert "None was found in what the schedules and their latest runs show." in told


def test_the_headline_tells_what_an_earlier_run_began() -> None:
    told = repr(first_screen(asked(), renamed([item(1)], begun=True)))
    assert "1 replacement begun by an earlier run would be brought to the end." in told


def test_what_needs_a_decision_is_sorted_by_when_it_runs_next() -> None:
    items = [needing(1, hours=None), needing(2, hours=48), needing(3, hours=2)]
    assert row_heads(needs_table(items).markup) == ["s-schedule-3", "s-schedule-2", "s-schedule-1"]


def test_it_says_how_far_off_the_next_run_is() -> None:
    items = [needing(1, hours=3), needing(2, hours=72), needing(3, hours=-1)]
    shown = Markup(needs_table(items, now=NOW).markup).source
    for told in ("in 3 hours", "in 3 days", "overdue"):
        assert told in shown


def test_each_row_for_the_overrides_has_what_the_reason_asks_for() -> None:
    items = [needing(1), needing(2, Remedy.CALLBACK_URL, Remedy.INPUTS, hours=2)]
    shown = Markup(needs_table(items).markup).all("pre")[0].text
    assert shown.splitlines() == [
        "schedule_uid,decision,identity_uid,callback_url,inputs_json",
        "schedule-1,,<uid of the identity>,,",
        "schedule-2,,,<https address>,<inputs as JSON>",
    ]


def test_the_rows_are_overrides_once_they_are_filled_in() -> None:
    items, _ = agency()
    text = Markup(needs_table(items).markup).all("pre")[0].text
    filled = text.replace("<uid of the identity>", "11111111-2222-4333-8444-555555555555").replace(
        "<https address>", "https://hooks.example.com/in"
    )
    overrides = read_overrides(pd.read_csv(io.StringIO(filled), dtype="string"))
    lacking = [each.uid for each in items if each.decision is Decision.NEEDS_INPUT]
    assert sorted(overrides) == sorted(lacking)


def test_identities_to_choose_from_are_the_usable_ones_where_one_is_asked_for() -> None:
    identities = [
        Identity(uid="usable", name="Usable", type="engagement", is_active=True),
        Identity(uid="untold", name="Untold", type="engagement"),
        Identity(uid="idle", name="Idle", type="engagement", is_active=False),
        Identity(uid="standard", name="Standard", type="standard", is_active=True),
    ]
    shown = needs_table([needing(1)], identities=identities).markup
    assert "Usable" in shown
    assert "Untold" in shown
    assert "Idle" not in shown
    assert "Standard" not in shown
    assert "Usable" not in needs_table([needing(1, Remedy.CALLBACK_URL)], identities=identities).markup


def test_a_change_is_shown_before_and_after_with_its_origin() -> None:
    changes = (
        Change("parameters.max_results", "100", "500", "override", False),
        Change("parameters.sync_mode", None, "incremental", "plan", False),
        Change("callback.url", "https://hooks.example.com/…", "https://hooks.example.com/…", "run r-1", True),
        Change("cron", "0 9 * * *", "0 9 * * *", "schedule", True),
        Change("unheard.of", None, "x", "ledger", False),
    )
    cell = Markup(diff_table(renamed([item(1)], changes=changes)).markup).all("td")[-1]
    assert cell.text == (
        "Most items per run: 100 → 500 (given in the overrides)"
        "Sync mode: full (the default) → incremental"
        "unheard.of: not set → x (kept from an earlier run of this tool)"
        "Callback address kept, recovered from run r-1"
        "Warning: Weekly."
    )


def test_times_of_a_change_are_told_in_the_schedules_timezone() -> None:
    change = Change("first_run", "2026-11-03T08:00:00.000Z", "2026-11-04T08:00:00.000Z", "schedule", False)
    shown = diff_table(renamed([item(1)], changes=(change,))).markup
    assert "Tue 3 Nov 2026, 09:00 Europe/Paris" in shown
    assert "Wed 4 Nov 2026, 09:00 Europe/Paris" in shown


def test_what_every_row_would_repeat_is_told_once() -> None:
    first_run = Change("first_run", "2026-11-03T08:00:00Z", "left to the API", "parameter", False)
    items = renamed([item(1), item(2)], changes=(first_run,), warnings=(Caution("common", "Told once."),))
    shown = repr(diff_table(items))
    assert shown.count("left to the API") == 1
    assert "Told once." not in shown
    assert repr(first_screen(asked(), items)).count("Told once.") == 1
    assert "its next planned time" in shown


def test_what_some_rows_have_is_told_there() -> None:
    items = [*renamed([item(1)], warnings=(Caution("rare", "Told there."),)), item(2)]
    assert diff_table(items).markup.count("Told there.") == 1


def test_what_stays_is_grouped_by_its_reason_with_particulars_inside() -> None:
    reasons = (
        (Reason.NOT_ACTIVE, {"status": "PAUSED"}),
        (Reason.NOT_ACTIVE, {"status": "COMPLETED"}),
        (Reason.ONE_SHOT, {}),
    )
    items = [
        item(number, Decision.SKIP, code=code, reason=code.told(**particulars))
        for number, (code, particulars) in enumerate(reasons)
    ]
    shown = Markup(skipped_table(items).markup)
    assert [summary.text for summary in shown.all("summary")] == [
        "Not active: 2 schedules",
        "One-shot: 1 schedule",
    ]
    assert "Not active: it is COMPLETED." in shown.source


def test_decisions_are_counted_with_their_reasons() -> None:
    items = [item(1), item(2), item(3, Decision.SKIP, code=Reason.STANDARD_IDENTITY)]
    rows = [row.text for row in Markup(decisions_table(items).markup).all("tr")]
    assert rows == [
        "DecisionWhySchedules",
        "Would be replacedMigrate: Weekly.2",
        "Stays as it isStandard identity.1",
    ]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(needs_table, id="needs"),
        pytest.param(diff_table, id="changes"),
        pytest.param(skipped_table, id="skipped"),
    ],
)
def test_nothing_to_show_is_told(table) -> None:  # type: ignore[no-untyped-def]
    assert repr(table([])).startswith("Nothing")


def test_too_many_to_show_are_grouped_counted_and_said_to_be_in_plan_csv() -> None:
    few = one_of_each()
    items = [each for each in few for _ in range(MOST_ROWS + 1)]
    parts = preview_parts(asked(), items)
    shown = {heading.partition(" (")[0]: body for heading, body in parts}
    for heading in ("Needs a decision", "What changes", "What stays as it is"):
        assert "plan.csv" in shown[heading].markup
    rows = sum(len(Markup(body.markup).all("tr")) for body in shown.values())
    assert rows < 250
