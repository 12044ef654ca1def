"""The commands: what they run, what they say, and how they exit."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from edges_nb import cli
from edges_nb.notebook.parameters import StartParameters
from edges_nb.sandbox import SANDBOX_KEY, World
from tests.faults import Fault, Sandbox

SETTINGS = ("EDGES_API_KEY", "EDGES_API_BASE", "EDGES_LEDGER", "EDGES_MAX_RPS")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory and home, and an environment without settings, to which lab may add."""
    with patch.dict(os.environ):
        yield _empty(tmp_path, monkeypatch)


def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in SETTINGS:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Two full schedules that ran; the environment leads there."""
    world = World(seed=5)
    identity = world.add_identity("Paris desk")
    for name in ("One", "Two"):
        world.add_run(world.add_schedule(identity, name=name))
    with Sandbox(world) as sandbox:
        monkeypatch.setenv("EDGES_API_BASE", sandbox.base_url)
        monkeypatch.setenv("EDGES_API_KEY", sandbox.key)
        monkeypatch.setenv("EDGES_LEDGER", str(tmp_path / "private" / "ledger.sqlite"))
        yield sandbox


def edges_nb(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command in this process, and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["edges-nb", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def active(sandbox: Sandbox) -> list[str]:
    rows = sandbox.world.schedules.values()
    return sorted((row.name or "").split(" ")[0] for row in rows if row.status == "ACTIVE")


def test_demo_previews_and_applies_on_a_sandbox_whatever_key_is_set(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGES_API_KEY", "fake-key-of-somebody")
    # A kernel that sees it leaves standard error alone, and would prove nothing here.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert edges_nb(monkeypatch, "demo") == 0
    told, progress = capfd.readouterr()
    assert "SANDBOX" in told
    assert str(Path("demo", "apply", "report.html")) in told
    results = json.loads((place / "demo" / "apply" / "results.json").read_text())
    assert {row["outcome"] for row in results} == {"migrated", "skipped"}
    digests = [json.loads((place / "demo" / name / "plan.json").read_text()) for name in ("preview", "apply")]
    assert digests[0]["digest"] == digests[1]["digest"]
    for name in ("preview", "apply"):
        assert "SANDBOX" in (place / "demo" / name / "report.html").read_text()
        assert (place / "demo" / name / "02_migrate.ipynb").exists()
    assert not (tmp_path / "data").exists()
    migrated = sum(row["outcome"] == "migrated" for row in results)
    assert f"{migrated - 1} replaced, 0 left as before, 0 waiting" in progress
    assert '"stderr"' not in (place / "demo" / "apply" / "02_migrate.ipynb").read_text()


def test_preview_apply_and_undo_are_modes_of_the_migration(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edges_nb(monkeypatch, "preview", "--limit", "1") == 0
    assert {call.method for call in sandbox.history} == {"GET"}
    page = (place / "out" / "preview" / "report.html").read_text()
    (command,) = re.findall(r"edges-nb (apply [^<]+)<", page)
    assert edges_nb(monkeypatch, *command.split()) == 0
    assert [call.effect for call in sandbox.history if call.operation == "create"] == [True]
    assert edges_nb(monkeypatch, "undo") == 0
    live = [row for row in sandbox.world.schedules.values() if row.status == "ACTIVE"]
    assert {row.parameters.get("sync_mode", "full") for row in live} == {"full"}
    assert active(sandbox) == ["One", "Two"]
    told = capsys.readouterr().out
    assert told.count("SANDBOX") == 3
    assert f"Plan:     {command.split()[-1]}" in told
    for mode in ("preview", "apply", "undo"):
        assert str(Path("out", mode, "02_migrate.ipynb")) in told


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What notebooks were asked to run, in place of running them."""
    asked: list[dict[str, Any]] = []

    def run(name: str, given: dict[str, Any], folder: Path, settings: object, on_start: object) -> Any:
        from edges_nb.notebook.runner import Finished

        folder.mkdir()
        (folder / "plan.json").write_text('{"digest": "plan-0123456789ab"}')
        asked.append({"notebook": name, "folder": folder, **given})
        return Finished(0, folder / "notebook", folder / "report")

    monkeypatch.setattr("edges_nb.notebook.runner.run", run)
    return asked


def words(options: dict[str, object]) -> list[str]:
    return [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]


def test_options_become_parameters_of_the_notebook(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    options: dict[str, object] = {
        "action": "linkedin-extract-messages",
        "order": "guide",
        "only": "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90",
        "limit": 3,
        "overrides": "rows.csv",
        "max_results": 50,
        "first_run": "next",
        "unknown": "full",
        "workspace": "acme",
        "approve": "plan-0123456789ab",
    }
    monkeypatch.setenv("EDGES_SANDBOX", "1")
    assert edges_nb(monkeypatch, "apply", *words(options), "--out-dir", "there") == 0
    assert asked == [{"notebook": "02_migrate", "folder": Path("there"), "mode": "apply", **options}]


def test_options_of_a_start_are_all_parameters_of_its_notebook(
    monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    monkeypatch.setenv("EDGES_SANDBOX", "1")
    assert edges_nb(monkeypatch, "start", "--out-dir", "defaults") == 0
    defaults = {
        name: field.default for name, field in StartParameters.model_fields.items() if name != "out_dir"
    }
    assert asked.pop() == {"notebook": "03_start_incremental", "folder": Path("defaults"), **defaults}
    choices = {"mode": "apply", "way": "async"}
    others = {
        name: choices.get(name, value + 1 if isinstance(value, int) else f"{value}x")
        for name, value in defaults.items()
    }
    assert edges_nb(monkeypatch, "start", *words(others), "--out-dir", "others") == 0
    assert asked == [{"notebook": "03_start_incremental", "folder": Path("others"), **others}]


def test_what_needs_attention_exits_with_1_and_one_sentence(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", times=0))
    assert edges_nb(monkeypatch, "apply") == 1
    assert "2 schedules did not end as planned" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["preview", "--limit", "-1"], "limit is -1"),
        (["preview", "--only", "not-a-uid"], "no schedule's uid"),
        (["apply", "--overrides", "nowhere.csv"], "no file"),
        (["report", "nowhere.ipynb"], "nowhere.ipynb"),
        (["apply", "--order", "fastest"], "fastest"),
        (["apply", "--api-key", "x"], "api-key"),
        (["sandbox", "--port", "70000"], "70000"),
    ],
)
def test_what_can_not_be_done_exits_with_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert edges_nb(monkeypatch, *arguments) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err


def test_plain_http_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGES_API_KEY", "fake-key-of-somebody")
    monkeypatch.setenv("EDGES_API_BASE", "http://edges.invalid/v1")
    assert edges_nb(monkeypatch, "apply") == 2
    assert "use https" in capsys.readouterr().err


def test_report_is_written_beside_the_notebook_or_where_it_is_asked_for(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edges_nb.notebook.runner import find_notebook

    (place / "run.ipynb").write_bytes(find_notebook("02_migrate").read_bytes())
    assert edges_nb(monkeypatch, "report", "run.ipynb") == 0
    assert edges_nb(monkeypatch, "report", "run.ipynb", "--output", "page.html") == 0
    assert (place / "report.html").read_bytes() == (place / "page.html").read_bytes()


def test_doctor_changes_nothing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edges_nb(monkeypatch, "doctor") == 0
    told = capsys.readouterr().out
    assert told.startswith("SANDBOX")
    assert "Therefore" in told
    assert {call.method for call in sandbox.history} == {"GET"}


IN_FRONT = "signal.signal(signal.SIGINT, signal.default_int_handler)"
BEHIND = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
STOPPED = pytest.mark.parametrize(
    ("place_of_job", "stop"),
    [
        pytest.param(IN_FRONT, signal.SIGINT, id="in-front-by-interrupt"),
        pytest.param(IN_FRONT, signal.SIGTERM, id="in-front-by-terminate"),
        pytest.param(BEHIND, signal.SIGTERM, id="in-the-background-by-terminate"),
    ],
)


@contextmanager
def started(place_of_job: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command as a job of a shell, whatever kind of job the tests themselves are."""
    code = f"import signal; {place_of_job}; from edges_nb.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # else one that does not stop would be waited for without end


@STOPPED
def test_sandbox_serves_until_it_is_stopped_and_tells_how_to_use_it(
    place_of_job: str, stop: signal.Signals
) -> None:
    with started(place_of_job, "sandbox", "--port", "0") as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(2)]
        (base,) = re.findall(r"EDGES_API_BASE=(\S+)", told[1])
        assert f"EDGES_API_KEY={SANDBOX_KEY}" in told[1]
        answer = httpx.get(f"{base}/schedules", headers={"X-API-Key": SANDBOX_KEY})
        process.send_signal(stop)
        assert process.wait(30) == 0
    assert "SANDBOX" in told[0]
    assert len(answer.json()) == 10


def test_lab_opens_copies_of_the_notebooks_on_one_sandbox(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from jupyterlab.labapp import LabApp

    seen: dict[str, Any] = {}

    def launch(argv: list[str]) -> None:
        seen.update(argv=argv, base=os.environ["EDGES_API_BASE"], ledger=os.environ["EDGES_LEDGER"])
        seen["answer"] = httpx.get(
            f"{seen['base']}/schedules", headers={"X-API-Key": os.environ["EDGES_API_KEY"]}
        )

    monkeypatch.setattr(LabApp, "launch_instance", launch)
    assert edges_nb(monkeypatch, "lab", "--no-browser", "--folder", "mine") == 0
    assert seen["argv"] == [f"--ServerApp.root_dir={place / 'mine'}", "--no-browser"]
    assert seen["answer"].is_success
    assert (place / "mine" / "02_migrate.ipynb").exists()
    assert "SANDBOX" in capsys.readouterr().out


def test_lab_leads_its_kernels_to_the_key_beside_the_command(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyterlab.labapp import LabApp

    from edges_nb.settings import Settings

    for name in SETTINGS:
        monkeypatch.delenv(name)
    (place / ".env").write_text("EDGES_API_KEY=fake-key-of-a-file\nEDGES_LEDGER=mine.sqlite\nACME_KEY=fake\n")
    (place / ".env").chmod(0o600)
    found: list[Settings] = []

    def launch(argv: list[str]) -> None:
        monkeypatch.chdir(place / "edges-notebooks")
        found.append(Settings.from_env())
        assert os.environ["ACME_KEY"] == "fake"

    monkeypatch.setattr(LabApp, "launch_instance", launch)
    assert edges_nb(monkeypatch, "lab") == 0
    assert found[0].key.reveal() == "fake-key-of-a-file"
    assert found[0].ledger == str(place / "mine.sqlite")
    for copy in (place / "edges-notebooks").glob("*.ipynb"):
        cells = json.loads(copy.read_text())["cells"]
        assert not any(cell.get("outputs") for cell in cells), copy.name


def test_folder_of_reports_gets_an_index(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edges_nb.notebook.runner import find_notebook

    (place / "monday").mkdir()
    (place / "monday" / "run.ipynb").write_bytes(find_notebook("02_migrate").read_bytes())
    assert edges_nb(monkeypatch, "report", "monday/run.ipynb") == 0
    assert edges_nb(monkeypatch, "report", ".") == 0
    index = place / "index.html"
    assert "monday/report.html" in index.read_text()
    assert index.stat().st_mode & 0o077 == 0


def test_report_is_printed_where_a_browser_is_there_and_told_where_none_is(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from edges_nb.notebook.runner import find_notebook

    (place / "run.ipynb").write_bytes(find_notebook("02_migrate").read_bytes())
    monkeypatch.setenv("PATH", str(place))
    assert edges_nb(monkeypatch, "report", "run.ipynb", "--pdf") == 2
    assert "Chromium" in capsys.readouterr().err
    assert not (place / "report.pdf").exists()
    browser = place / "chromium"
    browser.write_text(
        '#!/bin/sh\nfor word; do case $word in --print-to-pdf=*) echo %PDF > "${word#*=}";; esac; done\n'
    )
    browser.chmod(0o700)
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
    assert edges_nb(monkeypatch, "report", "run.ipynb", "--pdf") == 0
    assert (place / "report.pdf").read_bytes().startswith(b"%PDF")
