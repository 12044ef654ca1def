"""What brings the old configuration back, also where it was not wholly known."""

from typing import Any

import pytest

from edges_nb.models.plan_items import Kind

from .records import record


def test_known_original_is_what_is_restored() -> None:
    saved = record()
    assert saved.restored == saved.original


@pytest.mark.parametrize(
    ("kind", "mode", "restored"),
    [
        ("migration", "incremental", {"max_results": 5}),
        ("undo", None, {"max_results": 5, "sync_mode": "incremental"}),
        ("change", "incremental", {"max_results": 5, "sync_mode": "incremental"}),
        ("change", "full", {"max_results": 5, "sync_mode": "full"}),
    ],
)
def test_unknown_original_is_restored_in_the_mode_that_it_had(
    kind: Kind, mode: str | None, restored: dict[str, Any]
) -> None:
    saved = record(kind=kind)
    parameters = {"max_results": 5} | ({"sync_mode": mode} if mode else {})
    saved.original, saved.request = None, saved.request.model_copy(update={"parameters": parameters})
    assert saved.restored.parameters == restored
    assert saved.restored.callback == saved.request.callback
