"""What CONTRIBUTING.md says of the house is so."""

from __future__ import annotations

import re
from pathlib import Path

from .test_layers import LAYERS, PACKAGE

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_path_that_it_names_is_there() -> None:
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py))`", TEXT)
    roots = (PACKAGE, PACKAGE.parent)
    assert len(named) > 30
    assert [path for path in named if not any((root / path).exists() for root in roots)] == []


def test_it_draws_each_layer_below_those_that_may_import_it() -> None:
    drawing = TEXT.partition("    cli  ")[2].partition("    sandbox")[0]
    drawn = [name for name in re.findall(r"[a-z_]+", "cli " + drawing) if name in LAYERS]
    folders = [name for name in dict.fromkeys(drawn) if (PACKAGE / name).is_dir()]
    assert folders[::-1] == sorted(folders, key=LAYERS.index)
