"""An Edges API on loopback, with a workspace and a clock of its own, to try things on."""

from edges_nb.sandbox.request_handler import SANDBOX_KEY
from edges_nb.sandbox.run_behaviour import Habits
from edges_nb.sandbox.sandbox import Sandbox, shared_sandbox
from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.world import World

__all__ = [
    "SANDBOX_KEY",
    "Behaviour",
    "Habits",
    "Sandbox",
    "World",
    "shared_sandbox",
]
