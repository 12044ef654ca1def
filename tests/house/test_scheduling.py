"""A folder that shares something expensive is handed out as a whole, and what takes longest comes first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import scheduling


@pytest.fixture
def config() -> Any:
    config = SimpleNamespace(option=SimpleNamespace(loadscopereorder=True), getvalue=lambda name: ["popen"])
    config.getoption = lambda name: config.dist
    config.dist = "loadfile"
    return config


def test_tests_of_a_browser_stay_together_and_others_by_file(config: Any) -> None:
    handed_out = scheduling.scheduler(config, None)
    assert handed_out is not None
    scopes = [
        handed_out._split_scope(f"tests/{file}::test_x[a]")
        for file in ("browser/test_a.py", "browser/test_b.py", "cli/test_a.py", "cli/test_b.py")
    ]
    assert len(set(scopes[:2])) == 1
    assert len(set(scopes)) == 3
    assert not config.option.loadscopereorder


def test_another_way_to_hand_out_is_left_alone(config: Any) -> None:
    config.dist = "load"
    assert scheduling.scheduler(config, None) is None
    assert config.option.loadscopereorder


def test_what_takes_longest_comes_first_and_the_rest_as_it_was() -> None:
    folders = ("blackbox", "cli", "reliability", "api", "browser")
    items: list[Any] = [SimpleNamespace(nodeid=f"tests/{folder}/test_a.py::test_x") for folder in folders]
    scheduling.longest_first(items)
    assert [item.nodeid.split("/")[1] for item in items] == [
        *("browser", "reliability", "blackbox"),
        *("cli", "api"),
    ]


def test_a_worker_knows_whether_it_gets_whole_folders() -> None:
    alone: Any = SimpleNamespace()
    worker: Any = SimpleNamespace(workerinput={"dist": "loadfile"})
    other: Any = SimpleNamespace(workerinput={"dist": "load"})
    assert [scheduling.gets_whole_folders(each) for each in (alone, worker, other)] == [True, True, False]
