"""What holds for notebooks and tests alike."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have notebooks run on the sandbox, which 04 must be asked for; a test says itself what it runs on."""
    if item.path.suffix == ".ipynb":
        os.environ["EDGES_SANDBOX"] = "1"
    else:
        os.environ.pop("EDGES_SANDBOX", None)
