"""`python -m tests.fleet.airflow`: the documentation's DAG on a real Airflow, with a task that is killed.

Airflow gets an environment of its own, `.venv-airflow`, and a scheduler with LocalExecutor.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx
from starlette.responses import Response
from typer import echo

from tests.fleet.trouble import processes_with
from tests.fleet.workspaces import Workspaces
from tests.ledger.postgres_server import serving

REPO = Path(__file__).parents[2]
HOME = REPO / ".venv-airflow"
VERSIONS = REPO / ".ci" / "airflow.txt"
MARK = HOME / "complete"
"""Written last: without it an earlier attempt was cut short."""

NAMES = ("acme", "beta", "killed", "rejected")
RUNS = "/dags/edges_migrations/dagRuns"
PARTS = (["api-server"], ["dag-processor"], ["scheduler", "--skip-serve-logs"])
PATIENCE = 600.0
"""Seconds for anything that is waited for."""


def environment() -> Path:
    """Make the environment where it is not there, and return the folder of its commands."""
    if not MARK.exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, HOME], check=True)
        install = [*uv, "pip", "install", "--quiet", "--no-deps", "--python", HOME / "bin" / "python"]
        subprocess.run([*install, "--requirements", VERSIONS, "--editable", REPO], check=True)
        MARK.touch()
    return HOME / "bin"


class Airflow:
    """A running Airflow, as somebody with a browser meets it.

    Attributes:
        home: with its database and logs.
        run_id: of the run that has begun.
    """

    def __init__(self, home: Path, port: int, token: str) -> None:
        self.home = home
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}/api/v2",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
        )

    def begin(self) -> None:
        """Wait for the run that Airflow begins by itself: that of the last time that the schedule names."""
        (found,) = wait_for(lambda: self._http.get(RUNS).json().get("dag_runs"), "a run of the DAG")
        self.run_id = found["dag_run_id"]
        self._run = f"{RUNS}/{quote(self.run_id)}"

    def questions(self) -> list[dict[str, Any]]:
        """What nobody has answered yet."""
        found = self._get(f"{self._run}/hitlDetails", response_received="false")["hitl_details"]
        # Airflow takes an answer amiss that comes before its executor knows that the task waits.
        log = (self.home / "scheduler.log").read_text("utf-8")
        known = re.findall(r"executor event with state success .*approve'.*map_index=(\d+)", log)
        return [one for one in found if str(one["task_instance"]["map_index"]) in known]

    def answer(self, question: dict[str, Any], choice: str) -> None:
        """Click on a button of a question."""
        task = question["task_instance"]
        place = f"{self._run}/taskInstances/{task['task_id']}/{task['map_index']}/hitlDetails"
        self._http.patch(place, json={"chosen_options": [choice]}).raise_for_status()

    def state(self) -> str:
        """How the run is."""
        return str(self._get(self._run)["state"])

    def tasks(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The tasks of the run, by workspace and step."""
        found = self._get(f"{self._run}/taskInstances", limit=100)["task_instances"]
        return {
            (NAMES[one["map_index"]], one["task_id"].rpartition(".")[2]): one
            for one in found
            if one["map_index"] >= 0
        }

    def _get(self, path: str, **query: Any) -> Any:
        return self._http.get(path, params=query).raise_for_status().json()


@contextmanager
def running(fleet: Workspaces, ledger: str) -> Iterator[Airflow]:
    """Run Airflow with the documentation's DAG; only the scheduler, whose workers do the work, knows keys."""
    home, port = fleet.folder / "airflow", _free_port()
    (home / "dags").mkdir(parents=True)
    (home / "dags" / "migrations.py").write_text(dag_of_the_documentation())
    known = fleet.environment(EDGES_LEDGER=ledger, **_settings(home, port))
    place = f"http://127.0.0.1:{port}/auth/token"
    known["PATH"] = f"{environment()}:{known['PATH']}"
    without_keys = {name: value for name, value in known.items() if not name.startswith("KEY_")}
    subprocess.run(["airflow", "db", "migrate"], env=without_keys, check=True, capture_output=True)
    with ExitStack() as stack:
        for part in PARTS:
            given = known if "scheduler" in part else without_keys
            log = stack.enter_context((home / f"{part[0]}.log").open("wb"))
            process = subprocess.Popen(
                ["airflow", *part], env=given, cwd=fleet.folder, stdout=log, stderr=log
            )
            stack.callback(_end, process)
            # What the others begin before it answers fails, as it does on any Airflow.
            wait_for(lambda: _answers(place), "Airflow's server")
        yield Airflow(home, port, httpx.get(place).json()["access_token"])


def dag_of_the_documentation() -> str:
    """Return the text of the example."""
    page = (REPO / "docs" / "how-to" / "airflow.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(example)


def wait_for(done: Callable[[], Any], what: str) -> Any:
    """Return what is waited for as soon as it is there."""
    end = time.monotonic() + PATIENCE
    while not (found := done()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not there after {PATIENCE:.0f} s")
        time.sleep(0.5)
    return found


class Kill:
    """Kills the task of `killed` and its kernel, once, in the middle of its changes."""

    def __init__(self, fleet: Workspaces) -> None:
        self._fleet, self.done = fleet, False
        fleet.before = self._before

    def _before(self, name: str, method: str) -> Response | None:
        if name == "killed" and not self.done and self._fleet.changes(name) >= 3:
            self.done = True
            for kernel in processes_with(self._fleet.keys[name], without=self._fleet.keys["acme"]):
                task = int(Path(f"/proc/{kernel}/stat").read_text().rpartition(")")[2].split()[1])
                os.kill(task, signal.SIGKILL)
                os.kill(kernel, signal.SIGKILL)
        return None


def play(fleet: Workspaces, airflow: Airflow) -> None:
    """Begin, and answer every question: `rejected` is rejected, all else is approved by its digest."""
    airflow.begin()
    answered: set[str] = set()
    while airflow.state() not in ("success", "failed"):
        for question in airflow.questions():
            name = NAMES[question["task_instance"]["map_index"]]
            assert fleet.changes(name) == 0, "nothing is changed before somebody approved it"
            approve, reject = question["options"]
            airflow.answer(question, reject if name == "rejected" else approve)
            echo(f"  {question['subject']}: {approve if name != 'rejected' else reject}")
            answered.add(name)
        time.sleep(0.5)
    assert answered == set(NAMES)


def judge(fleet: Workspaces, airflow: Airflow, kill: Kill) -> None:
    """Hold what came of it against what has to."""
    tasks = airflow.tasks()
    for (name, step), task in sorted(tasks.items()):
        echo(f"  {name} {step}: {task['state']}, try {task['try_number']}")
    assert kill.done
    assert tasks["killed", "apply"]["try_number"] > 1
    assert {name: fleet.modes(name) for name in NAMES} == {
        name: ["full" if name == "rejected" else "incremental"] * 4 for name in NAMES
    }
    assert fleet.changes("rejected") == 0
    assert tasks["rejected", "apply"]["state"] == "skipped"
    assert all(tasks[name, "watch"]["state"] == "success" for name in NAMES)
    for name in ("acme", "beta", "killed"):
        states = Counter(one.status for one in fleet.sandboxes[name].world.schedules.values())
        assert states == {"CANCELLED": 4, "ACTIVE": 4}, "nothing is lost, nothing doubled"
        assert list((fleet.folder / "edges" / "runs" / airflow.run_id / name).glob("*/try-*/report.html"))
    _no_key_in(fleet, airflow)


def _no_key_in(fleet: Workspaces, airflow: Airflow) -> None:
    """Search all that Airflow and the notebooks wrote; its database holds rendered templates and XComs."""
    files = [path for path in fleet.folder.rglob("*") if path.is_file()]
    content = {path: path.read_bytes() for path in files}
    database = b"".join(text for path, text in content.items() if path.name.startswith("airflow.db"))
    logs = [path for path in files if path.is_relative_to(airflow.home / "logs")]
    assert b"plan-" in database
    assert b"out_dir" in database
    assert len(logs) >= 4 * len(NAMES) - 1
    found = [path for path, text in content.items() for key in fleet.keys.values() if key.encode() in text]
    assert found == []
    echo(f"  no key in {len(files)} files, {len(logs)} logs of tasks and the database among them")


def _settings(home: Path, port: int) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "fake-secret-of-the-api",
        "AIRFLOW__API_AUTH__JWT_SECRET": "fake-secret-of-the-tokens-of-the-api-of-airflow-with-64-characters",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "0",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": str(int(PATIENCE)),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _answers(place: str) -> bool:
    try:
        return httpx.get(place, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    """Play it, and print how long each part took."""
    began = time.monotonic()
    environment()
    echo(f"environment: {time.monotonic() - began:.0f} s")
    with TemporaryDirectory() as folder, serving() as postgres, Workspaces(NAMES, Path(folder)) as fleet:
        (fleet.folder / "edges").mkdir()
        (fleet.folder / "workspaces.toml").rename(fleet.folder / "edges" / "workspaces.toml")
        kill = Kill(fleet)
        with running(fleet, postgres.database()) as airflow:
            echo(f"Airflow is up: {time.monotonic() - began:.0f} s")
            play(fleet, airflow)
            judge(fleet, airflow, kill)
    echo(f"all is well: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
