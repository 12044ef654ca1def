"""One odd row never stops the others, and is never migrated by guess: held for any JSON in any field."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edges_nb.models.api import CONNECTIONS, Identity, Run, Schedule
from edges_nb.models.plan_items import Decision, Item
from edges_nb.planning.digest import digest_of, document
from edges_nb.planning.evidence import evidence_from
from edges_nb.planning.masking import is_masked
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.plan import _row
from edges_nb.planning.snapshot import Reading

from .bench import NOW, identity, run, schedule

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
) | st.sampled_from(
    ["9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00Z", "ACTIVE", "@daily", "****", "engagement"]
)

ODD = "odd"
SCHEDULES = {
    uid: schedule(uid, identity_ids=["identity-1"]).model_dump(mode="json", exclude_none=True)
    for uid in ("a", ODD, "b")
}
RUNS = {
    uid: run(f"run-of-{uid}", scheduled_run_uid=uid).model_dump(mode="json", exclude_none=True)
    for uid in SCHEDULES
}
IDENTITIES = {
    uid: identity(uid).model_dump(mode="json", exclude_none=True) for uid in ("identity-1", "identity-2")
}


def planned(schedules: dict[str, Any], runs: dict[str, Any], identities: dict[str, Any]) -> dict[str, Item]:
    read = [Schedule.read(row) for row in schedules.values()]
    of = {uid: evidence_from([Run.read(row)], True) for uid, row in runs.items()}
    people = {uid: Identity.read(row) for uid, row in identities.items()}
    items = draft_migration(Reading(tuple(read), people, of, NOW), action=CONNECTIONS, first_run="next")
    digest_of(document(items))
    assert [_row(item) for item in items]
    assert [item.as_json() for item in items]
    return {item.uid: item for item in items}


USUAL = planned(SCHEDULES, RUNS, IDENTITIES)


def same_as_before(items: dict[str, Item], *uids: str) -> bool:
    return all(
        (items[uid].decision, items[uid].request) == (USUAL[uid].decision, USUAL[uid].request) for uid in uids
    )


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from([*(set(SCHEDULES[ODD]) - {"uid"}), "parameters", "identity_mode", "schedule_at"]),
    json_values,
)
def test_any_value_in_any_field_of_a_schedule_leaves_the_others_as_they_were(field: str, value: Any) -> None:
    items = planned({**SCHEDULES, ODD: {**SCHEDULES[ODD], field: value}}, RUNS, IDENTITIES)

    assert same_as_before(items, "a", "b")
    read = Schedule.read({**SCHEDULES[ODD], field: value})
    hidden = field in ("callback", "inputs") and is_masked(value)
    if hidden or (field in read.unreadable and not field.endswith("_at")):
        assert items[ODD].decision is not Decision.MIGRATE


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([*sorted(set(RUNS[ODD]) - {"uid", "scheduled_run_uid"}), "callback", "output_count"]),
    json_values,
)
def test_any_value_in_any_field_of_a_run_leaves_the_others_as_they_were(field: str, value: Any) -> None:
    items = planned(SCHEDULES, {**RUNS, ODD: {**RUNS[ODD], field: value}}, IDENTITIES)

    assert same_as_before(items, "a", "b")


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([*sorted(set(IDENTITIES["identity-2"]) - {"uid"}), "accounts"]), json_values)
def test_any_value_in_any_field_of_an_identity_leaves_the_others_as_they_were(field: str, value: Any) -> None:
    items = planned(SCHEDULES, RUNS, {**IDENTITIES, "identity-2": {**IDENTITIES["identity-2"], field: value}})

    assert same_as_before(items, "a", "b", ODD)


def test_the_usual_rows_are_migrated() -> None:
    assert {item.decision for item in USUAL.values()} == {Decision.MIGRATE}
