"""Drawing with matplotlib: SVG that takes the page's colours, the same bytes for the same input.

No text from outside goes through matplotlib, which would read `$…$` as a formula and warn of letters that its
font lacks: a placeholder is drawn, and the escaped text put in its place.
"""

from __future__ import annotations

import html
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edges_nb.reports.html import Html, joined, tag, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, RED, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#808080"
"""Of the colours of Okabe and Ito those that stand out from white and from near black alike, and a grey."""

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

POINTS = 72


@dataclass
class Canvas:
    """A figure with one pair of axes, measured in points.

    Attributes:
        figure, axes: matplotlib's own.
    """

    figure: Figure
    axes: Axes
    _texts: list[str] = field(default_factory=list)
    _hovers: list[Html] = field(default_factory=list)

    def hover(
        self, corner: tuple[float, float], other: tuple[float, float], told: str, pick: str = ""
    ) -> None:
        """Tell something where the pointer is between two corners, in the axes' own numbers.

        Args:
            pick: what a click there stands for, "" where it stands for nothing.
        """
        places = self.axes.transData.transform([corner, other]) * POINTS / self.figure.dpi
        (left, bottom), (right, top) = places.min(axis=0), places.max(axis=0)
        y = self.figure.get_size_inches()[1] * POINTS - top
        box = {
            "x": f"{left:.1f}",
            "y": f"{y:.1f}",
            "width": f"{right - left:.1f}",
            "height": f"{top - bottom:.1f}",
        }
        shown = tag("rect", tag("title", told), fill="transparent", data_pick=pick or None, **box)
        self._hovers.append(shown)

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
        shown = tag(
            "svg", told, Html(drawn), *self._hovers, role="img", aria_label=f"{title}. {description}", **size
        )
        shown = Html(shown.markup, f"[{title}: {description}]\n")
        return tag("figure", shown, tag("figcaption", caption) if caption else "")


def legend(colours: Mapping[str, str], told: str = "") -> Html:
    """Return what the colours of a picture stand for, and below it what there is to say.

    Args:
        colours: of `BLUE`, `RED` and `GREY`, by what they stand for.
    """
    keys = {BLUE: "blue", RED: "red", GREY: "grey"}
    shown = joined(
        tag("span", tag("span", "■ ", class_=f"key {keys[colour]}", aria_hidden="true"), f"{words}  ")
        for words, colour in colours.items()
    )
    return joined([shown, tag("br"), told]) if told else shown


def load_matplotlib() -> None:
    """Load matplotlib, also where MPLBACKEND names what it does not have: nothing here draws on a screen."""
    if "matplotlib" in sys.modules:
        return
    named = os.environ.pop("MPLBACKEND", "")
    import matplotlib

    if named:
        os.environ["MPLBACKEND"] = named
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = named


@contextmanager
def canvas(width: float, height: float, margins: tuple[float, float, float, float]) -> Iterator[Canvas]:
    """Give a canvas of a size in points; margins are left, right, top, bottom.

    It is drawn on, and its picture taken, inside the context: the caller's own plots keep their settings.
    """
    load_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    left, right, top, bottom = margins
    with rc_context(_SETTINGS):  # type: ignore[arg-type]
        figure = Figure(figsize=(width / POINTS, height / POINTS))
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
    """Return what is drawn, and its size, without what reaches beyond an inline picture or is not needed.

    Matplotlib writes a style for every element of the page, ids that are the same in every picture, and
    fonts. What is left of its styles becomes attributes, so that no fragment needs a style of its own.
    """
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if size is None:
        raise ValueError(
            "This version of matplotlib writes an SVG that is not known here: install another one."
        )
    svg = svg[svg.index(">", size.end()) + 1 : svg.rindex("</svg>")]
    svg = re.sub(r"<metadata>.*?</metadata>|<defs>.*?</defs>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:id|clip-path)="[^"]*"| transform="rotate\(-?0 [^"]*\)"', "", svg)
    svg = re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), svg)
    svg = re.sub(r"(\d+\.\d)\d+", r"\1", svg).replace(INK, "currentColor")
    svg = re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg))
    return re.sub(r"</?g>|<g/>|<path d=\"[^\"]*\" fill=\"none\"/>", "", svg).strip(), size[1], size[2]


_KEPT = frozenset(
    {
        *("fill", "fill-opacity", "opacity", "stroke", "stroke-opacity", "stroke-width"),
        *("font-size", "text-anchor"),
    }
)


def _attributes(style: str) -> str:
    pairs = (pair.partition(":") for pair in style.split(";"))
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs if name.strip() in _KEPT)
