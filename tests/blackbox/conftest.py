"""Starts the scenarios of all selected tests at the first one, a few at a time, to use every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

Scenario = Callable[[Path, Path], Any]


@pytest.fixture(scope="session")
def _start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    started: dict[Scenario, Future[Any]] = {}
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:

        def start(scenario: Scenario) -> Future[Any]:
            if scenario not in started:
                started[scenario] = pool.submit(scenario, tmp_path_factory.mktemp("scenario"), home)
            return started[scenario]

        if not hasattr(request.config, "workerinput"):  # each worker of xdist would start all of them
            for item in request.session.items:
                scenario = getattr(getattr(item, "callspec", None), "params", {}).get("outcome")
                if scenario is not None and Path(__file__).parent in item.path.parents:
                    start(scenario)
        yield start
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request: pytest.FixtureRequest, _start: Callable[[Scenario], Future[Any]]) -> Any:
    """What a scenario came to; tests that ask for the same scenario share one execution of it."""
    return _start(request.param).result()
