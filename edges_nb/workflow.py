"""The migration as a story, one method for each cell of `02_migrate`.

Each method returns what its cell shows, and what it shows is what the report holds. Cells can be run again: a
plan is made anew by `preview`, and what was replaced stays replaced.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edges_nb.client import Edges
from edges_nb.errors import BadInput, NeedsAttention
from edges_nb.files import private_folder, write_private
from edges_nb.parameters import MigrateParameters, executed_cells, refuse_key
from edges_nb.planning.items import Item
from edges_nb.plans import Plan, plan_migration, plan_undo
from edges_nb.progress import Bar
from edges_nb.replacing.outcome import DRIFTED, MIGRATED, SKIPPED, WAITING, Outcome, Progress, Result
from edges_nb.reports import preview as previews
from edges_nb.reports.asked import Asked
from edges_nb.reports.csvs import to_safe_csv
from edges_nb.reports.html import Html, joined, tag
from edges_nb.reports.wording import counted

if TYPE_CHECKING:
    from edges_nb.planning.reading import Reading

_CANARIES = 3
"""Schedules that may fail one after the other before all the others are left alone."""

_DEFAULT_OUT = "out"


class Migration:
    """One run of `02_migrate`.

    Attributes:
        edges: the workspace.
        asked_for: the notebook's parameters.
        on_progress: told each step of an apply, in place of the bar on the terminal.
    """

    def __init__(self, edges: Edges, asked_for: MigrateParameters) -> None:
        self.edges = edges
        self.asked_for = asked_for
        self.on_progress: Callable[[Progress], None] | None = None
        self._plan: Plan | None = None
        self._results: dict[str, Result] = {}
        self._events: list[Any] = []
        self._left_alone = ""
        self._verified: Html | None = None

    @classmethod
    def start(cls, cells: Mapping[str, object]) -> "Migration":
        """Check the notebook's parameters and connect.

        Args:
            cells: the notebook's variables (`globals()`), of which those named like a parameter count.

        Raises:
            BadInput: a parameter or a setting can't be used; nothing was requested.
        """
        edges = Edges.from_env()
        key = edges.settings.key.reveal()
        executed = executed_cells()
        refuse_key(executed, key)
        MigrateParameters.check_injected(executed)
        given = {name: cells[name] for name in MigrateParameters.model_fields if name in cells}
        asked_for = MigrateParameters.check(given, key)
        if asked_for.out_dir:
            private_folder(Path(asked_for.out_dir))
        return cls(edges, asked_for)

    @property
    def plan(self) -> Plan:
        """The plan that `preview` made last."""
        if self._plan is None:
            raise BadInput("There is no plan yet: run the cell that previews it first.")
        return self._plan

    @property
    def outcome(self) -> Outcome:
        """What came of every schedule of the plan so far."""
        order = {item.uid: number for number, item in enumerate(self.plan.items)}
        events = sorted(self._events, key=lambda event: order.get(event.schedule_uid, len(order)))
        return Outcome(tuple(self._result(item) for item in self.plan.items), tuple(events))

    def connect(self) -> Html:
        """Say which workspace this is about, and whether it is a real one."""
        what = "a made-up workspace on this machine; nothing real is touched" if self.edges.sandbox else ""
        where = joined([tag("strong", self.edges.where), f": {what}." if what else "."])
        mode = {
            "preview": "Nothing will be changed.",
            "apply": "Schedules will be replaced.",
            "undo": "Replacements will be taken back.",
        }[self.asked_for.mode]
        return tag("p", where, f" Mode {self.asked_for.mode}: {mode}")

    def preview(self) -> Html:
        """Read the workspace and plan, and say in one sentence what the plan would do."""
        asked = self.asked_for
        if asked.mode == "undo":
            self._plan = plan_undo(self.edges, action=asked.action, only=asked.uids)
        else:
            self._plan = self._planned()
        self._results, self._events, self._left_alone, self._verified = {}, [], "", None
        self.plan.check_approval(asked.approve if asked.mode != "preview" else "")
        return previews.headline(self.asked, self.plan.items)

    def decisions(self) -> Html:
        """Show how many schedules got which decision, and why."""
        return previews.decisions_table(self.plan.items)

    def needs(self) -> Html:
        """Show what only a person can decide."""
        identities = self._reading.identities.values()
        return previews.needs_table(self.plan.items, now=self.plan.now, identities=identities)

    def changes(self) -> Html:
        """Show what each replacement changes and keeps."""
        return previews.diff_table(self.plan.items)

    def pictures(self) -> Html:
        """Show when schedules run over a week, before and after, and the decisions by identity."""
        from edges_nb.reports.figures import identity_figure, week_figure

        items = self.plan.items
        if not items:
            return tag("p", "There is nothing to draw.")
        zone = previews.usual_timezone(items)
        return week_figure(items, zone, start=self.plan.now) + identity_figure(items)

    def keep(self) -> Html:
        """Keep what is there now: in full in the ledger, and to be read in `plan.json` and `plan.csv`."""
        kept = f"{counted(len(self.plan.items), 'schedule')} kept in the ledger, as plan {self.plan.digest}."
        if not self.asked_for.out_dir:
            return tag("p", f"{kept} No files are written, because out_dir is empty.")
        self._write("plan.json", json.dumps(self.plan.as_json(), indent=2, ensure_ascii=False))
        self._write("plan.csv", to_safe_csv(self.plan.frame()))
        return tag("p", f"{kept} plan.json and plan.csv are in out_dir.")

    def canary(self) -> Html:
        """Replace one schedule and look at it, before all the others."""
        if self.asked_for.mode == "preview":
            return _nothing_done()
        tried: list[Result] = []
        for item in self._by_urgency():
            result = self._replace([item])[0]
            tried.append(result)
            failures = [result for result in tried if result.outcome != DRIFTED]
            if result.outcome == MIGRATED or len(failures) >= _CANARIES:
                break
        if tried and tried[-1].outcome != MIGRATED:
            self._left_alone = "It was left alone, because the ones before it could not be replaced."
        if not tried:
            return tag("p", "There is nothing to replace.")
        return _outcome_table(Outcome(tuple(tried)), "The first replacement")

    def rest(self) -> Html:
        """Replace all the others."""
        if self.asked_for.mode == "preview":
            return _nothing_done()
        if not self._left_alone:
            self._replace([item for item in self.plan.to_replace if item.uid not in self._results])
        waiting = self.outcome.counts[WAITING]
        done = len(self._results)
        told = f"{counted(done, 'schedule')} of {len(self.plan.to_replace)} done"
        return tag("p", f"{told}, {waiting} left alone: {self._left_alone}" if waiting else f"{told}.")

    def verify(self) -> Html:
        """Read the workspace once more, and say what is still to be done."""
        if self.asked_for.mode == "preview":
            return _nothing_done()
        asked = self.asked_for
        if asked.mode == "undo":
            left = plan_undo(self.edges, action=asked.action).counts["migrate"]
            told = f"{counted(left, 'replacement')} could still be taken back."
        else:
            counts = plan_migration(self.edges, action=asked.action).counts
            told = (
                f"{counted(counts['migrate'], 'schedule')} could still be replaced, and "
                f"{counts['needs_input']} need a decision first."
            )
        self._verified = tag("p", f"Read again after the changes: {told}")
        return self._verified

    def results(self) -> Html:
        """Show what came of every schedule, and write `results.json` and `report.html`."""
        outcome = self.outcome
        applied = self.asked_for.mode != "preview"
        if self.asked_for.out_dir:
            rows = outcome.as_json() if applied else []
            self._write("results.json", json.dumps(rows, indent=2, ensure_ascii=False))
            self._write("report.html", self._page())
        if not applied:
            return _nothing_done()
        return _outcome_table(outcome, "Outcome")

    def finish(self) -> None:
        """End well, or with an error that names what somebody has to look at.

        Raises:
            NeedsAttention: a schedule could not be replaced as planned; everything else is done and written.
        """
        if self.asked_for.mode == "preview":
            return
        attention = self.outcome.attention
        if attention:
            first = attention[0]
            raise NeedsAttention(
                f"{counted(len(attention), 'schedule')} could not be replaced as planned. "
                f"{first.schedule_uid}: {first.reason}"
                + (
                    f" results.json has {'all of them' if len(attention) > 1 else 'the rest'}."
                    if self.asked_for.out_dir
                    else ""
                )
            )

    @property
    def asked(self) -> Asked:
        """What the report says it was asked."""
        titles = {"preview": "Preview of a migration", "apply": "Migration", "undo": "Undo of a migration"}
        return Asked(
            title=titles[self.asked_for.mode],
            mode=self.asked_for.mode,
            parameters=self.asked_for.model_dump(),
            where=self.edges.where,
            sandbox=self.edges.sandbox,
            workspace=self._workspace,
            at=self.plan.now,
            digest=self.plan.digest,
            command=self._command(),
        )

    @property
    def _reading(self) -> "Reading":
        return self.plan.reading

    @cached_property
    def _workspace(self) -> str:
        rows = (*self._reading.schedules, *self._reading.identities.values())
        return next((row.workspace_uid for row in rows if row.workspace_uid), "")

    def _planned(self) -> Plan:
        asked = self.asked_for
        return plan_migration(
            self.edges,
            action=asked.action,
            only=asked.uids,
            limit=asked.limit,
            overrides=asked.overrides,
            max_results=asked.max_results,
            first_run=asked.first_run,
        )

    def _by_urgency(self) -> list[Item]:
        """What was begun goes on first; what is due next comes last, so that the canary is in no hurry."""
        return sorted(self.plan.to_replace, key=lambda item: not item.begun)

    def _replace(self, items: list[Item]) -> list[Result]:
        with Bar(len(items), self.on_progress) as bar:
            outcome = self.plan.apply(
                approve=self.asked_for.approve,
                order=self.asked_for.order,
                uids={item.uid for item in items},
                on_progress=bar.show,
            )
        self._events += outcome.events
        self._results |= {result.schedule_uid: result for result in outcome.results}
        return list(outcome.results)

    def _result(self, item: Item) -> Result:
        if item.request is None:
            return Result(item.uid, SKIPPED, None, f"{item.decision.value}: {item.reason}")
        waiting = self._left_alone or "It was not begun."
        return self._results.get(item.uid) or Result(item.uid, WAITING, None, waiting)

    def _page(self) -> str:
        from edges_nb.reports.page import page

        identities = list(self._reading.identities.values())
        if self.asked_for.mode == "preview":
            return page(self.asked, previews.preview_parts(self.asked, self.plan.items, identities))
        from edges_nb.reports.applied import applied_parts

        parts = applied_parts(self.asked, self.plan.items, self.outcome, identities)
        return page(self.asked, parts)

    def _command(self) -> str:
        """The command that applies what was previewed, or takes back what was applied."""
        asked = self.asked_for
        folder = ["--out-dir", asked.out_dir or _DEFAULT_OUT]
        if asked.mode == "apply":
            return shlex.join(["edges-nb", "undo", *folder])
        if asked.mode == "undo":
            return shlex.join(["edges-nb", "preview", *folder])
        options = asked.model_dump(exclude_defaults=True, exclude={"mode", "out_dir", "approve"})
        words = [word for k, v in options.items() for word in (f"--{k.replace('_', '-')}", str(v))]
        return shlex.join(["edges-nb", "apply", "--approve", self.plan.digest, *words, *folder])

    def _write(self, name: str, content: str) -> None:
        write_private(Path(self.asked_for.out_dir) / name, content)


def _nothing_done() -> Html:
    return tag("p", "Nothing is done in mode preview.")


def _outcome_table(outcome: Outcome, caption: str) -> Html:
    from edges_nb.reports.applied import outcome_table

    return outcome_table(outcome, caption=caption)
