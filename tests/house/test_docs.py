"""The documentation says what the code says; .ci/docs builds it and executes its examples."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import edges_nb
from edges_nb import errors
from edges_nb.models import results
from edges_nb.models.reasons import Reason
from edges_nb.notebook.migrate import Migration
from edges_nb.notebook.parameters import SCHEMAS
from edges_nb.sandbox import Sandbox
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


def test_every_error_has_its_cause_and_way_out() -> None:
    text = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n\n(.+?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert sections.keys() == kinds & {each.__name__ for each in all_below(errors.EdgesNbError)}
    assert set(re.findall(r"`([A-Z]+_[A-Z0-9_]+)`", text)) >= {
        label for label in errors._BY_LABEL if not label.startswith("STATUS_")
    }


def test_files_of_a_run_are_as_their_schemas_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as sandbox:
        monkeypatch.setenv("EDGES_API_BASE", sandbox.base_url)
        monkeypatch.setenv("EDGES_API_KEY", sandbox.key)
        monkeypatch.setenv("EDGES_LEDGER", str(tmp_path / "private" / "ledger.sqlite"))
        given = {"mode": "apply", "approve": "all", "limit": 3, "out_dir": str(tmp_path / "out")}
        migration = Migration.start(given)
        for cell in ("connect", "load", "preview", "keep", "canary", "rest", "verify", "results"):
            getattr(migration, cell)()
        migration.edges.close()
    for name in ("plan", "results"):
        written = json.loads((tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8"))
        schema = Draft202012Validator(schema_of(name))
        assert list(schema.iter_errors(written)) == []
        assert len(written if name == "results" else written["items"]) == 54
        assert list(schema.iter_errors([{}])) != []


def test_outcomes_of_the_schema_are_those_that_there_are() -> None:
    names = "MIGRATED", "SKIPPED", "DRIFTED", "ROLLED_BACK", "NEEDS_ATTENTION", "WAITING"
    names += "STARTED", "CONTINUED", "REFUSED"
    told = schema_of("results")["items"]["properties"]["outcome"]["enum"]
    assert sorted(told) == sorted(getattr(results, name) for name in names)


def schema_of(name: str) -> Any:
    return json.loads((DOCS / "reference" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def all_below(kind: type[Exception]) -> set[type[Exception]]:
    return {each for below in kind.__subclasses__() for each in (below, *all_below(below))}


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```", index, re.MULTILINE | re.DOTALL)
    listed = {line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")}
    made = {"reference/commands", "reference/parameters", "reference/columns", "reference/reasons"}
    written = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    assert listed == (written | made) - {"index"} - {p for p in written if p.startswith("_build")}
