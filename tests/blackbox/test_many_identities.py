"""A workspace with 250 identities, whatever way a server pages them: every eligible schedule is migrated."""

from __future__ import annotations

from pathlib import Path

import pytest

from edges_nb.client import Edges
from edges_nb.planning.plan import plan_migration
from edges_nb.redaction import Secret
from edges_nb.settings import Settings

from .foreign_server import API_KEY, ForeignServer, Switches, Workspace
from .runner import stage
from .workspace import build, uid

IDENTITIES, SCHEDULES = 250, 12


def crowded() -> Workspace:
    """The identities that schedules run as are the last of the list."""
    workspace, _ = build(["eligible"] * SCHEDULES)
    model = next(iter(workspace.identities.values()))
    missing = IDENTITIES - len(workspace.identities)
    others = {
        uid("other", n): {**model, "uid": uid("other", n), "name": f"Other {n}"} for n in range(missing)
    }
    workspace.identities = {**others, **workspace.identities}
    return workspace


@pytest.mark.parametrize(
    ("by", "page", "envelope", "active"),
    [
        ("page alone", 20, "array", "in GET"),
        ("page alone", 20, "data", "boolean"),
        ("page alone", 100, "items", "in GET"),
        ("page", 20, "array", "boolean"),
        ("offset", 20, "array", "in GET"),
    ],
)
def test_all_identities_are_read_and_all_eligible_schedules_migrated(
    by: str, page: int, envelope: str, active: str, tmp_path: Path
) -> None:
    switches = Switches(
        identities_by=by,  # type: ignore[arg-type]
        identity_page=page,
        page_cap=page,
        envelope=envelope,  # type: ignore[arg-type]
        active=active,  # type: ignore[arg-type]
        created_uid="schedule_uid",
    )
    with ForeignServer(crowded(), switches) as server:
        settings = Settings(Secret(API_KEY), server.base_url, str(tmp_path / "ledger.sqlite"))
        with Edges(settings) as edges:
            plan = plan_migration(edges)
            outcome = plan.apply()
    assert len(plan.reading.identities) == IDENTITIES
    assert outcome.counts == {"migrated": SCHEDULES}


def test_papermill_migrates_them_all_where_pages_are_small_and_activity_is_not_listed(tmp_path: Path) -> None:
    switches = Switches(
        identities_by="page alone", active="in GET", envelope="data", created_uid="schedule_uid"
    )
    with stage(tmp_path, tmp_path, crowded(), switches) as there:
        finished = there.migrate()
    assert finished.code == 0, finished.output
    assert list(finished.outcomes.values()) == ["migrated"] * SCHEDULES
