"""Finds the Chromium that the tests drive, and installs one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 240  # seconds that an installation may take


def chromium_at_hand(playwright: Playwright) -> str | None:
    """A Chrome or Chromium of this machine: on the path, or Playwright's own."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).is_file() else None)


def install_chromium(playwright: Playwright) -> str | None:
    """Playwright's download where it can be reached, the distribution's package otherwise."""
    for command in _installers():
        try:
            subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        if found := chromium_at_hand(playwright):
            return found
    return None


def _installers() -> list[list[str]]:
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return [own]
    distribution = ["sh", "-c", "apt-get update -q && apt-get install -q -y --no-install-recommends chromium"]
    return [own, distribution]
