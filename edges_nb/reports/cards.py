"""A card: what happened, to which schedule, what to do next. No traceback, and no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from edges_nb.redaction import without_secrets
from edges_nb.reports.html import Html, tag

if TYPE_CHECKING:
    from edges_nb.planning.lost_ledger import LedgerState

_LONGEST = 1_000

Mood = Literal["bad", "calm", "good"]


def card(
    title: str,
    sentence: str,
    *,
    schedule_uid: str = "",
    next_step: str = "",
    reference: str = "",
    mood: Mood = "bad",
) -> Html:
    """Return a card.

    Args:
        sentence: what happened; anything in it that may be a secret is taken out.
        next_step: what the reader does now.
        reference: what to quote to support.
    """
    lines = [tag("p", title, class_="title"), tag("p", without_secrets(sentence, _LONGEST))]
    if schedule_uid:
        lines.append(tag("p", "Schedule: ", tag("code", schedule_uid)))
    if next_step:
        lines.append(tag("p", tag("b", "Next: "), without_secrets(next_step, _LONGEST)))
    if reference:
        lines.append(tag("p", "Reference for support: ", tag("code", reference)))
    return tag("div", *lines, class_=f"card {mood}")


def error_card(error: BaseException) -> Html:
    """Return a card for an error, with the schedule and the server's reference where it knows them."""
    name = type(error).__name__
    return card(
        error_title(name),
        str(error) or name,
        schedule_uid=str(getattr(error, "uid", "") or ""),
        reference=str(getattr(error, "error_ref", "") or ""),
    )


_TITLES = {
    "BadInput": "Something given can't be used",
    "KeyRefused": "The API key was refused",
    "LimitReached": "A daily limit is reached",
    "NeedsAttention": "Some schedules need somebody to look at them",
    "NoAccess": "The workspace does not allow this",
    "NotApproved": "This is not the plan that was approved",
    "Unreachable": "The server can't be reached",
}


def ledger_card(state: LedgerState) -> Html:
    """Say where the ledger knows less than was done, what was not ended, and what belongs to no workspace."""
    lost = card("The ledger may be lost", state.lost) if state.lost else Html()
    if state.unended:
        lost += card("Something was begun and not ended", state.unended)
    return lost + (tag("p", state.note, class_="note") if state.note else Html())


def error_title(name: str) -> str:
    """Return a title for an error of a class, told for people."""
    return _TITLES.get(name, "This did not work")
