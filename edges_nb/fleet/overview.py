"""What became of a fleet: a file for programs, and a page that begins with who needs somebody."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from edges_nb.fleet.outcome import WorkspaceOutcome
from edges_nb.private_files import write_private
from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, link, tag
from edges_nb.reports.page_template import Top, rendered
from edges_nb.reports.tables import Row, table

FILE, PAGE = "fleet.json", "index.html"
_FIRST = ("failed", "attention", "ok")


def write_overview(folder: Path, command: str, outcomes: Sequence[WorkspaceOutcome]) -> None:
    """Write `fleet.json` and the page.

    Raises:
        NotWritten: the folder can't be written.
    """
    rows = [{name: value for name, value in asdict(one).items() if name != "code"} for one in outcomes]
    write_private(folder / FILE, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    write_private(folder / PAGE, _page(folder, command, outcomes))


def _page(folder: Path, command: str, outcomes: Sequence[WorkspaceOutcome]) -> str:
    ordered = sorted(outcomes, key=lambda one: _FIRST.index(one.status))
    rows = [Row((_name(folder, one), one.status, _counts(one), one.reason)) for one in ordered]
    wrong = sum(one.status != "ok" for one in outcomes)
    told = f"{counted(wrong, 'workspace')} of {len(outcomes)} {'needs' if wrong == 1 else 'need'} somebody."
    lead = tag(
        "p", told if wrong else f"All is well in {counted(len(outcomes), 'workspace')}.", class_="lead"
    )
    heads = ["Workspace", "Status", "Schedules", "Why"]
    listing = table(heads, rows, caption="Those that need somebody first", stacked=True)
    return rendered(Top(f"Fleet: {command}", Html(), lead), [("Workspaces", listing)])


def _name(folder: Path, one: WorkspaceOutcome) -> object:
    report = Path(one.workspace, "report.html")
    return link(one.workspace, quote(report.as_posix())) if (folder / report).is_file() else one.workspace


def _counts(one: WorkspaceOutcome) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in one.counts.items())
