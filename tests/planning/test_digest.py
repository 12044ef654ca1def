"""An approval is about what was seen and what will be sent, and about nothing that changes by itself."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edges_nb.models.api import CONNECTIONS, Schedule
from edges_nb.models.plan_items import Item
from edges_nb.planning import digest as digests
from edges_nb.planning.digest import (
    canonical,
    differences,
    digest_of,
    digest_of_text,
    document,
    parts_of,
)
from edges_nb.planning.migration import draft_migration

from .bench import FULL, NOW, SECRET, evidence, identity, known, override, reading, run, schedule

SCHEDULES = (
    schedule("s0"),
    schedule("s1", cron="5 5 * * 1"),
    schedule("s2", status="PAUSED"),
    schedule("s3", identity_ids=None),
    schedule("s4", name=None),
)


def plan(*schedules: Schedule, **options: Any) -> list[Item]:
    return draft_migration(known(*schedules), action=CONNECTIONS, **options)


def digest(*schedules: Schedule, **options: Any) -> str:
    return digest_of(document(plan(*schedules, **options)))


def test_a_digest_can_not_be_taken_for_a_number() -> None:
    assert re.fullmatch(r"plan-[0-9a-f]{12}", digest(schedule()))


@given(st.permutations(SCHEDULES))
def test_the_order_of_the_list_does_not_matter(schedules: list[Schedule]) -> None:
    assert digest(*schedules) == digest(*SCHEDULES)


@given(st.permutations(["url", "headers", "on"]))
def test_the_order_of_the_fields_in_a_body_does_not_matter(names: list[str]) -> None:
    callback = schedule().callback or {}

    assert digest(schedule(callback={name: callback[name] for name in names})) == digest(schedule())


@pytest.mark.parametrize(
    "fields",
    [
        {"next_execution_at": "2027-01-01T00:00:00.000Z"},
        {"last_executed_at": "2026-10-01T00:00:00.000Z"},
        {"updated_at": "2026-10-01T00:00:00.000Z"},
        {"postponed_until": "2026-12-01T00:00:00.000Z"},
    ],
)
def test_what_changes_by_itself_does_not_matter(fields: dict[str, Any]) -> None:
    assert digest(schedule(**fields)) == digest(schedule())


def test_another_run_with_the_same_parameters_does_not_matter() -> None:
    one, two = (
        draft_migration(
            reading(schedule(), evidence={"schedule-1": evidence(run(uid), busy_run=busy)}),
            action=CONNECTIONS,
        )
        for uid, busy in (("run-1", None), ("run-2", "run-3"))
    )

    assert digest_of(document(one)) == digest_of(document(two))


def test_plan_that_keeps_the_next_execution_is_the_same_after_that_time_has_passed() -> None:
    later = schedule(next_execution_at="2027-01-01T00:00:00.000Z")

    assert digest(later, first_run="next") == digest(schedule(), first_run="next")
    assert digest(schedule(), first_run="next") != digest(schedule(), first_run="api")


@pytest.mark.parametrize(
    "fields",
    [
        {"cron": "0 10 * * *"},
        {"timezone": "UTC"},
        {"name": "Another"},
        {"status": "PAUSED"},
        {"identity_ids": ["identity-2"]},
        {"inputs": [{"linkedin_url": "https://www.linkedin.com/in/another"}]},
        {"callback": {"url": "https://hooks.example.com/another"}},
        {"parameters": {"max_results": 1}},
    ],
)
def test_what_will_be_different_matters(fields: dict[str, Any]) -> None:
    assert digest(schedule(**fields)) != digest(schedule())


def test_options_that_change_the_requests_matter() -> None:
    schedules = (schedule("s0"), schedule("s1"))
    all_digests = {
        digest(*schedules),
        digest(*schedules, limit=1),
        digest(*schedules, only=["s1"]),
        digest(*schedules, max_results=9),
        digest(*schedules, overrides=override("s0", name="New")),
    }

    assert len(all_digests) == 5


def test_what_is_left_alone_may_change_as_it_likes() -> None:
    assert digest(schedule(status="PAUSED", cron="1 1 * * *")) == digest(schedule(status="PAUSED"))


def test_text_of_a_plan_is_the_same_in_parts_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    items = plan(*reversed(SCHEDULES))
    whole = json.dumps(document(items), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(parts_of(items)) == whole

    monkeypatch.setattr(digests, "_PART", 2)
    monkeypatch.setattr(digests, "_SLICE", 7)
    assert canonical(parts_of(items)) == whole
    assert digest_of_text(whole) == f"plan-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"
    assert canonical(parts_of([])) == "{}"


def test_a_document_survives_the_ledger() -> None:
    kept = document(plan(*SCHEDULES))

    read_again = json.loads(json.dumps(kept))

    assert digest_of(read_again) == digest_of(kept)
    assert differences(read_again, kept) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"cron": "0 10 * * *"}, 'cron is "0 10 * * *", not "0 9 * * *"'),
        ({"timezone": "UTC"}, 'timezone is "UTC", not "Europe/Paris"'),
        ({"callback": {"url": f"https://b.example.com/{SECRET}"}}, "callback.url is another one"),
        ({"inputs": [{"a": SECRET}]}, "inputs is another one"),
        ({"status": "PAUSED"}, 'decision is "skip", not "migrate"'),
        ({"identity_ids": ["identity-2"]}, '["identity-2"]'),
    ],
)
def test_what_is_different_is_told_by_schedule_and_field(fields: dict[str, Any], told: str) -> None:
    approved, now = document(plan(schedule())), document(plan(schedule(**fields)))

    sentences = differences(approved, now)

    assert sum(told in sentence for sentence in sentences) == 1
    assert all("schedule-1" in sentence for sentence in sentences)
    assert SECRET not in " ".join(sentences)


def test_max_results_that_differ_are_told() -> None:
    approved, now = document(plan(schedule())), document(plan(schedule(), max_results=9))

    (told,) = differences(approved, now)

    assert "parameters.max_results is 9, not 500" in told


def test_parameters_that_may_hold_a_secret_are_told_without_their_value() -> None:
    one, two = (schedule(parameters={**FULL, "hook": f"{SECRET}-{n}"}) for n in range(2))

    told = " ".join(differences(document(plan(one)), document(plan(two))))

    assert "parameters.hook is another one" in told
    assert SECRET not in told


def test_schedules_that_came_and_went_are_told() -> None:
    told = differences(document(plan(schedule("old"))), document(plan(schedule("new"))))

    assert any("old" in sentence and "any more" in sentence for sentence in told)
    assert any("new" in sentence for sentence in told)


def test_an_identity_that_was_renamed_does_not_matter() -> None:
    renamed = (identity(name="Another name"),)

    one = draft_migration(known(schedule()), action=CONNECTIONS)
    two = draft_migration(known(schedule(), identities=renamed), action=CONNECTIONS)

    assert digest_of(document(one)) == digest_of(document(two))
    assert NOW
