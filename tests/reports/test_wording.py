"""Numbers, times and origins as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from edges_nb.models.api import Identity, Schedule
from edges_nb.reports.formatting import (
    anchor,
    counted,
    field_words,
    label,
    lasted,
    listed,
    moment,
    rhythm,
    sentence,
    short_rhythm,
    source_words,
    until,
)

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 schedules"), (1, "1 schedule"), (1204, "1,204 schedules")]
)
def test_numbers_have_their_noun(number: int, told: str) -> None:
    assert counted(number, "schedule") == told


def test_an_irregular_plural_is_given() -> None:
    assert counted(2, "identity", "identities") == "2 identities"


@pytest.mark.parametrize(
    ("parts", "told"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_end_with_and(parts: list[str], told: str) -> None:
    assert listed(parts) == told


@pytest.mark.parametrize(
    ("text", "told"), [("not active", "Not active."), ("Done.", "Done."), ("", ""), ("a…", "A…")]
)
def test_sentences_begin_and_end_as_such(text: str, told: str) -> None:
    assert sentence(text) == told


def test_a_time_names_its_timezone() -> None:
    assert moment(NOW, "America/New_York") == "Mon 2 Nov 2026, 03:00 America/New_York"
    assert moment(NOW) == moment(NOW, "Mars/Base") == "Mon 2 Nov 2026, 08:00 UTC"
    assert moment(None) == ""


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (-5, "overdue"),
        (0, "overdue"),
        (1, "in 1 minute"),
        (59, "in 59 minutes"),
        (150, "in 2 hours"),
        (3000, "in 2 days"),
    ],
)
def test_how_far_off_a_time_is(minutes: int, told: str) -> None:
    assert until(NOW + timedelta(minutes=minutes), NOW) == told


def test_no_time_is_not_far_off() -> None:
    assert until(None, NOW) == ""


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (7_500, "2 h 5 min")]
)
def test_how_long_something_took(seconds: float, told: str) -> None:
    assert lasted(seconds) == told


@pytest.mark.parametrize(
    ("cron", "timezone", "told"),
    [
        ("0 9 * * 1-5", "Europe/Paris", "At 09:00, Monday through Friday, Europe/Paris"),
        ("0 9 * * *", None, "At 09:00, UTC"),
        ("odd", "UTC", "odd, UTC"),
        (None, None, "once"),
    ],
)
def test_a_rhythm_is_told_in_words(cron: str | None, timezone: str | None, told: str) -> None:
    assert rhythm(cron, timezone) == told


def test_a_label_has_no_mark_of_this_tool() -> None:
    assert label(Schedule(uid="s", name="Weekly [edges-nb incremental of s-0]")) == "Weekly"
    assert label(Schedule(uid="s")) == "(no name)"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("run r-1", "recovered from run r-1"),
        ("override", "given in the overrides"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_origins_are_told(source: str, told: str) -> None:
    assert source_words(source) == told


def test_unknown_fields_keep_their_name() -> None:
    assert (field_words("cron"), field_words("parameters.depth"), field_words("x.y")) == (
        "Runs at",
        "depth",
        "x.y",
    )


@pytest.mark.parametrize("uid", ["5f1c-ab", "a b", 'a"b<c', "ü"])
def test_an_anchor_is_one_word(uid: str) -> None:
    assert anchor(uid).startswith("s-")
    assert not set(anchor(uid)) & set(' "<>')


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 7 * * 1-5", "Mon to Fri 07:30"),
        ("45 22 1,15 * *", "day 1 and 15, 22:45"),
        ("0 6 1 * *", "day 1, 06:00"),
        ("0 9 * * *", "daily 09:00"),
        ("15 10 * * 2,4", "Tue, Thu 10:15"),
        ("5 0 * * 0", "Sun 00:05"),
        ("5 0 * * 7", "Sun 00:05"),
        ("0 */3 * * *", "0 */3 * * *"),
        ("99 9 * * *", "99 9 * * *"),
        ("@daily", "@daily"),
        (None, "once"),
    ],
)
def test_a_rhythm_is_told_in_as_few_words_as_a_row_has_room_for(cron: str | None, told: str) -> None:
    assert short_rhythm(cron) == told


def test_a_schedule_without_a_name_is_called_by_identity_and_rhythm() -> None:
    desk = Identity(uid="i", name="Harbour Recruiting 04")
    assert label(Schedule(uid="s", cron="30 7 * * 1-5"), desk) == "Harbour Recruiting 04, Mon to Fri 07:30"
    assert label(Schedule(uid="s", cron="30 7 * * 1-5")) == "(no name)"
    assert label(Schedule(uid="s", name="Weekly [edges-nb incremental of x]"), desk) == "Weekly"
