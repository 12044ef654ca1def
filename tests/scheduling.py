"""Which tests a worker of xdist gets, and when: so that none is idle while others still have much to do."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

WHOLE = ("tests/browser/", "tests/blackbox/")
"""Folders that one worker gets as a whole: they share a browser, or play their scenarios side by side."""

FIRST = ("tests/browser/", "tests/reliability/", "tests/blackbox/")
"""What takes longest; scenarios use every core, so they come when the browser is done."""


class LoadFolderScheduling(LoadFileScheduling):
    """Hands out files, and some folders as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in WHOLE if nodeid.startswith(folder)), super()._split_scope(nodeid))


def scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """For `--dist loadfile`; xdist decides about everything else."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # by numbers of tests, which leaves the long ones for the end
    return LoadFolderScheduling(config, log)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests in place; within a folder they stay as they are."""
    places = {folder: place for place, folder in enumerate(FIRST)}
    items.sort(key=lambda item: places.get("/".join(item.nodeid.split("/")[:2]) + "/", len(places)))


def gets_whole_folders(config: pytest.Config) -> bool:
    """Tell whether this process runs all tests of a folder, if it runs any."""
    told = getattr(config, "workerinput", {"dist": "loadfile"})
    return bool(told["dist"] == "loadfile")
