"""The key goes into one header of requests to one server, and nowhere else."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from typing import Any

import httpx
import pytest

from edges_nb.errors import EdgesNbError
from edges_nb.models.api import Schedule, ScheduleRequest
from edges_nb.redaction import Secret, shown_url, without_secrets
from edges_nb.transport import Refused

from .serving import KEY, Scripted, client, failure


def test_key_is_in_the_header_and_not_in_the_url() -> None:
    server = Scripted(httpx.Response(200, json={"uid": "s-1"}))
    client(server).schedule("s-1")
    (request,) = server.requests
    assert request.headers["X-API-Key"] == KEY
    assert KEY not in str(request.url)


def test_secret_shows_nothing_of_itself() -> None:
    secret = Secret(KEY)
    assert not isinstance(secret, str)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>30}", f"{secret!r}"]
    shown += [repr([secret]), repr({"key": secret}), json.dumps({"key": secret}, default=str)]
    assert not any(KEY in text for text in shown)
    assert secret.reveal() == KEY


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secret_can_not_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY), protocol)


def test_secret_can_not_be_written_as_json() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(KEY))


def test_secret_can_not_be_copied_into_something_that_shows_it() -> None:
    try:
        copied = copy.copy(Secret(KEY))
    except TypeError:
        return
    assert KEY not in repr(copied)


def test_client_and_its_settings_show_no_key() -> None:
    edges = client(Scripted(httpx.Response(200, json=[])))
    assert KEY not in repr(edges) + str(edges) + repr(edges.settings) + str(edges.settings)


@pytest.mark.parametrize(
    "answer",
    [failure(401, "AUTH_EXPIRED"), failure(500), httpx.ConnectError("refused"), httpx.ReadTimeout("late")],
    ids=["401", "500", "no-connection", "late"],
)
def test_traceback_and_log_of_a_failure_show_no_key(answer: httpx.Response | Exception) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with pytest.raises(EdgesNbError) as caught:
            client(Scripted(answer)).schedule("s-1")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    error: BaseException | None = caught.value
    shown = log.getvalue() + "".join(traceback.format_exception(caught.value))
    while error is not None:
        shown += repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__
    with_values = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown += "".join(with_values.format())
    # The locals of this file's frames hold the key on purpose.
    ours = "".join(part for part in shown.split("File ") if "tests/client" not in part)
    assert KEY not in ours


def test_log_of_a_request_shows_no_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = {"X-Pagination-Next": "https://api.example.com/v1/runs/r-1/inputs?cursor=fake-cursor"}
    server = Scripted(httpx.Response(200, headers=link, json=[]), httpx.Response(200, json=[]))
    client(server).run_inputs("r-1")
    assert len(server.requests) == 2
    assert "fake-cursor" not in caplog.text


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), RuntimeError("the client is closed")])
def test_traceback_of_an_interrupt_has_no_frame_that_holds_the_key(interrupt: BaseException) -> None:
    def interrupted(request: httpx.Request) -> httpx.Response:
        raise interrupt

    with pytest.raises(type(interrupt)) as caught:
        client(interrupted).schedule("s-1")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    files = {frame.filename for frame in shown.stack}
    assert not [name for name in files if "httpx" in name or "httpcore" in name]
    ours = [frame for frame in shown.stack if "tests" not in frame.filename]
    assert KEY not in repr([frame.locals for frame in ours])


def test_secret_of_a_callback_that_the_server_repeats_is_taken_out() -> None:
    request = ScheduleRequest(
        action="linkedin-extract-connections",
        inputs=[{}],
        callback={
            "url": "https://hooks.example.com/fake-path",
            "headers": {"X-Sign": "fake header/value", "X-Number": 4711},
        },
        identity_ids=["i-1"],
    )
    message = (
        "callback fake header/value (fake%20header%2Fvalue), 4711 at https://hooks.example.com/fake-path"
    )
    answer = client(Scripted(failure(400, "BAD_INPUT", message=message))).create_scheduled_run(request)
    assert isinstance(answer, Refused)
    assert "fake" not in str(answer.error)
    assert "4711" not in str(answer.error)


def test_records_show_no_callback_no_inputs_and_nothing_unknown_when_they_are_printed() -> None:
    row: dict[str, Any] = {
        "uid": "s-1",
        "status": "ACTIVE",
        "callback": {"url": "https://hooks.example.com/fake", "headers": {"X": "fake"}},
        "inputs": [{"linkedin_url": "fake"}],
        "webhook": "fake",
    }
    record = Schedule.read(row)
    request = ScheduleRequest(
        action="a", inputs=row["inputs"], callback=row["callback"], identity_ids=["fake"]
    )
    for shown in (repr(record), str(record), f"{record}", repr([record]), repr(request), str(request)):
        assert "fake" not in shown
    assert "s-1" in repr(record)


def test_field_that_can_not_be_read_counts_as_not_shown() -> None:
    record = Schedule.read({"uid": "s-1", "inputs": "many", "created_at": "yesterday", "cron": "0 9 * * *"})
    assert (record.inputs, record.created_at, record.cron) == (None, None, "0 9 * * *")
    with pytest.raises(ValueError, match="uid") as caught:
        Schedule.read({"callback": {"url": "https://hooks.example.com/fake"}})
    assert "fake" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://hooks.example.com/a/b?sig=fake#x now", "see https://hooks.example.com/… now"),
        ("at http://user:fake@host.example.com:8080/x", "at http://host.example.com:8080/…"),
        ("Authorization: Bearer fake-token-not-a-secret", "fake-token"),
        ("api_key=fake-key-not-a-secret", "fake-key"),
    ],
)
def test_text_loses_what_may_be_secret(text: str, shown: str) -> None:
    cleaned = without_secrets(text)
    assert cleaned == shown or shown not in cleaned
    assert "fake" not in cleaned


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/secret-path?sig=1", "https://hooks.example.com/…"),
        ("https://user:fake@hooks.example.com", "https://hooks.example.com/…"),
        (None, ""),
        ("", ""),
    ],
)
def test_url_is_shown_by_its_host(url: str | None, shown: str) -> None:
    assert shown_url(url) == shown
