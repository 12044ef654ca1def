"""A report of an apply tells the outcome first, and what to do next on top."""

from __future__ import annotations

from edges_nb.models.plan_items import Decision
from edges_nb.models.results import Outcome, Result
from edges_nb.reports.apply_report import (
    applied_headline,
    applied_parts,
    applied_screen,
    attention_table,
    comparison,
    outcome_table,
    undo_steps,
)
from edges_nb.reports.rows import MOST_ROWS
from edges_nb.reports.timeline import timeline
from tests.reports.markup import Markup
from tests.reports.samples import DIGEST, HALF, asked, item, one_of_each, outcome

APPLY = asked(mode="apply")
SIX = [item(number, text=f"Weekly {number}") for number in range(1, 7)]


def test_parts_come_in_the_order_of_a_readers_questions() -> None:
    items = [*SIX, *one_of_each()[1:]]
    headings = [heading for heading, _ in applied_parts(APPLY, items, outcome(items, HALF))]
    assert headings == [
        "",
        "What to do next (4)",
        "One by one (6)",
        "Compared with the plan",
        "What happened, step by step",
        "What was to change",
        "How to undo",
        "Still needs a decision (1)",
        "Left as it is (1)",
        "In pictures",
        "Parameters",
    ]


def test_without_trouble_there_is_nothing_to_do_next() -> None:
    headings = [heading for heading, _ in applied_parts(APPLY, SIX, outcome(SIX))]
    assert headings[:2] == ["", "One by one (6)"]


def test_without_a_replacement_there_is_nothing_to_undo() -> None:
    parts = applied_parts(APPLY, SIX, outcome(SIX, HALF[1:2]))
    assert "How to undo" not in [heading for heading, _ in parts]


def test_an_undo_is_not_said_to_be_undone() -> None:
    parts = applied_parts(asked(mode="undo", kind="undo"), SIX, outcome(SIX))
    assert "How to undo" not in [heading for heading, _ in parts]


def test_the_headline_counts_every_outcome() -> None:
    assert repr(applied_headline(APPLY, SIX, outcome(SIX, HALF))).startswith(
        "2 of 6 schedules now run in incremental mode; 1 needs somebody to look; 1 was refused and runs as "
        "before; 1 had been changed by somebody else and was left alone; 1 is not begun yet."
    )
    assert "Each of them came to its end." in repr(applied_headline(APPLY, SIX, outcome(SIX)))
    assert "None of 6 schedules now run" in repr(applied_headline(APPLY, SIX, outcome(SIX, HALF[1:2])))
    assert "6 of 6 schedules were taken back" in repr(
        applied_headline(asked(mode="undo", kind="undo"), SIX, outcome(SIX))
    )


def test_an_apply_of_nothing_says_so() -> None:
    skipped = Outcome((Result("schedule-1", "skipped", None, "already incremental"),))
    assert "nothing was changed" in repr(applied_headline(APPLY, [], skipped))
    assert "1 schedule left as the plan says." in repr(outcome_table(skipped))


def test_what_is_urgent_comes_first_with_its_next_step() -> None:
    cards = Markup(attention_table(outcome(SIX, HALF), SIX).markup)
    titles = [element.text for element in cards.all("p") if element.attributes.get("class") == "title"]
    assert titles == [
        "Needs somebody to look at it: 1 schedule",
        "Refused, and runs as before: 1 schedule",
        "Changed by somebody else meanwhile, and left alone: 1 schedule",
        "Not begun yet: 1 schedule",
    ]
    assert cards.source.count("<b>Next: </b>") == 4


def test_trouble_is_told_with_its_reason_and_leads_to_its_row() -> None:
    cards = Markup(attention_table(outcome(SIX, HALF), SIX).markup)
    assert cards.all("a")[0].attributes["href"] == "#s-schedule-2"
    assert cards.all("a")[0].text == "Weekly 2"
    assert "It is paused and could not be resumed: run the same command again." in cards.source


def test_every_row_has_the_old_and_the_new_uid_and_what_changed() -> None:
    rows = Markup(outcome_table(outcome(SIX), SIX).markup).all("tr")
    assert "schedule-1" in rows[1].text
    assert "Replaced by new-schedule-1" in rows[1].text
    assert "Name: Weekly 1 → Weekly 1." in rows[1].text


def test_rows_to_look_at_come_first() -> None:
    rows = Markup(outcome_table(outcome(SIX, HALF), SIX).markup).all("b")
    outcomes = [element.text for element in rows if "td" in element.above]
    assert outcomes == [
        "Needs somebody to look at it",
        "Refused, and runs as before",
        "Changed by somebody else meanwhile, and left alone",
        "Not begun yet",
        "Replaced",
        "Replaced",
    ]


def test_results_of_schedules_that_the_plan_does_not_have_are_shown_too() -> None:
    strange = Outcome((Result("unheard-of", "migrated", "new", ""),))
    assert "unheard-of" in repr(outcome_table(strange))
    assert "unheard-of" in repr(attention_table(Outcome((Result("unheard-of", "drifted", None, "x"),))))


def test_it_is_compared_with_what_was_approved() -> None:
    result = outcome(SIX, HALF)
    same = repr(comparison(APPLY, SIX, result, approved=DIGEST))
    assert f"{DIGEST} is the plan that was approved, and the one that was applied." in same
    assert "No plan was approved beforehand" in repr(comparison(APPLY, SIX, result))
    other = repr(comparison(APPLY, SIX, result, approved="plan-other"))
    assert f"plan-other was approved, but the plan had become {DIGEST}: nothing was touched." in other
    rows = [row.text for row in Markup(comparison(APPLY, SIX, result).markup).all("tr")]
    assert rows[1:4] == ["To be replaced, says the plan6", "Begun in this run5", "Replaced2"]


def test_the_timeline_tells_trouble_step_by_step_and_the_rest_in_numbers() -> None:
    shown = Markup(timeline(outcome(SIX, HALF), SIX).markup)
    assert [summary.text for summary in shown.all("summary")] == [
        "Weekly 2: 3 steps",
        "Weekly 4: 3 steps",
        "Weekly 6: 3 steps",
    ]
    assert "08:00:02stopThe old schedule was to be paused." in [row.text for row in shown.all("tr")]
    assert "read, stop, create, cancel, done24 s4 s" in [row.text for row in shown.all("tr")]


def test_the_timeline_is_the_same_whichever_of_several_at_a_time_was_the_quicker() -> None:
    result = outcome(SIX, HALF)
    by_schedule = sorted(result.events, key=lambda event: event.schedule_uid, reverse=True)
    assert timeline(Outcome(result.results, tuple(by_schedule)), SIX) == timeline(result, SIX)


def test_a_timeline_of_nothing_says_so() -> None:
    assert repr(timeline(Outcome(()))) == "Nothing was sent that changes anything."


def test_it_says_how_to_take_it_back() -> None:
    told = repr(undo_steps(APPLY, "edges-nb undo --only schedule-1"))
    assert "mode=undo" in told
    assert "edges-nb undo --only schedule-1" in told
    assert "before its replacement is cancelled" in repr(undo_steps(APPLY))


def test_too_many_results_are_counted_and_said_to_be_in_results_json() -> None:
    items = [item(number) for number in range(MOST_ROWS + 2)]
    ended = outcome(items, (("migrated", ""), ("needs_attention", "x")))
    parts = applied_parts(APPLY, items, ended)
    shown = dict(parts)
    assert "results.json" in shown[f"One by one ({len(items):,})"].markup
    assert "976 more schedules: results.json has them all." in shown["What to do next (1,001)"].markup
    assert sum(len(Markup(body.markup).all("tr")) for body in shown.values()) < 400


def test_schedules_that_are_left_out_are_in_the_report_once() -> None:
    items = one_of_each()
    parts = applied_parts(APPLY, items, outcome(items))
    anchors = [
        e.attributes["id"] for _, body in parts for e in Markup(body.markup).all("th") if "id" in e.attributes
    ]
    assert sorted(anchors) == sorted(f"s-{each.uid}" for each in items)
    assert {each.decision for each in items} == set(Decision)


def test_the_first_screen_tells_what_is_open_and_when_results_come() -> None:
    items = [*SIX, *one_of_each()[1:2]]
    shown = repr(applied_screen(APPLY, items, outcome(items, HALF), approved=DIGEST))
    assert f"{DIGEST}: 2 of 6 replaced, 4 open." in shown
    assert "The first run is due Tue 3 Nov 2026, 08:00 UTC; the server may begin sooner." in shown
    assert "Which identity is it to run as?" in shown
    nothing = repr(applied_screen(APPLY, SIX, outcome(SIX, HALF[1:2]), approved=""))
    assert "Nothing was approved beforehand. 0 of 6 replaced, 6 open." in nothing
    assert "first run" not in nothing
