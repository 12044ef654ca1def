"""The diff of a replacement: every field, old and new, and never a secret."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edges_nb.models.api import iso
from edges_nb.models.plan_items import Change, Item

from .bench import FULL, NOW, SECRET, evidence, known, migrated, override, reading, run, schedule


def changes(item: Item) -> dict[str, Change]:
    found = {change.field: change for change in item.changes}
    assert len(found) == len(item.changes)
    return found


def test_every_field_of_the_request_is_told_once_in_a_fixed_order() -> None:
    assert list(changes(migrated(known(schedule())))) == [
        "parameters.sync_mode",
        "parameters.max_results",
        "callback.url",
        "callback.headers",
        "callback.on",
        "inputs",
        "identity",
        "cron",
        "timezone",
        "name",
        "first_run",
    ]


def test_only_the_mode_and_the_first_run_change_in_a_plain_migration() -> None:
    found = changes(migrated(known(schedule())))

    assert [field for field, change in found.items() if not change.kept] == [
        "parameters.sync_mode",
        "first_run",
    ]
    assert (found["parameters.sync_mode"].old, found["parameters.sync_mode"].new) == ("full", "incremental")
    assert found["parameters.sync_mode"].source == "plan"


def test_values_are_told_in_words_and_with_their_source() -> None:
    found = changes(migrated(known(schedule())))

    assert found["parameters.max_results"] == Change(
        "parameters.max_results", "500", "500", "run run-of-schedule-1", True
    )
    assert found["cron"].new == "0 9 * * * (At 09:00)"
    assert found["identity"].new == "Desk identity-1 (identity-1)"
    assert found["inputs"].new == "1 input: www.linkedin.com/in/somebody"
    assert found["callback.url"].new == "https://hooks.example.com/…"
    assert found["callback.headers"].new == "Authorization: •••"
    assert found["callback.on"].new == "final"


def test_an_override_is_told_as_the_source_of_what_it_changes() -> None:
    given = override(
        cron="10 5 * * 1", identity_uid="identity-2", max_results=7, inputs=[{"a": "b"}, {"c": "d"}]
    )

    found = changes(migrated(known(schedule()), overrides=given))

    for field in ("cron", "identity", "parameters.max_results", "inputs"):
        assert (found[field].source, found[field].kept) == ("override", False)
    assert (found["inputs"].old, found["inputs"].new) == ("1 input: www.linkedin.com/in/somebody", "2 inputs")
    assert found["parameters.max_results"].old == "500"


def test_another_address_on_the_same_host_is_told_to_be_another() -> None:
    given = override(callback_url=f"https://hooks.example.com/{SECRET}-2")

    change = changes(migrated(known(schedule()), overrides=given))["callback.url"]

    assert (change.old, change.new) == (
        "https://hooks.example.com/…",
        "https://hooks.example.com/… (changed)",
    )


def test_what_was_unknown_is_told_to_have_been() -> None:
    found = changes(
        migrated(
            reading(schedule(identity_ids=None)),
            overrides=override(identity_uid="identity-1"),
            unknown="full",
        )
    )

    assert found["identity"].old == "unknown"
    assert found["parameters.max_results"] == Change(
        "parameters.max_results", "unknown", None, "schedule", False
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "true"), (1, "1"), (2.5, "2.5"), ("deep", "deep"), ([1, {"a": 2}], '[1, {"a": 2}]')],
)
def test_parameters_that_nobody_knows_of_here_are_told(value: object, shown: str) -> None:
    found = {"schedule-1": evidence(run(parameters={**FULL, "depth": value}))}

    change = changes(migrated(reading(schedule(), evidence=found)))["parameters.depth"]

    assert (change.new, change.kept) == (shown, True)


def test_the_first_run_is_told() -> None:
    due = "2026-11-03T08:00:00.000Z"

    at_once = changes(migrated(known(schedule())))["first_run"]
    kept = changes(migrated(known(schedule()), first_run="next"))["first_run"]

    assert (at_once.old, at_once.kept) == (due, False)
    assert "at once" in (at_once.new or "")
    assert kept == Change("first_run", due, due, "schedule", True)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(
            {"callback": {"url": f"https://u:{SECRET}@h.example.com/{SECRET}?t={SECRET}#{SECRET}"}}, id="url"
        ),
        pytest.param(
            {"callback": {"url": "https://h.example.com", "headers": {"X-Key": SECRET}}}, id="header"
        ),
        pytest.param({"callback": {"url": "https://h.example.com", "headers": [SECRET]}}, id="odd-headers"),
        pytest.param(
            {"inputs": [{"linkedin_url": f"https://{SECRET}@x.example.com/a?q={SECRET}"}]}, id="input-url"
        ),
        pytest.param({"inputs": [{"cookie": SECRET, "custom_data": {"k": SECRET}}]}, id="input"),
        pytest.param({"parameters": {"webhook": f"https://x.example.com/{SECRET}"}}, id="parameter"),
        pytest.param({"parameters": {"auth": f"Bearer {SECRET}"}}, id="bearer"),
        pytest.param({"inputs": None, "callback": {"url": f"https://x.example.com/{SECRET}"}}, id="asked"),
    ],
)
def test_nothing_that_is_shown_holds_a_secret(fields: dict[str, Any]) -> None:
    found = {"schedule-1": evidence(run(callback={"url": f"https://x.example.com/{SECRET}"}))}

    item = migrated(reading(schedule(**fields), evidence=found))

    assert SECRET not in json.dumps(item.as_json())


def test_changes_can_be_compared_sliced_and_pickled() -> None:
    item = migrated(known(schedule()))

    assert pickle.loads(pickle.dumps(item)).changes == item.changes
    assert item.changes[:1] == (item.changes[0],)
    assert item.changes != ()
    assert "parameters.sync_mode" in repr(item.changes)


@given(st.text(max_size=200))
def test_any_name_can_be_shown(name: str) -> None:
    item = migrated(known(schedule(name=name)))

    json.dumps(item.as_json())


def test_moments_are_written_as_the_api_writes_them() -> None:
    assert iso(NOW) == "2026-11-02T08:00:00.000Z"
    assert iso(NOW.replace(microsecond=123456)) == "2026-11-02T08:00:00.123456Z"
