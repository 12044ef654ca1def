"""Servers that refuse or lose something, and other people at work in the same workspace."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .checker import KEPT, Expected
from .create_rules import RefusedError
from .foreign_server import Phase, Switches
from .runner import Finished, stage
from .scenario import Outcome, eligible, on_nth, operation, plays
from .workspace import SECRETS, build

KINDS = ("eligible", "standard", "eligible", "eligible", "incremental", "eligible")


def without_pause(root: Path, home: Path) -> Outcome:
    workspace, kinds = build(KINDS)
    with stage(root, home, workspace, Switches(pause=False)) as place:
        outcome = Outcome(place, kinds, Expected(eligible(kinds), order="guide"))
        outcome.add(place.migrate(order="pause"))
        outcome.notes["untouched"] = place.server.workspace.schedules == place.before.schedules
        outcome.add(place.migrate(order="guide"))
    return outcome


@plays(without_pause)
def test_server_without_pause_leaves_all_alone_and_says_what_to_do(outcome: Outcome) -> None:
    run = outcome.runs[0]
    assert run.code != 0
    assert outcome.notes["untouched"]
    reasons = " ".join(str(row["reason"]) for row in run.read("results.json"))
    assert "guide" in reasons
    assert "migrated" not in run.outcomes.values()


@plays(without_pause)
def test_order_guide_migrates_where_pause_is_not_offered(outcome: Outcome) -> None:
    assert outcome.runs[1].code == 0, outcome.runs[1].output[-3000:]
    assert outcome.broken == []


@dataclass(frozen=True)
class RefusedCreate:
    """One schedule's incremental replacement is refused for good; afterwards the server relents."""

    name: str
    order: Any

    def __call__(self, root: Path, home: Path) -> Outcome:
        workspace, kinds = build(KINDS)
        target = sorted(eligible(kinds))[1]
        url = workspace.schedules[target]["callback"]["url"]
        with stage(root, home, workspace) as place:

            def hook(n: int, method: str, path: str, phase: Phase) -> RefusedError | None:
                body = place.server.history[n - 1].body
                if phase == "after" or operation(method, path) != "create" or body["callback"]["url"] != url:
                    return None
                if body["parameters"].get("sync_mode") != "incremental":
                    return None
                return RefusedError(424, "INTEGRATION_ERROR", "the account has to be connected again")

            place.server.on_request = hook
            outcome = Outcome(place, kinds, Expected(eligible(kinds), order=self.order))
            outcome.add(place.migrate(order=self.order))
            rows = list(place.server.workspace.schedules.values())
            alike = [row for row in rows if row["callback"]["url"] == url and row["status"] == "ACTIVE"]
            outcome.notes |= {"target": target, "alive": [dict(row) for row in alike]}
            rest = replace(
                outcome.expected, replaced=eligible(kinds) - {target}, optional=frozenset([target])
            )
            outcome.expected = rest
            outcome.notes["broken"] = outcome.broken
            place.server.on_request = None
            outcome.add(place.migrate(order=self.order))
        outcome.expected = replace(rest, replaced=eligible(kinds), optional=frozenset())
        return outcome


PAUSED_FIRST, CANCELLED_FIRST = RefusedCreate("pause", "pause"), RefusedCreate("guide", "guide")


@plays(PAUSED_FIRST, CANCELLED_FIRST)
def test_refused_replacement_leaves_the_configuration_running(outcome: Outcome) -> None:
    target = outcome.notes["target"]
    (alive,) = outcome.notes["alive"]
    before = outcome.stage.before.schedules[target]
    assert {key: alive.get(key) for key in KEPT} == {key: before[key] for key in KEPT}
    assert alive["parameters"].get("sync_mode", "full") == "full"
    assert alive["parameters"].get("max_results") == before["parameters"].get("max_results")
    assert outcome.runs[0].outcomes[target] == "rolled_back"


@plays(PAUSED_FIRST)
def test_refused_replacement_stops_no_other_and_works_when_the_server_relents(outcome: Outcome) -> None:
    assert outcome.notes["broken"] == []
    assert outcome.notes["alive"][0]["uid"] == outcome.notes["target"]
    assert outcome.runs[1].code == 0, outcome.runs[1].output[-3000:]
    assert outcome.broken == []


@plays(PAUSED_FIRST, CANCELLED_FIRST)
def test_failed_run_ends_with_an_error_in_its_last_cell_after_all_is_written(outcome: Outcome) -> None:
    run = outcome.runs[0]
    assert run.code != 0
    assert {path.name for path in run.out_dir.iterdir()} >= {
        *("plan.json", "plan.csv", "results.json"),
        "report.html",
    }
    assert outcome_of_last_cell(run) == "error"
    assert run.leaks(SECRETS) == []


def outcome_of_last_cell(run: Finished) -> str:
    cells = json.loads(run.notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    kinds = [output["output_type"] for output in code[-1]["outputs"]]
    return "error" if "error" in kinds else "fine"


@dataclass(frozen=True)
class Lossy:
    """Requests and answers get lost, and a server error hides that nothing happened."""

    name: str
    names: bool

    def __call__(self, root: Path, home: Path) -> Outcome:
        workspace, kinds = build([*KINDS, "twin"], names=self.names)
        with stage(root, home, workspace, Switches(names=self.names)) as place:
            # where a name is refused, one more create is sent
            place.server.on_request = on_nth(
                {
                    ("list", 1, "after"): "drop",
                    ("get", 2, "before"): "drop",
                    ("pause", 1, "after"): "drop",
                    ("pause", 3, "before"): RefusedError(502, ""),
                    ("create", 2, "after"): "drop",
                    ("create", 4, "before"): "drop",
                    ("create", 5, "before"): RefusedError(500, "GENERIC_ERROR"),
                    ("cancel", 1, "before"): "drop",
                    ("cancel", 3, "after"): "drop",
                }
            )
            outcome = Outcome(place, kinds, Expected(eligible(kinds), names=self.names))
            outcome.add(place.migrate())
            # Where two of the faults met one schedule, it is left for a run that looks again.
            place.server.on_request = None
            outcome.add(place.migrate())
        return outcome


@plays(Lossy("names", names=True), Lossy("no-names", names=False))
def test_lost_answers_lose_and_double_nothing(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.runs[-1].code == 0, outcome.runs[-1].output[-3000:]


def somebody_pauses(root: Path, home: Path) -> Outcome:
    workspace, kinds = build(KINDS)
    with stage(root, home, workspace) as place:
        outcome = Outcome(place, kinds, Expected(eligible(kinds)))
        lock = threading.Lock()

        def hook(n: int, method: str, path: str, phase: Phase) -> None:
            with lock:
                if operation(method, path) != "pause" or "theirs" in outcome.notes:
                    return
                theirs = max(eligible(kinds) - {path.split("/")[2]})
                place.server.workspace.schedules[theirs]["status"] = "PAUSED"
                place.before.schedules[theirs]["status"] = "PAUSED"
                outcome.notes["theirs"] = theirs

        place.server.on_request = hook
        outcome.add(place.migrate())
    theirs = frozenset([outcome.notes["theirs"]])
    outcome.expected = Expected(eligible(kinds) - theirs, optional=theirs)
    return outcome


@plays(somebody_pauses)
def test_schedule_somebody_else_paused_is_left_to_them(outcome: Outcome) -> None:
    theirs = outcome.notes["theirs"]
    assert outcome.broken == []
    assert outcome.status(theirs) == "PAUSED"
    assert [entry.path for entry in outcome.mutations(0) if entry.effect and entry.uid == theirs] == []
    assert outcome.runs[0].outcomes[theirs] == "drifted"
    assert outcome.runs[0].code != 0


@dataclass(frozen=True)
class TwoAtOnce:
    """Two runs that want to change something at the same moment, then one more of each."""

    name: str
    ledgers: tuple[str, str]

    def __call__(self, root: Path, home: Path) -> Outcome:
        workspace, kinds = build(KINDS)
        with stage(root, home, workspace) as place:
            met: dict[str, threading.Event] = {}
            alone = threading.Event()

            def hook(n: int, method: str, path: str, phase: Phase) -> None:
                """Hold back each look at the list and each pause until the other run asks for the same."""
                if phase == "after" or operation(method, path) not in ("list", "pause") or alone.is_set():
                    return
                own = threading.Event()
                other = met.setdefault(f"{path} {place.server.history[n - 1].query}", own)
                if other is not own:
                    other.set()
                elif not other.wait(10):  # a run that keeps the other one out has nothing to wait for
                    alone.set()

            outcome = Outcome(place, kinds, Expected(eligible(kinds), finished=False))
            place.server.on_request = hook
            running = [place.start(mode="apply", ledger_name=ledger) for ledger in self.ledgers]
            for run in running:
                outcome.add(run.wait())
            outcome.notes["broken"] = outcome.broken
            for ledger in dict.fromkeys(self.ledgers):
                outcome.add(place.start(mode="apply", ledger_name=ledger).wait())
        outcome.expected = Expected(eligible(kinds))
        return outcome


@plays(TwoAtOnce("one-ledger", ("a", "a")), TwoAtOnce("two-ledgers", ("a", "b")))
def test_two_runs_at_once_make_no_second_replacement(outcome: Outcome) -> None:
    assert outcome.notes["broken"] == []
    assert outcome.broken == []
