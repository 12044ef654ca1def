"""Drawing with matplotlib: SVG that takes the page's colours, the same bytes for the same input.

No text from outside goes through matplotlib, which would read `$…$` as a formula and warn of letters that its font
lacks: a placeholder is drawn, and the escaped text put in its place.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edges_nb.reports.html import Html, tag, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, RED, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#808080"
"""Colours of Okabe and Ito (grey apart) that can be told from white and from near black, and from each other."""

INK = "#010203"
"""Drawn as the colour of the text around the picture."""

_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "edges-nb",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "path.simplify": False,
}

_POINTS = 72


@dataclass
class Canvas:
    """A figure with one pair of axes, measured in points.

    Attributes:
        figure, axes: matplotlib's own.
    """

    figure: Figure
    axes: Axes
    _texts: list[str] = field(default_factory=list)

    def placeholder(self, text: object) -> str:
        """Return what to draw in place of a text from outside."""
        self._texts.append(visible(text))
        return f"@{len(self._texts) - 1}@"

    def picture(self, title: str, description: str, caption: object = "") -> Html:
        """Return the picture with what a screen reader says of it, and with a caption."""
        file = io.BytesIO()
        unsaid = {"Date": None, "Creator": None, "Format": None, "Type": None}
        self.figure.savefig(file, format="svg", metadata=unsaid, transparent=True)
        drawn, width, height = _lean(file.getvalue().decode("utf-8"))
        drawn = re.sub(r"@(\d+)@", lambda found: html.escape(self._texts[int(found[1])]), drawn)
        told = tag("title", title) + tag("desc", description)
        size = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
        shown = tag("svg", told, Html(drawn), role="img", aria_label=f"{title}. {description}", **size)
        shown = Html(shown.markup, f"[{title}: {description}]\n")
        return tag("figure", shown, tag("figcaption", caption) if caption else "")


@contextmanager
def canvas(width: float, height: float, margins: tuple[float, float, float, float]) -> Iterator[Canvas]:
    """Give a canvas of a size in points; margins are left, right, top, bottom.

    It is drawn on, and its picture taken, inside the context: settings of the caller's own plots stay untouched.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    left, right, top, bottom = margins
    with rc_context(_SETTINGS):  # type: ignore[arg-type]
        figure = Figure(figsize=(width / _POINTS, height / _POINTS))
        place = (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - top - bottom) / height,
        )
        axes = figure.add_axes(place)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.tick_params(length=0)
        yield Canvas(figure, axes)


def _lean(svg: str) -> tuple[str, str, str]:
    """Return what is drawn, and its size, without what would reach beyond an inline picture or is not needed.

    Matplotlib writes a style for every element of the page, ids that are the same in every picture, and fonts.
    """
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if size is None:
        raise ValueError(
            "matplotlib's SVG has no viewBox: the version installed is not one that is known here."
        )
    svg = svg[svg.index(">", size.end()) + 1 : svg.rindex("</svg>")]
    svg = re.sub(r"<metadata>.*?</metadata>|<defs>.*?</defs>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:id|clip-path)="[^"]*"| transform="rotate\(-?0 [^"]*\)"', "", svg)
    svg = re.sub(r"; (?:font-family|stroke-linejoin|stroke-linecap|stroke-miterlimit): [^;\"]*", "", svg)
    svg = re.sub(r"(\d+\.\d)\d+", r"\1", svg).replace(INK, "currentColor")
    return (
        re.sub(r"</?g>|<g/>", "", re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg))).strip(),
        size[1],
        size[2],
    )


def bars(
    canvas: Canvas,
    values: list[tuple[str, dict[str, float]]],
    colours: dict[str, str],
    numbers: str = "{:,.0f}",
) -> None:
    """Draw stacked bars, one a line, the first on top, each part with its number where it fits."""
    axes = canvas.axes
    widest = max((sum(parts.values()) for _, parts in values), default=0) or 1
    for line, (name, parts) in enumerate(values):
        begin = 0.0
        for kind, value in parts.items():
            if value:
                axes.barh(line, value, left=begin, height=0.72, color=colours[kind], clip_on=False)
                begin += value
        axes.text(-widest * 0.02, line, canvas.placeholder(name), ha="right", va="center", fontsize=11)
        told = " + ".join(numbers.format(value) for value in parts.values() if value) or "0"
        axes.text(begin + widest * 0.015, line, told, ha="left", va="center", fontsize=11)
    axes.set_xlim(0, widest)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_axis_off()
