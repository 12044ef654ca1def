"""What the guide's Part 1 sends, under Node, is what ours sends: method, path and JSON, byte for byte."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from edges_nb.client import Edges
from edges_nb.models.api import CONNECTIONS, ScheduleRequest
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
from edges_nb.transport import Done

from .guide import Guide

KEY = "fake-key-not-real-0123456789"
UID = "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90"
ANSWER = f'{{"uid":"{UID}","run_uid":"{UID}","scheduled_run_uid":"{UID}","status":"ACTIVE"}}'.encode()


@dataclass
class Recorder:
    """A server that takes everything, and keeps what it was sent as it came."""

    base_url: str = ""
    sent: list[tuple[str, str, str | None, bytes]] = field(default_factory=list)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            recorder.sent.append((self.command, self.path, self.headers.get("X-API-Key"), body))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield recorder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def edges(recorder: Recorder, tmp_path: Path) -> Iterator[Edges]:
    settings = Settings(Secret(KEY), recorder.base_url, str(tmp_path / "ledger.sqlite"))
    with Edges(settings) as edges:
        yield edges


def options(**more: Any) -> dict[str, Any]:
    """The guide's options; with letters that JSON may write in more than one way."""
    return {
        "identityId": "7c2f6f1d-8e90-4f0e-9a51-0b1f7e2c5d7a",
        "linkedinUrl": "https://www.linkedin.com/in/zoë-日本",
        "callbackUrl": "https://hooks.example.com/edges?x=<1>&y='2'",
        **more,
    }


def request(given: dict[str, Any], **schedule: str) -> ScheduleRequest:
    """Ours for the same options."""
    cap = {"max_results": given["maxResults"]} if "maxResults" in given else {}
    return ScheduleRequest(
        action=CONNECTIONS,
        inputs=[{"linkedin_url": given["linkedinUrl"]}],
        callback={"url": given["callbackUrl"]},
        identity_ids=[given["identityId"]],
        parameters={"sync_mode": "incremental", **cap},
        **schedule,
    )


@pytest.mark.parametrize("more", [{}, {"maxResults": 50}], ids=["no-cap", "cap"])
@pytest.mark.parametrize(
    "rhythm", [{}, {"cron": "30 7 * * 1-5", "timezone": "Asia/Tokyo"}], ids=["daily", "own"]
)
def test_a_new_schedule_is_asked_for_in_the_same_bytes(
    guide: Guide, recorder: Recorder, edges: Edges, more: dict[str, int], rhythm: dict[str, str]
) -> None:
    given = options(**more, **rhythm)
    guide.call(recorder.base_url, KEY, "createIncrementalExtractConnectionsSchedule", given)
    timing = rhythm or {"cron": "0 9 * * *", "timezone": "Europe/Paris"}
    assert isinstance(edges.create_scheduled_run(request(given, **timing)), Done)
    theirs, ours = recorder.sent
    assert ours == theirs
    assert b'"sync_mode":"incremental"' in ours[3]


@pytest.mark.parametrize("more", [{}, {"maxResults": 50}], ids=["no-cap", "cap"])
def test_an_async_run_is_asked_for_in_the_same_bytes(
    guide: Guide, recorder: Recorder, edges: Edges, more: dict[str, int]
) -> None:
    given = options(**more)
    guide.call(recorder.base_url, KEY, "runExtractConnectionsIncrementalAsync", given)
    # What only a schedule has is left out of the request for a run.
    assert isinstance(edges.create_async_run(request(given, cron="0 9 * * *", timezone="UTC")), Done)
    theirs, ours = recorder.sent
    assert ours == theirs


def test_a_run_is_continued_by_the_same_request(guide: Guide, recorder: Recorder, edges: Edges) -> None:
    guide.call(recorder.base_url, KEY, "continueIncrementalRun", UID)
    assert isinstance(edges.continue_run(UID), Done)
    theirs, ours = recorder.sent
    assert ours == theirs
