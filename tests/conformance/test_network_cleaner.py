"""A client that nobody here wrote works on `edges-nb sandbox`, the command as people start it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edges_nb.sandbox import World

from .network_cleaner import call

CLIENT = "client = EdgesClient(key, identity, base, delay=0)\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Base URL and key as the command prints them."""
    place: Path = tmp_path_factory.mktemp("served")
    command = [str(Path(sys.executable).parent / "edges-nb"), "sandbox", "--port", "0"]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = iter(process.stdout.readline, "")
        told = next(
            found for line in printed if (found := re.search(r"BASE=(\S+) EDGES_API_KEY=(\S+)", line))
        )
        yield {"base": told[1], "key": told[2]}
        process.terminate()


@pytest.fixture(scope="module")
def identities(served: dict[str, str]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = call("answer = EdgesClient.list_identities(key, base)", **served)
    return listed


def test_it_lists_all_identities_and_how_they_are_connected(identities: list[dict[str, Any]]) -> None:
    assert {row["uid"] for row in identities} == set(World.agency().identities)
    statuses = {account["status"] for row in identities for account in row["accounts"]}
    assert "VALID" in statuses <= {"VALID", "INVALID", "PENDING", "LIMIT_REACHED"}


def test_it_reads_the_workspace_that_its_identities_belong_to(
    served: dict[str, str], identities: list[dict[str, Any]]
) -> None:
    workspace = call(CLIENT + "answer = client.get_workspace_info()", identity="", **served)
    assert {row["workspace_uid"] for row in identities} == {workspace["uid"]}
    assert workspace["credits_left"] == workspace["credits_max"] - workspace["credits_used"]


@pytest.mark.parametrize("inputs", ["[{}]", "[{'linkedin_url': 'https://www.linkedin.com/in/somebody'}]"])
def test_it_polls_an_async_run_without_callback_to_its_end_and_reads_its_outputs(
    served: dict[str, str], identities: list[dict[str, Any]], inputs: str
) -> None:
    usable = next(row["uid"] for row in identities if row["accounts"][0]["status"] == "VALID")
    run = f"run = client.call_action_async('extract-connections', {inputs}, {{'max_results': 7}})\n"
    polled = "answer = client.poll_async_run(run, poll_interval=0, max_polls=3)"
    outputs, status = call(CLIENT + run + polled, identity=usable, **served)
    assert status == "SUCCEEDED"
    assert len(outputs) == 7
