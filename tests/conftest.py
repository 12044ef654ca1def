"""What holds for every test: it sees no setting of whoever runs it, and leaves no secret behind."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from edges_nb.sandbox.demo_world import FAKE_SECRET
from tests.blackbox.workspace import SECRETS
from tests.leaks import traces, traces_in

CANARIES = (FAKE_SECRET, *SECRETS)
"""Where customers have a secret, the workspaces of the tests have one of these."""

ROOT = Path(__file__).parents[1]

LONGEST = (
    *("tests/browser/", "tests/reliability/", "tests/fleet/", "tests/blackbox/"),
    *("tests/notebooks/", "tests/cli/", "notebooks/"),
)
"""Where files take longest: what comes last should take little, or one worker waits for the other."""

# With a real key in the environment, the notebooks would run on a real workspace.
for setting in [
    name for name in os.environ if name.startswith("EDGES_") and not name.startswith("EDGES_NB_")
]:
    del os.environ[setting]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


def pytest_sessionstart() -> None:
    """Refuse to begin where a file would bring a key back in."""
    for folder in (ROOT, ROOT / "notebooks"):
        if (folder / ".env").exists():
            pytest.exit(f"{folder / '.env'} would lead the tests to a real workspace: move it away.", 2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker has much to do when all others are done."""

    def place(item: pytest.Item) -> int:
        return next((n for n, folder in enumerate(LONGEST) if item.nodeid.startswith(folder)), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _nothing_secret_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    yield
    left = traces_in(tmp_path_factory.getbasetemp(), CANARIES)
    assert left == [], f"secrets can be read in {len(left)} files: {left[:20]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose output or log holds a secret."""
    report = yield
    shown = "".join(content for _, content in report.sections)
    if report.when == "teardown" and report.passed and traces(shown.encode(), CANARIES):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} prints or logs a secret."
    return report
