"""What a run leaves in its folder: the plan, the results, and the report."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edges_nb.client import Edges
from edges_nb.errors import EdgesNbError
from edges_nb.notebook.parameters import MigrateParameters
from edges_nb.planning.plan import PLAN_COLUMNS, Plan
from edges_nb.private_files import private_folder, write_private
from edges_nb.reports.apply_report import applied_parts
from edges_nb.reports.cards import error_card, ledger_card
from edges_nb.reports.first_screen import summary
from edges_nb.reports.html import Html
from edges_nb.reports.page import page
from edges_nb.reports.page_template import Part
from edges_nb.reports.preview_report import preview_parts
from edges_nb.reports.report_context import ReportContext, preparer
from edges_nb.reports.safe_csv import rows_to_safe_csv

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome

_TITLES = {
    "preview": "Preview of a migration to incremental mode",
    "apply": "Migration to incremental mode",
    "undo": "Undoing of a migration",
}
_OF_UNDO = {"workspace", "action", "order", "only"}
"""The parameters that an undo takes."""


class Dossier:
    """Writes what a run leaves, each file at once and for its owner only; without `out_dir` nothing."""

    def __init__(self, parameters: MigrateParameters, edges: Edges) -> None:
        self._parameters = parameters
        self._edges = edges
        self._folder = Path(parameters.out_dir) if parameters.out_dir else None

    def asked(self, plan: Plan | None, outcome: "Outcome | None" = None) -> ReportContext:
        """Return what a report answers: in a preview, what was done by hand where something was."""
        parameters = self._parameters
        mode = "apply" if parameters.mode == "preview" and outcome else parameters.mode
        ready = mode == "preview" and plan is not None and plan.to_replace
        return ReportContext(
            title=_TITLES[mode],
            mode=mode,
            parameters=parameters.model_dump(),
            where=self._edges.where,
            sandbox=self._edges.sandbox,
            workspace=self._edges.workspace_words,
            at=plan.now if plan else self._edges.now(),
            digest=plan.digest if plan else "",
            kind=plan.kind if plan else "undo" if parameters.mode == "undo" else "migration",
            command=command("apply", parameters, approve=plan.digest) if plan and ready else "",
            cost=plan.forecast.sentence if plan and ready else "",
            saves=plan.savings.sentence if plan and ready and plan.kind == "migration" else "",
            notice=ledger_card(plan.ledger_state) if plan else Html(),
        )

    def parts(self, plan: Plan, outcome: "Outcome | None") -> list[Part]:
        """Return the parts of the report: of an apply where something was applied, of a preview otherwise."""
        asked, identities = self.asked(plan, outcome), plan.reading.identities.values()
        if outcome is None:
            return preview_parts(asked, plan.items, identities)
        return applied_parts(
            asked,
            plan.items,
            outcome,
            identities=identities,
            approved=self._parameters.approved or plan.digest * (self._parameters.mode == "preview"),
            undo_command=command("undo", self._parameters) if asked.mode == "apply" else "",
        )

    def keep_plan(self, plan: Plan) -> list[str]:
        """Write the plan, for scripts and for people, and return the names of the files."""
        if self._folder is None:
            return []
        table = rows_to_safe_csv(PLAN_COLUMNS, plan.rows())
        asked = self.asked(plan)
        told = {"summary": [list(line) for line in summary(asked, plan.items)], "next": asked.command}
        items = (item.as_json() for item in plan.items)
        document = {"digest": plan.digest, "items": items, "forecast": asdict(plan.forecast), **told}
        return written(self._folder, {"plan.json": as_json(document), "plan.csv": table})

    def keep_outcome(self, outcome: "Outcome | None") -> list[str]:
        """Write what is known so far, whatever comes, and return the names of the files."""
        if self._folder is None:
            return []
        return written(self._folder, {"results.json": as_json(outcome.as_json() if outcome else [])})

    def keep_results(
        self, plan: Plan | None, outcome: "Outcome | None", error: EdgesNbError | None = None
    ) -> list[str]:
        """Write the results and the report, also of a run that failed, and return the names of the files."""
        if self._folder is None:
            return []
        # Before the report, which is more to make: what was done has to be told whatever comes.
        results = self.keep_outcome(outcome)
        parts: Sequence[Part] = self.parts(plan, outcome) if plan else []
        failed: list[Part] = [("", error_card(error))] if error else []
        asked = replace(self.asked(plan, outcome), prepared_by=preparer())
        return results + written(self._folder, {"report.html": page(asked, [*failed, *parts])})


def command(mode: str, parameters: MigrateParameters, *, approve: str = "") -> str:
    """Return the command that does with the same workspace and parameters what a mode does."""
    given = {name: value for name, value in parameters.asked().items() if name not in ("mode", "out_dir")}
    if mode == "undo":
        given = {name: value for name, value in given.items() if name in _OF_UNDO}
    given.pop("approve", None)
    if approve:
        given["approve"] = approve
    options = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return shlex.join(["edges-nb", mode, *options])


def written(folder: Path, files: Mapping[str, str | Iterable[str]]) -> list[str]:
    """Write files for their owner only, and return their names."""
    private_folder(folder)
    for name, content in files.items():
        write_private(folder / name, content)
    return list(files)


def as_json(value: Any) -> Iterator[str]:
    """Yield the text of a JSON file, with a line for each row of its lists; an iterator is a list of rows."""
    # Indented, a hundred thousand rows take ten seconds more: then Python encodes, not C.
    yield from _in_lines(value)
    yield "\n"


def _in_lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        begin = "{"
        for name, part in value.items():
            yield f"{begin}\n{_encoded(name)}: "
            yield from _in_lines(part)
            begin = ","
        yield "\n}"
    elif isinstance(value, list | Iterator):
        begin = "["
        for row in value:
            yield f"{begin}\n{_encoded(row)}"
            begin = ","
        yield "[]" if begin == "[" else "\n]"
    else:
        yield _encoded(value)


_encoded = json.JSONEncoder(ensure_ascii=False).encode
