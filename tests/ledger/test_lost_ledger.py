"""A ledger that knows less than was done is noticed, and one that was never there is not missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edges_nb.client import Edges
from edges_nb.models.api import Schedule
from edges_nb.models.name_marks import marked
from edges_nb.notebook.migrate import Migration
from edges_nb.notebook.parameters import MigrateParameters, StartParameters, WatchParameters
from edges_nb.notebook.start import Starting
from edges_nb.notebook.watch import Watch
from edges_nb.planning.lost_ledger import left_behind
from edges_nb.planning.plan import plan_migration
from edges_nb.redaction import Secret
from edges_nb.settings import Settings
from tests.faults import Sandbox
from tests.planning.bench import InProcess, StillClock

NOTEBOOKS = [(Migration, MigrateParameters), (Starting, StartParameters), (Watch, WatchParameters)]
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
BORN, LATELY, LONG_AGO = NOW - timedelta(days=300), NOW - timedelta(hours=1), NOW - timedelta(days=60)


def schedule(uid: str, status: str, moment: datetime | None = LATELY, **fields: Any) -> Schedule:
    given = {"cron": "0 9 * * *", "timezone": "UTC", "created_at": BORN, "updated_at": moment, **fields}
    return Schedule(uid=uid, status=status, **given)


def heir(origin: str, status: str = "ACTIVE", uid: str = "") -> Schedule:
    name = marked("Weekly", origin, incremental=True)
    return schedule(uid or f"heir-of-{origin}", status, created_at=LATELY, name=name)


def missed(*schedules: Schedule, known: set[str] = frozenset(), since: datetime | None = NOW) -> list[str]:  # type: ignore[assignment]
    return [one.uid for one in left_behind(schedules, known, since, NOW)]


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
def test_what_was_stopped_lately_without_an_heir_is_missed_by_a_younger_ledger(status: str) -> None:
    assert missed(schedule("a", status)) == ["a"]


@pytest.mark.parametrize("status", ["ACTIVE", "COMPLETED", None])
def test_what_was_not_stopped_is_not_missed(status: str) -> None:
    assert missed(schedule("a", status)) == []


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
@pytest.mark.parametrize("moment", [LONG_AGO, BORN, None])
def test_what_was_stopped_long_ago_or_never_moved_is_not_missed(status: str, moment: datetime | None) -> None:
    assert missed(schedule("a", status, moment)) == []


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
def test_what_the_ledger_knows_is_not_missed(status: str) -> None:
    assert missed(schedule("a", status), known={"a"}) == []


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
def test_what_was_stopped_since_the_ledger_was_made_is_somebody_s(status: str) -> None:
    assert missed(schedule("a", status), since=LONG_AGO) == []
    assert missed(schedule("a", status), since=None) == []


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
def test_names_tell_that_a_ledger_is_older_than_what_was_done(status: str) -> None:
    others = heir("b")
    assert missed(schedule("a", status), others, since=LONG_AGO) == ["a"]
    assert missed(schedule("a", status), others, since=LONG_AGO, known={"b"}) == []


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
def test_what_has_a_live_heir_is_not_missed(status: str) -> None:
    assert missed(schedule("a", status), heir("a")) == []
    assert missed(schedule("a", status), heir("a", "CANCELLED")) == ["a"]


def test_an_heir_of_an_heir_has_taken_the_place_of_both() -> None:
    assert missed(schedule("a", "CANCELLED"), heir("a", "CANCELLED", uid="b"), heir("b")) == []


def test_without_names_each_cancelled_schedule_needs_an_heir_that_looks_like_it() -> None:
    child = schedule("child", "ACTIVE", created_at=LATELY)
    assert missed(schedule("a", "CANCELLED"), child) == []
    assert missed(schedule("a", "CANCELLED"), schedule("b", "CANCELLED"), child) == ["b"]
    assert missed(schedule("a", "CANCELLED", cron="5 5 * * *"), child) == ["a"]
    assert missed(schedule("a", "PAUSED"), child) == ["a"]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def edges(sandbox: Sandbox, tmp_path: Path) -> Edges:
    settings = Settings(
        Secret(sandbox.key), "http://127.0.0.1/v1", str(tmp_path / "ledger.sqlite"), sandbox=True
    )
    return Edges(settings, clock=StillClock(), http=InProcess(sandbox))


def test_a_first_plan_misses_nothing_in_an_ordinary_workspace(edges: Edges) -> None:
    assert plan_migration(edges).ledger_state.lost == ""


def test_a_plan_names_what_an_empty_ledger_can_t_know(edges: Edges, tmp_path: Path) -> None:
    plan = plan_migration(edges)
    paused, cancelled = plan.to_replace[0].uid, plan.to_replace[1].uid
    edges.pause(paused)
    edges.cancel(cancelled)
    for file in tmp_path.iterdir():
        file.unlink()
    lost = plan_migration(edges).ledger_state.lost
    assert "1 paused and 1 cancelled" in lost
    assert f"paused: {paused}." in lost
    assert f"Cancelled: {cancelled}." in lost
    assert "EDGES_LEDGER" in lost


def test_it_is_told_until_it_is_mended(edges: Edges, sandbox: Sandbox) -> None:
    uid = edges.schedules()[0].uid
    edges.pause(uid)
    assert uid in plan_migration(edges).ledger_state.lost
    sandbox.advance(timedelta(hours=1))
    assert uid in plan_migration(edges).ledger_state.lost
    edges.resume(uid)
    assert plan_migration(edges).ledger_state.lost == ""


def test_what_is_paused_by_hand_once_the_ledger_is_in_use_is_not_missed(
    edges: Edges, sandbox: Sandbox
) -> None:
    plan_migration(edges)
    sandbox.advance(timedelta(hours=1))
    edges.pause(edges.schedules()[0].uid)
    assert plan_migration(edges).ledger_state.lost == ""


def test_a_log_without_its_ledger_is_kept_and_told(edges: Edges, tmp_path: Path) -> None:
    plan_migration(edges).apply()
    log = tmp_path / "ledger.sqlite-wal"
    kept = log.read_bytes()
    (tmp_path / "ledger.sqlite").unlink()
    lost = plan_migration(edges).ledger_state.lost
    (stray,) = tmp_path.glob("ledger.sqlite-wal.*")
    assert stray.name in lost
    assert stray.read_bytes() == kept


@pytest.mark.parametrize(("notebook", "parameters"), NOTEBOOKS, ids=["migrate", "start", "watch"])
def test_every_report_tells_first_that_the_ledger_may_be_lost(
    edges: Edges, tmp_path: Path, notebook: type[Any], parameters: Any
) -> None:
    uid = edges.schedules()[0].uid
    edges.pause(uid)
    one = notebook(edges, parameters(out_dir=str(tmp_path / "out")))
    shown = str(one.load())
    one.results()
    report = (tmp_path / "out" / "report.html").read_text()
    for told in (shown, report):
        assert "The ledger may be lost" in told
        assert f"paused: {uid}." in told
    assert report.index("The ledger may be lost") < report.index("Workspace")
