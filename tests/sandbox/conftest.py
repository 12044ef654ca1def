"""A small workspace, and callers of a sandbox over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import Behaviour, Sandbox
from tests.tallies import World

from .caller import Caller


@pytest.fixture
def world() -> World:
    """A small workspace: one active engagement identity, one idle, one standard, and a schedule."""
    world = World(seed=1)
    active = world.add_identity("Outreach desk Paris")
    world.add_identity("Outreach desk idle", is_active=False)
    world.add_identity("Research desk", type="standard")
    world.add_schedule(active, name="Everyday")
    return world


@pytest.fixture
def caller_for(world: World) -> Callable[..., Caller]:
    """Make a caller of a sandbox over the small workspace, with the behaviour given by keywords."""
    return lambda **behaviour: Caller(Sandbox(world, Behaviour(**behaviour)))


@pytest.fixture
def caller(caller_for: Callable[..., Caller]) -> Caller:
    return caller_for()


@pytest.fixture
def body(world: World) -> dict[str, Any]:
    """A create's body that the sandbox accepts."""
    return {
        "inputs": [{"linkedin_url": "https://www.linkedin.com/in/somebody"}],
        "callback": {"url": "https://hooks.example.com/edges"},
        "identity_ids": [next(iter(world.identities))],
        "cron": "0 9 * * *",
        "timezone": "Europe/Paris",
    }


@pytest.fixture
def schedule_uid(world: World) -> str:
    """The only schedule of the small workspace: ACTIVE, daily at nine in UTC."""
    return next(iter(world.schedules))
