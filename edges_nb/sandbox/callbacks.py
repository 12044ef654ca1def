"""Callbacks: what a run that ends has to tell, and its delivery, which never leaves this machine."""

from __future__ import annotations

import http.client
import ipaddress
import json
import random
import threading
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from edges_nb.sandbox.entities import Span, StoredRun
from edges_nb.sandbox.networks import Networks
from edges_nb.sandbox.run_behaviour import Habits
from edges_nb.sandbox.uids import Namer

BATCH = 100
"""Results per callback at most."""

MOST_REPLAYS = 3
ATTEMPTS = 3
TIMEOUT = 5.0
"""Seconds until a receiver that does not answer counts as gone."""


@dataclass(frozen=True)
class Callback:
    """One message about a run; its results are looked up when it is sent."""

    url: str
    headers: Mapping[str, str]
    ref: str
    run_uid: str
    batch_uid: str
    status: str
    input: dict[str, Any] | None = None
    custom_data: Any = None
    results: Span | None = None
    error: dict[str, Any] | None = None

    def body(self, networks: Networks) -> dict[str, Any]:
        """The JSON body, newest results first."""
        span = self.results
        numbers = range(span.high - 1, span.low - 1, -1) if span else range(0)
        return {
            "callback_ref_uid": self.ref,
            "run": {"run_uid": self.run_uid, "batch_uid": self.batch_uid, "status": self.status},
            "input": self.input,
            "custom_data": self.custom_data,
            "results": [networks[span.network].contact(number) for number in numbers] if span else [],
            "error": self.error,
        }


def _headers(given: Any) -> dict[str, str]:
    """Headers as a mapping; a callback may have them as an array of names and values."""
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    return {str(each.get("name", "")): str(each.get("value", "")) for each in given}


def loopback_address(url: str) -> tuple[str, int] | None:
    """Host and port of a plain HTTP URL on this machine, None for every other URL. Looks up no name."""
    try:
        parts = urlsplit(url)
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        address, port = ipaddress.ip_address(host), parts.port or 80
    except ValueError:
        return None
    # With credentials in front of the host, other readers of the URL may take them for the host.
    plain = parts.scheme == "http" and "@" not in parts.netloc
    return (host, port) if plain and address.is_loopback else None


class Outbox:
    """Callbacks on their way.

    Attributes:
        counts: how many were `delivered`, `repeated` although they had arrived, `failed` after some attempts,
            or are `not delivered: not loopback`.
    """

    def __init__(self, namer: Namer, networks: Networks, lock: AbstractContextManager[Any]) -> None:
        self.counts: Counter[str] = Counter()
        self.deliveries: list[dict[str, Any]] = []
        self._namer, self._networks, self._lock = namer, networks, lock
        self._waiting: deque[Callback] = deque()
        self._sent: dict[str, Callback] = {}
        self._delivering = threading.Lock()

    def post(self, run: StoredRun, brought: Mapping[int, Span], failed: Mapping[int, dict[str, Any]]) -> None:
        """Put a run's callbacks in: by batch and input where all are wanted, and one for the run's end."""
        if run.callback is None:
            return
        parts = self._parts(run, brought, failed) if run.callback.get("on", "all") == "all" else []
        if loopback_address(run.callback["url"]) is None:
            self.counts["not delivered: not loopback"] += len(parts) + 1
            return
        parts.append({"status": run.status, "error": run.last_error})
        for number, part in enumerate(parts):
            names = (run.uid, run.attempt, part.pop("number", "end"))
            callback = Callback(
                url=run.callback["url"],
                headers=_headers(run.callback.get("headers", {})),
                ref=self._namer.uid("callback", *names, number),
                run_uid=run.uid,
                batch_uid=self._namer.uid("batch", *names),
                **part,
            )
            self._waiting.append(callback)

    def _parts(
        self, run: StoredRun, brought: Mapping[int, Span], failed: Mapping[int, dict[str, Any]]
    ) -> list[dict[str, Any]]:
        parts = []
        for number, entry in enumerate(run.inputs):
            told = {
                "number": number,
                "status": "RUNNING",
                "input": {name: value for name, value in entry.items() if name != "custom_data"},
                "custom_data": entry.get("custom_data"),
                "error": failed.get(number),
            }
            parts += [told | {"results": span} for span in _batches(brought.get(number))]
        return parts

    def deliver(self, habits: Habits, seed: int) -> None:
        """Send what is waiting, in order; hold no lock meanwhile, as receivers may call the API."""
        gone: set[tuple[str, int]] = set()
        with self._delivering:
            while self._waiting:
                callback = self._waiting.popleft()
                outcome = self._deliver(callback, gone)
                self.counts[outcome] += 1
                self._note(callback, outcome)
                dice = random.Random(f"{seed}/{callback.ref}")  # noqa: S311 - dice, not a secret
                if outcome == "delivered" and dice.random() < habits.repeated:
                    self._deliver(callback, gone)
                    self.counts["repeated"] += 1

    def _note(self, callback: Callback, outcome: str, parent: str | None = None) -> dict[str, Any]:
        """Remember a delivery as `/runs/callbacks` tells of it."""
        uid = self._namer.uid("delivery", callback.ref, len(self.deliveries))
        arrived = outcome == "delivered"
        row = {
            "uid": uid,
            "parent_uid": parent,
            "retry_count": 0 if arrived else ATTEMPTS - 1,
            "status": "SUCCESS" if arrived else "FAILED",
            "callback_url": callback.url,
            "http_status": 200 if arrived else None,
            "batch_uid": callback.batch_uid,
            "run_uid": callback.run_uid,
            "error": None if arrived else "The receiver did not answer",
        }
        self.deliveries.append(row)
        self._sent[uid] = callback
        return row

    def replay(self, uid: str) -> dict[str, Any]:
        """Send a delivery once more, and return it as a delivery of its own."""
        callback = self._sent[uid]
        return self._note(callback, self._deliver(callback, set()), parent=uid)

    def _deliver(self, callback: Callback, gone: set[tuple[str, int]]) -> str:
        address = loopback_address(callback.url)
        if address is None or address in gone:
            return "failed"
        with self._lock:
            body = json.dumps(callback.body(self._networks), ensure_ascii=False).encode()
        answers = [0]
        while len(answers) <= ATTEMPTS:
            answers.append(_post(address, callback, body))
            if 200 <= answers[-1] < 300:
                return "delivered"
        if not any(answers):
            gone.add(address)
        return "failed"


def _batches(span: Span | None) -> list[Span | None]:
    if span is None or span.low == span.high:
        return [None]
    return [
        Span(span.network, max(span.low, high - BATCH), high) for high in range(span.high, span.low, -BATCH)
    ]


def _post(address: tuple[str, int], callback: Callback, body: bytes) -> int:
    """Send a callback and return the answer's status, 0 when there is no answer."""
    # http.client obeys no proxy settings and follows no redirect, so nothing gets beyond this machine.
    parts = urlsplit(callback.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
    try:
        headers = {"Content-Type": "application/json", **callback.headers}
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError):
        return 0
    finally:
        connection.close()
