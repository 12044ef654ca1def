"""Pictures: right numbers, the same bytes, no names taken for formulas, colours that can be told apart."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import warnings
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations

import pandas as pd
import pytest

from edges_nb.frames import runs_frame, schedules_frame
from edges_nb.models.api import Identity, Run, Schedule
from edges_nb.models.plan_items import Decision
from edges_nb.reports.figures import (
    calendar,
    identity_figure,
    items_figure,
    load_figure,
    week_counts,
    week_figure,
)
from edges_nb.reports.html import fragment_style
from edges_nb.reports.svg_canvas import BLUE, GREEN, GREY, INK, RED
from tests.reports.markup import Markup, dangers
from tests.reports.samples import NOW, agency, item, one_of_each

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
LIGHT, DARK = "#ffffff", "#14171a"


def test_a_week_counts_runs_in_the_timezone_that_is_asked_for() -> None:
    week = week_counts({("0 9 * * 1-5", "Europe/Paris"): 3}, "America/New_York", MONDAY)
    assert [sum(row[day] for row in week) for day in range(7)] == [3, 3, 3, 3, 3, 0, 0]
    assert week[3][0] == 3


def test_a_week_in_which_the_clocks_change_has_each_run_once() -> None:
    week = week_counts(
        {("30 2 * * *", "Europe/Paris"): 1}, "Europe/Paris", datetime(2026, 10, 23, tzinfo=UTC)
    )
    assert sum(map(sum, week)) == 7


def test_a_week_of_a_schedule_that_runs_every_minute_is_counted_whole() -> None:
    week = week_counts({("* * * * *", "UTC"): 1}, "UTC", MONDAY)
    assert {number for row in week for number in row} == {60}


def test_a_week_ends_before_the_moment_at_which_it_began() -> None:
    week = week_counts({("0 0 * * 1", "UTC"): 1}, "UTC", MONDAY)
    assert sum(map(sum, week)) == 1


@pytest.mark.parametrize("rhythm", [("every day", "UTC"), ("0 9 * * *", "Mars/Base"), ("0 0 31 2 *", "UTC")])
def test_a_rhythm_that_can_not_be_read_counts_nothing(rhythm: tuple[str, str]) -> None:
    assert sum(map(sum, week_counts({rhythm: 1}, "UTC", MONDAY))) == 0


def test_the_weeks_before_and_after_say_whether_the_times_change() -> None:
    same = item(1)
    assert same.request is not None
    other = same.request.model_copy(update={"cron": "0 10 * * *"})
    assert "The times stay the same: 7 runs in the week before, 7 after." in repr(week_figure([same], "UTC"))
    assert "The times change" in repr(week_figure([item(1, request=other)], "UTC"))


def test_a_schedule_that_stays_runs_as_before_in_both_weeks() -> None:
    figure = repr(week_figure([item(1, Decision.SKIP), item(2, Decision.NEEDS_INPUT)], "UTC"))
    assert "14 runs in the week before, 14 after" in figure


def test_the_busiest_hour_is_told() -> None:
    figure = repr(
        calendar(Counter({("0 9 * * 1", "UTC"): 12, ("0 8 * * *", "UTC"): 2}), "UTC", MONDAY, "Now")
    )
    assert "26 runs; the busiest hour is Mon 09:00 with 12." in figure


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("0 9 * * 1,2", "the busiest hours are Mon 09:00 and Tue 09:00 with 1 each."),
        ("0 9 * * *", "the busiest hours are Mon 09:00, Tue 09:00, Wed 09:00 and 4 more with 1 each."),
    ],
)
def test_ties_are_told(cron: str, told: str) -> None:
    assert told in repr(calendar({(cron, "UTC"): 1}, "UTC", MONDAY, "Now"))


def test_hours_bars_and_dots_tell_their_values_under_the_pointer() -> None:
    week = calendar({("0 9 * * 1", "UTC"): 1_200}, "UTC", MONDAY, "Now").markup
    assert "<title>Mon 09:00: 1,200 runs</title>" in week
    bars = identity_figure([item(n, Decision(d), text=t) for n, (t, d) in enumerate(BARS)]).markup
    assert "<title>A &amp; B: 1 replaced, 1 stay as they are</title>" in bars
    dots = items_figure(runs_frame([*runs(5, "incremental"), *runs(2, "full")])).markup
    assert "<title>Sun 4 Oct 2026, 00:00 UTC: 300 items, incremental</title>" in dots


BARS = (("A & B", "migrate"), ("A & B", "skip"), ("C", "skip"), ("D", "skip"))


def test_only_a_calendar_that_is_asked_to_can_be_clicked() -> None:
    rhythm = {("0 9 * * 1", "UTC"): 2}
    shown = Markup(calendar(rhythm, "UTC", MONDAY, "Now", pick=True).markup).all("rect")
    assert [each.attributes.get("data-pick") for each in shown] == ["Mon 09:00 UTC"]
    assert "data-pick" not in calendar(rhythm, "UTC", MONDAY, "Now").markup


def test_hover_lies_over_what_it_tells() -> None:
    svg = Markup(calendar({("0 9 * * 1", "UTC"): 2}, "UTC", MONDAY, "Now").markup)
    (box,) = svg.all("rect")
    (number,) = [text for text in svg.all("text") if text.text == "2"]
    left, top, width, height = (float(box.attributes[name] or 0) for name in ("x", "y", "width", "height"))
    x, y = (float(number.attributes[name] or 0) for name in ("x", "y"))
    assert left < x < left + width
    assert top < y < top + height


@pytest.mark.parametrize("count", [3_000, 60_000])
def test_picture_of_many_runs_stays_small_and_says_that_dots_are_merged(count: int) -> None:
    dice = random.Random(5)
    many = pd.DataFrame(
        {
            "started": pd.Timestamp("2026-08-01", tz="UTC")
            + pd.to_timedelta([dice.random() * 90 for _ in range(count)], unit="D"),
            "items": [dice.randrange(9_000) for _ in range(count)],
            "sync_mode": [dice.choice(["full", "incremental"]) for _ in range(count)],
        }
    )
    figure = items_figure(many)
    assert len(figure.markup.encode()) < 200_000
    assert "one dot stands for several" in repr(figure)


def test_every_picture_of_a_large_workspace_stays_small() -> None:
    items = [item(number, text=f"Identity {number:05d}" + "<" * 200) for number in range(2_000)]
    frame = schedules_frame(
        [
            Schedule(uid=str(n), status="ACTIVE", cron="* * * * *", identity_ids=[str(n)])
            for n in range(2_000)
        ],
        [Identity(uid=str(n), name=f"{n}" + "<" * 200) for n in range(2_000)],
    )
    full = calendar({("* * * * *", "UTC"): 9_999}, "Europe/Isle_of_Man", MONDAY, "Now", pick=True)
    for figure in (week_figure(items, "UTC"), identity_figure(items), load_figure(frame), full):
        assert len(figure.markup.encode()) < 200_000


def test_few_are_told_in_a_sentence() -> None:
    two = items_figure(runs_frame(runs(2, "full")))
    assert repr(two) == (
        "2 full runs and 0 incremental runs: Thu 1 Oct 2026, 00:00 UTC: 0 items; "
        "Fri 2 Oct 2026, 00:00 UTC: 100 items."
    )
    assert repr(identity_figure([item(1), item(2, Decision.SKIP, text="Second")])) == (
        "Second: 1 stay as they are. Weekly: 1 replaced. 2 schedules of 2 identities."
    )
    assert repr(calendar({}, "UTC", MONDAY, "Now")) == "Now: no runs."


def test_each_hour_with_runs_has_its_number() -> None:
    svg = Markup(calendar({("0 9 * * 1-5", "UTC"): 37}, "UTC", MONDAY, "Now").markup)
    assert Counter(text.text for text in svg.all("text"))["37"] == 5


def test_identities_are_shown_by_how_many_schedules_they_have() -> None:
    items = [item(1), *(item(number, Decision.SKIP, text="Second") for number in (2, 3)), item(4, text="Z")]
    names = [text.text for text in Markup(identity_figure(items).markup).all("text")]
    assert names == ["Second", "2", "Weekly", "1", "Z", "1"]


def test_identities_beyond_what_fits_are_counted() -> None:
    items = [item(number, text=f"Identity {number:03d}") for number in range(100)]
    assert "Not shown: 70 others with 70 together." in repr(identity_figure(items))


def test_load_is_in_runs_a_day_of_active_schedules() -> None:
    people = [Identity(uid="i", name="Anna"), Identity(uid="z", name="Zoe")]
    schedules = [
        Schedule(uid="1", status="ACTIVE", cron="0 9 * * *", identity_ids=["i"]),
        Schedule(uid="2", status="ACTIVE", cron="0 */6 * * *", identity_ids=["i"]),
        Schedule(uid="3", status="PAUSED", cron="0 9 * * *", identity_ids=["i"]),
        Schedule(uid="4", status="ACTIVE", cron="0 9 * * *"),
        Schedule(uid="5", status="ACTIVE", cron="0 9 1 * *", identity_ids=["z"]),
    ]
    shown = Markup(load_figure(schedules_frame(schedules, people)).markup)
    assert [text.text for text in shown.all("text")][:5] == ["Anna", "5.0", "(not known)", "1.0", "Zoe"]
    assert [box.attributes.get("data-pick") for box in shown.all("rect")] == ["Anna", None, "Zoe"]


def runs(count: int, mode: str | None) -> list[Run]:
    return [
        Run(
            uid=f"{mode}-{number}",
            started_at=datetime(2026, 10, 1 + number, tzinfo=UTC),
            output_count=100 * number,
            parameters={"sync_mode": mode} if mode else None,
        )
        for number in range(count)
    ]


def test_items_per_run_has_a_dot_for_each_run_and_full_is_the_default() -> None:
    figure = items_figure(runs_frame([*runs(5, "incremental"), *runs(2, "full"), *runs(1, None)]))
    assert "3 full runs and 5 incremental runs." in repr(figure)
    dots = {
        path.attributes["fill"]: path.attributes["d"].count("M") for path in Markup(figure.markup).all("path")
    }
    assert dots[GREY] == 3
    assert dots[BLUE] == 5


@pytest.mark.parametrize(
    "figure",
    [
        pytest.param(lambda: week_figure([], "UTC"), id="week"),
        pytest.param(lambda: identity_figure([]), id="identity"),
        pytest.param(lambda: load_figure(schedules_frame([], [])), id="load"),
        pytest.param(lambda: items_figure(runs_frame([])), id="items"),
        pytest.param(lambda: items_figure(runs_frame(runs(1, "full"))), id="one run"),
    ],
)
def test_nothing_or_little_is_a_sentence(figure) -> None:  # type: ignore[no-untyped-def]
    markup = Markup(figure().markup)
    assert dangers(markup) == []
    assert not markup.all("svg")
    assert markup.all("p")[0].text.endswith(".")


def test_names_are_text_whatever_they_are() -> None:
    name = "$x_{1}$ <b> @0@ @999@ 漢字 \x00"
    figure = identity_figure([item(1, text=name), item(2, text="b"), item(3, text="c")])
    assert "$x_{1}$ <b> @0@ @999@ 漢字" in Markup(figure.markup).all("text")[0].text
    assert dangers(Markup(figure.markup)) == []


def test_pictures_say_what_they_show_to_who_can_not_see_them() -> None:
    items, _ = agency()
    for svg in Markup((week_figure(items, "UTC") + identity_figure(items)).markup).all("svg"):
        assert svg.attributes["role"] == "img"
        assert svg.attributes["aria-label"]
        assert svg.text.strip()


def test_pictures_reach_nothing_outside_themselves() -> None:
    items, _ = agency()
    markup = (week_figure(items, "UTC", start=NOW) + identity_figure(items)).markup
    assert not re.search(r"<style|<defs|<use|\bid=|url\(|clip-path|xlink|font-family|style=", markup)
    assert INK not in markup


def test_the_same_input_gives_the_same_bytes() -> None:
    items = one_of_each()
    assert week_figure(items, "UTC") == week_figure(items, "UTC")
    assert identity_figure(items) == identity_figure(items)


def test_a_picture_leaves_the_callers_own_plots_as_they_are() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    identity_figure(one_of_each())
    assert dict(mpl.rcParams) == before


def test_drawing_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        identity_figure([item(number, text=f"漢字 \u0600 $ {number}") for number in range(3)])
        items_figure(runs_frame(runs(30, "full")))


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, surface: str, strength: float) -> str:
    pairs = [(int(c[place : place + 2], 16)) for place in (1, 3, 5) for c in (colour, surface)]
    return "#" + "".join(
        f"{round(top * strength + below * (1 - strength)):02x}"
        for top, below in zip(pairs[::2], pairs[1::2], strict=True)
    )


@pytest.mark.parametrize("surface", [LIGHT, DARK])
@pytest.mark.parametrize("colour", [BLUE, RED, GREEN, GREY])
def test_colours_stand_out_from_both_surfaces(colour: str, surface: str) -> None:
    assert contrast(colour, surface) >= 3


def seen(colour: str, matrix: tuple[tuple[float, float, float], ...]) -> list[float]:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [sum(share * channel for share, channel in zip(row, channels, strict=True)) for row in matrix]


# Viénot, Brettel and Mollon's matrices, simplified to sRGB: enough to see whether two colours fall together.
PROTANOPIA = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))
DEUTERANOPIA = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))
TRITANOPIA = ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304))


def test_badges_and_cards_can_be_read() -> None:
    pairs = re.findall(r"background:(#[0-9a-f]{3,6});color:(#[0-9a-f]{3,6})", fragment_style())
    assert len(pairs) == 4
    for pair in pairs:
        surface, text = (colour if len(colour) == 7 else re.sub(r"(\w)", r"\1\1", colour) for colour in pair)
        assert contrast(surface, text) >= 4.5


@pytest.mark.parametrize(("surface", "text"), [(LIGHT, "#1b1f24"), (DARK, "#e6e8ea")])
def test_what_stands_back_can_still_be_read(surface: str, text: str) -> None:
    strength = re.search(r"--soft:color-mix\(in srgb,currentColor (\d+)%", fragment_style())
    assert strength is not None
    assert contrast(mixed(text, surface, int(strength[1]) / 100), surface) >= 4.5


@pytest.mark.parametrize("eyes", [PROTANOPIA, DEUTERANOPIA, TRITANOPIA])
def test_colours_that_stand_side_by_side_can_be_told_apart_by_colour_blind_people(
    eyes: tuple[tuple[float, float, float], ...],
) -> None:
    for one, other in combinations((BLUE, RED, GREY), 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen(one, eyes), seen(other, eyes), strict=True)) ** 0.5
        assert distance > 0.2, (one, other)


@pytest.mark.parametrize(("surface", "text"), [(LIGHT, "#1b1f24"), (DARK, "#e6e8ea")])
def test_numbers_can_be_read_on_every_strength_of_the_blue(surface: str, text: str) -> None:
    from edges_nb.reports.shapes import _STEPS

    for strength in _STEPS[:-1]:
        assert contrast(text, mixed(BLUE, surface, strength)) >= 4.5
    assert contrast("#ffffff", BLUE) >= 4.5


def test_pictures_are_drawn_whatever_way_of_drawing_is_set() -> None:
    code = "from edges_nb.reports.svg_canvas import canvas\nwith canvas(9, 9, (0, 0, 0, 0)): print('drawn')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"MPLBACKEND": "odd"}, capture_output=True, text=True, check=False
    )
    assert done.stdout == "drawn\n", done.stderr
