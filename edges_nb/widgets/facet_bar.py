"""The filters by values: of each facet, some values are ticked, to keep these or all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edges_nb.reports.html import visible
from edges_nb.widgets.filter_logic import Choice, Facet, Pick
from edges_nb.widgets.layout import drawn_by

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

MOST_CHOICES = 200
"""Values that a list shows at once; beyond, they are found by typing."""

_MOST_TOLD = 2


class FacetBar:
    """Lists of the values of each facet.

    Args:
        picked: takes the name of a facet, and the text that its filter should have.
    """

    def __init__(self, facets: Sequence[Facet], picked: Callable[[str, str], object]) -> None:
        self._facets, self._picked = tuple(facets), picked
        self._offered: Mapping[str, Sequence[Choice]] = {facet.name: () for facet in facets}
        self._negated: dict[str, bool] = {}
        self._find = dict.fromkeys(self._offered, "")
        self._page: Any = None

    def widget(self) -> DOMWidget:
        """Return the lists."""
        if self._page is None:
            self._page = drawn_by("facet_bar.js")()
            self._page.on_msg(lambda _, message, __: self.take(message))
            self._send()
        return self._page

    def show(self, offered: Mapping[str, Sequence[Choice]], negated: Mapping[str, bool]) -> None:
        """Show what there is to choose, and what is chosen.

        Args:
            negated: by facet, whether the named values are left out; nothing where none is named.
        """
        self._offered = offered
        self._negated |= negated
        self._send()

    def clear(self) -> None:
        """Forget where named values are left out: what is ticked next is what to see."""
        self._negated.clear()

    def take(self, message: Mapping[str, Any]) -> None:
        """Do what was asked for in the page: tick a value, turn a choice into its opposite, find values."""
        name, what = str(message.get("facet")), message.get("what")
        if name not in self._offered:
            return
        named = {choice.value for choice in self._offered[name] if choice.named}
        if what == "find":
            self._find[name] = str(message.get("text", ""))
            self._send()
            return
        if what == "tick":
            change = named.add if message.get("on") else named.discard
            change(str(message.get("value")))
        elif what == "negate":
            self._negated[name] = bool(message.get("on"))
        elif what == "all":
            self._negated[name] = False
            named.clear()
        values = tuple(choice.value for choice in self._offered[name] if choice.value in named)
        self._picked(name, str(Pick(values, self._negated.get(name, False))))
        self._send()

    def _send(self) -> None:
        if self._page is not None:
            self._page.state = {"facets": [self._facet(facet) for facet in self._facets]}

    def _facet(self, facet: Facet) -> dict[str, Any]:
        offered, find = self._offered[facet.name], self._find[facet.name]
        fitting = [each for each in offered if find.casefold() in each.label.casefold()]
        # In the order in which people look for them, and where they are too many, those that are met most.
        often = sorted(fitting, key=lambda each: (not each.named, -each.count))[:MOST_CHOICES]
        kept = {each.value for each in often}
        negated = self._negated.get(facet.name, False)
        told = [visible(_short(each.label)) for each in offered if each.named]
        more = f" and {len(told) - _MOST_TOLD:,} more" if len(told) > _MOST_TOLD else ""
        return {
            "name": facet.name,
            "title": facet.title,
            "told": ("not " if negated and told else "") + ", ".join(told[:_MOST_TOLD]) + more,
            "negated": negated,
            "find": find,
            "choices": [
                asdict(each) | {"label": visible(_short(each.label))}
                for each in fitting
                if each.value in kept
            ],
            "more": len(fitting) - len(kept),
        }


def _short(label: str) -> str:
    return label if len(label) <= 60 else label[:59] + "…"
