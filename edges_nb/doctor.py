"""Look at a workspace without changing anything: what this server does, and what the tool will therefore do.

The public reference leaves things open that decide how safely a schedule can be replaced. What reading can
show is shown here; the rest only a first replacement can.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edges_nb.client import Edges
from edges_nb.errors import ApiError
from edges_nb.models.api import CONNECTIONS
from edges_nb.planning.plan import plan_migration

_CONFIGURATION = ("inputs", "callback", "identity_ids", "parameters")
_SKEW = 120
"""Seconds by which the clocks may differ before it is told as odd."""


@dataclass(frozen=True)
class Observation:
    """One thing that was looked at.

    Attributes:
        code: what was looked at, for programs.
        topic: the same in a few words.
        seen: what the server does.
        therefore: what the tool does about it, or what to do.
        wrong: whether somebody has to do something before anything is changed.
    """

    code: str
    topic: str
    seen: str
    therefore: str
    wrong: bool = False


def examine(edges: Edges, action: str = CONNECTIONS) -> list[Observation]:
    """Read what there is to read and say what follows from it.

    Raises:
        ApiError, Unreachable: the workspace can't be read.
    """
    return [
        Observation(
            "server", "Server", f"{edges.where}, at {edges.settings.base_url}", "Every request goes there."
        ),
        _workspace(edges),
        *_identities(edges),
        *_schedules(edges, action),
        *_runs(edges, action),
        _names(edges, action),
        _rate(edges),
        _clock(edges),
        *_plan(edges, action),
        *_open_questions(),
    ]


def _rows(value: Any) -> tuple[str, list[dict[str, Any]]]:
    if isinstance(value, dict):
        envelope = next((name for name in ("data", "items") if isinstance(value.get(name), list)), "")
        return f"an object with `{envelope}`", value.get(envelope) or []
    return "a bare array", value


def _workspace(edges: Edges) -> Observation:
    told = edges.workspace.words or "not told by the server"
    try:
        edges.raw("/workspaces")
    except ApiError:
        shown = f"{told}; `GET /workspaces` is not offered"
    else:
        shown = f"{told}; shown by `GET /workspaces`"
    return Observation("workspace", "Workspace", shown, f"The ledger knows it as {edges.workspace_key}.")


_ACTIVITY = {True: "", False: " but not active", None: ", activity not shown"}
_PAGING = {
    "page": "by `page`",
    "offset": "by `limit` and `offset`",
    "none": "not at all: the first answer holds all",
}


def _identities(edges: Edges) -> Iterator[Observation]:
    identities = edges.identities()
    kinds = Counter(f"{i.type}{_ACTIVITY[i.is_active]}" for i in identities)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
    usable = sum(i.usable for i in identities)
    therefore = (
        "Only schedules of active engagement identities can become incremental."
        if usable
        else "Nothing can become incremental: create an engagement identity and connect its LinkedIn account."
    )
    yield Observation("identities", "Identities", told, therefore)
    yield Observation(
        "identity_paging",
        "Pages of identities",
        _PAGING[edges.lists.identity_paging],
        "Each way is followed to the end.",
    )
    states = Counter(i.linkedin_status for i in identities if i.linkedin_status)
    broken = states.total() - states["VALID"]
    yield Observation(
        "linkedin_accounts",
        "LinkedIn accounts",
        ", ".join(f"{count} {state}" for state, count in states.most_common()) or "not shown",
        "Runs of those that are not VALID fail: reconnect them in Edges." if broken else "None to reconnect.",
    )


def _schedules(edges: Edges, action: str) -> Iterator[Observation]:
    envelope, rows = _rows(edges.raw("/schedules", action_name=action, limit="1"))
    yield Observation("envelope", "Lists", f"they come as {envelope}", "All three forms are read.")
    if not rows:
        yield Observation("schedules", "Schedules", f"none of {action}", "There is nothing to replace.")
        return
    listed = edges.schedules(action)
    for sentence in edges.lists.told:
        yield Observation(
            "unreadable_rows",
            "Rows that can't be read",
            sentence,
            "They are not replaced by guess; others are.",
        )
    filtered = edges.schedules_by_uid(schedule.uid for schedule in listed[:2])
    yield Observation(
        "uid_filter",
        "Filter by uid",
        "not obeyed" if filtered is None else "obeyed",
        "Schedules are read again one by one." if filtered is None else "Many are read by one request.",
    )
    name = "scheduled_run_uid" if not rows[0].get("uid") else "uid"
    yield Observation("schedule_uid", "A schedule's uid", f"it is called `{name}`", "Both names are read.")
    uid = str(rows[0].get("uid") or rows[0].get("scheduled_run_uid"))
    shown = edges.raw(f"/schedules/{uid}")
    fields = shown.get("data", shown) if isinstance(shown, dict) else {}
    yield _configuration(rows[0], fields)


def _configuration(listed: Mapping[str, Any], got: Mapping[str, Any]) -> Observation:
    """Tell field by field where a schedule's configuration is shown."""
    places = {
        "list and GET": [name for name in _CONFIGURATION if listed.get(name) and got.get(name)],
        "GET only": [name for name in _CONFIGURATION if got.get(name) and not listed.get(name)],
        "the list only": [name for name in _CONFIGURATION if listed.get(name) and not got.get(name)],
        "neither": [name for name in _CONFIGURATION if not (listed.get(name) or got.get(name))],
    }
    told = "; ".join(f"{', '.join(names)} by {place}" for place, names in places.items() if names)
    missing = ", ".join(places["neither"])
    then = ["Each schedule is asked for alone."] * bool(places["GET only"])
    then += [f"{missing} come from runs, as far as they know; an identity they do not know."] * bool(missing)
    return Observation(
        "configuration",
        "Where a schedule's configuration is shown",
        told,
        " ".join(then) or "Nothing has to be asked for besides.",
    )


def _runs(edges: Edges, action: str) -> Iterator[Observation]:
    runs = edges.runs_page(0, action)
    if not runs:
        yield Observation("runs", "Runs", "none", "What GET leaves out has to be given in overrides.")
        return
    of_schedules = sum(run.scheduled_run_uid is not None for run in runs)
    parameters = sum(run.parameters is not None for run in runs)
    yield Observation(
        "runs",
        "Runs",
        f"of the newest {len(runs)}, {of_schedules} name their schedule, {parameters} show parameters",
        "max_results and the rest are taken over from them."
        if of_schedules and parameters
        else "max_results can't be read: give it in overrides or as a parameter.",
    )
    if any_outputs := next((run for run in runs if (run.output_count or 0) > 1), None):
        pages = "by cursor" if edges.pages_by_cursor(f"/runs/{any_outputs.uid}/outputs") else "by offset"
        yield Observation("outputs", "Pages of a run's outputs", pages, "Both ways are followed to the end.")


def _names(edges: Edges, action: str) -> Observation:
    named = sum(schedule.name is not None for schedule in edges.schedules(action))
    return Observation(
        "names",
        "Names",
        f"{named} schedules show one",
        "A replacement carries in its name what it replaces, and is found by it."
        if named
        else "If names are not kept, a replacement is found by its configuration and its time.",
    )


def _rate(edges: Edges) -> Observation:
    seen = ", ".join(edges.rate_headers)
    return Observation(
        "rate_limit",
        "Rate limit",
        f"headers seen: {seen}" if seen else "no headers about it seen",
        "They are obeyed." if seen else "The rate grows until a request is turned away, then falls.",
    )


def _clock(edges: Edges) -> Observation:
    if edges.sandbox:
        return Observation(
            "clock", "Clock", "a sandbox's own, which stands still", "The server's time is what counts."
        )
    skew = (edges.now() - edges.clock.utcnow()).total_seconds()
    odd = abs(skew) > _SKEW
    return Observation(
        "clock",
        "Clock",
        f"the server's is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's",
        "The server's time is what counts." + (" Check this machine's clock all the same." if odd else ""),
    )


def _plan(edges: Edges, action: str) -> Iterator[Observation]:
    plan = plan_migration(edges, action=action)
    state = plan.ledger_state
    if state.lost:
        yield Observation("ledger", "Ledger", "it may be lost", state.lost, wrong=True)
    if state.unended:
        yield Observation("unended", "Ledger", "something was not ended", state.unended, wrong=True)
    if state.note:
        yield Observation("ledger", "Ledger", "it holds what fits no workspace so far", state.note)
    counts = plan.counts
    yield Observation(
        "schedules",
        "Schedules",
        f"{len(plan.items)} of {action}: {counts['migrate']} can become incremental, {counts['skip']} are "
        f"left as they are, {counts['needs_input']} need a decision",
        "Run a preview to see each of them." if plan.items else "There is nothing to replace.",
    )
    if plan.to_replace:
        yield Observation(
            "cost", "Cost of an apply", plan.forecast.sentence, "Nothing is sent before you apply."
        )
    reasons = Counter(i.code.heading for i in plan.items if i.decision.value == "needs_input" and i.code)
    for reason, count in reasons.most_common():
        yield Observation(
            "needs_decision",
            "Needs a decision",
            f"{count}: {reason}",
            "Answer it in overrides; the preview has rows.",
        )


def _open_questions() -> Iterator[Observation]:
    asked = (
        ("pause", "Whether pausing is offered", "If not, nothing is changed; order=guide is the way then."),
        ("takes_name", "Whether a new schedule takes a name", "If not, it is created without one."),
        ("created_uid", "What the answer to a create calls the new uid", "All three names are read."),
        ("list_lag", "How soon a list shows a new schedule", "A lost one is looked for several times."),
        ("first_run", "Whether the first run starts at once", "first_run=next keeps the old next time."),
    )
    for code, question, therefore in asked:
        yield Observation(code, question, "reading can't show it; apply with limit=1 will", therefore)
