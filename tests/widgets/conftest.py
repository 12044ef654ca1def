"""Schedules of a small workspace, as a frame."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from edges_nb.frames import schedules_frame
from edges_nb.models import CONNECTIONS, Identity, Schedule

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
IDENTITIES = (
    Identity(uid="paris", name="Outreach desk Paris", type="engagement", is_active=True),
    Identity(uid="berlin-1", name="Outreach desk Berlin", type="engagement", is_active=True),
    Identity(uid="berlin-2", name="Outreach desk Berlin", type="standard", is_active=True),
)


def schedule(uid: str, identity: str | None, **fields: object) -> Schedule:
    given: dict[str, object] = {
        "uid": uid,
        "action_name": CONNECTIONS,
        "status": "ACTIVE",
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
        "identity_ids": [identity] if identity else None,
        "next_execution_at": "2026-11-03T08:00:00Z",
    }
    return Schedule.model_validate(given | fields)


@pytest.fixture
def schedules() -> pd.DataFrame:
    """Six schedules: two identities share a name, one is not known, one schedule has no next run."""
    return schedules_frame(
        [
            schedule("one", "paris", name="Weekly sync", cron="0 6 * * 1"),
            schedule("two", "paris", name="Daily sync", next_execution_at="2026-11-02T09:00:00Z"),
            schedule("three", "berlin-1", timezone="Europe/Berlin"),
            schedule("four", "berlin-2", status="PAUSED", next_execution_at=None),
            schedule("five", None, action_name="linkedin-extract-messages"),
            schedule("six", "paris", name="a.c", cron="*/30 * * * *"),
        ],
        IDENTITIES,
    )
