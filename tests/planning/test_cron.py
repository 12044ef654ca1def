from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edges_nb.cron import check_cron, check_timezone, in_words, next_times, runs_per_day, usual_gap

MONDAY = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def test_next_times_are_in_utc_and_later_than_the_start() -> None:
    nine_in_paris = next_times("0 9 * * *", "Europe/Paris", MONDAY, 2)

    assert nine_in_paris == [MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]
    assert all(moment.tzinfo is UTC for moment in nine_in_paris)


def test_a_start_within_a_minute_does_not_repeat_that_minute() -> None:
    (moment,) = next_times("0 8 * * *", "UTC", MONDAY + timedelta(microseconds=1), 1)

    assert moment == MONDAY + timedelta(days=1)


def test_the_hour_that_the_clocks_skip_in_spring_is_due_once() -> None:
    times = next_times("30 2 * * *", "Europe/Paris", datetime(2026, 3, 28, 12, tzinfo=UTC), 2)

    assert times == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)]


def test_the_hour_that_the_clocks_repeat_in_autumn_is_due_once() -> None:
    times = next_times("30 2 * * *", "Europe/Paris", datetime(2026, 10, 24, 12, tzinfo=UTC), 2)

    assert times == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        pytest.param("", "five fields", id="empty"),
        pytest.param("@daily", "five fields", id="alias"),
        pytest.param("0 0 9 * * *", "five fields", id="seconds"),
        pytest.param("61 9 * * *", "bad minute", id="minute-61"),
        pytest.param("0 9 * * */0", "bad day-of-week", id="step-0"),
        pytest.param("0 9 31 2 *", "day-of-month", id="31-february"),
        pytest.param("0 9 * * 1#2/3", "no cron expression", id="nonsense"),
    ],
)
def test_an_expression_that_can_not_be_used_is_told_with_the_reason(cron: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        check_cron(cron)

    assert repr(cron) in str(caught.value)


@pytest.mark.parametrize("name", ["", "Paris", "Europe", "../UTC", "Europe/Paris\0", "x" * 5000])
def test_a_timezone_that_is_no_name_of_the_database_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="IANA name"):
        check_timezone(name)


def test_next_times_of_an_unknown_timezone_are_refused() -> None:
    with pytest.raises(ValueError, match="no timezone"):
        next_times("0 9 * * *", "Mars/Base", MONDAY, 1)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * * *", "At 09:00"),
        ("45 22 1,15 * *", "At 22:45, on day 1 and 15 of the month"),
        ("30 17 * * 1-5", "At 17:30, Monday through Friday"),
    ],
)
def test_words_are_english_with_a_24_hour_clock(cron: str, words: str) -> None:
    assert in_words(cron) == words


@pytest.mark.parametrize(
    "cron",
    [
        *("0 9,*/6 * * 1-5", "0 */3,9 * * *", "0 9 * * 1,*/2"),
        *("*/90 * * * *", "*/7 * * * *", "0 */5 * * *", "0 9 */2 * *", "0 9 */2 * 1", "0 9 1 * 1"),
        *("0 9 * * 1#5", "0 9 * * */2", "@daily", "0 0 9 * * *", "0 9 ? * 1", "not a cron", ""),
    ],
)
def test_an_expression_without_true_words_stands_for_itself(cron: str) -> None:
    assert in_words(cron) == cron


def test_a_fifth_weekday_is_due_now_and_then() -> None:
    assert runs_per_day("0 9 * * 1#5") == pytest.approx(17 / 1461)


def test_words_do_not_depend_on_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    assert in_words("7 9 * * 2") == "At 09:07, only on Tuesday"


@pytest.mark.parametrize(
    ("cron", "per_day"),
    [
        pytest.param("0 9 * * *", 1, id="daily"),
        pytest.param("0 9 * * 1-5", 5 / 7, id="workdays"),
        pytest.param("*/15 * * * *", 96, id="quarters"),
        pytest.param("0 9 1 * *", 48 / 1461, id="monthly"),
        pytest.param("0 9 29 2 *", 1 / 1461, id="leap-days"),
        pytest.param("* * * 1 *", 1440 * 31 * 4 / 1461, id="every-minute-of-january"),
    ],
)
def test_runs_a_day_are_an_average(cron: str, per_day: float) -> None:
    assert runs_per_day(cron) == pytest.approx(per_day)


@pytest.mark.parametrize(
    ("cron", "gap"),
    [
        ("0 9 * * *", timedelta(days=1)),
        ("0 9 * * 1-5", timedelta(days=1)),
        ("0 6 * * 1", timedelta(days=7)),
        ("*/15 * * * *", timedelta(minutes=15)),
    ],
)
def test_the_usual_gap_is_what_mostly_passes_between_two_runs(cron: str, gap: timedelta) -> None:
    assert usual_gap(cron, "Europe/Paris") == gap


_field = st.from_regex(r"(\*|[0-9]{1,2})([-/,#][0-9]{1,2}|,\*/[0-9])?", fullmatch=True)


@given(st.lists(_field, min_size=5, max_size=5).map(" ".join) | st.text(max_size=30))
def test_words_are_there_for_any_text(text: str) -> None:
    assert in_words(text) or not text


@given(st.text(max_size=30))
def test_any_text_is_either_usable_or_told(text: str) -> None:
    try:
        check_cron(text)
    except ValueError:
        return
    assert next_times(text, "UTC", MONDAY, 1)[0] > MONDAY
