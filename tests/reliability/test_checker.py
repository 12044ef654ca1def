"""The checker sees what badly made scripts do; it is silent about a well made one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from edges_nb.sandbox import SANDBOX_KEY, World
from edges_nb.sandbox.wire_types import Request, SandboxReply
from tests.faults import Behaviour, Fault, Sandbox

from . import worlds
from .checker import Checker, Expected


class Script:
    """Requests as a script of a few lines would send them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.first, self.second, *_ = worlds.planned(sandbox.world)

    def send(self, method: str, path: str, body: Any = None) -> SandboxReply:
        content = json.dumps(body).encode() if body is not None else b""
        return self.sandbox.api.handle(Request(method, "/v1" + path, {"x-api-key": SANDBOX_KEY}, content))

    def move(self, verb: str, uid: str) -> SandboxReply:
        return self.send("POST", f"/schedules/{uid}/{verb}")

    def create(self, row: Any, **changes: Any) -> str:
        body = {
            "inputs": row.inputs,
            "callback": row.callback,
            "identity_ids": row.identity_ids,
            "cron": row.cron,
            "timezone": row.timezone,
            "parameters": {**row.parameters, "sync_mode": "incremental"},
            "name": f"{row.name} [of {row.uid}]",
        }
        self.send("POST", f"/actions/{row.action_name}/run/schedule", {**body, **changes})
        return str(self.sandbox.history[-1].created)

    def replace(self, row: Any) -> str:
        self.move("pause", row.uid)
        child = self.create(row)
        self.send("GET", f"/schedules/{child}")
        self.move("cancel", row.uid)
        return child


@pytest.fixture
def world() -> World:
    return worlds.build(3)


def checked(world: World, act: Callable[[Script], object], **expected: Any) -> tuple[Checker, list[str]]:
    sandbox = Sandbox(world, Behaviour(names="kept" if expected.get("names", True) else "refused"))
    checker = Checker(sandbox, world.cases["planned"], Expected(**expected))
    act(Script(sandbox))
    return checker, checker.violations()


def numbers(found: list[str]) -> set[str]:
    return {sentence.split()[0] for sentence in found}


def test_careful_replacement_of_all_has_no_violation_and_is_finished(world: World) -> None:
    def act(script: Script) -> None:
        for row in worlds.planned(world):
            script.replace(row)

    checker, found = checked(world, act)
    assert found == []
    assert checker.finished() == []


def test_a_replacement_that_was_not_begun_is_at_rest_but_not_finished(world: World) -> None:
    checker, _ = checked(world, lambda script: script.replace(script.first))
    assert checker.at_rest() == []
    assert numbers(checker.finished()) == {"I7"}


def test_cancelling_before_creating_breaks_i1_and_i4(world: World) -> None:
    def act(script: Script) -> None:
        script.move("cancel", script.first.uid)
        script.create(script.first)

    assert numbers(checked(world, act)[1]) == {"I1", "I4"}


def test_cancelling_before_creating_is_what_order_guide_does(world: World) -> None:
    def act(script: Script) -> None:
        script.move("cancel", script.first.uid)
        script.create(script.first)

    assert checked(world, act, order="guide")[1] == []


def test_order_guide_may_not_rest_between_cancel_and_create(world: World) -> None:
    checker, found = checked(world, lambda script: script.move("cancel", script.first.uid), order="guide")
    assert found == []
    assert numbers(checker.at_rest()) == {"I1"}


def test_creating_beside_an_active_original_breaks_i2(world: World) -> None:
    assert numbers(checked(world, lambda script: script.create(script.first))[1]) == {"I2"}


def test_creating_twice_breaks_i2_even_if_one_is_cancelled_at_once(world: World) -> None:
    def act(script: Script) -> None:
        script.move("pause", script.first.uid)
        script.create(script.first)
        script.move("cancel", script.create(script.first))

    assert numbers(checked(world, act)[1]) == {"I2"}
    assert checked(worlds.build(3), act, window=True)[1] == []


def test_two_children_are_a_violation_at_rest_also_where_a_window_is_allowed(world: World) -> None:
    def act(script: Script) -> None:
        script.move("pause", script.first.uid)
        script.create(script.first)
        script.create(script.first)

    checker, found = checked(world, act, window=True)
    assert found == []
    assert numbers(checker.at_rest()) == {"I2"}


def test_resuming_the_original_beside_its_child_breaks_i2(world: World) -> None:
    def act(script: Script) -> None:
        script.move("pause", script.first.uid)
        script.create(script.first)
        script.move("resume", script.first.uid)

    assert numbers(checked(world, act)[1]) == {"I2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"callback": {"url": "https://hooks.example.com/other"}},
        {"inputs": [{"linkedin_url": "https://www.linkedin.com/in/other"}]},
        {"cron": "1 9 * * *"},
        {"timezone": "Europe/Berlin"},
        {"parameters": {"sync_mode": "incremental"}},
        {"parameters": {"sync_mode": "full", "max_results": 250}},
        {"identity_mode": "auto"},
        {"schedule_at": "2026-12-01T09:00:00Z"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_child_that_differs_breaks_i3(world: World, changes: dict[str, Any]) -> None:
    def act(script: Script) -> None:
        script.move("pause", script.first.uid)
        script.create(script.first, **changes)

    assert numbers(checked(world, act)[1]) == {"I3"}


def test_a_name_without_the_old_label_breaks_i3(world: World) -> None:
    def act(script: Script) -> None:
        script.move("pause", script.first.uid)
        script.create(script.first, name=f"of {script.first.uid}")

    assert numbers(checked(world, act)[1]) == {"I3"}


def test_a_new_schedule_that_replaces_nothing_breaks_i3(world: World) -> None:
    act: Callable[[Script], object] = lambda script: script.create(script.first, name="of nothing")  # noqa: E731
    assert numbers(checked(world, act)[1]) == {"I3"}


def test_cancelling_before_the_child_was_checked_breaks_i4(world: World) -> None:
    def act(script: Script) -> None:
        script.sandbox.faults.add(Fault("create", "cut", "after"))
        script.move("pause", script.first.uid)
        script.create(script.first)
        script.move("cancel", script.first.uid)

    assert numbers(checked(world, act)[1]) == {"I4"}


def test_touching_what_is_not_planned_breaks_i6(world: World) -> None:
    bystander = next(row for row in world.schedules.values() if row.name == "Standard")
    found = checked(world, lambda script: script.move("pause", bystander.uid))[1]
    assert numbers(found) == {"I6"}
    assert len(found) == 2


def test_a_request_about_what_is_not_planned_breaks_i6_although_it_was_refused(world: World) -> None:
    bystander = next(row for row in world.schedules.values() if row.name == "At rest")
    assert numbers(checked(world, lambda script: script.move("pause", bystander.uid))[1]) == {"I6"}


def test_twins_without_names_are_counted(world: World) -> None:
    twins = worlds.build(4, alike=4)

    def act(script: Script) -> None:
        rows = worlds.planned(twins)
        for row in rows[:2]:
            script.move("pause", row.uid)
            script.send("GET", f"/schedules/{script.create(row, name=None)}")
            script.move("cancel", row.uid)
        script.move("cancel", rows[2].uid)

    assert numbers(checked(twins, act, names=False)[1]) == {"I1", "I4"}


def test_what_an_outsider_cancels_is_not_demanded_back(world: World) -> None:
    def act(script: Script) -> None:
        script.move("cancel", script.first.uid)

    sandbox = Sandbox(world)
    checker = Checker(sandbox, world.cases["planned"])
    act(Script(sandbox))
    checker.foreign.add(1)
    assert checker.at_rest() == []
