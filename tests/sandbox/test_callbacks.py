"""Callbacks: what the sandbox tells of them, and that none is ever sent."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest

from edges_nb.sandbox import Habits, World
from tests.faults import Sandbox

from .caller import Caller

URL = "http://127.0.0.1:9/edges"


def told(world: World, days: float = 1, **fields: Any) -> tuple[Caller, list[dict[str, Any]]]:
    """The callbacks of a schedule that has lived for some days, the newest first."""
    world.schedules.clear()
    world.add_schedule(next(iter(world.identities.values())), **fields)
    caller = Caller(Sandbox(world))
    caller.sandbox.advance(timedelta(days=days))
    rows: list[dict[str, Any]] = caller.get("/runs/callbacks?limit=100").json
    return caller, rows


def test_each_batch_of_results_is_told_by_input_and_then_the_end(world: World) -> None:
    world.habits = Habits(contacts=(150, 150), growth=(0, 0))
    inputs = [{"linkedin_url": "a"}, {"linkedin_url": "b"}]
    _, rows = told(world, inputs=inputs, callback={"url": URL, "on": "all"})
    (run,) = world.runs.values()
    assert {row["run_uid"] for row in rows} == {run.uid}
    batches = [row["batch_uid"] for row in reversed(rows)]
    assert [batches.index(uid) for uid in batches] == [0, 0, 2, 2, 4]
    assert len({row["uid"] for row in rows}) == 5


def test_a_run_without_results_says_so(world: World) -> None:
    world.habits = Habits(contacts=(0, 0), growth=(0, 0))
    assert len(told(world, callback={"url": URL})[1]) == 2


def test_final_tells_only_that_a_run_has_ended(world: World) -> None:
    _, rows = told(world, days=3, callback={"url": URL, "on": "final"})
    assert [row["run_uid"] for row in reversed(rows)] == list(world.runs)
    assert len(rows) == 3


def test_without_a_callback_nothing_is_told(world: World) -> None:
    assert told(world, days=3, callback=None)[1] == []


def test_a_replay_is_a_delivery_of_its_own(world: World) -> None:
    caller, (first,) = told(world, callback={"url": URL, "on": "final"})
    again = caller.post(f"/runs/callbacks/{first['uid']}/replay").json
    assert again["parent_uid"] == first["uid"] != again["uid"]
    assert {name for name in first if first[name] != again[name]} == {"uid", "parent_uid"}


def test_no_receiver_is_ever_contacted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a name was looked up or a connection made")

    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    _, rows = told(world, callback={"url": URL, "on": "final"})
    assert [(row["status"], row["callback_url"]) for row in rows] == [("SUCCESS", URL)]
