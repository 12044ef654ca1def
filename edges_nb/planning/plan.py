"""Plans: what to replace by what, previewed first and applied as it was previewed.

A schedule can't be edited, so every change is a plan of replacements: a migration to incremental mode, a
change of fields, and the undoing of either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS
from edges_nb.models.plan_items import Decision, Item, Kind
from edges_nb.planning.approval import Approvable
from edges_nb.planning.changes import Changes, draft_changes
from edges_nb.planning.digest import parts_of
from edges_nb.planning.ledger_session import ledger_of, past_of
from edges_nb.planning.migration import draft_migration
from edges_nb.planning.overrides import Override, read_overrides
from edges_nb.planning.request_forecast import RequestForecast, request_forecast
from edges_nb.planning.savings import Savings, savings
from edges_nb.planning.selection import Selection, chosen_uids
from edges_nb.planning.snapshot import Reading, read
from edges_nb.planning.undo import draft_undo

if TYPE_CHECKING:
    import pandas as pd

    from edges_nb.models.results import Outcome, Progress

FirstRun = Literal["api", "next"]
Redraft = Callable[[Mapping[str, Override], Collection[str] | None], list[Item]]
"""Plans again for the same reading, with overrides, for some of the schedules."""


class Plan(Approvable[Item]):
    """Replacements, each with what was seen, what will be sent, and a decision.

    The items are one for each schedule, in the order in which the schedules were created.

    Attributes:
        kind: `migration`, `change` or `undo`.
        left_out: a sentence about what was selected and is of another action, "" where nothing was.
    """

    def __init__(
        self,
        edges: Edges,
        kind: Kind,
        reading: Reading,
        items: Iterable[Item],
        ledger: str,
        *,
        redraft: Redraft | None = None,
        left_out: str = "",
    ) -> None:
        super().__init__(edges, reading, items, ledger, kind)
        self.kind = kind
        self.left_out = left_out
        self._redraft = redraft

    @property
    def forecast(self) -> RequestForecast:
        """What applying it costs; nothing is requested."""
        workspace = self.edges.workspace
        return request_forecast(
            len(self.to_replace),
            len(self.reading.schedules),
            plan_name=workspace.plan_name,
            per_second=self.edges.pace.per_second,
        )

    @cached_property
    def savings(self) -> Savings:
        """What incremental mode would save, as the runs that were read tell; nothing is requested."""
        return savings(self.items, self.reading.evidence)

    @property
    def to_replace(self) -> list[Item]:
        """The items that `apply` replaces."""
        return [item for item in self.items if item.decision is Decision.MIGRATE]

    def redrafted(
        self, overrides: str | Path | pd.DataFrame | None, *, only: Collection[str] | None = None
    ) -> Plan:
        """Return the plan of the same reading with other overrides; nothing is read again.

        Args:
            overrides: as for `plan_migration`, in place of those it was given.
            only: uids of some of the schedules it was made for, to plan for these; for all when absent.

        Raises:
            BadInput: an override can't be used, or the plan is no migration.
        """
        if self._redraft is None:
            raise BadInput("Overrides belong to a migration: plan_changes takes what is to change.")
        items = self._redraft(read_overrides(overrides), only)
        again = (self.edges, self.kind, self.reading, items, self._ledger)
        return Plan(*again, redraft=self._redraft, left_out=self.left_out)

    def frame(self) -> pd.DataFrame:
        """One row a schedule: schedule_uid, name, decision, reason, warnings, identity, cron, timezone,
        changes, old, new.

        All columns are strings; `changes` names the fields that will differ, `warnings` the codes, `old` and
        `new` tell each of these fields, before and after, in the same order and without secrets.
        """
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(PLAN_COLUMNS)).astype("string")

    def __repr__(self) -> str:
        counts = self.counts
        told = ", ".join(f"{counts[decision]:,} {decision}" for decision in Decision)
        return f"<Plan {self.digest} ({self.kind}) on {self.edges.where}: {told}>"

    # Reports stand above plans, and load when one is shown or written.
    def _repr_html_(self) -> str:
        return str(import_module("edges_nb.reports.plan_page").summary(self, len(self.to_replace)))

    def report(self, path: str | Path) -> Path:
        """Write a page that shows the plan to whoever has to approve it, and return its path."""
        return Path(import_module("edges_nb.reports.plan_page").write(self, Path(path).expanduser()))

    def rows(self) -> Iterator[dict[str, str | None]]:
        """Return the rows of the frame, one after the other, for whoever does without pandas."""
        return map(_row, self.items)

    def apply(
        self,
        *,
        approve: str = "",
        order: Literal["pause", "guide"] = "pause",
        uids: Collection[str] | None = None,
        workers: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Outcome:
        """Replace what the plan says, or go on where an earlier run stopped.

        Args:
            approve: the digest of the plan that was reviewed; anything else than this plan's touches nothing.
            order: `pause` keeps the old schedule until its replacement is checked; `guide` cancels first, for
                workspaces without pause.
            uids: replace only these of the plan's schedules.
            workers: replacements under way at once; 1 stays in the calling thread.
            on_progress: called after each step, by one thread at a time.
            stop: set it to stop between schedules.

        Raises:
            NotApproved: the plan is not the approved one.
            LedgerError: the ledger can't be written, or another run is at work.
        """
        from edges_nb.engine.executor import WORKERS, Engine, Job

        if order not in ("pause", "guide"):
            raise BadInput(f"order is {order!r}: use pause, or guide for a workspace without pause.")
        items = [item for item in self.to_replace if uids is None or item.uid in uids]
        ledger = ledger_of(self.edges, self._ledger)
        with ledger.lock(self._workspace):
            self._check(approve, ledger)
            engine = Engine(
                self.edges, ledger, workers=workers or WORKERS, on_progress=on_progress, stop=stop
            )
            return engine.run(Job(items, self.kind, order, self.digest))

    def _in_full(self) -> Iterable[dict[str, Any]]:
        return parts_of(self.items)


def plan_migration(
    edges: Edges,
    schedules: Selection = None,
    *,
    action: str = CONNECTIONS,
    only: Collection[str] = (),
    limit: int = 0,
    overrides: str | Path | pd.DataFrame | None = None,
    max_results: int = 0,
    first_run: FirstRun = "api",
    unknown: Literal["ask", "full"] = "ask",
    ledger: str = "",
) -> Plan:
    """Plan to replace full schedules by incremental ones; nothing is changed.

    Args:
        schedules: a selection from `load_schedules`, a Series or a list of uids; everything of the action
            when absent. Schedules of other actions in it are left out.
        only: uids of the schedules to plan for, an alternative to `schedules`.
        limit: replace so many at the most, 0 for all.
        overrides: a DataFrame or the path of a CSV with `schedule_uid` and any of `decision`, `identity_uid`,
            `max_results`, `callback_url`, `callback_headers`, `inputs_json`, `cron`, `timezone`, `name`.
        max_results: for all of them; 0 keeps what each has.
        first_run: `api` leaves the first run to the server, `next` keeps the old next execution.
        unknown: what a schedule is taken for whose parameters nothing shows: `ask`, or `full` for all; an
            override with `decision=migrate` says it of one.
        ledger: a path or SQLAlchemy URL; the one of the settings when absent.

    Raises:
        BadInput: something given can't be used; the sentence names it.
        ApiError, Unreachable: the workspace can't be read.
    """
    _check_first_run(first_run)
    if unknown not in ("ask", "full"):
        raise BadInput(f"unknown is {unknown!r}: use ask, or full to take all for full ones.")
    chosen, others = chosen_uids(schedules, only, action)
    given = read_overrides(overrides)
    place = ledger or edges.settings.ledger
    past = past_of(edges, place)
    reading = read(edges, action, only=chosen, past=past, overrides=given)

    def draft(overriding: Mapping[str, Override], narrowed: Collection[str] | None = None) -> list[Item]:
        return draft_migration(
            reading,
            action=action,
            overrides=overriding,
            past=past,
            only=narrowed or chosen,
            limit=limit,
            max_results=max_results,
            first_run=first_run,
            unknown=unknown,
        )

    return Plan(edges, "migration", reading, draft(given), place, redraft=draft, left_out=others)


def plan_changes(
    edges: Edges,
    schedules: Selection = None,
    *,
    action: str = CONNECTIONS,
    only: Collection[str] = (),
    changes: Changes = None,
    first_run: FirstRun = "next",
    ledger: str = "",
    **fields: object,
) -> Plan:
    """Plan to replace schedules by ones that differ in some fields and in nothing else; nothing is changed.

    Args:
        schedules, only: as for `plan_migration`.
        changes: any of `callback_url`, `callback_headers`, `callback_host` (path, query and headers stay),
            `inputs_json`, `cron`, `timezone`, `identity_uid`, `max_results`, `name`: the same for all as a
            mapping, or a row for each schedule as a DataFrame or the path of a CSV with `schedule_uid`, which
            leave all others out.
        fields: the same as keywords; in what a row leaves empty they stand for all.
        first_run: `next` has the first run when the old schedule would have run next or, where `cron` or
            `timezone` change, when they say; `api` leaves it to the server, which may start all at once.

    Raises:
        BadInput: something given can't be used; the sentence names it.
        ApiError, Unreachable: the workspace can't be read.
    """
    _check_first_run(first_run)
    chosen, others = chosen_uids(schedules, only, action)
    place = ledger or edges.settings.ledger
    past = past_of(edges, place)
    reading = read(edges, action, only=chosen, past=past, kind="change")
    items = draft_changes(reading, changes, past=past, only=chosen, first_run=first_run, fields=fields)
    return Plan(edges, "change", reading, items, place, left_out=others)


def plan_undo(
    edges: Edges,
    schedules: Selection = None,
    *,
    action: str = CONNECTIONS,
    only: Collection[str] = (),
    first_run: FirstRun = "next",
    ledger: str = "",
) -> Plan:
    """Plan to bring back what was replaced: the original configuration in, its replacement out.

    Args:
        schedules, only: as for `plan_migration`, originals or their replacements; everything that was
            replaced when absent.
        first_run: as for `plan_changes`.

    Raises:
        BadInput: a uid in `only` belongs to nothing that was replaced.
        ApiError, Unreachable: the workspace can't be read.
    """
    _check_first_run(first_run)
    place = ledger or edges.settings.ledger
    past = past_of(edges, place)
    chosen, others = chosen_uids(schedules, only, action)
    reading = read(edges, action, only=chosen, past=past, kind="undo")
    items = draft_undo(reading, past=past, only=chosen, first_run=first_run)
    return Plan(edges, "undo", reading, items, place, left_out=others)


PLAN_COLUMNS = (
    *("schedule_uid", "name", "decision", "reason", "warnings", "identity"),
    *("cron", "timezone", "changes", "old", "new"),
)


def _row(item: Item) -> dict[str, str | None]:
    schedule = item.schedule
    differing = [change for change in item.changes if not change.kept]
    return {
        "schedule_uid": item.uid,
        "name": schedule.name,
        "decision": item.decision.value,
        "reason": item.reason,
        "warnings": " ".join(warning.code for warning in item.warnings),
        "identity": item.identity.name if item.identity else None,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "changes": " ".join(change.field for change in differing),
        "old": "; ".join(f"{change.field}: {change.old or 'none'}" for change in differing),
        "new": "; ".join(f"{change.field}: {change.new or 'none'}" for change in differing),
    }


def _check_first_run(first_run: str) -> None:
    if first_run not in ("api", "next"):
        raise BadInput(f"first_run is {first_run!r}: use api, or next to keep the old next execution.")
