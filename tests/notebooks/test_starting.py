"""Starting in incremental mode step by step, as the notebook's cells take it, and the notebook as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edges_nb.errors import BadInput, KeyRefused, NeedsAttention, NotApproved
from edges_nb.notebook.parameters import StartParameters
from edges_nb.notebook.runner import run
from edges_nb.notebook.start import Starting
from tests.faults import Fault, Sandbox

KEY = "fake-key-not-real-0123456789"
SECRET = "fake-secret-for-tests"
SHOWN = ("connect", "load", "identities", "preview", "requests", "times", "by_hand", "keep")
DOING = ("begin", "wait", "brought", "results")
PROFILE = '{"linkedin_url": "https://www.linkedin.com/in/somebody"}'

Start = Callable[..., Starting]


@pytest.fixture
def starting(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Begin with some parameters, for the only engagement identity where nothing else is said."""
    begun: list[Starting] = []

    def begin(**parameters: Any) -> Starting:
        chosen = {
            "identity_uid": desk(sandbox),
            "inputs_json": PROFILE,
            "callback_url": "https://in.example.com/x",
        }
        given = parameters if "starts" in parameters else chosen | parameters
        begun.append(Starting.start(given))
        return begun[-1]

    yield begin
    for one in begun:
        one.edges.close()


def desk(sandbox: Sandbox) -> str:
    return next(uid for uid, row in sandbox.world.identities.items() if row.name == "Paris desk")


def go(one: Starting, *steps: str) -> dict[str, str]:
    return {step: repr(getattr(one, step)()) for step in steps or (*SHOWN, *DOING)}


def changes(sandbox: Sandbox) -> list[str]:
    return [call.operation or "" for call in sandbox.history if call.effect]


def csv_of(folder: Path, *rows: str) -> str:
    path = folder / "starts.csv"
    path.write_text(
        "\n".join(["identity_uid,input,callback_url,callback_headers,cron", *rows]), encoding="utf-8"
    )
    return str(path)


def test_a_preview_shows_the_exact_request_and_sends_nothing(sandbox: Sandbox, starting: Start) -> None:
    told = go(one := starting(cron="30 7 * * 1", timezone="America/Chicago", max_results=50, name="Weekly"))
    assert {call.method for call in sandbox.history} == {"GET"}
    sent = json.loads(told["requests"].partition("\n")[2])
    item = one.plan.items[0]
    assert sent["callback"] == {"url": "https://in.example.com/…"}
    assert sent.pop("name") == f"Weekly [edges-nb start of {item.uid}]"
    assert {**sent, "callback": item.request.callback} == {
        name: value for name, value in item.request.body().items() if name != "name"
    }
    assert "At 07:30, only on Monday, America/Chicago" in told["times"]
    times = [line.split("  ")[0] + line.rpartition("  ")[2] for line in told["times"].splitlines()[-5:]]
    assert times[0] == "Mon 2 Nov 2026, 07:30 America/ChicagoMon 2 Nov 2026, 13:30 UTC"
    assert told["times"].count("Chicago") == 1 + 1 + 5
    assert told["begin"] == "Nothing is done in mode preview."
    assert f"with mode apply and approve {one.plan.digest}" in told["results"]
    assert "1 of 1 schedule would be started" in repr(one.finish())


def test_it_is_started_once_however_often_the_notebook_runs(sandbox: Sandbox, starting: Start) -> None:
    for words in ("1 of 1 schedule was started", "1 of 1 schedule was there already"):
        told = go(one := starting(mode="apply"))
        assert words in told["results"]
        one.finish()
    go(one, *(step for step in (*SHOWN[1:], *DOING) for _ in range(2)))
    assert changes(sandbox) == ["create"]


def test_an_async_run_is_waited_for_and_continued_by_the_next_run(sandbox: Sandbox, starting: Start) -> None:
    first = go(one := starting(mode="apply", way="async"))
    assert "1 of 1 run was started" in first["results"]
    assert "succeeded" in first["wait"]
    assert "first full sync" in first["brought"]
    assert len(one.outputs()) == sum(
        run.output_count for run in sandbox.world.runs.values() if not run.scheduled_run_uid
    )
    second = go(one := starting(mode="apply", way="async"))
    one.finish()
    assert "1 of 1 run goes on" in second["results"]
    assert "continuation 1" in second["brought"]
    assert changes(sandbox) == ["run_async", "continue_run"]


def test_an_async_run_that_takes_too_long_ends_with_an_error_that_names_it(starting: Start) -> None:
    one = starting(mode="apply", way="async", wait_minutes=0)
    told = go(one)
    assert "still QUEUED after 0 minutes" in told["wait"]
    with pytest.raises(NeedsAttention, match=r"Still at work: [0-9a-f-]{36}"):
        one.finish()


def test_many_are_started_by_a_csv_whose_secrets_are_shown_nowhere(
    sandbox: Sandbox, starting: Start, tmp_path: Path
) -> None:
    second = sandbox.world.add_identity("Berlin desk", timezone="Europe/Berlin").uid
    profile = PROFILE.replace('"', '""')
    headers = json.dumps({"Authorization": f"Bearer {SECRET}"}).replace('"', '""')
    rows = [
        f'{uid},"{profile}",https://in.example.com/{SECRET}?token={SECRET},"{headers}",'
        for uid in (desk(sandbox), second)
    ]
    out = tmp_path / "out"
    told = go(one := starting(mode="apply", starts=csv_of(tmp_path, *rows), out_dir=str(out)))
    one.finish()
    assert changes(sandbox) == ["create"] * 2
    assert "2 of 2 schedules were started." in told["results"]
    names = ["plan.csv", "plan.json", "report.html", "results.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert SECRET not in "".join(path.read_text() for path in out.iterdir()) + str(told)
    results = json.loads((out / "results.json").read_text())
    assert {row["outcome"] for row in results} == {"started"}
    assert {row["identity_uid"] for row in results} == {desk(sandbox), second}
    assert all(row["uid"] in sandbox.world.schedules for row in results)
    assert json.loads((out / "plan.json").read_text())["digest"] == one.plan.digest


def test_bad_cells_stop_everything_and_the_report_names_them(
    sandbox: Sandbox, starting: Start, tmp_path: Path
) -> None:
    path = csv_of(tmp_path, f"{desk(sandbox)},x,https://in.example.com,,0 9 * * *", "nobody,x,y,,never")
    one = starting(mode="apply", starts=path, out_dir=str(tmp_path / "out"))
    with pytest.raises(BadInput, match=r"in 5 places: line 2, column input.*line 3, column identity_uid"):
        one.load()
    assert changes(sandbox) == []
    assert "line 3, column cron" in (tmp_path / "out" / "report.html").read_text()


def test_another_plan_than_the_approved_one_ends_the_run(sandbox: Sandbox, starting: Start) -> None:
    with pytest.raises(NotApproved):
        go(starting(mode="apply", approve="plan-000000000000"))
    assert "This is not the plan that was approved" in go(starting(approve="plan-000000000000"))["keep"]
    digest = starting()
    digest.load()
    go(starting(mode="apply", approve=digest.plan.digest))
    assert changes(sandbox) == ["create"]


def test_what_is_refused_is_told_and_ends_with_an_error_after_all_is_written(
    sandbox: Sandbox, starting: Start, tmp_path: Path
) -> None:
    sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", times=0))
    told = go(one := starting(mode="apply", out_dir=str(tmp_path / "out")))
    assert "1 of 1 schedule was refused" in told["begin"]
    with pytest.raises(NeedsAttention, match="1 schedule not started"):
        one.finish()
    assert json.loads((tmp_path / "out" / "results.json").read_text())[0]["outcome"] == "refused"
    assert "was refused" in (tmp_path / "out" / "report.html").read_text()


def test_what_is_unclear_ends_with_an_error(sandbox: Sandbox, starting: Start) -> None:
    owner = sandbox.world.identities[desk(sandbox)]
    sandbox.world.add_schedule(
        owner,
        inputs=[json.loads(PROFILE)],
        callback={"url": "https://in.example.com/x"},
        cron="0 9 * * *",
        timezone=owner.timezone,
    )
    told = go(one := starting(mode="apply"))
    assert "needs a decision" in told["results"]
    with pytest.raises(NeedsAttention, match="1 row to decide on"):
        one.finish()
    assert changes(sandbox) == []


def test_on_a_real_server_nothing_stands_in_for_what_is_not_chosen(
    starting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edges_nb.settings.workspace_settings._is_sandbox", lambda key, base_url: False)
    one = starting(identity_uid="")
    told = go(one)
    assert "Nothing is chosen yet" in told["preview"]
    assert "Paris desk" in told["identities"]
    with pytest.raises(BadInput, match="Nothing is chosen to start"):
        starting(mode="apply", identity_uid="", approve="all").load()


def test_a_refused_key_is_told_and_leaves_a_report(sandbox: Sandbox, starting: Start, tmp_path: Path) -> None:
    sandbox.faults.add(Fault("list_identities", status=401, label="AUTH_EXPIRED", times=0))
    with pytest.raises(KeyRefused):
        starting(out_dir=str(tmp_path / "out")).load()
    assert "The API key was refused" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("step", [*(step for step in SHOWN[2:] if step != "by_hand"), *DOING])
def test_a_step_that_comes_too_early_says_which_one_is_missing(starting: Start, step: str) -> None:
    with pytest.raises(BadInput, match=r"run the cell with load\(\) first"):
        go(starting(mode="apply"), step)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"way": "daily"}, "'schedule' or 'async'"),
        ({"inputs_json": "profile"}, "it is no JSON"),
        ({"callback_url": f"https://x.example.com/?token={SECRET}"}, "in the CSV of starts"),
        ({"callback_url": f"https://{SECRET}@x.example.com/"}, "in the CSV of starts"),
        ({"callback_url": "x"}, "is no address"),
        ({"cron": "0 9"}, "is no cron expression"),
        ({"timezone": "Mars/Base"}, "is no timezone"),
        ({"name": "x" * 256}, "at most 255 characters"),
        ({"starts": "no-such-file.csv"}, "no file 'no-such-file.csv'"),
        ({"wait_minutes": -1}, "less than 0"),
        ({"approve": "plan"}, "plan's digest"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_to_do(given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        StartParameters.check(given, KEY)
    assert next(iter(given)) in str(caught.value)
    assert SECRET not in str(caught.value)


def test_only_one_parameter_chooses(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="both choose"):
        StartParameters.check({"identity_uid": "x", "starts": csv_of(tmp_path)}, KEY)


def test_the_next_command_shows_neither_addresses_nor_inputs(tmp_path: Path) -> None:
    path = csv_of(tmp_path)
    told = StartParameters.check({"starts": path, "max_results": 5}, KEY).command(approve="plan-0123456789ab")
    assert told == f"edges-nb start --mode apply --max-results 5 --starts {path} --approve plan-0123456789ab"
    given = {"identity_uid": "x", "callback_url": "https://x.example.com/y", "inputs_json": PROFILE}
    assert StartParameters.check(given, KEY).command(approve="plan-0123456789ab") == ""


def test_papermill_takes_every_parameter_of_one_start_at_another_value(sandbox: Sandbox, place: Path) -> None:
    """A file of many is given to papermill by `tests/blackbox/test_start.py`."""
    owner = sandbox.world.identities[desk(sandbox)]
    given: dict[str, object] = {
        "mode": "apply",
        "way": "async",
        "action": "linkedin-extract-messages",
        "identity_uid": owner.uid,
        "inputs_json": '[{"linkedin_thread_url": "https://www.linkedin.com/messaging/thread/1"}]',
        "callback_url": "https://in.example.com/y",
        "cron": "15 5 * * 2",
        "timezone": "Asia/Singapore",
        "max_results": 7,
        "name": "Other",
        "wait_minutes": 60,
    }
    finished = run("03_start_incremental", given, place / "out")
    assert (finished.code, finished.problem) == (0, "")
    (started,) = [
        each for each in sandbox.world.runs.values() if each.action_name == "linkedin-extract-messages"
    ]
    assert (started.status, started.parameters["max_results"]) == ("SUCCEEDED", 7)
    assert changes(sandbox) == ["run_async"]
