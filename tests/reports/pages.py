"""Every kind of page that there is, made of samples."""

from __future__ import annotations

from collections.abc import Callable

from edges_nb.monitoring.monitor import Aftermath
from edges_nb.reports.apply_report import applied_parts
from edges_nb.reports.page import page
from edges_nb.reports.preview_report import preview_parts
from edges_nb.reports.watch_report import watch_parts
from tests.reports.samples import (
    ACTION,
    DIGEST,
    FAILED,
    HALF,
    NOW,
    aftermath,
    agency,
    asked,
    outcome,
    thousand,
)

UNDO = "edges-nb undo --action linkedin-extract-connections"


def preview_of_nothing() -> str:
    """A workspace without schedules."""
    question = asked(command="")
    return page(question, preview_parts(question, []))


def preview_of_an_agency() -> str:
    """What a reviewer gets every day."""
    items, identities = agency()
    question = asked(sandbox=True, where="SANDBOX")
    return page(question, preview_parts(question, items, identities))


def preview_of_a_thousand() -> str:
    """A large workspace, with all its rows."""
    items, identities = thousand()
    return page(asked(), preview_parts(asked(), items, identities))


def applied_to_an_agency() -> str:
    """Everything went as planned."""
    return _applied((("migrated", ""),), approved=DIGEST)


def applied_and_everything_failed() -> str:
    """Nothing was replaced."""
    return _applied(FAILED, approved="")


def applied_by_half() -> str:
    """Some of everything, and not all of it begun."""
    return _applied(HALF, approved=DIGEST)


def applied_to_a_thousand() -> str:
    """A large workspace, with all its rows, some of them in trouble."""
    items, identities = thousand()
    question = asked(title="Migration to incremental mode", mode="apply", command="")
    return page(question, applied_parts(question, items, outcome(items, HALF), identities=identities))


def watch_of_an_agency() -> str:
    """Two weeks after a migration with a cap that is too low for some."""
    return _watched(aftermath())


def watch_of_nothing() -> str:
    """Before anything was migrated."""
    return _watched(Aftermath(ACTION, NOW, ()))


def _watched(seen: Aftermath) -> str:
    title = "Incremental schedules since their migration"
    parameters = {"action": ACTION, "days": 0, "out_dir": "out"}
    question = asked(title=title, mode="watch", parameters=parameters, digest="", command="")
    return page(question, watch_parts(question, seen))


def _applied(endings: tuple[tuple[str, str], ...], approved: str) -> str:
    items, identities = agency()
    question = asked(title="Migration to incremental mode", mode="apply", command="")
    parts = applied_parts(
        question,
        items,
        outcome(items, endings),
        identities=identities,
        approved=approved,
        undo_command=UNDO,
    )
    return page(question, parts)


PAGES: dict[str, Callable[[], str]] = {
    "preview-empty": preview_of_nothing,
    "preview-agency": preview_of_an_agency,
    "preview-thousand": preview_of_a_thousand,
    "applied-agency": applied_to_an_agency,
    "applied-failed": applied_and_everything_failed,
    "applied-half": applied_by_half,
    "applied-thousand": applied_to_a_thousand,
    "watch-empty": watch_of_nothing,
    "watch-agency": watch_of_an_agency,
}
