"""Starts the scenarios of all selected tests at the first one, a few at a time, since they wait a lot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.scheduling import gets_whole_folders

Scenario = Callable[[Path, Path], Any]


@pytest.fixture(scope="session")
def _start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    started: dict[Scenario, Future[Any]] = {}
    with ThreadPoolExecutor((os.cpu_count() or 1) + 2) as pool:

        def start(scenario: Scenario) -> Future[Any]:
            if scenario not in started:
                started[scenario] = pool.submit(scenario, tmp_path_factory.mktemp("scenario"), home)
            return started[scenario]

        if gets_whole_folders(request.config):  # otherwise each worker would start all of them
            for item in reversed(request.session.items):  # the last ones wait longest
                scenario = getattr(getattr(item, "callspec", None), "params", {}).get("outcome")
                if scenario is not None and Path(__file__).parent in item.path.parents:
                    start(scenario)
        yield start
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request: pytest.FixtureRequest, _start: Callable[[Scenario], Future[Any]]) -> Any:
    """What a scenario came to; tests that ask for the same scenario share one execution of it."""
    return _start(request.param).result()
