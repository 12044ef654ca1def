"""Starts all scenarios of a module at its first test, a few at a time, since they wait a lot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

Scenario = Callable[[Path, Path], Any]


@pytest.fixture(scope="session")
def _start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    started: dict[Scenario, Future[Any]] = {}
    with ThreadPoolExecutor((os.cpu_count() or 1) + 2) as pool:

        def start(scenario: Scenario) -> Future[Any]:
            if scenario not in started:
                started[scenario] = pool.submit(scenario, tmp_path_factory.mktemp("scenario"), home)
            return started[scenario]

        yield start
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module", autouse=True)
def _scenarios_of_the_module(request: pytest.FixtureRequest, _start: Callable[[Scenario], Any]) -> None:
    for item in request.session.items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if item.path == request.path and "outcome" in params:
            _start(params["outcome"])


@pytest.fixture
def outcome(request: pytest.FixtureRequest, _start: Callable[[Scenario], Future[Any]]) -> Any:
    """What a scenario came to; tests that ask for the same scenario share one execution of it."""
    return _start(request.param).result()
