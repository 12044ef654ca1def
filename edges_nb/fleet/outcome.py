"""What became of one workspace, read from what its process left."""

import json
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from edges_nb.private_files import stamp_of
from edges_nb.redaction import without_secrets

Status = Literal["ok", "attention", "failed"]
_FILES = ("plan.json", "results.json")


@dataclass(frozen=True)
class WorkspaceOutcome:
    """How one workspace came out of a command.

    Attributes:
        status: `attention` where somebody has to look at what was done, `failed` where it was not done.
        reason: the sentence of what is wrong, "" where all is well.
        digest: of its plan, "" where none was made.
        counts: how many schedules came out how; of a preview, what would be done with how many.
        code: as a single command exits.
    """

    workspace: str
    status: Status
    reason: str = ""
    digest: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    code: int = 0

    @property
    def words(self) -> str:
        """The outcome in one line."""
        told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in self.counts.items())
        line = ", ".join(filter(None, (f"{self.workspace}: {self.status}", told)))
        return f"{line}. {self.reason}" if self.reason else line


class LeftFiles:
    """The files of one workspace's folder, of which only those count that were written since."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = {path: stamp_of(path) for path in self._candidates()}

    def outcome(self, workspace: str, code: int, last_line: str) -> WorkspaceOutcome:
        """Return what a process came to.

        Args:
            code: its exit code, negative where a signal ended it.
            last_line: the last that it told.
        """
        plan, results = (self._json(name) for name in _FILES)
        rows = results if isinstance(results, list) else []
        counts: Mapping[str, int] = Counter(str(row.get("outcome")) for row in rows)
        digest = ""
        if isinstance(plan, dict):
            digest = str(plan.get("digest", ""))
            counts = counts or Counter(str(item.get("decision")) for item in plan.get("items", ()))
        counts = dict(counts)
        if code == 0:
            return WorkspaceOutcome(workspace, "ok", "", digest, counts)
        reason = without_secrets(last_line) or "It ended without a word."
        if code < 0:
            ended = signal.Signals(-code).name
            reason = f"Its process was ended by {ended}: run the same command again, and it goes on."
        status: Status = "attention" if self._asks_for_somebody() else "failed"
        return WorkspaceOutcome(workspace, status, reason, digest, counts, code if code in (1, 2) else 1)

    def _candidates(self) -> list[Path]:
        return [*(self._folder / name for name in _FILES), *self._folder.glob("*.ipynb")]

    def _is_new(self, path: Path) -> bool:
        return stamp_of(path) not in (None, self._before.get(path))

    def _json(self, name: str) -> Any:
        path = self._folder / name
        if not self._is_new(path):
            return None
        try:
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def _asks_for_somebody(self) -> bool:
        """Whether the notebook ended with NeedsAttention, and not because it failed."""
        for path in filter(self._is_new, self._folder.glob("*.ipynb")):
            cells = (self._json(path.name) or {}).get("cells", ())
            outputs = [output for cell in cells for output in cell.get("outputs", ())]
            if any(output.get("ename") == "NeedsAttention" for output in outputs):
                return True
        return False
