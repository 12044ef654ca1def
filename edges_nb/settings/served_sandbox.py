"""A sandbox on a port of this machine."""

from typing import Protocol

from edges_nb.errors import BadInput


class ServedSandbox(Protocol):
    """A sandbox that answers until it is stopped."""

    @property
    def base_url(self) -> str:
        """What to set EDGES_API_BASE to."""

    @property
    def key(self) -> str:
        """What to set EDGES_API_KEY to."""

    def stop(self) -> None:
        """Stop answering."""


def serve_sandbox(port: int = 0) -> ServedSandbox:
    """Start a sandbox with a workspace of its own on a port of 127.0.0.1, any free one when 0.

    Raises:
        BadInput: the port is in use or not allowed.
    """
    from edges_nb.sandbox import Behaviour, Sandbox

    # Other programs know of no clock that has to be moved: to them, time passes while they poll.
    behaviour = Behaviour(minutes_per_poll=15)
    try:
        return Sandbox(behaviour=behaviour, port=port).start()
    except (OSError, OverflowError):
        raise BadInput(
            f"Port {port} is already in use or not allowed: choose another one, or 0 for any that is free."
        ) from None
