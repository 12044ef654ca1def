"""The judge of what is told: each untrue sentence is noticed, and no true one."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from edges_nb.models.results import Result

from . import claims, worlds
from .claims import Seen

OLD = worlds.planned(worlds.build(1))[0]
CHILD = "11111111-1111-4111-8111-111111111111"


def told(outcome: str, reason: str, old: str, new: str | None, *, changed: bool = True) -> list[str]:
    root = replace(OLD, status=old)
    child = replace(OLD, uid=CHILD, status=new) if new else None
    family: Mapping[str, str] = {root.uid: old} | ({CHILD: new} if new else {})
    result = Result(root.uid, outcome, CHILD if new else None, reason)
    return list(claims.untrue(result, Seen(root, child, family, changed), ()))


@pytest.mark.parametrize(
    ("outcome", "reason", "old", "new"),
    [
        ("migrated", "", "CANCELLED", "ACTIVE"),
        ("rolled_back", "It runs as before. The server said no.", "ACTIVE", None),
        ("needs_attention", "It is paused and could not be resumed.", "PAUSED", None),
        ("needs_attention", "Its replacement runs; cancelling it got no clear answer.", "ACTIVE", "ACTIVE"),
        ("needs_attention", "None can be found. The old one stays paused: run again.", "PAUSED", None),
        ("drifted", "It is CANCELLED, and somebody else put another in its place.", "CANCELLED", None),
        ("drifted", "If it is paused, resume it.", "ACTIVE", None),
    ],
)
def test_true_sentence_passes(outcome: str, reason: str, old: str, new: str | None) -> None:
    assert told(outcome, reason, old, new) == []


@pytest.mark.parametrize(
    ("outcome", "reason", "old", "new"),
    [
        ("migrated", "", "PAUSED", "ACTIVE"),
        ("migrated", "", "CANCELLED", "PAUSED"),
        ("migrated", "", "CANCELLED", None),
        ("rolled_back", "It runs as before.", "PAUSED", None),
        ("rolled_back", "Nothing was changed.", "ACTIVE", None),
        ("rolled_back", "", "ACTIVE", None),
        ("needs_attention", "It is paused and could not be resumed.", "ACTIVE", None),
        ("needs_attention", "It is cancelled, and nothing could be created.", "PAUSED", None),
        ("needs_attention", "Its replacement runs; cancelling it got no answer.", "ACTIVE", "CANCELLED"),
        ("needs_attention", "None can be found.", "PAUSED", "ACTIVE"),
        ("drifted", f"{CHILD} runs in its place.", "CANCELLED", "CANCELLED"),
        ("drifted", "It was paused for its replacement, and is CANCELLED now.", "ACTIVE", None),
        ("waiting", "Not begun.", "ACTIVE", None),
    ],
)
def test_untrue_sentence_breaks_i10(outcome: str, reason: str, old: str, new: str | None) -> None:
    assert [found[:3] for found in told(outcome, reason, old, new)][:1] == ["I10"]


def test_schedule_that_stopped_and_is_not_told_breaks_i10() -> None:
    trouble = [Result("one", "needs_attention", None, "Look.")]
    assert list(
        claims.untold(
            trouble, ["two was paused before this run."], [["one"], ["two"], ["three"], ["four", "one"]]
        )
    ) == ["I10 three does not run any more, and nothing was said of it"]


def test_uid_of_another_workspace_breaks_i9() -> None:
    assert list(claims.strangers({"name": f"was {CHILD}"}, [CHILD, OLD.uid])) == [
        f"I9 {CHILD} belongs to another workspace"
    ]
