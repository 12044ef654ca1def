"""What the cells of the migration's notebook say."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edges_nb.client import Edges
from edges_nb.models.api import Schedule
from edges_nb.models.plan_items import Item, Kind
from edges_nb.planning.plan import Plan
from edges_nb.planning.snapshot import Reading
from edges_nb.redaction import shown_url
from edges_nb.reports.cards import card
from edges_nb.reports.deeds import DEEDS, ENDINGS, ending
from edges_nb.reports.formatting import counted, label, listed, moment, numbered, rhythm, sentence
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.tables import table

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome, Result

_MOST_NAMED = 20
"""Schedules that a cell names one by one."""


def connected(edges: Edges) -> Html:
    """Say which workspace is meant, and where the record of what is done is kept.

    Raises:
        EdgesNbError: the workspace can't be read.
    """
    workspace = tag("p", "Workspace: ", tag("strong", edges.workspace.words or "not told by the server"), ".")
    if edges.sandbox:
        told = ": an invented agency's workspace on this machine. Nothing in it is real. "
        own = "Set EDGES_API_KEY to work on a workspace of yours."
        return tag("p", tag("strong", "SANDBOX"), told, own) + workspace
    place = edges.settings.ledger
    kept = shown_url(place) if "://" in place else place
    told = ". The record of what is done is kept in "
    return workspace + tag("p", "Server: ", tag("strong", edges.where), told, tag("code", kept), ".")


def what_is_there(reading: Reading, edges: Edges) -> Html:
    """Say how many schedules and identities were read, and what of them could not be."""
    statuses = Counter((schedule.status or "without status").lower() for schedule in reading.schedules)
    types = Counter(identity.type or "without type" for identity in reading.identities.values())
    schedules = f"{counted(len(reading.schedules), 'schedule')} of {reading.action} ({numbers(statuses)})"
    identities = f"{counted(len(reading.identities), 'identity', 'identities')} ({numbers(types)})"
    told = tag("p", f"Read at {moment(reading.now)}: {schedules}, and {identities}.")
    return told + odd_rows(edges)


def odd_rows(edges: Edges) -> Html:
    """Say what of the lists that were read could not be."""
    return joined([tag("p", each, class_="note") for each in edges.lists.told])


def nothing_done() -> Html:
    """Say that mode preview does nothing."""
    return tag("p", "Nothing is done in mode preview.")


def open_decisions(number: int) -> str:
    """Say how many schedules wait for a decision, "" where none does."""
    return f"{numbered(number, 'schedule waits', 'schedules wait')} for a decision." if number else ""


def what_took_its_place(edges: Edges, items: Sequence[Item], results: Sequence["Result"]) -> Html:
    """Show the schedules that replaced others, as they are now, and what failed."""
    names = {item.uid: label(item.schedule, item.identity) for item in items}
    rows, failed = [], []
    for result in results:
        if result.outcome != "migrated":
            failed.append(card("It failed", result.reason, schedule_uid=result.schedule_uid))
        if result.new_uid:
            child = edges.schedule(result.new_uid)
            runs, first = rhythm(child.cron, child.timezone), moment(child.next_execution_at, child.timezone)
            status = (child.status or "").lower()
            rows.append((names[result.schedule_uid], child.uid, status, runs, first))
    heads = ["Schedule", "New schedule", "Status", "Runs", "Next run"]
    shown = table(heads, rows, caption="What took its place") if rows else Html()
    return joined([*failed, shown])


def how_they_ended(results: Sequence["Result"], kind: Kind) -> Html:
    """Say how many of the others ended in which way."""
    if not results:
        return tag("p", "There are no others.")
    ends = Counter(ending(result.outcome, kind) for result in results)
    done = ends.pop(DEEDS[kind].done, 0)
    others = [numbers(ends)] * bool(ends)
    return tag("p", sentence("; ".join([f"{done:,} of {len(results):,} {DEEDS[kind].done}", *others])))


def borne_out(results: Sequence["Result"], wrong: Sequence["Result"], kind: Kind) -> Html:
    """Say how much of what was done a fresh listing shows."""
    found = sum(result.outcome == "migrated" for result in results) - len(wrong)
    nouns = DEEDS[kind].nouns
    told = tag("p", f"Verified {counted(found, *nouns)} against a fresh listing.")
    if not wrong:
        return told
    return told + tag("p", f"The listing contradicts {counted(len(wrong), *nouns)}: see below.")


def what_is_left(plan: Plan, left: Sequence[Schedule]) -> Html:
    """Name what could be replaced after all that was done."""
    what = DEEDS[plan.kind].again
    if not left:
        return tag("p", f"No schedule of {plan.reading.action} {what}.")
    rows = [(label(schedule), schedule.uid) for schedule in left[:_MOST_NAMED]]
    more = len(left) - len(rows)
    note = f"{counted(more, 'more schedule')}: a preview without limit shows them." if more else ""
    return table(["Schedule", "Uid"], rows, caption=f"{counted(len(left), 'schedule')} {what}", note=note)


def in_folder(folder: str, files: Sequence[str]) -> Html:
    """Say which files were written, nothing where none were."""
    return tag("p", f"In {folder}: {listed(files)}.") if files else Html()


def open_ends(outcome: "Outcome") -> str:
    """Say how many schedules did not come to their end, "" where all did."""
    ends = Counter(ENDINGS[r.outcome] for r in outcome.results if r.outcome not in ("migrated", "skipped"))
    if not ends:
        return ""
    told = f"{counted(ends.total(), 'schedule')} did not end as planned ({numbers(ends)})"
    return f"{told}: what to do next stands above, at each of them."


def stopped(outcome: "Outcome | None", kind: Kind) -> str:
    """Say how far a run came that was told to end."""
    if outcome is None:
        return "The run was stopped before anything was changed: run the same command again."
    ends = Counter(ending(result.outcome, kind) for result in outcome.results if result.outcome != "skipped")
    return f"The run was stopped: {numbers(ends)}. Run the same command again to go on."


def numbers(counts: "Counter[str]") -> str:
    """Return counts in words, the highest first."""
    return listed([f"{number:,} {name}" for name, number in counts.most_common()]) or "none"
