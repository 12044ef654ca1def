"""A receiver on this machine for trying callbacks out, and what it received as a DataFrame."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from edges_nb.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd
    from starlette.applications import Starlette

    from edges_nb.sandbox.http_server import LoopbackServer

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a callback at most; more is refused."""

COLUMNS = {
    "received_at": "datetime64[us, UTC]",
    "callback_ref_uid": "str",
    "run_uid": "str",
    "batch_uid": "str",
    "status": "str",
    "result_count": "int64",
    "input": "object",
    "custom_data": "object",
    "results": "object",
    "error": "object",
}
"""Columns of `load_callbacks` and their dtypes."""


class Receiver:
    """Takes callbacks on 127.0.0.1 and appends them to a file, each once however often it is sent.

    Use it as a context manager, or `start` and `stop` it. The file holds people's data, so only its owner may
    read it; neither headers nor paths of the requests are kept, as they often carry a secret.

    Args:
        path: the file, one callback a line; what it has already is kept.
        port: any free one when 0.

    Raises:
        BadInput: the file can't be written, another receiver writes to it, or the port is taken.
    """

    def __init__(self, path: str | os.PathLike[str], port: int = 0) -> None:
        self.path = Path(path)
        self._port = port
        self._journal: _Journal | None = None
        self._server: LoopbackServer | None = None

    def __enter__(self) -> Receiver:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Receiver:
        """Start receiving; a started receiver stays as it is."""
        if self._server is None:
            # Loaded here because reading a file needs no server.
            from edges_nb.sandbox.http_server import LoopbackServer

            journal = _Journal(self.path)
            try:
                self._server = LoopbackServer(_app(journal), self._port, "edges-receiver")
            except OSError as error:
                journal.close()
                raise BadInput(f"port {self._port} can't be listened on: {error.strerror}") from error
            self._journal = journal
        return self

    def stop(self) -> None:
        """Stop receiving; the file stays."""
        if self._server is not None and self._journal is not None:
            self._server.stop()
            self._journal.close()
            self._server = self._journal = None

    @property
    def url(self) -> str:
        """Where callbacks are to be sent; any path below it will do."""
        if self._server is None:
            raise RuntimeError("the receiver is not started: use it in a with statement, or call start()")
        return f"http://127.0.0.1:{self._server.port}/"


class _Journal:
    """The file: append-only, and on disk before a callback is acknowledged."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._file = os.open(path, flags, 0o600)
        except OSError as error:
            raise BadInput(f"callbacks can't be written to {path}: {error.strerror}") from error
        self._lock = threading.Lock()
        try:
            self._seen = self._take_over(path)
        except BaseException:
            os.close(self._file)
            raise

    def _take_over(self, path: Path) -> set[str]:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another receiver writes to {path}: stop it, or choose another file"
            raise BadInput(message) from error
        os.fchmod(self._file, 0o600)
        seen = {record["callback_ref_uid"] for record in _records(path)}
        # What a killed receiver left half written was never acknowledged, and is sent again.
        os.ftruncate(self._file, len(_complete(path)))
        _sync_directory(path)
        return seen

    def append(self, body: dict[str, Any]) -> bool:
        """Write a callback down unless it is known, and tell whether it was new."""
        ref = body["callback_ref_uid"]
        record = {**body, "received_at": datetime.now(UTC).isoformat()}
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if ref in self._seen:
                return False
            end = os.fstat(self._file).st_size
            try:
                if os.write(self._file, line) < len(line):
                    raise OSError(errno.ENOSPC, "the disk is full")
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, end)
                raise
            self._seen.add(ref)
        return True

    def close(self) -> None:
        """Close the file, which lets another receiver have it."""
        with self._lock:
            os.close(self._file)


def _sync_directory(path: Path) -> None:
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _app(journal: _Journal) -> Starlette:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    async def receive(request: Request) -> Response:
        content = bytearray()
        try:
            async for chunk in request.stream():
                content += chunk
                if len(content) > MAX_BODY:
                    return JSONResponse({"message": "a callback is not that long"}, 413)
        except ClientDisconnect:
            return Response()
        body = _callback(bytes(content))
        if body is None:
            return JSONResponse({"message": "a callback is a JSON object with a callback_ref_uid"}, 400)
        try:
            new = await run_in_threadpool(journal.append, body)
        except OSError as error:
            message = f"the callback could not be written down: {error.strerror}; send it again"
            return JSONResponse({"message": message}, 500)
        return JSONResponse({"stored": new})

    return Starlette(routes=[Route("/{path:path}", receive, methods=["POST"])])


def _callback(content: bytes) -> dict[str, Any] | None:
    """The body, None when it is not a callback's."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    ref = body.get("callback_ref_uid") if isinstance(body, dict) else None
    return body if isinstance(ref, str) and ref else None


def _complete(path: Path) -> bytes:
    """The file without what stands after its last line's end."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _records(path: Path) -> list[dict[str, Any]]:
    """The callbacks in the file, each once."""
    records: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(_complete(path).splitlines(), start=1):
        body = _callback(line)
        if body is None:
            raise BadInput(f"{path}, line {number}: this is no callback; is it the file of a receiver?")
        records.setdefault(body["callback_ref_uid"], body)
    return list(records.values())


def load_callbacks(path: str | os.PathLike[str]) -> pd.DataFrame:
    """What a receiver wrote to `path`, one row a callback in the order of their arrival.

    The columns and their dtypes are the same even when there is no row. A receiver may be at work meanwhile.
    """
    import pandas as pd

    rows = [_row(record) for record in _records(Path(path))]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object")
    frame["received_at"] = pd.to_datetime(frame["received_at"], utc=True, format="ISO8601")
    return frame.astype(COLUMNS)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    run, results = record.get("run"), record.get("results")
    run = run if isinstance(run, dict) else {}
    return {
        **{name: record.get(name) for name in ("received_at", "input", "custom_data", "results", "error")},
        "callback_ref_uid": _text(record["callback_ref_uid"]),
        **{name: _text(run.get(name)) for name in ("run_uid", "batch_uid", "status")},
        "result_count": len(results) if isinstance(results, list) else 0,
    }


def _text(value: object) -> str | None:
    # JSON can hold half a surrogate pair, which a string column can't.
    return value.encode(errors="replace").decode() if isinstance(value, str) else None
