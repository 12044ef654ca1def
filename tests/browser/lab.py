"""A real JupyterLab in temporary folders, and a page of it as tests see it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

TOKEN = "browser-test"
# jsonschema's optional grammar of IRIs takes two seconds to load, and nothing here checks one.
LAUNCH = "import sys; sys.modules['rfc3987_syntax'] = None; from jupyterlab.labapp import main; main()"
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}


class LabServer:
    """`jupyter lab` as a process of its own; its kernels inherit `environment`.

    Args:
        command: what starts it instead, on a folder of notebooks that it makes itself.
    """

    def __init__(self, root: Path, environment: Mapping[str, str], command: Sequence[str] = ()) -> None:
        self.notebooks = root / "notebooks"
        if not command:
            self.notebooks.mkdir()
        self._write_settings(root / "settings")
        self._port = _free_port()
        self.base = f"http://127.0.0.1:{self._port}"
        places = {
            "JUPYTER_RUNTIME_DIR": root / "runtime",
            "JUPYTER_CONFIG_DIR": root / "config",
            "JUPYTERLAB_WORKSPACES_DIR": root / "workspaces",
            "JUPYTERLAB_SETTINGS_DIR": root / "settings",
            "IPYTHONDIR": root / "ipython",
            "MPLCONFIGDIR": root / "matplotlib",
        }
        self._log = (root / "lab.log").open("wb")
        self._process = subprocess.Popen(
            [*(command or self._launch()), *self._flags()],
            env={**os.environ, **{k: str(v) for k, v in places.items()}, **environment},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=root,
        )
        self._await_answer(root / "lab.log")

    def _launch(self) -> list[str]:
        return [sys.executable, "-c", LAUNCH, f"--ServerApp.root_dir={self.notebooks}"]

    def _flags(self) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self._port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
        ]

    def _write_settings(self, folder: Path) -> None:
        for name, values in SETTINGS.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(json.dumps(values), encoding="utf-8")

    def _await_answer(self, log: Path) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._ask("GET", "/api/status")
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise RuntimeError("JupyterLab did not start:\n" + log.read_text("utf-8", "replace")[-3000:])

    def _ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(
            f"{self.base}{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def put(self, notebook: Path, name: str | None = None) -> str:
        """Copy a notebook to where the server sees it, and return its name there."""
        name = name or notebook.name
        shutil.copyfile(notebook, self.notebooks / name)
        return name

    def end_kernels(self) -> None:
        """Shut every session down: a page that is closed leaves its kernel behind."""
        for session in self._ask("GET", "/api/sessions"):
            self._ask("DELETE", f"/api/sessions/{session['id']}")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Notebook:
    """An open notebook in a page of JupyterLab."""

    page: Page

    @classmethod
    def open(cls, page: Page, server: LabServer, name: str) -> Notebook:
        page.goto(f"{server.base}/lab/tree/{name}?token={TOKEN}&reset")
        page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").first.wait_for(timeout=60_000)
        # Without this wait, `run-all-cells` answers true and runs nothing.
        page.evaluate(
            """async () => { const w = window.jupyterapp.shell.currentWidget; await w.context.ready;
            await w.sessionContext.ready; await w.revealed; await w.sessionContext.session.kernel.info; }"""
        )
        return cls(page)

    def run_all(self) -> bool:
        """Run every cell; False when one of them raised."""
        done = self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return bool(done)

    def draw_all(self) -> None:
        """Let the page hold cells that are out of view, too."""
        self.page.evaluate(
            """() => { const content = window.jupyterapp.shell.currentWidget.content;
            content.notebookConfig = {...content.notebookConfig, windowingMode: 'none'}; }"""
        )

    def begin_cell(self, source: str) -> None:
        """Begin to run the cell whose source holds that, and don't wait for its end."""
        self.page.evaluate(
            """source => { const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = notebook.widgets.findIndex(
              cell => cell.model.type === 'code' && cell.model.sharedModel.source.includes(source));
            window.jupyterapp.commands.execute('notebook:run-cell'); }""",
            source,
        )

    def command(self, name: str, **given: Any) -> Any:
        return self.page.evaluate("([n, a]) => window.jupyterapp.commands.execute(n, a)", [name, given])

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The code cells of the model: the page holds only those in view, and their source too."""
        cells: list[dict[str, Any]] = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
            .filter(c => c.cell_type === 'code')
            .map(c => ({source: c.source, count: c.execution_count, outputs: c.outputs}))"""
        )
        return cells

    @property
    def output(self) -> Locator:
        return self.page.locator(".jp-OutputArea")
