"""Finds the vendor's guide, lifts its JavaScript, and runs it under Node against another base URL."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]

BASE = re.compile(r"^const EDGES_API_BASE = '([^']+)';$", re.MULTILINE)
FUNCTION = re.compile(r"^(?:async )?function (\w+)\(.*?^}$", re.MULTILINE | re.DOTALL)
CLOSING = re.compile(r"^// Run migration\n(.+?;)$", re.MULTILINE | re.DOTALL)


def find_guide() -> Path | None:
    """The guide's file, None where it is not at hand."""
    named = os.environ.get("EDGES_NB_SEED_DIR")
    folder = Path(named) if named else REPO.parent / "shared" / "seed"
    return next((path for path in sorted(folder.glob("*.txt")) if BASE.search(path.read_text())), None)


def find_node() -> str:
    """Node from the PATH, else the one that comes with Playwright."""
    found = shutil.which("node")
    if found:
        return found
    playwright = importlib.util.find_spec("playwright")
    if playwright is None or playwright.origin is None:
        raise RuntimeError("there is no node on the PATH, and Playwright, which brings one, is not installed")
    return str(Path(playwright.origin).parent / "driver" / "node")


@dataclass(frozen=True)
class Outcome:
    """What a script printed."""

    stdout: str
    stderr: str

    @property
    def value(self) -> Any:
        """The last line of the output, read as JSON."""
        return json.loads(self.stdout.splitlines()[-1])


class Guide:
    """The guide's code: its functions as they stand, and the statement that runs the migration."""

    def __init__(self, path: Path) -> None:
        text = path.read_text()
        (self.base,) = BASE.findall(text)
        self.functions = {match[1]: match[0] for match in FUNCTION.finditer(text)}
        (self.closing,) = CLOSING.findall(text)

    def call(self, base_url: str, key: str, function: str, *arguments: object) -> Outcome:
        """Call a function of the guide with the key and JSON arguments; the outcome's value is its result."""
        given = ", ".join(json.dumps(argument) for argument in (key, *arguments))
        return self.run(base_url, key, f"console.log(JSON.stringify(await {function}({given})));")

    def run(self, base_url: str, key: str, statement: str) -> Outcome:
        """Run a statement after the guide's functions, of which only the base URL is another."""
        parts = [f"const EDGES_API_BASE = '{base_url}';", *self.functions.values(), statement]
        done = subprocess.run(
            [find_node(), "--input-type=module", "-"],
            input="\n".join(parts),
            env={"EDGES_API_KEY": key},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return Outcome(done.stdout, done.stderr)
