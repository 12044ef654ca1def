"""Exploring: parameters narrow what the cells show, and nothing is ever changed."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS
from edges_nb.notebook.explore import Exploration, identity_loads
from edges_nb.notebook.parameters import ExploreParameters, MigrateParameters
from edges_nb.notebook.runner import run
from edges_nb.planning.plan import plan_migration
from edges_nb.planning.selection import read_selection
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
from edges_nb.widgets.filter_logic import no_limit
from edges_nb.widgets.live_figure import _painter
from tests.faults import Sandbox
from tests.widgets.finding import control, said


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def edges(sandbox: Sandbox) -> Iterator[Edges]:
    with Edges(Settings(Secret(sandbox.key), sandbox.base_url, "unused", sandbox=True)) as edges:
        yield edges


def explore(edges: Edges, **given: object) -> Exploration:
    return Exploration(edges, ExploreParameters.check(given, "no-key"))


def test_parameters_are_the_filters_and_the_timezone_of_the_calendar() -> None:
    assert set(ExploreParameters.model_fields) == {*no_limit(), "shown_in", "workspace"}


def test_connect_says_where_and_how_much(edges: Edges) -> None:
    told = repr(explore(edges).connect())

    assert told.startswith("SANDBOX")
    assert "25 identities, 60 schedules, 191 runs, as of Mon 2 Nov 2026, 08:00 UTC" in told


def test_cells_show_what_the_parameters_leave(edges: Edges) -> None:
    found = explore(edges, name="Team sync", shown_in="Europe/Paris")

    assert "4 of 60 schedules: name contains “Team sync”." in repr(found.filter)
    assert "4 active schedules, seven days from Mon 2 Nov 2026, 09:00 Europe/Paris" in repr(found.calendar())
    assert "1 identity, 4.0 runs a day in all." in repr(found.load())
    assert "8 full runs" in repr(found.items())
    assert "4 full runs" in repr(found.costs())
    assert "4 schedules chosen" in repr(found.selection())


def test_every_picture_follows_the_filter(edges: Edges) -> None:
    found = explore(edges)
    shown = [found.calendar(), found.load(), found.items(), found.costs(), found.selection()]
    before = [said(picture.widget()) for picture in shown]
    found.filter.value = {"name": "Team sync"}
    _painter().submit(lambda: None).result(30)

    assert all(old != said(picture.widget()) for old, picture in zip(before, shown, strict=True))


def test_selection_goes_over_as_a_file_that_the_migration_takes(
    edges: Edges, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = explore(edges, identity="Outreach desk Paris 02 | Outreach desk Berlin 01")
    shown = found.selection()
    control(shown.widget(), "Save the selection").click()

    assert 'only = "selection.csv"' in html.unescape(said(shown.widget()))
    parameters = MigrateParameters.check({"only": "selection.csv"}, "no-key")
    plan = plan_migration(edges, parameters.selection, ledger=str(tmp_path / "ledger.sqlite"))
    of_action = found.chosen[found.chosen["action"] == CONNECTIONS]
    assert {item.uid for item in plan.items} == {*of_action["schedule_uid"]}
    others = len(found.chosen) - len(of_action)
    assert others
    assert plan.left_out == f"{others} of the selected schedules are of other actions and are left out."


def test_selection_tells_each_action_apart_and_what_is_left_out(edges: Edges) -> None:
    found = explore(edges, action="not linkedin-extract-connections")
    told = repr(found.selection())

    assert (
        f"{len(found.chosen)} schedules chosen. 2 are of actions without incremental mode and left out."
        in told
    )
    assert 'action = "linkedin-extract-messages"\nonly = "' in told
    for box in told.split('only = "')[1:]:
        uids = box.partition('"')[0].split(",")
        assert found.schedules.set_index("schedule_uid").loc[uids, "action"].nunique() == 1


def test_large_selection_goes_over_as_a_file_only(edges: Edges) -> None:
    found = explore(edges)
    found.schedules = pd.concat([found.schedules] * 3, ignore_index=True)
    found.schedules["schedule_uid"] = [f"uid-{number}" for number in range(len(found.schedules))]
    found.filter.replace(found.schedules)
    found.filter.value = {"status": "ACTIVE"}

    assert 'only = "selection.csv"' in repr(found.selection())
    assert "uid-1" not in repr(found.selection())


@pytest.mark.parametrize("content", ["", "uid\n1\n", 'schedule_uid\n"1'])
def test_file_that_is_no_selection_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(BadInput, match="save it anew from 01_explore"):
        read_selection(str(file))


def test_identities_are_counted_with_their_schedules(edges: Edges) -> None:
    found = explore(edges)
    loads = identity_loads(found.identities_frame, found.schedules)

    assert loads["schedules"].sum() == found.schedules["identity_uid"].isin(loads["identity_uid"]).sum()
    assert loads.iloc[0][["name", "schedules", "live"]].tolist() == ["Northwind Sales 01", 7, 6]
    assert loads["schedules"].min() == 0
    assert "Northwind Sales 01" in repr(found.identities())


def test_nothing_but_reading_is_asked_of_the_server(edges: Edges, sandbox: Sandbox) -> None:
    found = explore(edges)
    for shown in (
        found.identities(),
        found.filter,
        found.calendar(),
        found.load(),
        found.items(),
        found.costs(),
    ):
        repr(shown)

    assert {call.method for call in sandbox.history} == {"GET"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"shown_in": "Paris"}, "shown_in"),
        ({"due_within": -1.0}, "due_within"),
        ({"status": 3}, "status is 3"),
        ({"statsu": "ACTIVE"}, "did you mean status"),
    ],
)
def test_parameter_that_can_not_be_used_is_named(given: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        ExploreParameters.check(given, "no-key")


OTHERS = {
    "action": "linkedin-extract-connections",
    "identity": "Northwind Sales 01",
    "identity_type": "engagement",
    "linkedin": "VALID",
    "status": "ACTIVE",
    "timezone": "Europe/Paris",
    "cron": "0 5 * * *",
    "due_within": 24.0,
    "due_at": "Mon 23:00 America/New_York",
    "name": "sync",
    "query": "runs_per_day >= 1",
    "shown_in": "America/New_York",
}


def test_notebook_runs_headlessly_with_every_parameter_at_another_value(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    settings = Settings(Secret(sandbox.key), sandbox.base_url, str(tmp_path / "ledger.sqlite"), sandbox=True)
    finished = run("01_explore", OTHERS, tmp_path, settings)
    notebook = nbformat.read(finished.notebook, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]

    assert finished.code == 0, finished.problem
    assert {*OTHERS, "workspace"} == set(ExploreParameters.model_fields)
    assert any("4 of 60 schedules: action linkedin-extract-connections, identity" in str(o) for o in outputs)
    # Nobody could click them, and what is kept of them would be large.
    assert not any("widget" in kind for output in outputs for kind in output.get("data", ()))
    assert "widgets" not in notebook.metadata


def test_query_that_can_not_be_used_ends_the_run_with_one_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = Settings(Secret(sandbox.key), sandbox.base_url, str(tmp_path / "ledger.sqlite"), sandbox=True)
    finished = run("01_explore", {"query": "nonsense > 1"}, tmp_path, settings)

    assert finished.code != 0
    assert "there is no column nonsense" in finished.problem
