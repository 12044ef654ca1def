"""Parameters are checked by name, type and value, and everything wrong is told at once."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest

from edges_nb.errors import BadInput
from edges_nb.models.api import INCREMENTAL_ACTIONS
from edges_nb.notebook.parameters import SCHEMAS, MigrateParameters
from edges_nb.notebook.validation import NotebookParameters, injected_names, refuse_key

KEY = "fake-key-not-real-0123456789"
UID = "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90"
OTHER = "7c2f6f1d-8e90-4f0e-9a51-0b1f7e2c5d7a"
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def check(**given: Any) -> MigrateParameters:
    return MigrateParameters.check(given, KEY)


def complaint(**given: Any) -> str:
    with pytest.raises(BadInput) as caught:
        check(**given)
    return str(caught.value)


def test_defaults_preview_everything_and_write_nothing() -> None:
    assert check().model_dump() == {
        "workspace": "",
        "unknown": "ask",
        "mode": "preview",
        "action": "linkedin-extract-connections",
        "order": "pause",
        "only": "",
        "limit": 0,
        "overrides": "",
        "max_results": 0,
        "first_run": "api",
        "approve": "",
        "out_dir": "",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "aply"}, "'preview', 'apply' or 'undo'"),
        ({"order": "fastest"}, "'pause' or 'guide'"),
        ({"first_run": "now"}, "'api' or 'next'"),
        ({"limit": "many"}, "limit is 'many': a whole number"),
        ({"limit": -1}, "limit is -1: it can't be less than 0"),
        ({"limit": 2.0}, "limit is 2.0: a whole number"),
        ({"max_results": True}, "max_results is True: a whole number"),
        ({"max_results": None}, "max_results is None: a whole number"),
        ({"only": 7}, "only is 7: a text"),
        ({"only": "not-a-uid"}, "'not-a-uid' is no schedule's uid"),
        ({"only": " , "}, "'' is no schedule's uid"),
        ({"only": " "}, "'' is no schedule's uid"),
        ({"only": f"{UID};{OTHER}"}, "separated by commas"),
        ({"overrides": "no-such-file.csv"}, "no file 'no-such-file.csv'"),
        ({"approve": "0123456789ab"}, "plan's digest"),
        ({"action": "linkedin-search-people"}, ", ".join(INCREMENTAL_ACTIONS)),
        ({"mode": "undo", "limit": 3}, "Limit has no meaning in mode undo"),
        ({"max_result": 5}, "no parameter max_result: did you mean max_results?"),
        ({"colour": 5}, "the parameters are workspace, mode,"),
        ({"api_key": "x"}, "a key is never a parameter"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_to_do(given: dict[str, Any], told: str) -> None:
    assert told in complaint(**given)
    assert next(iter(given)) in complaint(**given).lower()


def test_everything_wrong_is_told_at_once() -> None:
    told = complaint(mode="aply", limit="many", max_result=5)
    assert [word in told for word in ("mode", "limit", "max_result")] == [True] * 3


def test_an_unknown_parameters_value_is_not_shown() -> None:
    assert "hush" not in complaint(secret="hush")


@pytest.mark.parametrize("value", [KEY, f"https://example.com/{KEY}/x", [KEY]])
def test_the_key_is_refused_in_any_value_and_not_shown(value: object) -> None:
    told = complaint(only=value)
    assert "only holds the API key" in told
    assert KEY not in told


def test_only_gives_each_uid_once_in_the_order_given() -> None:
    assert check(only=f"{OTHER}, {UID},{OTHER}").selection == [OTHER, UID]
    assert check(only=f"{OTHER},").selection == [OTHER]
    assert check().selection is None


def test_out_dir_may_be_missing_or_a_folder_but_neither_file_nor_symlink(tmp_path: Path) -> None:
    check(out_dir=str(tmp_path))
    check(out_dir=str(tmp_path / "new"))
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        assert "out_dir" in complaint(out_dir=str(tmp_path / name))


def test_asked_tells_only_what_differs_from_the_defaults() -> None:
    assert check(mode="apply", limit=0, max_results=5).asked() == {"mode": "apply", "max_results": 5}


def test_names_that_papermill_injects_are_found_and_checked() -> None:
    cells = ["limit: int = 0", '# Parameters\nlimit = 5\nonly = ""\n', "x = 1"]
    assert injected_names(cells) == ["limit", "only"]
    MigrateParameters.check_injected(cells)
    with pytest.raises(BadInput, match="did you mean limit"):
        MigrateParameters.check_injected(["# Parameters\nlimits = 5\n"])


def test_a_cell_that_holds_the_key_stops_the_run_and_is_named() -> None:
    refuse_key(["x = 1", "y = 2"], KEY)
    with pytest.raises(BadInput, match="Cell 1 holds the API key") as caught:
        refuse_key(["x = 1", f"key = '{KEY}'"], KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_notebooks_cell_has_the_schemas_names_types_and_defaults(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    statements = ast.parse(cell.source).body
    assert all(isinstance(node, ast.AnnAssign) for node in statements)
    written = [
        (ast.unparse(node.target), ast.unparse(node.annotation), ast.literal_eval(node.value or node.target))
        for node in statements
        if isinstance(node, ast.AnnAssign)
    ]
    fields = SCHEMAS[name].model_fields.items()
    # A Literal is a choice of texts.
    types = {field: getattr(info.annotation, "__name__", "str") for field, info in fields}
    assert written == [
        (field, types[field].replace("Literal", "str"), info.default) for field, info in fields
    ]
    lines = ["", *cell.source.splitlines()]
    explained = ["#" in lines[node.lineno] or lines[node.lineno - 1].startswith("#") for node in statements]
    assert all(explained), "say what each parameter is in its line or the one above"


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())
def test_every_notebook_refuses_a_cell_with_the_key_and_a_name_that_nobody_knows(
    schema: type[NotebookParameters], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = ["x = 1"]
    monkeypatch.setattr("edges_nb.notebook.validation.executed_cells", lambda: cells)
    assert schema.of_notebook({"x": 1, "get_ipython": None}, KEY) == schema()
    cells[:] = [f"key = '{KEY}'"]
    with pytest.raises(BadInput, match="Cell 0 holds the API key"):
        schema.of_notebook({}, KEY)
    cells[:] = ["# Parameters\nnobody_knows = 5\n"]
    with pytest.raises(BadInput, match="There is no parameter nobody_knows"):
        schema.of_notebook({}, KEY)
