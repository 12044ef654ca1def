"""The README's Python example runs as it stands, but for the identity that it leaves open."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from edges_nb.sandbox import World
from tests.faults import Behaviour, Sandbox

README = Path(__file__).parents[2] / "README.md"


def example(identity: str) -> str:
    """The code below `In Python:`, with an identity in place of the dots."""
    match = re.search(r"In Python:\n\n((?: {4}.*\n|\n)+)", README.read_text(encoding="utf-8"))
    assert match is not None
    return textwrap.dedent(match[1]).replace('"identity_uid": "…"', f'"identity_uid": "{identity}"')


def test_it_starts_schedules_and_a_run_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(seed=5)
    one, other = world.add_identity("Desk one"), world.add_identity("Desk two")
    rows = ["identity_uid,input,callback_url,cron", f"{other.uid},{{}},https://hooks.example.com/x,0 9 * * *"]
    (tmp_path / "starts.csv").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Sandbox(world, Behaviour(minutes_per_poll=15)) as sandbox:
        for name, value in {
            "EDGES_API_KEY": sandbox.key,
            "EDGES_API_BASE": sandbox.base_url,
            "EDGES_LEDGER": str(tmp_path / "ledger.sqlite"),
        }.items():
            monkeypatch.setenv(name, value)
        names: dict[str, Any] = {}
        exec(compile(example(one.uid), "README.md", "exec"), names)
        names["edges"].close()

    (schedule,) = world.schedules.values()
    assert (schedule.identity_ids, schedule.parameters["sync_mode"]) == ([other.uid], "incremental")
    (run,) = [run for run in world.runs.values() if run.scheduled_run_uid is None]
    assert (run.identity_ids, run.attempt) == ([one.uid], 2)
