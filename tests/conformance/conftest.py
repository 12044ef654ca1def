"""Collects this folder only where the vendor's guide is at hand.

The guide is not part of the repository: `EDGES_NB_SEED_DIR` names the folder it is in, else it is looked for
in `shared/seed` beside the repository. With `EDGES_NB_REQUIRE_SEED=1` its absence is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import Sandbox

from .guide import Guide, find_guide


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    if find_guide() is not None:
        return None
    if os.environ.get("EDGES_NB_REQUIRE_SEED") == "1":
        raise pytest.UsageError(
            "EDGES_NB_REQUIRE_SEED=1, but no guide was found: set EDGES_NB_SEED_DIR to the folder it is in"
        )
    return True


@pytest.fixture(scope="session")
def guide() -> Guide:
    path = find_guide()
    assert path is not None
    return Guide(path)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The agency, in the guide's own dialect."""
    with Sandbox() as sandbox:
        yield sandbox
