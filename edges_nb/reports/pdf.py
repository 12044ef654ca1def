"""A report as PDF, by the Chrome or Chromium that is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from edges_nb.errors import BadInput
from edges_nb.private_files import write_private

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_LONGEST = 120
"""Seconds that a page may take."""


def write_pdf(page: str, target: Path, *, browser: str = "") -> Path:
    """Print a page on A4, into a file that only its owner can read, and return where it is.

    Args:
        page: HTML of this package; it needs nothing else.
        browser: the path of a Chrome or Chromium; one on the PATH when absent.

    Raises:
        BadInput: there is no browser, or it could not print.
        NotWritten: the file can't be written.
    """
    program = browser or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not program:
        raise BadInput("A PDF needs Chrome or Chromium: install one, or open the report and print it there.")
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as folder:
        source, printed = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8")
        _run(program, Path(folder), source, printed)
        if not printed.exists():
            raise BadInput(f"{program} did not print the report: open it in a browser and print it there.")
        write_private(target, printed.read_bytes())
    return target


def _run(program: str, folder: Path, source: Path, printed: Path) -> None:
    # A profile of its own: an open browser of the user's would take the job and not do it.
    options = ["--headless", "--disable-gpu", "--no-pdf-header-footer"]
    options.append(f"--user-data-dir={folder / 'profile'}")
    if os.geteuid() == 0:
        # Chromium's sandbox does not start for root; the page can run no script anyway.
        options.append("--no-sandbox")
    command = [program, *options, f"--print-to-pdf={printed}", source.as_uri()]
    try:
        subprocess.run(command, check=False, capture_output=True, timeout=_LONGEST)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadInput(f"{program} could not print the report: open it in a browser and print it.") from error
