"""There is one renderer of tables, and nothing that does not escape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import edges_nb

PACKAGE = Path(edges_nb.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.parts)
STYLER = {"apply", "map", "format", "format_index", "hide", "to_html", "set_caption", "set_properties", "bar"}


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
            if isinstance(node.value, ast.Attribute) and node.value.attr == "style" and node.attr in STYLER:
                yield "Styler"
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield from node.name.split(".")


def test_no_module_uses_the_styler_or_pandas_own_html() -> None:
    used = {path: set(names(ast.parse(path.read_text(encoding="utf-8")))) for path in MODULES}
    assert [path for path in MODULES if used[path] & {"Styler", "to_html", "to_latex"}] == []


def test_tables_are_made_in_one_place() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES}
    made = {path.name for path, text in texts.items() if "<table" in text or 'tag("table"' in text}
    assert made == {"tables.py"}


def test_what_is_looked_for_would_be_found() -> None:
    code = "from pandas.io.formats.style import Styler\nframe.style.format('x')\nframe.to_html()"
    assert {"Styler", "to_html"} <= set(names(ast.parse(code)))
