"""Finds the widgets of a panel, as a person would: by what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def inside(widget: Any) -> Iterator[Any]:
    """A widget and everything in it, top to bottom."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


def control(widget: Any, title: str) -> Any:
    """The control that is called so, or else the one whose description begins like that."""
    named = [(str(getattr(each, "description", "")), each) for each in inside(widget)]
    found = [each for name, each in named if name == title] or [
        each for name, each in named if name.startswith(title)
    ]
    assert len(found) == 1, (title, [name for name, _ in named if name])
    return found[0]


def buttons(widget: Any) -> list[str]:
    """What the buttons say that can be seen."""
    shown = [
        each for each in inside(widget) if type(each).__name__ == "Button" and each.layout.display != "none"
    ]
    return [each.description for each in shown]


def said(widget: Any) -> str:
    """What the texts of a panel say; the style is none."""
    texts = [each.value for each in inside(widget) if type(each).__name__ == "HTML"]
    texts += [each.state.get("html", "") for each in inside(widget) if type(each).__name__ == "Drawn"]
    return " ".join(text for text in texts if not text.startswith("<style>"))


def tick(shown: Any, facet: str, *values: str, without: bool = False) -> None:
    """Tick values of a facet of a filter, as the page does; `without` leaves these out instead."""
    for value in values:
        shown.facets.take({"what": "tick", "facet": facet, "value": value, "on": True})
    if without:
        shown.facets.take({"what": "negate", "facet": facet, "on": True})


def offered(shown: Any, facet: str) -> dict[str, Any]:
    """What the page has of a facet."""
    shown.widget()
    return next(each for each in shown.facets.widget().state["facets"] if each["name"] == facet)


def edit(preview: Any, field: str, value: str) -> None:
    """Give a value for the selected rows, as the fields below them do."""
    preview.filter.table.take({"what": "edit", "field": field, "value": value})


def field(preview: Any, name: str) -> dict[str, Any]:
    """What the page has of a field for the selected rows."""
    table = preview.filter.table
    return next(each for each in table.editor.state(table.selected)["fields"] if each["name"] == name)
