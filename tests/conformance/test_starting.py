"""What `03_start_incremental` sends is what the guide's Part 1 sends, byte for byte but for the name.

The name is left out after the server refused it, which is how the rest can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edges_nb.async_runs import continue_run, start_run, wait
from edges_nb.client import Edges
from edges_nb.planning.start_plan import plan_starts
from edges_nb.redaction import Secret
from edges_nb.sandbox.wire_types import Request, SandboxReply
from edges_nb.settings import Settings
from tests.faults import Behaviour, Sandbox

from .guide import Guide

Sent = list[tuple[str, bytes]]


@pytest.fixture
def sent(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Path and body of each change that the server took, as it came."""
    sandbox.behaviour = Behaviour(names="refused")
    kept: Sent = []
    handle = sandbox.api.handle

    def keeping(request: Request) -> SandboxReply:
        reply = handle(request)
        if request.method == "POST" and request.path.startswith("/v1/") and reply.status < 400:
            kept.append((request.path, request.content))
        return reply

    monkeypatch.setattr(sandbox.api, "handle", keeping)
    return kept


@pytest.fixture
def edges(sandbox: Sandbox, tmp_path: Path) -> Iterator[Edges]:
    place = str(tmp_path / "ledger.sqlite")
    with Edges(Settings(Secret(sandbox.key), sandbox.base_url, place, sandbox=True)) as edges:
        yield edges


def options(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """The guide's options."""
    desk = next(uid for uid, each in sandbox.world.identities.items() if each.type == "engagement")
    profile, hook = "https://www.linkedin.com/in/zoë-日本", "https://hooks.example.com/edges?x=<1>&y='2'"
    return {"identityId": desk, "linkedinUrl": profile, "callbackUrl": hook, **more}


def row(given: dict[str, Any]) -> dict[str, Any]:
    """Ours for the same options."""
    return {
        "identity_uid": given["identityId"],
        "input": {"linkedin_url": given["linkedinUrl"]},
        "callback_url": given["callbackUrl"],
        "cron": given.get("cron", "0 9 * * *"),
        "timezone": given.get("timezone", "Europe/Paris"),
        "max_results": given.get("maxResults"),
    }


@pytest.mark.parametrize(
    "more",
    [{}, {"maxResults": 50, "cron": "30 6 * * 1-5", "timezone": "America/New_York"}],
    ids=["defaults", "all"],
)
def test_a_schedule_is_started_by_the_guides_bytes(
    guide: Guide, sandbox: Sandbox, edges: Edges, sent: Sent, more: dict[str, Any]
) -> None:
    given = options(sandbox, **more)
    assert plan_starts(edges, row(given)).apply().counts == {"started": 1}
    guide.call(sandbox.base_url, sandbox.key, "createIncrementalExtractConnectionsSchedule", given)
    ours, theirs = sent
    assert ours == theirs
    assert b'"sync_mode":"incremental"' in ours[1]


def test_what_the_guide_started_is_found_and_not_started_again(
    guide: Guide, sandbox: Sandbox, edges: Edges
) -> None:
    given = options(sandbox)
    theirs = guide.call(
        sandbox.base_url, sandbox.key, "createIncrementalExtractConnectionsSchedule", given
    ).value
    (item,) = plan_starts(edges, row(given)).items
    assert (item.decision, item.found) == ("skip", theirs["schedule_uid"])


@pytest.mark.parametrize("more", [{}, {"maxResults": 50}], ids=["no-cap", "cap"])
def test_a_run_is_started_and_continued_by_the_guides_bytes(
    guide: Guide, sandbox: Sandbox, edges: Edges, sent: Sent, more: dict[str, Any]
) -> None:
    given = options(sandbox, **more)
    ours = wait(edges, start_run(edges, row(given)).uid)
    continue_run(edges, ours.uid)
    run = guide.call(sandbox.base_url, sandbox.key, "runExtractConnectionsIncrementalAsync", given).value
    wait(edges, run["run_uid"])
    guide.call(sandbox.base_url, sandbox.key, "continueIncrementalRun", run["run_uid"])
    started, continued, their_start, their_continue = sent
    assert started == their_start
    assert continued[0].replace(ours.uid, run["run_uid"]) == their_continue[0]
    assert continued[1] == their_continue[1]
