"""What is planned, kept in the ledger as it was reviewed, and applied only as it was approved."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from edges_nb.client import Edges
from edges_nb.errors import NotApproved
from edges_nb.models.history import Past
from edges_nb.models.plan_items import Kind
from edges_nb.planning.digest import Made, canonical, differences, digest_of_text, request_of, stands
from edges_nb.planning.ledger_session import ledger_of, past_of
from edges_nb.planning.lost_ledger import ledger_state
from edges_nb.planning.snapshot import Reading

if TYPE_CHECKING:
    from edges_nb.ledger.store import Ledger

_TOLD = 20
"""Differences from an approved plan that are told one by one."""


class Decided(Protocol):
    """One item of a plan, with what was decided about it."""

    @property
    def decision(self) -> Enum:
        """What was decided."""

    def as_json(self) -> dict[str, Any]:
        """The item as `plan.json` shows it, without secrets."""


AnyItem = TypeVar("AnyItem", bound=Decided)


class Approvable(ABC, Generic[AnyItem]):
    """A plan that is previewed, and approved by its digest.

    Attributes:
        edges: the client it was made with and is applied through.
        reading: the workspace as it was read.
        items: each with a decision.
        ledger_state: what somebody has to know of the ledger as it was when the plan was made.
    """

    def __init__(
        self,
        edges: Edges,
        reading: Reading,
        items: Iterable[AnyItem],
        ledger: str,
        kind: Kind | None = None,
    ) -> None:
        self.edges = edges
        self.reading = reading
        self.items = tuple(items)
        self._ledger = ledger
        self.ledger_state = ledger_state(edges, ledger, reading.schedules, kind)

    @cached_property
    def digest(self) -> str:
        """`plan-` and 12 hex digits, the same whenever the decisions and the requests are the same."""
        return digest_of_text(self._text)

    @property
    def counts(self) -> Counter[str]:
        """How many items got which decision."""
        return Counter(str(item.decision.value) for item in self.items)

    @property
    def now(self) -> datetime:
        """The server's time when the workspace was read."""
        return self.reading.now

    @property
    def past(self) -> Past:
        """What earlier runs did, as the ledger has it now."""
        return past_of(self.edges, self._ledger)

    def as_json(self) -> dict[str, Any]:
        """Return what `plan.json` holds: the digest and the items, without secrets."""
        return {"digest": self.digest, "items": [item.as_json() for item in self.items]}

    def check_approval(self, approve: str) -> None:
        """Raise NotApproved, naming what differs, where a digest is given and is not this plan's; keep this
        plan."""
        self._check(approve, ledger_of(self.edges, self._ledger))

    @abstractmethod
    def _in_full(self) -> Iterable[dict[str, Any]]:
        """The plan with every request, secrets among it, by what the ledger tells its entries apart by: in
        parts that come in the order of these keys."""

    def _keys(self) -> dict[str, str] | None:
        """The keys of the ledger's records by those of the plan, where they are others."""
        return None

    @cached_property
    def _text(self) -> str:
        return canonical(self._in_full())

    @property
    def _workspace(self) -> str:
        return self.edges.workspace_key

    def _check(self, approve: str, ledger: "Ledger") -> None:
        """Keep the plan, and raise NotApproved, naming what differs, where another one was approved.

        What is left of an approved plan, after a part of it was done, is approved as well.
        """
        digest, workspace = self.digest, self._workspace
        ledger.save_plan(workspace, digest, self._text)
        if not approve or approve == digest:
            return
        approved = ledger.plan(workspace, approve)
        if approved is None:
            raise NotApproved(
                f"{approve} was approved, but the plan is {digest} now, and this ledger does not know "
                f"{approve}: preview again, review it, and approve {digest}. Nothing was changed."
            )
        now = json.loads(self._text)
        if stands(approved, now, _made(ledger, workspace, self._keys())):
            return
        different = differences(approved, now)
        told = " ".join(different[:_TOLD])
        if len(different) > _TOLD:
            told += f" And {len(different) - _TOLD} more differences."
        raise NotApproved(
            f"{approve} was approved, but the plan is {digest} now: {told} Preview again, review it, "
            f"and approve {digest}. Nothing was changed."
        )


def _made(ledger: "Ledger", workspace: str, keys: Mapping[str, str] | None) -> dict[str, Made]:
    """Return what was begun or done so far, by the keys of the plan."""
    made = {
        uid: Made(request_of(record.request), record.new_uid)
        for uid, record in ledger.records(workspace).items()
        if record.is_going_or_done
    }
    return made if keys is None else {key: made[uid] for key, uid in keys.items() if uid in made}
