"""One browser, one JupyterLab, and behind it a sandbox in this process, whose state can be looked at."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from edges_nb.sandbox import World
from tests.faults import Behaviour, Sandbox

from .chromium import chromium_at_hand, install_chromium
from .lab import LabServer, Notebook

VIEW = {"width": 1280, "height": 900}


# Both are of the package, not of the session: Playwright's loop runs in this thread until it is stopped,
# and tests of other folders may want one of their own.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> str:
    """The path of the browser."""
    path = chromium_at_hand(playwright) or install_chromium(playwright)
    if path is not None:
        return path
    reason = "no Chrome or Chromium is here and none can be installed: browser tests did not run"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    # Past pytest, which tells of what was skipped to those only who ask.
    (sys.__stderr__ or sys.stderr).write(f"\nSKIPPED: {reason}\n")
    pytest.skip(reason)


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield browser
    browser.close()


@dataclass
class Stage:
    """A JupyterLab whose kernels reach a sandbox of this process."""

    lab: LabServer
    port: int
    ledger: Path
    sandbox: Sandbox

    def serve(self, world: World, behaviour: Behaviour = Behaviour()) -> Sandbox:  # noqa: B008 - frozen
        """Put another workspace behind the same address, and forget what was done in the last one."""
        self.lab.end_kernels()
        self.sandbox.stop()
        for file in self.ledger.parent.iterdir():
            file.unlink()
        self.sandbox = Sandbox(world, behaviour, self.port).start()
        return self.sandbox


@pytest.fixture(scope="package")
def lab_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("lab")
    ledger = root / "ledger" / "ledger.sqlite"
    ledger.parent.mkdir(mode=0o700)
    sandbox = Sandbox().start()
    environment = {
        "EDGES_API_BASE": sandbox.base_url,
        "EDGES_API_KEY": sandbox.key,
        "EDGES_LEDGER": str(ledger),
    }
    port = int(sandbox.base_url.split(":")[2].split("/")[0])
    server = LabServer(root, environment)
    stage = Stage(server, port, ledger, sandbox)
    yield stage
    server.stop()
    stage.sandbox.stop()


@pytest.fixture
def stage(lab_stage: Stage) -> Iterator[Stage]:
    """JupyterLab with the agency's workspace as new."""
    lab_stage.serve(World.agency())
    yield lab_stage
    lab_stage.lab.end_kernels()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=VIEW)
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def opened(stage: Stage, page: Page) -> Callable[[Path], Notebook]:
    """Open a copy of a notebook in JupyterLab."""

    def open_copy(notebook: Path) -> Notebook:
        return Notebook.open(page, stage.lab, stage.lab.put(notebook))

    return open_copy
