"""What a mutating request can come to: done, refused or unknown.

A remote effect can't be part of a transaction, and the API has no idempotency key: after a cut connection a
schedule may exist or not. Whoever sends a mutating request has to handle all three, so they are three types.
"""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from edges_nb.errors import EdgesNbError

T = TypeVar("T")


@dataclass(frozen=True)
class Done(Generic[T]):
    """The server did it and said so."""

    value: T


@dataclass(frozen=True)
class Refused:
    """Nothing happened: the server said no, or the request never left this machine."""

    error: EdgesNbError


@dataclass(frozen=True)
class Unknown:
    """It may have happened: the answer was lost, cut, unreadable or a server error. Look before acting
    again."""

    error: EdgesNbError


Answer: TypeAlias = Done[T] | Refused | Unknown
