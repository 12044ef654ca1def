"""Which tests run which line, and how long each takes; measured once."""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

from coverage import CoverageData

TESTS = ("planning", "replacing", "ledger", "starting", "watching", "reliability")
"""Folders of tests that judge mutants."""

_MOST_SECONDS = 40.0
"""What the tests of one mutant may take together; the quickest of them come first."""


class Copy:
    """A copy of the repository, in which files can be changed while nobody else sees it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        for name in ("edges_nb", "tests", "notebooks"):
            shutil.copytree(name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile("pyproject.toml", self.folder / "pyproject.toml")
        self._tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._seconds: dict[str, float] = {}

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def measure(self) -> None:
        """Run all tests once, and note what each of them runs."""
        folders = [f"tests/{name}" for name in TESTS if (self.folder / "tests" / name).is_dir()]
        told = ["--cov=edges_nb", "--cov-context=test", "--cov-report=", "--junitxml=times.xml"]
        self.pytest([*told, "-o", "junit_family=xunit1", "-W", "default", *folders], seconds=3_600)
        for case in ET.parse(self.folder / "times.xml").iter("testcase"):
            if not {part.tag for part in case} & {"failure", "error", "skipped"}:
                self._seconds[f"{case.get('file')}::{case.get('name')}"] = float(case.get("time") or 0)
        data = CoverageData(str(self.folder / ".coverage"))
        data.read()
        for file in data.measured_files():
            path = Path(file).relative_to(self.folder).as_posix()
            for line, contexts in data.contexts_by_lineno(file).items():
                self._tests[path, line] |= {context.partition("|")[0] for context in contexts if context}

    def tests_of(self, path: str, line: int) -> list[str]:
        """The tests that run a line, the quickest first, as many as there is time for."""
        chosen: list[str] = []
        spent = 0.0
        # Who fails without any change notices nothing.
        passing = [test for test in self._tests[path, line] if test in self._seconds]
        for test in sorted(passing, key=self._seconds.__getitem__):
            spent += self._seconds[test]
            if chosen and spent > _MOST_SECONDS:
                break
            chosen.append(test)
        return chosen

    def pytest(self, arguments: list[str], seconds: float) -> int | None:
        """Run pytest here; its exit code, or None where it took too long."""
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:nbval",
            "-p",
            "no:cacheprovider",
            *arguments,
        ]
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, timeout=seconds, capture_output=True, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        return done.returncode
