"""The documentation says what the code says; .ci/docs builds it and executes its examples."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import edges_nb
from edges_nb.models.reasons import Reason
from edges_nb.notebook.parameters import SCHEMAS
from edges_nb.settings.sources import Variables

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))

import generated  # noqa: E402


def test_every_setting_is_documented_and_every_documented_one_is_there() -> None:
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(EDGES_\w+)`", text)) == set(Variables.model_fields)


def test_every_public_name_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    named = set(re.findall(r"auto\w+:: edges_nb\.(?:client\.)?(\w+)$", text, re.MULTILINE))
    assert named >= set(edges_nb.__all__)


def test_commands_parameters_and_reasons_are_told_with_what_they_do(tmp_path: Path) -> None:
    generated.write(tmp_path)
    commands = (tmp_path / "commands.md").read_text(encoding="utf-8")
    assert {f"## edges-nb {name}" for name, _ in generated.commands()} <= set(commands.splitlines())
    parameters = (tmp_path / "parameters.md").read_text(encoding="utf-8")
    rows = [line for page in (commands, parameters) for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > sum(len(schema.model_fields) for schema in SCHEMAS.values())
    assert [row for row in rows if row.endswith("|  |")] == []
    reasons = (tmp_path / "reasons.md").read_text(encoding="utf-8")
    assert all(f"| `{reason.value}` |" in reasons for reason in Reason)


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```", index, re.MULTILINE | re.DOTALL)
    listed = {line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")}
    made = {"reference/commands", "reference/parameters", "reference/columns", "reference/reasons"}
    written = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    assert listed == (written | made) - {"index"} - {p for p in written if p.startswith("_build")}
