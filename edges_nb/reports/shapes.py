"""What is drawn on a canvas: bars, dots, a week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edges_nb.reports.svg_canvas import BLUE, INK, POINTS, Canvas

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Week = Sequence[Sequence[int]]
"""Numbers for 24 hours and 7 weekdays."""

_DOT = 2.2
"""Half the width of a dot, in points."""

_STEPS = (0.10, 0.22, 0.36, 0.52, 1.0)
"""Strengths of the blue: the last is for white numbers, the others for numbers in the text's colour."""

_EMPTY = (0.5, 0.5, 0.5, 0.10)

_NAME, _NUMBER = 0.6, 0.3
"""How far a bar's name and number reach beyond it, as parts of the widest one."""


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart: a name, how long which part is, and what a click on it stands for."""

    name: str
    parts: Mapping[str, float]
    pick: str = ""

    @property
    def total(self) -> float:
        """The length of the whole bar."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class Dot:
    """A place in a picture, in the axes' own numbers, and what it stands for."""

    kind: str
    x: float
    y: float
    told: str


def draw_bars(canvas: Canvas, lines: Sequence[Bar], colours: Mapping[str, str], numbers: str) -> None:
    """Draw stacked bars, the first on top, with the numbers of their parts at the end."""
    axes = canvas.axes
    widest = max((line.total for line in lines), default=0) or 1
    for place, line in enumerate(lines):
        begin = 0.0
        for kind, value in line.parts.items():
            if value:
                axes.barh(place, value, left=begin, height=0.72, color=colours[kind], clip_on=False)
                begin += value
        told = " + ".join(numbers.format(value) for value in line.parts.values() if value) or "0"
        axes.text(-widest * 0.02, place, canvas.placeholder(line.name), ha="right", va="center")
        axes.text(begin + widest * 0.015, place, told, ha="left", va="center")
    axes.set_xlim(0, widest)
    axes.set_ylim(max(len(lines), 1) - 0.5, -0.5)
    axes.set_axis_off()
    for place, line in enumerate(lines):
        ends = (-widest * _NAME, place - 0.5), (widest * (1 + _NUMBER), place + 0.5)
        canvas.hover(*ends, f"{line.name}: {bar_words(line, numbers)}", line.pick)


def bar_words(line: Bar, numbers: str) -> str:
    """Return how long which part of a bar is."""
    return ", ".join(f"{numbers.format(value)} {kind}" for kind, value in line.parts.items() if value) or "0"


def draw_dots(canvas: Canvas, dots: Sequence[Dot], colour: str, *, turned: bool) -> None:
    """Draw a small square, or one that stands on a corner, at each place; the axes' limits are set already.

    They are one path: markers of matplotlib are references between elements, which an inline picture can't
    have without names that are the same in every picture.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if not dots:
        return
    axes, size = canvas.axes, canvas.figure.get_size_inches() * POINTS
    box = axes.get_position()
    wide = _DOT * (axes.get_xlim()[1] - axes.get_xlim()[0]) / (box.width * size[0])
    high = _DOT * (axes.get_ylim()[1] - axes.get_ylim()[0]) / (box.height * size[1])
    corners = ((0, 1.3), (1.3, 0), (0, -1.3), (-1.3, 0)) if turned else ((-1, 1), (1, 1), (1, -1), (-1, -1))
    points: list[tuple[float, float]] = []
    for dot in dots:
        x, y = dot.x, dot.y
        points += [(x + right * wide, y + up * high) for right, up in corners] + [(x, y)]
        canvas.hover((x - 2 * wide, y - 2 * high), (x + 2 * wide, y + 2 * high), dot.told)
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(dots)
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, linewidth=0, clip_on=False))


def draw_week(canvas: Canvas, week: Week, most: int, pick: str = "") -> None:
    """Draw a calendar of a week, each hour with its number; `most` has the strongest colour.

    Args:
        pick: the timezone of the hours that a click stands for, "" where it stands for nothing.
    """
    axes = canvas.axes
    hours = range(0, 24, 2)
    axes.set_xlim(0, 7)
    axes.set_ylim(24, 0)
    axes.set_xticks([day + 0.5 for day in range(7)], DAYS)
    axes.set_yticks([hour + 0.5 for hour in hours], [f"{hour:02d}:00" for hour in hours])
    axes.xaxis.tick_top()
    hours_of: dict[float, list[tuple[int, int]]] = defaultdict(list)
    for hour, row in enumerate(week):
        for day, number in enumerate(row):
            strength = _STEPS[min(len(_STEPS) - 1, number * len(_STEPS) // (most + 1))] if number else 0.0
            hours_of[strength].append((day, hour))
            if number:
                _write_number(canvas, (day, hour), number, strength)
                name = f"{DAYS[day]} {hour:02d}:00"
                told = f"{name}: {number:,} run{'' if number == 1 else 's'}"
                canvas.hover((day, hour), (day + 1, hour + 1), told, f"{name} {pick}" if pick else "")
    for strength, places in sorted(hours_of.items()):
        _draw_hours(canvas, places, (*_rgb(BLUE), strength) if strength else _EMPTY)


def _draw_hours(canvas: Canvas, places: Sequence[tuple[int, int]], colour: tuple[float, ...]) -> None:
    """Draw all hours of one colour as one path: a path for each takes matplotlib ten times as long."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points: list[tuple[float, float]] = []
    for day, hour in places:
        left, right, top, bottom = day + 0.03, day + 0.97, hour + 0.04, hour + 0.96
        points += [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(places)
    canvas.axes.add_patch(PathPatch(Path(points, codes), fc=colour, lw=0, clip_on=False))


def _write_number(canvas: Canvas, place: tuple[int, int], number: int, strength: float) -> None:
    told = str(number) if number < 10_000 else f"{number // 1000}k"
    ink = "#ffffff" if strength == _STEPS[-1] else INK
    x, y = place
    canvas.axes.text(x + 0.5, y + 0.52, told, ha="center", va="center", fontsize=10, color=ink)


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue
