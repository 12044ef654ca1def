"""The callback receiver: what it takes, what it refuses, and that what it acknowledged is kept once."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import psutil  # type: ignore[import-untyped]
import pytest

from edges_nb.errors import BadInput
from edges_nb.sandbox.callback_receiver import COLUMNS, Receiver, load_callbacks

SECRET = "not-a-secret-but-looked-for"


def callback(ref: str = "ref-1", **fields: Any) -> dict[str, Any]:
    run = {"run_uid": "run-1", "batch_uid": "batch-1", "status": "RUNNING"}
    results = [{"linkedin_profile_id": 1}, {"linkedin_profile_id": 2}]
    given = {"callback_ref_uid": ref, "run": run, "input": {"linkedin_url": "x"}, "custom_data": {"crm": 7}}
    return given | {"results": results, "error": None} | fields


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "callbacks.jsonl"


@pytest.fixture
def receiver(path: Path) -> Iterator[Receiver]:
    with Receiver(path) as receiver:
        yield receiver


def test_a_callback_becomes_a_row(receiver: Receiver, path: Path) -> None:
    assert httpx.post(receiver.url, json=callback()).json() == {"stored": True}
    (row,) = load_callbacks(path).to_dict("records")
    assert row.pop("received_at").tz is not None
    assert row == {
        "callback_ref_uid": "ref-1",
        "run_uid": "run-1",
        "batch_uid": "batch-1",
        "status": "RUNNING",
        "result_count": 2,
        "input": {"linkedin_url": "x"},
        "custom_data": {"crm": 7},
        "results": [{"linkedin_profile_id": 1}, {"linkedin_profile_id": 2}],
        "error": None,
    }


def test_a_callback_sent_again_is_acknowledged_and_kept_once(receiver: Receiver, path: Path) -> None:
    replies = [httpx.post(receiver.url, json=callback()) for _ in range(3)]
    assert [(reply.status_code, reply.json()["stored"]) for reply in replies] == [
        (200, True),
        (200, False),
        (200, False),
    ]
    assert len(load_callbacks(path)) == 1


def test_a_receiver_started_again_knows_what_came_before(path: Path) -> None:
    for _ in range(2):
        with Receiver(path) as receiver:
            httpx.post(receiver.url, json=callback())
    assert len(path.read_text().splitlines()) == 1


def test_parallel_callbacks_are_all_kept_in_whole_lines(receiver: Receiver, path: Path) -> None:
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
    with httpx.Client(limits=limits) as http, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: http.post(receiver.url, json=callback(f"ref-{n // 4}")), range(160)))
    refs = [json.loads(line)["callback_ref_uid"] for line in path.read_text().splitlines()]
    assert sorted(refs) == sorted(f"ref-{n}" for n in range(40))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no reference"),
        pytest.param(b'{"callback_ref_uid": 7}', id="a number for a reference"),
        pytest.param(b'{"callback_ref_uid": ""}', id="an empty reference"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_is_no_callback_is_refused(receiver: Receiver, path: Path, content: bytes) -> None:
    reply = httpx.post(receiver.url, content=content)
    assert (reply.status_code, reply.json()) == (
        400,
        {"message": "a callback is a JSON object with a callback_ref_uid"},
    )
    assert path.read_bytes() == b""


def test_a_callback_that_is_too_long_is_refused(
    receiver: Receiver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edges_nb.sandbox.callback_receiver.MAX_BODY", 1000)
    assert httpx.post(receiver.url, json=callback(results=["x" * 1000])).status_code == 413
    assert path.read_bytes() == b""


def test_only_posts_are_taken(receiver: Receiver) -> None:
    assert httpx.get(receiver.url).status_code == 405


def test_it_listens_on_loopback_only(receiver: Receiver) -> None:
    port = httpx.URL(receiver.url).port
    listening = [c.laddr for c in psutil.Process().net_connections() if c.status == psutil.CONN_LISTEN]
    assert [address.ip for address in listening if address.port == port] == ["127.0.0.1"]


def test_the_file_is_its_owners_alone_even_if_it_was_not(path: Path) -> None:
    path.touch(0o644)
    path.chmod(0o644)
    with Receiver(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_of_a_request_are_not_kept(receiver: Receiver, path: Path) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    httpx.post(f"{receiver.url}hook/{SECRET}?token={SECRET}", json=callback(), headers=headers)
    assert len(load_callbacks(path)) == 1
    assert SECRET not in path.read_text()


def test_each_callback_is_on_disk_before_it_is_acknowledged(
    receiver: Receiver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(path.read_bytes()))
    httpx.post(receiver.url, json=callback())
    assert synced == [path.read_bytes()]
    assert synced[0]


def test_a_callback_that_can_not_be_written_is_not_acknowledged_and_leaves_no_trace(
    receiver: Receiver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpx.post(receiver.url, json=callback("before"))
    with monkeypatch.context() as patch:
        write = os.write
        patch.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 2]))
        reply = httpx.post(receiver.url, json=callback("failed"))
    assert (reply.status_code, "send it again" in reply.json()["message"]) == (500, True)
    httpx.post(receiver.url, json=callback("failed"))
    assert list(load_callbacks(path)["callback_ref_uid"]) == ["before", "failed"]


def test_a_failing_disk_is_told(receiver: Receiver, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    assert httpx.post(receiver.url, json=callback()).status_code == 500
    assert path.read_bytes() == b""


def test_a_line_cut_by_a_kill_is_left_out_and_its_callback_can_come_again(path: Path) -> None:
    whole = json.dumps(callback("whole") | {"received_at": "2026-11-02T08:00:00+00:00"}).encode() + b"\n"
    path.write_bytes(whole + whole.replace(b"whole", b"cut")[:-20])
    assert list(load_callbacks(path)["callback_ref_uid"]) == ["whole"]
    with Receiver(path) as receiver:
        httpx.post(receiver.url, json=callback("cut"))
    assert list(load_callbacks(path)["callback_ref_uid"]) == ["whole", "cut"]


@pytest.mark.parametrize("content", ["", json.dumps(callback()) + "\n"])
def test_columns_and_dtypes_are_declared_even_without_rows(path: Path, content: str) -> None:
    path.write_text(content)
    frame = load_callbacks(path)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS


def test_a_callback_with_nothing_but_its_reference_is_a_row(receiver: Receiver, path: Path) -> None:
    for body in ({"callback_ref_uid": "a"}, {"callback_ref_uid": "b", "run": 5, "results": "x"}):
        assert httpx.post(receiver.url, json=body).json() == {"stored": True}
    frame = load_callbacks(path)
    assert list(frame["result_count"]) == [0, 0]
    assert frame["run_uid"].isna().all()


def test_half_a_surrogate_pair_is_survived(receiver: Receiver, path: Path) -> None:
    httpx.post(receiver.url, content=b'{"callback_ref_uid": "\\ud83d", "custom_data": "\\ud83d"}')
    assert list(load_callbacks(path)["callback_ref_uid"]) == ["?"]


def test_a_foreign_file_is_refused_by_line_and_left_alone(path: Path) -> None:
    path.write_text(json.dumps(callback()) + "\nname,cron\n")
    for use in (load_callbacks, lambda path: Receiver(path).start()):
        with pytest.raises(BadInput, match="line 2: this is no callback"):
            use(path)
    assert path.read_text().endswith("\nname,cron\n")


def test_a_missing_file_is_an_error_not_an_empty_frame(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_callbacks(path)


def test_two_receivers_never_write_to_one_file(receiver: Receiver, path: Path) -> None:
    with pytest.raises(BadInput, match="another receiver writes to"):
        Receiver(path).start()
    receiver.stop()
    with Receiver(path):
        pass


def test_a_symbolic_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="can't be written to"):
        Receiver(path).start()
    assert not (tmp_path / "elsewhere").exists()


def test_a_taken_port_is_told_and_frees_the_file(receiver: Receiver, tmp_path: Path) -> None:
    port = httpx.URL(receiver.url).port or 0
    other = tmp_path / "other.jsonl"
    with pytest.raises(BadInput, match=f"port {port} can't be listened on"):
        Receiver(other, port).start()
    with Receiver(other):
        pass


def test_a_stopped_receiver_has_no_address(path: Path) -> None:
    receiver = Receiver(path)
    with receiver:
        address = receiver.url
        assert receiver.start() is receiver
        assert receiver.url == address
    receiver.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _ = receiver.url
    with pytest.raises(httpx.ConnectError):
        httpx.post(address, json=callback())


def test_rows_are_in_the_order_of_their_arrival(receiver: Receiver, path: Path) -> None:
    for ref in ("c", "a", "b"):
        httpx.post(receiver.url, json=callback(ref))
    frame = load_callbacks(path)
    assert list(frame["callback_ref_uid"]) == ["c", "a", "b"]
    assert frame["received_at"].is_monotonic_increasing
    assert isinstance(frame, pd.DataFrame)
