"""Each rule decides where it is meant to, with its own code; each question is asked for its own reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from edges_nb.models.api import CONNECTIONS, Schedule
from edges_nb.models.history import Begun, Past, Replaced
from edges_nb.models.name_marks import marked
from edges_nb.models.plan_items import Decision, Item
from edges_nb.models.reasons import Reason, Remedy
from edges_nb.planning.changes import draft_changes
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.questions import QUESTIONS
from edges_nb.planning.rules import CHANGE, LEFT_ALONE, MIGRATION
from edges_nb.planning.snapshot import Reading

from .bench import FULL, NOW, by_uid, evidence, known, override, request, run, schedule

RIVAL = schedule("rival", name=marked("x", "schedule-1", incremental=True))


@dataclass(frozen=True)
class Play:
    """What a rule, named by its function, is to say of a schedule."""

    rule: str
    code: Reason
    decision: Decision
    fields: dict[str, Any] = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    others: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def begun(kind: Any, **fields: Any) -> Past:
    return Past(begun={"schedule-1": Begun("schedule-1", request(), request(), kind, "paused", **fields)})


LEFT_OUT = {"overrides": override(decision="skip")}
SHOWN = {"parameters": {"sync_mode": "incremental"}}
BARE = {"name": None, "inputs": None, "callback": None}
OTHER = {"action": "linkedin-search-people"}
IN_DOUBT = Past(
    begun={"old": Begun("old", request(), None, "migration", "creating", doubtful=(request(name=None),))}
)
PLAYS = [
    Play("excluded_by_hand", Reason.EXCLUDED, Decision.SKIP, options=LEFT_OUT),
    Play("already_incremental", Reason.ALREADY_INCREMENTAL, Decision.SKIP, SHOWN),
    Play("begun_by_an_earlier_run", Reason.GOES_ON, Decision.MIGRATE, past=begun("migration")),
    Play("begun_by_an_earlier_run", Reason.NOT_ENDED, Decision.SKIP, past=begun("change")),
    Play("status_unreadable", Reason.UNREADABLE, Decision.NEEDS_INPUT, {"status": 5}),
    Play("not_active", Reason.NOT_ACTIVE, Decision.SKIP, {"status": "PAUSED"}),
    Play("not_active", Reason.REPLACED, Decision.SKIP, {"status": "CANCELLED"}, others=(RIVAL,)),
    Play("already_replaced", Reason.ALREADY_REPLACED, Decision.SKIP, others=(RIVAL,)),
    Play(
        "taking_the_place_of_another",
        Reason.BEING_REPLACED,
        Decision.SKIP,
        past=Past(begun={"old": Begun("old", request(), None, "change", "created", "schedule-1")}),
    ),
    Play("one_shot", Reason.ONE_SHOT, Decision.SKIP, {"cron": None}),
    Play("in_doubt", Reason.IN_DOUBT, Decision.NEEDS_INPUT, BARE, IN_DOUBT),
    Play("no_incremental_mode", Reason.NO_INCREMENTAL_MODE, Decision.SKIP, options=OTHER),
    Play("standard_identity", Reason.STANDARD_IDENTITY, Decision.SKIP, {"identity_ids": ["standard-1"]}),
    Play("open_questions", Reason.IDENTITY_UNKNOWN, Decision.NEEDS_INPUT, {"identity_ids": None}),
    Play("as_wanted", Reason.FULL, Decision.MIGRATE),
]


def seen(play: Play) -> Reading:
    row = schedule().model_dump(mode="json", exclude_none=True) | play.fields
    return known(Schedule.read(row), *play.others, action=play.options.get("action", CONNECTIONS))


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: f"{play.rule}-{play.code}")
def test_a_rule_decides_with_its_code(play: Play) -> None:
    there = seen(play)
    options = {"action": there.action, "past": play.past, **play.options}

    item = by_uid(draft_migration(there, **options))["schedule-1"]

    assert (item.code, item.decision) == (play.code, play.decision)
    assert item.reason.startswith(play.code.heading)
    assert (item.request is not None) is (play.decision is Decision.MIGRATE)


def test_every_rule_of_a_migration_is_played() -> None:
    assert [rule.__name__ for rule in MIGRATION] == list(dict.fromkeys(play.rule for play in PLAYS))


def test_a_change_is_kept_from_the_same_schedules_as_a_migration() -> None:
    assert CHANGE[: len(LEFT_ALONE)] == LEFT_ALONE
    for play in (play for play in PLAYS if play.rule in {rule.__name__ for rule in LEFT_ALONE}):
        items = draft_changes(seen(play), {"max_results": 9}, past=play.past)
        code = by_uid(items)["schedule-1"].code
        other_kind = {Reason.GOES_ON: Reason.NOT_ENDED, Reason.NOT_ENDED: Reason.GOES_ON}
        assert code is other_kind.get(play.code, play.code)


def asked(**fields: Any) -> Item:
    given = fields.pop("overrides", {})
    differing = fields.pop("differing", ())
    parameters = fields.pop("ran_with", FULL)
    row = schedule().model_dump(mode="json", exclude_none=True) | fields
    found = evidence(run(parameters=parameters), differing=differing)
    action = fields.get("action_name", CONNECTIONS)
    there = known(Schedule.read(row), action=action)
    there = Reading(there.schedules, there.identities, {"schedule-1": found}, NOW, action)
    return draft_migration(there, action=action, overrides=given)[0]


@pytest.mark.parametrize(
    ("question", "fields", "code", "remedies"),
    [
        ("unreadable_fields", {"name": 5}, Reason.UNREADABLE, [Remedy.NAME]),
        ("identity", {"identity_ids": None}, Reason.IDENTITY_UNKNOWN, [Remedy.IDENTITY]),
        ("identity", {"identity_ids": ["idle-1"]}, Reason.INACTIVE_IDENTITY, [Remedy.IDENTITY]),
        ("identity", {"identity_ids": ["odd-1"]}, Reason.IDENTITY_TYPE_UNKNOWN, [Remedy.IDENTITY]),
        ("identity_mode", {"identity_mode": "auto"}, Reason.IDENTITY_MODE, [Remedy.IDENTITY]),
        (
            "masked_values",
            {"callback": {"url": "https://a.example.com", "headers": {"X": "***"}}},
            Reason.MASKED,
            [Remedy.CALLBACK_HEADERS],
        ),
        (
            "inputs",
            {"inputs": None, "action_name": "linkedin-extract-messages"},
            Reason.INPUTS_UNKNOWN,
            [Remedy.INPUTS],
        ),
        ("callback", {"callback": None}, Reason.CALLBACK_UNKNOWN, [Remedy.CALLBACK_URL]),
        (
            "parameters",
            {"ran_with": {"sync_mode": "sometimes"}},
            Reason.PARAMETERS_UNKNOWN,
            [Remedy.ACCEPT, Remedy.MAX_RESULTS],
        ),
        (
            "agreement",
            {"differing": ("parameters.max_results",)},
            Reason.RUNS_DIFFER,
            [Remedy.MAX_RESULTS, Remedy.ACCEPT],
        ),
        ("rhythm", {"cron": 5}, Reason.UNREADABLE, [Remedy.CRON]),
    ],
)
def test_a_question_names_what_settles_it(
    question: str, fields: dict[str, Any], code: Reason, remedies: list[Remedy]
) -> None:
    assert question in {ask.__name__ for ask in QUESTIONS}

    item = asked(**fields)

    assert (item.decision, item.code, list(item.remedies)) == (Decision.NEEDS_INPUT, code, remedies)
    assert all(str(remedy) in item.reason for remedy in remedies)


def test_every_reason_has_a_heading_and_its_words() -> None:
    for reason in Reason:
        assert reason.heading
        assert "{" not in reason.heading


def test_what_the_ledger_replaced_names_its_heir_when_it_is_gone() -> None:
    past = Past(replaced={"schedule-1": Replaced("schedule-1", "new", request(), None, "migration")})

    (item,) = draft_migration(known(schedule(status="CANCELLED")), action=CONNECTIONS, past=past)

    assert item.code is Reason.REPLACED
    assert "new" in item.reason
