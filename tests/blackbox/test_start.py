"""New incremental schedules on a server that nobody of this package wrote: killed, and each there once."""

from __future__ import annotations

import json
from pathlib import Path

from .checker import Expected
from .foreign_server import Switches
from .runner import Finished, Stage, stage
from .scenario import Outcome, plays, write_overrides
from .test_kill import Killer, Point
from .workspace import SECRETS, build, identity

NOTEBOOK = "notebooks/03_start_incremental.ipynb"
HEADER_SECRET = SECRETS[1]


def started(root: Path, home: Path) -> Outcome:
    """Two rows, where names are refused: killed when the first create has had its effect, then run again."""
    workspace, kinds = build(["eligible", "incremental", "standard"], names=False)
    starts = write_overrides(root / "starts.csv", [row(0), row(1)])

    def start(place: Stage) -> Finished:
        return place.start(notebook=NOTEBOOK, mode="apply", starts=starts, timezone="UTC").wait()

    with stage(root, home, workspace, Switches(names=False)) as place:
        outcome = Outcome(place, kinds, Expected(frozenset()))
        # The first create is refused for its name, and the second one has its effect.
        killer = Killer(place, Point("create", 2, "after"))
        place.server.on_request = killer
        outcome.add(start(place))
        outcome.notes["fired"] = killer.fired
        place.server.on_request = None
        outcome.add(start(place))
    # It holds the secret, as it may: nothing else may be left that does.
    starts.unlink()
    # What is not new is what was there before.
    outcome.notes["new"] = [uid for uid in workspace.schedules if uid not in kinds]
    return outcome


def row(number: int) -> dict[str, object]:
    return {
        "identity_uid": identity(number + 3),
        "input": json.dumps({"linkedin_url": f"https://www.linkedin.com/in/new-{number}"}),
        "callback_url": "https://hooks.example.com/new",
        "callback_headers": json.dumps({"Authorization": HEADER_SECRET}),
        "cron": "20 5 * * 1",
    }


@plays(started)
def test_killed_start_leaves_one_schedule_for_each_row_when_it_is_run_again(outcome: Outcome) -> None:
    killed, last = outcome.runs
    assert outcome.notes["fired"]
    assert (killed.code, last.code) == (-9, 0), last.output[-3000:]
    new = [outcome.stage.server.workspace.schedules[uid] for uid in outcome.notes["new"]]
    live = [each for each in new if each["status"] == "ACTIVE"]
    assert sorted(each["identity_ids"][0] for each in live) == sorted([identity(3), identity(4)])
    assert {json.dumps(each["parameters"]) for each in live} == {'{"sync_mode": "incremental"}'}
    assert {each["callback"]["headers"]["Authorization"] for each in live} == {HEADER_SECRET}


@plays(started)
def test_killed_start_touches_nothing_else_and_leaves_no_secret_behind(outcome: Outcome) -> None:
    moved = [entry.path for number in (0, 1) for entry in outcome.mutations(number)]
    assert {path.rpartition("/")[2] for path in moved} == {"schedule"}
    assert [leak for run in outcome.runs for leak in run.leaks(SECRETS)] == []
