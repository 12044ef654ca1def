"""A migration as its notebook goes through it: one method for each cell.

Each step can be run again: what was done is in the ledger, and is not done twice.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edges_nb.client import Edges
from edges_nb.dossier import Dossier
from edges_nb.errors import BadInput, EdgesNbError, NeedsAttention, NotApproved
from edges_nb.parameters import MigrateParameters, executed_cells, refuse_key
from edges_nb.planning.items import Decision, Item
from edges_nb.plans import Plan, plan_migration, plan_undo
from edges_nb.progress import on_terminal
from edges_nb.redaction import shown_url
from edges_nb.reports.applied import applied_headline, attention_table, outcome_table
from edges_nb.reports.cards import card, error_card
from edges_nb.reports.changes import diff_table
from edges_nb.reports.figures import identity_figure, week_figure
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.needs import needs_table
from edges_nb.reports.page import facts
from edges_nb.reports.preview import decisions_table, headline
from edges_nb.reports.rows import usual_timezone
from edges_nb.reports.tables import table
from edges_nb.reports.wording import counted, label, listed, moment, rhythm
from edges_nb.settings import Settings
from edges_nb.verifying import contradicted

if TYPE_CHECKING:
    from edges_nb.replacing.outcome import Event, Outcome, Progress, Result
    from edges_nb.widgets import MigrationPanel

_MOST_NAMED = 20
"""Schedules that a cell names one by one."""


class Migration:
    """Previews, applies or takes back a migration to incremental mode, cell by cell.

    Attributes:
        edges: the workspace.
        parameters: the notebook's parameters.
        on_progress: told of each step of an apply, in place of the bar on the terminal.
    """

    def __init__(self, edges: Edges, parameters: MigrateParameters) -> None:
        self.edges = edges
        self.parameters = parameters
        self.on_progress: Callable[[Progress], None] | None = None
        self._dossier = Dossier(parameters, edges)
        self._plan: Plan | None = None
        self._tried = False
        self._results: dict[str, Result] = {}
        self._events: list[Event] = []

    @classmethod
    def start(cls, variables: Mapping[str, object]) -> "Migration":
        """Check the notebook's parameters; nothing is requested.

        Args:
            variables: the notebook's (`globals()`), of which those count that are named like a parameter.

        Raises:
            BadInput: a parameter or a setting can't be used, or a cell holds the API key.
        """
        settings = Settings.from_env()
        key, cells = settings.key.reveal(), executed_cells()
        refuse_key(cells, key)
        MigrateParameters.check_injected(cells)
        given = {name: variables[name] for name in MigrateParameters.model_fields if name in variables}
        return cls(Edges(settings), MigrateParameters.check(given, key))

    @property
    def plan(self) -> Plan:
        """The plan, once it is loaded."""
        if self._plan is None:
            raise BadInput("There is no plan yet: run the cell with load() first.")
        return self._plan

    @property
    def outcome(self) -> "Outcome | None":
        """What came of every schedule so far; None where nothing was tried."""
        from edges_nb.replacing.outcome import SKIPPED, WAITING, Outcome, Result

        if not self._tried:
            return None
        waiting = f"It was left alone: {self._stopped_by}" if self._stopped_by else "It was not begun."
        left = {
            item.uid: Result(item.uid, WAITING, None, waiting)
            if item.decision is Decision.MIGRATE
            else Result(item.uid, SKIPPED, None, item.reason)
            for item in self.plan.items
        }
        return Outcome(tuple({**left, **self._results}.values()), tuple(self._events))

    def connect(self) -> Html:
        """Say which workspace is meant, and where the record of what is done is kept."""
        if self.edges.sandbox:
            told = ": an invented agency's workspace on this machine. Nothing in it is real. "
            return tag(
                "p", tag("strong", "SANDBOX"), told, "Set EDGES_API_KEY to work on a workspace of yours."
            )
        place = self.edges.settings.ledger
        kept = shown_url(place) if "://" in place else place
        told = ". The record of what is done is kept in "
        return tag("p", "Server: ", tag("strong", self.edges.where), told, tag("code", kept), ".")

    def load(self) -> Html:
        """Read the workspace, decide on each schedule, and say what is there."""
        with self._recorded():
            self._plan = self._planned(self.parameters.uids, self.parameters.limit)
            self._tried, self._results, self._events = False, {}, []
        reading = self.plan.reading
        statuses = Counter((schedule.status or "without status").lower() for schedule in reading.schedules)
        types = Counter(identity.type or "without type" for identity in reading.identities.values())
        read = f"Read at {moment(self.plan.now)}: {counted(len(reading.schedules), 'schedule')} of "
        return tag(
            "p",
            f"{read}{self.parameters.action} ({_counts(statuses)}), and "
            f"{counted(len(reading.identities), 'identity', 'identities')} ({_counts(types)}).",
        )

    def preview(self) -> Html:
        """Say in one sentence what the plan would do."""
        return headline(self._dossier.asked(self.plan), self.plan.items)

    def decisions(self) -> Html:
        """Show how many schedules got which decision, and why."""
        return decisions_table(self.plan.items)

    def needs(self) -> Html:
        """Show what only a person can decide."""
        identities = self.plan.reading.identities.values()
        return needs_table(self.plan.items, now=self.plan.now, identities=identities)

    def changes(self) -> Html:
        """Show what each replacement changes and keeps."""
        return diff_table(self.plan.items)

    def pictures(self) -> Html:
        """Show when schedules run over a week, before and after, and the decisions by identity."""
        items = self.plan.items
        if not items:
            return tag("p", "There is nothing to draw.")
        return week_figure(items, usual_timezone(items), start=self.plan.now) + identity_figure(items)

    def by_hand(self) -> "Html | MigrationPanel":
        """In JupyterLab, show a panel to edit the plan and to migrate by clicks; only in mode preview."""
        given = self.parameters
        if given.mode != "preview":
            return tag("p", f"Nothing is done by hand in mode {given.mode}: the cells below do it.")
        from edges_nb.widgets import migrate

        return migrate(
            self.plan,
            order=given.order,
            overrides=given.overrides,
            folder=given.out_dir,
            replan=lambda: self._planned(given.uids, given.limit),
        )

    def keep(self) -> Html:
        """Keep what is there now, and stop where the plan is not the one that was approved."""
        with self._recorded():
            files = self._dossier.keep_plan(self.plan)
            objection = self._objection()
        number = counted(len(self.plan.to_replace), "schedule")
        told = (
            f"The complete configuration of {number} to replace is kept in the ledger as {self.plan.digest}."
        )
        written = f" In {self.parameters.out_dir}: {listed(files)}." if files else ""
        return tag("p", told, written) + objection

    def canary(self) -> Html:
        """Replace the first schedule and show what took its place; in mode preview do nothing.

        What an earlier run began is brought to its end first.
        """
        if self.parameters.mode == "preview":
            return _nothing_done()
        begun = [item for item in self.plan.to_replace if item.begun]
        others = [[item] for item in self.plan.to_replace if not item.begun]
        for items in [begun, *others] if begun else others:
            self._replace(items)
            # One that somebody else changed meanwhile tells nothing about the others.
            if any(self._results[item.uid].outcome != "drifted" for item in items):
                return self._shown(items)
        return tag("p", "There is nothing to replace.")

    def rest(self) -> Html:
        """Replace the others, unless the first one failed; in mode preview do nothing."""
        if self.parameters.mode == "preview":
            return _nothing_done()
        if self.plan.to_replace and not self._tried:
            raise BadInput("One schedule is tried before the rest: run the cell with canary() first.")
        if self._stopped_by:
            return card("The rest was left alone", self._stopped_by)
        rest = [item for item in self.plan.to_replace if item.uid not in self._results]
        self._replace(rest)
        done = Counter(self._results[item.uid].outcome.replace("_", " ") for item in rest)
        return tag(
            "p", f"{counted(len(rest), 'schedule')}: {_counts(done)}." if rest else "There are no others."
        )

    def verify(self) -> Html:
        """Read the list once more, and compare it with what was done; tell what could still be migrated."""
        if self.parameters.mode == "preview":
            return _nothing_done()
        done = [self._results[item.uid] for item in self.plan.to_replace if item.uid in self._results]
        with self._recorded():
            fresh = self._planned((), 0)
            wrong = contradicted(self.edges, fresh, done)
        self._results |= {result.schedule_uid: result for result in wrong}
        borne_out = sum(result.outcome == "migrated" for result in self._results.values())
        told = tag("p", f"The fresh list bears out {counted(borne_out, 'replacement')}.")
        if wrong:
            told += tag(
                "p", f"It contradicts {counted(len(wrong), 'replacement')}, which need somebody to look."
            )
        return told + _eligible(fresh, self.parameters.mode)

    def results(self) -> Html:
        """Say what came of it, and write results and report."""
        with self._recorded():
            asked, outcome = self._dossier.asked(self.plan), self.outcome
            files = self._dossier.keep_results(self.plan, outcome)
        if outcome is None:
            told = headline(asked, self.plan.items) + facts(asked)
        else:
            told = applied_headline(asked, self.plan.items, outcome)
            told += attention_table(outcome, self.plan.items) if _unfinished(outcome) else Html()
            told += outcome_table(outcome, self.plan.items)
        return told + (tag("p", f"In {self.parameters.out_dir}: {listed(files)}.") if files else Html())

    def finish(self) -> Html:
        """End with an error where somebody has to look at something.

        Raises:
            NeedsAttention: some replacements did not come to their end.
        """
        open_ends = _unfinished(self.outcome) if self.outcome else []
        if open_ends:
            kinds = Counter(result.outcome.replace("_", " ") for result in open_ends)
            told = f"{counted(len(open_ends), 'schedule')} did not end as planned ({_counts(kinds)})"
            raise NeedsAttention(f"{told}: what to do next stands above, at each of them.")
        return tag("p", "Nothing needs attention.")

    @property
    def _stopped_by(self) -> str:
        """Why the rest is not to be begun, "" where it is."""
        failed = [r for r in self._results.values() if r.outcome in ("rolled_back", "needs_attention")]
        return f"{failed[0].schedule_uid} was tried first and failed. {failed[0].reason}" if failed else ""

    def _planned(self, only: Collection[str], limit: int) -> Plan:
        given = self.parameters
        if given.mode == "undo":
            return plan_undo(self.edges, action=given.action, only=only)
        return plan_migration(
            self.edges,
            action=given.action,
            only=only,
            limit=limit,
            overrides=given.overrides or None,
            max_results=given.max_results,
            first_run=given.first_run,
        )

    def _objection(self) -> Html:
        """Keep the plan, and object where it is not the approved one: by an error if it is to be applied."""
        try:
            self.plan.check_approval(self.parameters.approve)
        except NotApproved as error:
            if self.parameters.mode != "preview":
                raise
            return error_card(error)
        return Html()

    def _replace(self, items: list[Item]) -> None:
        given = self.parameters
        self._tried = True
        with self._recorded(), on_terminal(len(items)) as on_progress:
            done = self.plan.apply(
                approve=given.approve,
                order=given.order,
                uids=[item.uid for item in items],
                on_progress=self.on_progress or on_progress,
            )
        self._results |= {result.schedule_uid: result for result in done.results}
        self._events += done.events

    def _shown(self, items: list[Item]) -> Html:
        names = {item.uid: label(item.schedule) for item in items}
        results = [self._results[item.uid] for item in items]
        rows = []
        with self._recorded():
            for result in (result for result in results if result.new_uid):
                child = self.edges.schedule(result.new_uid or "")
                runs = rhythm(child.cron, child.timezone)
                first = moment(child.next_execution_at, child.timezone)
                rows.append(
                    (names[result.schedule_uid], child.uid, (child.status or "").lower(), runs, first)
                )
        heads = ["Schedule", "New schedule", "Status", "Runs", "Next run"]
        shown = table(heads, rows, caption="What took its place") if rows else Html()
        failed = [
            card("It failed", r.reason, schedule_uid=r.schedule_uid)
            for r in results
            if r.outcome != "migrated"
        ]
        return joined([*failed, shown])

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        """Refuse a cell that holds the key, and leave a report also where a step fails."""
        try:
            refuse_key(executed_cells(), self.edges.settings.key.reveal())
            yield
        except EdgesNbError as error:
            self._dossier.keep_results(self._plan, self.outcome, error)
            raise


def _unfinished(outcome: "Outcome") -> "list[Result]":
    return [*outcome.attention, *(result for result in outcome.results if result.outcome == "waiting")]


def _nothing_done() -> Html:
    return tag("p", "Nothing is done in mode preview.")


def _eligible(fresh: Plan, mode: str) -> Html:
    left = fresh.to_replace
    what = "could be brought back" if mode == "undo" else "could still be migrated"
    if not left:
        return tag("p", f"No schedule of {fresh.reading.action} {what}.")
    rows = [(label(item.schedule), item.uid) for item in left[:_MOST_NAMED]]
    more = len(left) - len(rows)
    note = f"{counted(more, 'more schedule')}: a preview without limit shows them." if more else ""
    return table(["Schedule", "Uid"], rows, caption=f"{counted(len(left), 'schedule')} {what}", note=note)


def _counts(counts: "Counter[str]") -> str:
    return listed([f"{number:,} {name}" for name, number in counts.most_common()]) or "none"
