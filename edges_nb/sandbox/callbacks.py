"""Callbacks: what runs that end tell their receivers. They are noted as delivered, and never sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edges_nb.sandbox.entities import Span, StoredRun
from edges_nb.sandbox.uids import Namer

BATCH = 100
"""Results per callback at most."""

MOST_REPLAYS = 3


class Outbox:
    """Callbacks as `/runs/callbacks` tells of them; no receiver is ever contacted.

    Attributes:
        deliveries: the rows, the latest last.
    """

    def __init__(self, namer: Namer) -> None:
        self.deliveries: list[dict[str, Any]] = []
        self._namer = namer

    def post(self, run: StoredRun, brought: Mapping[int, Span]) -> None:
        """Note a run's callbacks: by batch and input where all are wanted, and one for the run's end."""
        if run.callback is None:
            return
        if run.callback.get("on", "all") == "all":
            for number in range(len(run.inputs)):
                found = brought.get(number)
                for _ in range(_batches(found.high - found.low if found else 0)):
                    self._note(run.uid, run.callback["url"], self._batch_uid(run, number))
        self._note(run.uid, run.callback["url"], self._batch_uid(run, "end"))

    def replay(self, uid: str) -> dict[str, Any]:
        """Note a delivery once more, and return it as a delivery of its own."""
        told = next(row for row in self.deliveries if row["uid"] == uid)
        return self._note(told["run_uid"], told["callback_url"], told["batch_uid"], parent=uid)

    def _batch_uid(self, run: StoredRun, part: object) -> str:
        return self._namer.uid("batch", run.uid, run.attempt, part)

    def _note(self, run_uid: str, url: str, batch_uid: str, parent: str | None = None) -> dict[str, Any]:
        row = {
            "uid": self._namer.uid("delivery", batch_uid, len(self.deliveries)),
            "parent_uid": parent,
            "retry_count": 0,
            "status": "SUCCESS",
            "callback_url": url,
            "http_status": 200,
            "batch_uid": batch_uid,
            "run_uid": run_uid,
            "error": None,
        }
        self.deliveries.append(row)
        return row


def _batches(results: int) -> int:
    """How many callbacks tell of so many results; that there are none is told, too."""
    return max(1, -(-results // BATCH))
