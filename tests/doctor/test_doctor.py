"""A look at a workspace changes nothing, and says what the server does and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from edges_nb.client import Edges
from edges_nb.doctor import examine
from edges_nb.errors import KeyRefused
from edges_nb.redaction import Secret
from edges_nb.sandbox import World
from edges_nb.settings import Settings
from tests.faults import Behaviour, RateLimit, Sandbox


def findings(tmp_path: Path, world: World | None = None, **behaviour: Any) -> dict[str, str]:
    with Sandbox(world, Behaviour(**behaviour)) as sandbox:
        settings = Settings(Secret(sandbox.key), sandbox.base_url, str(tmp_path / "ledger.sqlite"))
        with Edges(settings) as edges:
            found = examine(edges)
        assert {call.method for call in sandbox.history} == {"GET"}
    return {finding.code: f"{finding.seen} | {finding.therefore}" for finding in found}


def test_workspace_is_counted(tmp_path: Path) -> None:
    found = findings(tmp_path)
    assert "20 engagement, activity not shown, 5 standard, activity not shown" in found["identities"]
    assert "54 of linkedin-extract-connections: 34 can become incremental" in found["schedules"]
    assert "overrides" in found["needs_decision"]


@pytest.mark.parametrize(
    ("envelope", "told"), [("array", "bare array"), ("data", "`data`"), ("items", "`items`")]
)
def test_envelope_is_named(tmp_path: Path, envelope: str, told: str) -> None:
    assert told in findings(tmp_path, envelope=envelope)["envelope"]


@pytest.mark.parametrize("uid_field", ["uid", "scheduled_run_uid"])
def test_name_of_the_uid_is_told(tmp_path: Path, uid_field: str) -> None:
    assert f"`{uid_field}`" in findings(tmp_path, uid_field=uid_field)["schedule_uid"]


def test_what_get_leaves_out_is_named(tmp_path: Path) -> None:
    guide = findings(tmp_path)["configuration"]
    assert guide.startswith("inputs, callback, identity_ids by list and GET; parameters by neither")
    reference = findings(tmp_path, dialect="reference")["configuration"]
    assert reference.startswith("inputs, callback, identity_ids, parameters by neither")


@pytest.mark.parametrize(("shown_by", "told"), [("get", "by GET only"), ("list", "by the list only")])
def test_what_only_list_or_get_shows_is_told_field_by_field(tmp_path: Path, shown_by: str, told: str) -> None:
    found = findings(tmp_path, optional_fields=shown_by)["configuration"]
    assert found.startswith(f"inputs, callback, identity_ids {told}; parameters by neither")
    assert ("asked for alone" in found) is (shown_by == "get")


@pytest.mark.parametrize("way", ["cursor", "offset"])
def test_how_outputs_are_paged_is_told(tmp_path: Path, way: str) -> None:
    assert findings(tmp_path, outputs=way)["outputs"].startswith(f"by {way}")


def test_runs_that_tell_nothing_are_said_so(tmp_path: Path) -> None:
    assert "100 name their schedule, 100 show parameters" in findings(tmp_path)["runs"]
    silent = findings(tmp_path, runs_show_schedule=False, runs_show_parameters=False)["runs"]
    assert "0 name their schedule, 0 show parameters" in silent
    assert "max_results can't be read" in silent


def test_rate_headers_are_named_where_they_come(tmp_path: Path) -> None:
    assert "no headers" in findings(tmp_path)["rate_limit"]
    limited = findings(tmp_path, rate_limit=RateLimit(per_second=500, burst=500))["rate_limit"]
    assert "x-ratelimit-remaining" in limited


def test_empty_workspace_says_what_is_missing(tmp_path: Path) -> None:
    found = findings(tmp_path, World())
    assert "create an engagement identity" in found["identities"]
    assert "nothing to replace" in found["schedules"]


def test_refused_key_is_told(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        settings = Settings(Secret("fake-wrong-key"), sandbox.base_url, str(tmp_path / "ledger.sqlite"))
        with Edges(settings) as edges, pytest.raises(KeyRefused):
            examine(edges)


def answering(request: httpx.Request) -> httpx.Response:
    """A server as documented: 21 identities of unknown activity, and rows that can not be read whole."""
    path, query = request.url.path.removeprefix("/v1"), request.url.params
    if path == "/workspaces":
        return httpx.Response(200, json={"uid": "w-1", "name": "Acme"})
    if path == "/identities":
        account = {"integration": "linkedin", "status": "INVALID"}
        rows = [{"uid": f"i-{n}", "type": "engagement", "accounts": [account]} for n in range(21)]
        start = 20 * (int(query["page"]) - 1)
        return httpx.Response(200, json=rows[start : start + 20])
    schedules = [
        {"uid": "s-1", "cron": ["0 9 * * *"], "identity_ids": ["i-1"]},
        {"uid": "s-2"},
        {"name": "odd"},
    ]
    if path == "/schedules" and "uid" in query:
        return httpx.Response(200, json=[row for row in schedules if row.get("uid") in query.get_list("uid")])
    if path == "/schedules":
        start = int(query.get("offset", 0))
        return httpx.Response(200, json=schedules[start:])
    if path.startswith("/schedules/"):
        return httpx.Response(200, json=next(row for row in schedules if path.endswith(row.get("uid", "-"))))
    return httpx.Response(200, json=[])


def test_variants_that_were_met_are_told(tmp_path: Path) -> None:
    settings = Settings(Secret("fake-key"), "https://api.example.com/v1", str(tmp_path / "ledger.sqlite"))
    with Edges(settings, http=httpx.MockTransport(answering)) as edges:
        found = {finding.code: finding.seen for finding in examine(edges)}
    assert found["workspace"] == "Acme (w-1); shown by `GET /workspaces`"
    assert found["identities"] == "21 engagement, activity not shown"
    assert found["identity_paging"] == "by `page`"
    assert found["linkedin_accounts"] == "21 INVALID"
    assert found["uid_filter"] == "obeyed"
    assert "without a readable uid" in found["unreadable_rows"]
