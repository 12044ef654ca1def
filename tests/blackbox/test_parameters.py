"""What the parameters and the environment allow, and what they refuse before anything is requested."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .checker import Expected
from .foreign_server import API_KEY
from .runner import stage
from .scenario import Outcome, eligible, plays, write_overrides
from .workspace import SECRETS, build, chosen, identity

WRONG_KEY = API_KEY[::-1]


@dataclass(frozen=True)
class Refused:
    """An apply that must not get as far as touching something."""

    name: str
    parameters: tuple[tuple[str, object], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    mode: str = "apply"
    overrides: str = ""

    def __call__(self, root: Path, home: Path) -> Outcome:
        workspace, kinds = build(["eligible", "eligible", "standard"])
        given = dict(self.parameters)
        if self.overrides:
            given["overrides"] = root / "overrides.csv"
            text = self.overrides.format(*eligible(kinds))
            (root / "overrides.csv").write_text(text, encoding="utf-8")
        with stage(root, home, workspace, environment=dict(self.environment)) as place:
            outcome = Outcome(place, kinds, Expected(frozenset()))
            outcome.add(place.migrate(self.mode, **given))
        return outcome


UNREQUESTED = (
    Refused("unknown-name", (("max_result", 5),)),
    Refused("word-for-a-number", (("limit", "many"),)),
    Refused("boolean-for-a-number", (("max_results", True),)),
    Refused("number-for-a-text", (("only", 7),)),
    Refused("negative-limit", (("limit", -1),)),
    Refused("unknown-order", (("order", "fastest"),)),
    Refused("unknown-first-run", (("first_run", "now"),)),
    Refused("unknown-mode", mode="aply"),
    Refused("malformed-uid-in-only", (("only", "not-a-uid"),)),
    Refused("plain-http-to-another-host", environment=(("EDGES_API_BASE", "http://edges.invalid/v1"),)),
)
UNTOUCHED = (
    Refused("wrong-key", environment=(("EDGES_API_KEY", WRONG_KEY),)),
    Refused("missing-overrides-file", (("overrides", "no-such-file.csv"),)),
    Refused("bad-override-cell", overrides="schedule_uid,max_results\n{0},5\n{1},plenty\n"),
    Refused("bad-override-column", overrides="schedule_uid,max_result\n{0},5\n"),
    Refused("bad-override-uid", overrides="schedule_uid,max_results\nnot-a-uid,5\n"),
)


@plays(*UNREQUESTED)
def test_wrong_parameter_fails_before_anything_is_requested(outcome: Outcome) -> None:
    assert outcome.runs[0].code != 0
    assert [entry.path for entry in outcome.stage.server.history] == []


@plays(*UNTOUCHED)
def test_wrong_key_or_override_fails_before_anything_is_touched(outcome: Outcome) -> None:
    assert outcome.runs[0].code != 0
    assert outcome.mutations(0) == []
    assert outcome.runs[0].leaks([*SECRETS, WRONG_KEY]) == []


@plays(UNTOUCHED[2])
def test_bad_override_cell_is_named_by_line_and_column(outcome: Outcome) -> None:
    told = outcome.runs[0].output
    assert "line 3" in told
    assert "max_results" in told


def limited(root: Path, home: Path) -> Outcome:
    workspace, kinds = build(["eligible"] * 4 + ["standard"])
    with stage(root, home, workspace) as place:
        outcome = Outcome(place, kinds, Expected(frozenset()))
        outcome.add(place.migrate(limit=2, first_run="next"))
    migrated = [uid for uid, result in outcome.runs[0].outcomes.items() if result == "migrated"]
    outcome.expected = Expected(frozenset(migrated), first_run="next")
    return outcome


@plays(limited)
def test_limit_and_first_run_are_obeyed(outcome: Outcome) -> None:
    assert outcome.runs[0].code == 0, outcome.runs[0].output[-3000:]
    assert len(outcome.expected.replaced) == 2
    assert outcome.broken == []


def overridden(root: Path, home: Path) -> Outcome:
    """Every column of the overrides, and identities for those that had none or too many."""
    workspace, kinds = build(["eligible"] * 6 + ["unknown", "several", "incremental"])
    left_out, most, url, when, inputs, name = chosen(kinds, "eligible")
    (unknown,), (several,) = chosen(kinds, "unknown"), chosen(kinds, "several")
    moved = workspace.schedules[url]["callback"] | {"url": "https://new.example.com/in"}
    wanted: dict[str, dict[str, object]] = {
        most: {"max_results": 777},
        url: {"callback": moved},
        when: {"cron": "10 5 * * 1", "timezone": "America/Sao_Paulo"},
        inputs: {"inputs": [{"linkedin_profile_url": "https://www.linkedin.com/in/other"}]},
        name: {"name": "Another label"},
        unknown: {"identity_ids": [identity(40)]},
        several: {"identity_ids": [identity(41)]},
    }
    rows: list[dict[str, object]] = [
        {"schedule_uid": left_out, "decision": "skip"},
        {"schedule_uid": most, "max_results": 777},
        {"schedule_uid": url, "callback_url": "https://new.example.com/in"},
        {"schedule_uid": when, "cron": "10 5 * * 1", "timezone": "America/Sao_Paulo"},
        {
            "schedule_uid": inputs,
            "inputs_json": '[{"linkedin_profile_url": "https://www.linkedin.com/in/other"}]',
        },
        {"schedule_uid": name, "name": "Another label"},
        {"schedule_uid": unknown, "identity_uid": identity(40)},
        {"schedule_uid": several, "identity_uid": identity(41)},
    ]
    with stage(root, home, workspace) as place:
        outcome = Outcome(place, kinds, Expected(frozenset(wanted), intended=wanted))
        outcome.add(place.migrate(overrides=write_overrides(root / "overrides.csv", rows)))
    outcome.notes["left_out"] = left_out
    return outcome


@plays(overridden)
def test_overrides_change_what_they_name_and_nothing_else(outcome: Outcome) -> None:
    assert outcome.runs[0].code == 0, outcome.runs[0].output[-3000:]
    assert outcome.runs[0].decisions[outcome.notes["left_out"]] == "skip"
    assert outcome.broken == []
    assert outcome.runs[0].leaks(SECRETS) == []


def unknown_uid(root: Path, home: Path) -> Outcome:
    workspace, kinds = build(["eligible", "eligible"])
    with stage(root, home, workspace) as place:
        outcome = Outcome(place, kinds, Expected(frozenset()))
        outcome.add(place.migrate(only="00000000-0000-4000-8000-000000000000"))
    return outcome


@plays(unknown_uid)
def test_uid_that_no_schedule_has_is_not_taken_for_all(outcome: Outcome) -> None:
    assert outcome.mutations(0) == []
