"""Where a replacement stands."""

from enum import StrEnum
from typing import Literal

Order = Literal["pause", "guide"]
"""`pause`: pause the old schedule, create the new one, cancel the old one. `guide`: cancel first, as the
guide does."""


class State(StrEnum):
    """The last thing that the ledger knows of a replacement; names in -ING say that an answer is due."""

    PLANNED = "planned"
    """Nothing was done."""
    CAPTURED = "captured"
    """The old schedule was read again, is what the plan saw, and is kept in the ledger."""
    PAUSING = "pausing"
    """It may be paused."""
    PAUSED = "paused"
    """It is paused, and by us."""
    CREATING = "creating"
    """The new schedule may exist."""
    CREATED = "created"
    """The new schedule exists and has yet to be checked."""
    REMOVING = "removing"
    """The new schedule is not what was asked for and may be cancelled."""
    RESUMING = "resuming"
    """The old schedule is being put back to work, because the new one was refused."""
    CANCELLING = "cancelling"
    """The old schedule may be cancelled."""
    CANCELLED = "cancelled"
    """Order `guide` only: the old schedule is cancelled, and by us; the new one is not created yet."""
    RESTORING = "restoring"
    """Order `guide` only: the old configuration may have been created again, because the new one was
    refused."""
    CONTINUING = "continuing"
    """An async run may go on."""
    STARTED = "started"
    """A schedule or an async run is there that was started in place of nothing."""
    REFUSED = "refused"
    """It was to be started, and nothing was."""
    MIGRATED = "migrated"
    """The new schedule runs in place of the old one."""
    ROLLED_BACK = "rolled_back"
    """The old configuration runs as before."""
    DRIFTED = "drifted"
    """It is not what the plan saw, or somebody else put something in its place first: nothing was created."""


UNTOUCHED = frozenset({State.PLANNED, State.CAPTURED})
"""States in which no mutating request can have left."""

FINAL = frozenset({State.MIGRATED, State.ROLLED_BACK, State.DRIFTED, State.STARTED, State.REFUSED})
"""States from which nothing goes on by itself."""

BEGUN = frozenset(State) - UNTOUCHED - FINAL
"""States that running again goes on from."""
