"""Replacements for tests of what keeps them."""

from typing import Any

from edges_nb.ledger.records import Record
from edges_nb.models.api import Schedule, ScheduleRequest

WORKSPACE = "https://api.example.com/v1"
CALLBACK = {"url": "https://hooks.example.com/in?sig=fake-not-a-secret"}


def record(uid: str = "old-1", workspace: str = WORKSPACE, **fields: Any) -> Record:
    old = Schedule(uid=uid, status="ACTIVE", cron="0 9 * * *", timezone="UTC", name="Weekly")
    request = ScheduleRequest(
        action="linkedin-extract-connections",
        inputs=[{"linkedin_url": "https://www.linkedin.com/in/nobody", "custom_data": {"tags": ["ä", None]}}],
        callback=CALLBACK,
        identity_ids=["identity-1"],
        cron="0 9 * * *",
        timezone="UTC",
        parameters={"sync_mode": "incremental", "max_results": 5},
    )
    original = request.model_copy(update={"parameters": {"max_results": 5}})
    return Record(workspace, old, request, original=original, **fields)
