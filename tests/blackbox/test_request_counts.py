"""How many requests a migrated schedule costs on a server that shares nothing with the sandbox."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from edges_nb.client import Edges
from edges_nb.planning.plan import plan_migration
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

from .foreign_server import API_KEY, ForeignServer, Switches
from .workspace import build

SCHEDULES = 120


@pytest.mark.parametrize(
    ("shown", "most", "created_uid", "names"),
    [
        pytest.param({}, 3.4, "scheduled_run_uid", True, id="the list shows all"),
        pytest.param({"full_list": False}, 4.4, "schedule_uid", False, id="GET shows more"),
        pytest.param({"fields": "reference"}, 4.4, "schedule_uid", False, id="runs alone tell inputs"),
        pytest.param({"uid_filter": False}, 4.4, "scheduled_run_uid", True, id="each is looked at by itself"),
    ],
)
def test_migrated_schedule_costs_few_requests_with_all_listings(
    shown: dict[str, object], most: float, created_uid: str, names: bool, tmp_path: Path
) -> None:
    workspace, _ = build(["eligible"] * SCHEDULES, names=names)
    given = {"identities_by": "page", "uid_filter": True, "created_uid": created_uid, "names": names}
    switches = Switches(**{**given, **shown})  # type: ignore[arg-type]
    rows = [
        {"schedule_uid": uid, "identity_uid": row["identity_ids"][0]}
        for uid, row in workspace.schedules.items()
    ]
    untold = pd.DataFrame(rows) if switches.fields == "reference" else None
    with ForeignServer(workspace, switches) as server:
        settings = Settings(Secret(API_KEY), server.base_url, str(tmp_path / "ledger.sqlite"))
        with Edges(settings) as edges:
            outcome = plan_migration(edges, overrides=untold).apply()
        requests = len(server.history)

    assert outcome.counts["migrated"] == SCHEDULES
    assert requests <= most * SCHEDULES
