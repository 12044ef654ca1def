"""The picture of the README: time against the number of schedules, and against the rate limit.

Its colours stand out from white and from near black, and marks differ in shape as well as in colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = Path(__file__).with_name("speed.svg")

OURS, GUIDE, FLOOR = "#0072b2", "#d55e00", "#808080"
INK = "#767676"
"""A grey with a contrast of 4.5 to 1 against white and of 4.6 to 1 against black."""

_SETTINGS = {
    "svg.hashsalt": "edges-nb",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(measured: Mapping[str, Any], place: Path = PICTURE) -> None:
    """Draw what was measured; the same figures give the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS):  # type: ignore[arg-type]
        figure = Figure(figsize=(9.6, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _by_number(left, measured["numbers"])
        _by_limit(right, measured["limits"], measured["schedules"])
        figure.savefig(place, transparent=True, metadata={"Date": None, "Creator": None})
    # Without text as paths the file is small, and whoever looks has a font of the kind.
    drawn = place.read_text(encoding="utf-8").replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans'")
    place.write_text("\n".join(line.rstrip() for line in drawn.splitlines()) + "\n", encoding="utf-8")


def _by_number(axes: Axes, rows: Sequence[Mapping[str, float]]) -> None:
    axes.set_title("Without a limit, 50 ms latency", loc="left", fontsize=12)
    numbers = [row["schedules"] for row in rows]
    _line(axes, numbers, [row["ours"] for row in rows], OURS, "o", "edges-nb")
    guided = [(row["schedules"], row["guide"]) for row in rows if "guide" in row]
    if guided:
        _line(axes, *zip(*guided, strict=True), GUIDE, "s", "the guide's script")
    axes.legend(frameon=False, labelcolor=INK)
    axes.set_xlabel("schedules")
    axes.set_ylabel("seconds")
    axes.set_xticks(numbers)
    axes.set_xlim(0, numbers[-1] * 1.02)
    axes.set_ylim(bottom=0)


def _by_limit(axes: Axes, rows: Sequence[Mapping[str, float]], schedules: int) -> None:
    axes.set_title(f"{schedules} schedules, 20 ms latency, a limit not told", loc="left", fontsize=12)
    rates = [row["rate"] for row in rows]
    _line(axes, rates, [row["ours"] for row in rows], OURS, "o", "edges-nb")
    _line(axes, rates, [row["floor"] for row in rows], FLOOR, "", "what the limit makes necessary")
    guided = [(row["rate"], f"{row['guide_migrated']:.0f}") for row in rows if "guide_migrated" in row]
    if guided:
        # Numbers in place of a line: a script that gives up on most of them has no time to compare.
        axes.plot([], [], " ", label=f"of {schedules} the guide's script migrates (below)")
    for rate, told in guided:
        where = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center"}
        axes.annotate(told, (rate, 0), color=GUIDE, weight="bold", **where)
    colours = [INK, INK, GUIDE] if guided else INK
    axes.legend(frameon=False, labelcolor=colours, loc="upper right")
    axes.set_xlabel("requests a second that the server allows")
    axes.set_ylabel("seconds")
    axes.set_xscale("log", base=2)
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    axes.set_xlim(rates[0] / 1.3, rates[-1] * 1.3)
    axes.set_ylim(0, 1.4 * max(row["ours"] for row in rows))


def _line(
    axes: Axes, across: Sequence[float], up: Sequence[float], colour: str, mark: str, label: str
) -> None:
    style = {"color": colour, "linewidth": 2.0, "label": label}
    axes.plot(across, up, marker=mark, linestyle="-" if mark else "--", markersize=7, **style)
